package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/config"
	"forseti/matrix"
	"forseti/policy"
	"forseti/rooms"
	"forseti/store"
)

// checkup looks at everything and changes nothing.
type checkup struct {
	out     io.Writer
	session *matrix.Session
	wrong   int
	// encrypts is whether the bot has a key to keep secrets with.
	encrypts bool
}

func checkCommand(ctx context.Context, args []string, s streams) error {
	f := flags("check", s)
	path := configFlag(f, s)
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := load(path, f, s)
	if err != nil {
		return err
	}
	k := &checkup{out: s.out, encrypts: c.Encryption.Key != ""}
	k.good("configuration %s", cmp.Or(*path, "from the environment"))
	db, err := store.Look(ctx, c.Database.URL, zerolog.Nop())
	switch {
	case err == nil:
		defer db.Close()
		k.good("database %s", redactURL(c.Database.URL))
	case errors.Is(err, store.ErrNoDatabase) && c.Homeserver.AccessToken != "":
		k.note("there is no database yet at %s", redactURL(c.Database.URL)) // and no need of it
	default:
		return err
	}
	if k.encrypts {
		k.good("encryption is on; commands count from devices that are %s", trustText(c.Commands.Trust))
	} else {
		k.note("encryption is off: encryption.key is not set, and the bot reads nothing in encrypted rooms")
	}
	if db != nil && db.Running() {
		k.good("the bot is running")
	} else {
		k.note("the bot is not running: %s starts it", typed("run", *path))
	}
	if db != nil && db.Behind() {
		k.note("the database is of an earlier version of Forseti; %s upgrades it", typed("run", *path))
	}
	if k.session, err = logInOnce(ctx, c, db); err != nil {
		return orLogIn(err, c, *path)
	}
	k.homeserver(ctx, c, db)
	k.encryption(ctx)
	k.management(ctx, c.ManagementRoom)
	k.protected(ctx)
	k.lists(ctx)
	if k.wrong > 0 {
		fmt.Fprintf(s.out, "\n%d to mend.\n", k.wrong)
		return errShown
	}
	fmt.Fprintln(s.out, "\nAll is as it should be.")
	return nil
}

// logInOnce uses a login that is there. It makes no new one: that would leave a
// device behind with each check.
func logInOnce(ctx context.Context, c config.Config, db *store.Database) (*matrix.Session, error) {
	opts := matrix.Options{Homeserver: c.Homeserver.Address, User: c.Homeserver.User, AccessToken: c.Homeserver.AccessToken}
	if opts.AccessToken != "" {
		return matrix.Open(ctx, opts)
	}
	stored, found, err := db.Session(ctx)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, errors.New("the bot has not logged in yet: run forseti login, or start it once with forseti run, and check again")
	}
	opts = resume(opts, db, &stored)
	if db.Running() {
		// The running bot refreshes the login. A refresh token works once: used here,
		// it would shut that one out.
		opts.RefreshToken, opts.SaveTokens = "", nil
	}
	session, err := matrix.Open(ctx, opts)
	if db.Running() && unauthorized(err) && stored.RefreshToken != "" {
		return nil, errors.New("the stored login has just expired, and the running bot will refresh it with its next request. Check again in a minute")
	}
	return session, err
}

func trustText(level string) string {
	if level == "any" {
		return "anybody's"
	}
	return level
}

func (k *checkup) good(format string, args ...any) {
	fmt.Fprintf(k.out, "ok    %s\n", fmt.Sprintf(format, args...))
}

func (k *checkup) note(format string, args ...any) {
	fmt.Fprintf(k.out, "note  %s\n", fmt.Sprintf(format, args...))
}

func (k *checkup) mend(format string, args ...any) {
	k.wrong++
	fmt.Fprintf(k.out, "MEND  %s\n", fmt.Sprintf(format, args...))
}

func (k *checkup) homeserver(ctx context.Context, c config.Config, db *store.Database) {
	k.good("logged in as %s", k.session.User())
	versions := k.session.Versions()
	latest := "no version"
	if len(versions) > 0 {
		latest = versions[len(versions)-1]
	}
	k.good("homeserver %s, which speaks Matrix %s", c.Homeserver.Address, latest)
	var seen struct {
		At         int64  `json:"at"`
		Verb       string `json:"verb"`
		RetryAfter int64  `json:"retry_after_ms"`
	}
	if db == nil || db.Behind() {
		return // what is in there cannot be read before
	}
	home, err := db.Community(ctx, c.ManagementRoom)
	if err != nil {
		k.mend("%v", err)
		return
	}
	found, err := home.Setting(ctx, "seen", "rate_limit", &seen)
	switch {
	case err != nil:
		k.mend("the database: %v", err)
	case !found:
		k.good("no rate limit has been met so far")
	default:
		k.note("the homeserver limited the bot's rate on %s (at a %s, for %.1f s). Ask its admin to exempt %s: bans wait while it lasts",
			time.UnixMilli(seen.At).Format(time.DateTime), seen.Verb, float64(seen.RetryAfter)/1000, k.session.User())
	}
}

