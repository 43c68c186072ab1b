package main

import (
	"context"
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/commands/grammar"
	"forseti/community"
	"forseti/config"
	"forseti/enforce"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/worker"
)

const defaultConfig = "forseti.yaml"

func runCommand(ctx context.Context, args []string, s streams) error {
	f := flags("run", s)
	path := configFlag(f, s)
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := load(path, f, s)
	if err != nil {
		return err
	}
	limitMemory()
	log := logger(c.Log, s)
	db, err := store.Open(ctx, c.Database.URL, log)
	if err != nil {
		return err
	}
	defer db.Close()
	room, err := db.Now(ctx, c.ManagementRoom)
	if err != nil {
		return err
	}
	home, err := db.OnlyCommunity(ctx, room)
	if err != nil {
		return err
	}
	for _, what := range loose(c, *path) {
		log.Warn().Msg(what)
	}
	for short := 0; ; short++ {
		started := time.Now()
		if room != c.ManagementRoom {
			log.Warn().Stringer("configured", c.ManagementRoom).Stringer("management_room", room).Msg("The management room was replaced; set the new one in the configuration")
		}
		err := runOnce(ctx, c, *path, db, home, room, log)
		if to, ok := errors.AsType[*community.Moved](err); ok {
			if home, err = db.Move(ctx, to.From, to.To); err != nil {
				return db.Explain(err)
			}
			room = to.To
			continue
		}
		if !logsInAgain(err, c) {
			return db.Explain(orLogIn(err, c, *path))
		}
		if time.Since(started) > longRun {
			short = 0
		}
		pause := againAfter(short)
		log.Warn().Str("why", brief(err)).Msg("The login is no longer good; logging in again by password in " + pause.String())
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// longRun is a run whose end is not the fault of its start.
const longRun = 10 * time.Minute

// againAfter is how long to wait before the next login: a homeserver that ends each at
// once must not be asked for one after the other.
func againAfter(short int) time.Duration {
	return min(time.Second<<min(2*short, 10), 10*time.Minute)
}

// runOnce runs the bot with one login, until the login or the bot ends.
func runOnce(ctx context.Context, c config.Config, path string, db *store.Database, home *store.Store, room id.RoomID, log zerolog.Logger) error {
	session, err := logIn(ctx, c, db, log)
	if err != nil {
		return err
	}
	if what := inTheClear(session, c); what != "" {
		log.Warn().Msg(what)
	}
	ready := func() {
		debug.FreeOSMemory()
		time.AfterFunc(startOver, func() {
			debug.FreeOSMemory()
			dropProgram()
		})
		log.Info().Stringer("user", session.User()).Str("version", versionText()).Msg("Ready")
	}
	var bot *community.Community
	var secrets *e2ee.Machine
	err = patiently(ctx, log, func() (err error) {
		secrets, err = openEncryption(ctx, c, db, session, func(u id.UserID) bool { return bot.Moderator(u) })
		return err
	})
	if err != nil {
		return err
	}
	options := community.Options{
		Self:           session.User(),
		ManagementRoom: room,
		Store:          home,
		Homeserver:     session,
		Settings: enforce.Settings{
			ServerMembers: c.Enforcement.BanServerMembers,
			RecentLeavers: c.Enforcement.RecentLeavers,
			HideProfiles:  c.Enforcement.HideProfiles,
			RemoveByBans:  removeByBans(c.Enforcement.RemoveByBans),
			IPLiterals:    ipPolicy(c.Enforcement.IPLiterals),
			Limits:        enforce.Limits{Members: c.Enforcement.MaxMembers, Percent: c.Enforcement.MaxPercent},
		},
		DryRun:   c.Enforcement.DryRun,
		FullLook: c.Enforcement.FullLook,
		Version:  versionText(),
		Heed:     community.Heed{Borrowed: borrowed(c.Commands), InRooms: community.InRooms(c.Commands.InRooms), Describe: describing(c.Commands.Describe), Say: c.Commands.Say},
		Log:      log,
		Ready:    ready,
		Obeyed:   community.Obeyed{Configured: c.ManagementRoom, Trust: e2ee.Trust(c.Commands.Trust), Roles: c.Commands.Roles},

		Keep: community.Keep{KeepEvidence: c.Encryption.KeepEvidence, KeepHistory: c.Database.KeepHistory},
	}
	if secrets != nil {
		defer secrets.Close()
		if err := settleIdentity(ctx, secrets, c, path, log); err != nil {
			return err
		}
		options.Secrets, options.Verifier = secrets, secrets.Verifier()
	}
	bot = community.New(options)
	community.FollowScams(bot, c.Protections.ScamList)
	var workers worker.Group
	defer workers.Wait()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	workers.Go(func() {
		select {
		case <-db.Lost():
			stop(store.ErrNotOwner)
		case <-ctx.Done():
		}
	}, func(p *worker.Panic) { stop(p) })
	broke := func(p *worker.Panic) { log.Error().Err(p).Msg("Something broke; all else goes on") }
	workers.Go(func() { findPace(ctx, session, c, room, log) }, broke)
	if secrets != nil {
		workers.Go(func() { secrets.Run(ctx) }, broke)
		workers.Go(func() { worker.Keep(ctx, session.Verify, broke) }, broke)
	}
	if err := bot.Run(ctx); err != nil {
		return err
	}
	if cause := context.Cause(ctx); errors.Is(cause, store.ErrNotOwner) {
		return cause
	}
	log.Info().Msg("Stopped")
	return nil
}

func removeByBans(how config.RemoveByBans) enforce.RemoveByBans {
	switch how {
	case config.RemoveBoth:
		return enforce.RemoveBoth
	case config.RemoveAtOnce:
		return enforce.RemoveAtOnce
	default:
		return enforce.RemoveSingly
	}
}

func ipPolicy(p config.IPLiterals) acl.IPPolicy {
	switch p {
	case config.IPAllow:
		return acl.IPAllow
	case config.IPDeny:
		return acl.IPDeny
	default:
		return acl.IPKeep
	}
}

// startOver is when a start has left behind what it needs no longer.
const startOver = time.Second

// limitMemory trades a little processor time, of which the bot needs hardly any,
// for memory: it should fit on the smallest server.
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(40)
	}
	runtime.GC()
}

func logger(c config.Log, s streams) zerolog.Logger {
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel // the configuration was checked
	}
	w := s.err
	if !c.JSON {
		w = zerolog.ConsoleWriter{Out: s.err, TimeFormat: time.DateTime, NoColor: true}
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}

// warnings is the log of a command that somebody looks at: what keeps them waiting, and
// nothing else.
func warnings(s streams) zerolog.Logger {
	return zerolog.New(zerolog.ConsoleWriter{
		Out: s.err, NoColor: true, PartsOrder: []string{zerolog.MessageFieldName},
	}).Level(zerolog.WarnLevel)
}

// borrowed is what the bot answers to besides its own name.
func borrowed(c config.Commands) grammar.Borrowed {
	b := grammar.Borrowed{Prefixes: strings.Fields(c.Prefixes), Sure: true, Bare: c.Bare}
	switch c.Prefixes {
	case config.UsualPrefixes:
		b.Prefixes, b.Sure = []string{"mjolnir", "draupnir"}, false
	case config.NoPrefixes:
		b.Prefixes = nil
	}
	return b
}

// describing is how long apart clients are told of the commands, so that it takes nothing of
// what a homeserver allows that somebody may need.
func describing(wanted bool) time.Duration {
	const apart = 30 * time.Second
	if !wanted {
		return 0
	}
	return apart
}
