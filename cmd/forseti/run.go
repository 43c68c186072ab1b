package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/rs/zerolog"

	"forseti/community"
	"forseti/config"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
)

const defaultConfig = "forseti.yaml"

func runCommand(ctx context.Context, args []string, s streams) error {
	f := flags("run", s)
	path := f.StringP("config", "c", defaultConfig, "configuration `file`")
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := config.Load(*path, s.getenv)
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
	unlock, err := lockDatabase(ctx, c.Database.URL)
	if err != nil {
		return err
	}
	defer unlock()
	session, err := logIn(ctx, c, db, log)
	if err != nil {
		return err
	}
	ready := func() {
		debug.FreeOSMemory()
		log.Info().Stringer("user", session.User()).Str("version", versionText()).Msg("Ready")
	}
	return community.New(community.Options{
		Self:           session.User(),
		ManagementRoom: c.ManagementRoom,
		Store:          db,
		Homeserver:     session,
		Settings: enforce.Settings{
			ServerMembers: c.Enforcement.BanServerMembers,
			RecentLeavers: c.Enforcement.RecentLeavers,
			Limits:        enforce.Limits{Members: c.Enforcement.MaxMembers, Percent: c.Enforcement.MaxPercent},
		},
		DryRun:   c.Enforcement.DryRun,
		FullLook: c.Enforcement.FullLook,
		Version:  versionText(),
		Log:      log,
		Ready:    ready,
	}).Run(ctx)
}

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

// logIn uses the stored session if there is one that is still good, so that no
// new device appears with each start.
func logIn(ctx context.Context, c config.Config, db *store.Store, log zerolog.Logger) (*matrix.Session, error) {
	stored, found, err := db.Session(ctx)
	if err != nil {
		return nil, err
	}
	opts := matrix.Options{
		Homeserver: c.Homeserver.Address, User: c.Homeserver.User,
		AccessToken: c.Homeserver.AccessToken, Password: c.Homeserver.Password,
		DeviceName: "Forseti", Log: log,
	}
	if found && c.Homeserver.AccessToken == "" && (opts.User == "" || stored.User == opts.User) {
		again := opts
		again.User, again.AccessToken, again.Device = stored.User, stored.AccessToken, stored.Device
		session, err := openPatiently(ctx, again, log)
		if err == nil || opts.Password == "" || !unauthorized(err) {
			return session, err
		}
		log.Warn().Err(err).Msg("The stored session is no longer good; logging in by password")
		opts.Device = stored.Device
	}
	if opts.AccessToken == "" && opts.Password == "" {
		return nil, errors.New("there is no stored login, and neither homeserver.access_token nor homeserver.password is set. Run forseti init, or set FORSETI_ACCESS_TOKEN or FORSETI_PASSWORD")
	}
	session, err := openPatiently(ctx, opts, log)
	if err != nil {
		return nil, err
	}
	err = db.SaveSession(ctx, store.Session{User: session.User(), Device: session.Device(), AccessToken: session.AccessToken()})
	return session, err
}

const (
	startTries = 10
	startPause = 3 * time.Second
)

// openPatiently waits for a homeserver that is not up yet, as after a restart of
// the machine. A refusal is not waited out.
func openPatiently(ctx context.Context, opts matrix.Options, log zerolog.Logger) (*matrix.Session, error) {
	for try := 1; ; try++ {
		session, err := matrix.Open(ctx, opts)
		if err == nil || try == startTries || !temporary(err) {
			return session, err
		}
		log.Warn().Err(err).Int("tries_left", startTries-try).Msg("The homeserver does not answer; waiting")
		select {
		case <-time.After(startPause):
		case <-ctx.Done():
			return nil, errors.Join(err, fmt.Errorf("given up: %w", ctx.Err()))
		}
	}
}