// encryption tells what other clients see of the bot's device. One that is not signed
// by the account's identity gets no keys from many of them.
func (k *checkup) encryption(ctx context.Context) {
	if !k.encrypts {
		return
	}
	survey, err := k.session.Survey(ctx)
	switch device := k.session.Device(); {
	case err != nil:
		k.mend("%v", err)
	case !survey.Identity:
		k.note("the account has no cryptographic identity (cross-signing keys) yet: forseti run makes one")
	case !survey.Device:
		k.note("the device %s has no keys yet: forseti run makes them", device)
	case !survey.Signed:
		k.mend("the device %s is not signed by the account's identity, so that many clients do not trust it: run forseti restore with the recovery key", device)
	case survey.Backup == "":
		k.note("the account has no backup of keys yet: the bot makes one when it runs")
	default:
		k.good("the device %s is signed by the account's identity, with %s in the backup", device, count(survey.Keys, "key"))
	}
}

// room reads a room's state; nil if it cannot.
func (k *checkup) room(ctx context.Context, what string, room id.RoomID) (*rooms.Room, []*event.Event) {
	state, err := k.session.State(ctx, room)
	if err != nil {
		f := action.FailureOf(err)
		if f.Kind == action.Forbidden || f.Kind == action.Gone {
			k.mend("%s %s cannot be read: invite %s there", what, room, k.session.User())
		} else {
			k.mend("%s %s cannot be read now: %v", what, room, err)
		}
		return nil, nil
	}
	r := rooms.New(room)
	r.Replace(state, time.Now())
	if m, _ := r.Member(k.session.User()); m.Membership != event.MembershipJoin {
		k.mend("%s %s: the bot is not in it. Invite %s there", what, nameOf(r), k.session.User())
		return nil, nil
	}
	return r, state
}

func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}

// nameOf is what strangers call a room, fit for a terminal.
func nameOf(r *rooms.Room) string {
	name := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return -1
		}
		return c
	}, r.Name())
	if name == string(r.ID()) {
		return name
	}
	return fmt.Sprintf("%q (%s)", name, r.ID())
}

func (k *checkup) management(ctx context.Context, room id.RoomID) {
	r, _ := k.room(ctx, "management room", room)
	if r == nil {
		return
	}
	k.good("management room %s, %s", nameOf(r), count(r.Count(event.MembershipJoin), "member"))
	if r.Count(event.MembershipJoin) == 1 {
		k.note("nobody but the bot is in the management room: accept its invitation, or be invited")
	}
	if refusal := r.CanSend(k.session.User(), "m.room.message"); !refusal.OK() {
		k.mend("management room %s: the bot %s", nameOf(r), refusal)
	}
	if r.JoinRule() == event.JoinRulePublic {
		k.mend("management room %s is public: everybody who joins commands the bot. Make it invite-only", nameOf(r))
	}
	switch {
	case r.Encrypted() && !k.encrypts:
		k.mend("management room %s is encrypted, and encryption.key is not set: the bot cannot read what is said there", nameOf(r))
	case k.encrypts && !r.Encrypted():
		k.note("management room %s is not encrypted: the homeserver reads along. !forseti encrypt changes that", nameOf(r))
	}
}

func (k *checkup) protected(ctx context.Context) {
	var data struct {
		Rooms []id.RoomID `json:"rooms"`
	}
	if !k.accountData(ctx, typeProtectedRooms, &data) || len(data.Rooms) == 0 {
		k.note("no room is protected yet: write !forseti rooms add in the management room")
		return
	}
	for _, room := range data.Rooms {
		r, _ := k.room(ctx, "protected room", room)
		if r == nil {
			continue
		}
		missing, need := r.Lacks(k.session.User())
		if len(missing) == 0 {
			k.good("protected room %s, %s", nameOf(r), count(r.Count(event.MembershipJoin), "member"))
			continue
		}
		k.mend("protected room %s: the bot cannot %s. Give %s power level %d there", nameOf(r), strings.Join(missing, ", "), k.session.User(), need)
	}
}

func (k *checkup) lists(ctx context.Context) {
	var data struct {
		References []string `json:"references"`
	}
	if !k.accountData(ctx, typeWatchedLists, &data) || len(data.References) == 0 {
		k.note("no list is watched yet: write !forseti list create, or !forseti watch, in the management room")
		return
	}
	for _, reference := range data.References {
		uri, err := id.ParseMatrixURIOrMatrixToURL(reference)
		if err != nil || uri.RoomID() == "" {
			k.mend("watched list %q is no link to a room", reference)
			continue
		}
		r, state := k.room(ctx, "watched list", uri.RoomID())
		if r == nil {
			continue
		}
		rules := 0
		for _, evt := range state {
			if _, ok := policy.Parse(uri.RoomID(), evt); ok {
				rules++
			}
		}
		may := "read only"
		if r.CanSetState(k.session.User(), "m.policy.rule.user").OK() {
			may = "the bot may write to it"
		}
		k.good("watched list %s, %s, %s", nameOf(r), count(rules, "rule"), may)
	}
}

func (k *checkup) accountData(ctx context.Context, kind string, into any) bool {
	raw, err := k.session.AccountData(ctx, kind)
	if err != nil {
		k.mend("the account's %s cannot be read: %v", kind, err)
		return false
	}
	if raw == nil {
		return false
	}
	if err := json.Unmarshal(raw, into); err != nil {
		k.mend("the account's %s is malformed", kind)
		return false
	}
	return true
}
