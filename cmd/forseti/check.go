package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/store"
	"forseti/text"
)

// checkup looks at everything and changes nothing.
type checkup struct {
	out     io.Writer
	session *matrix.Session
	wrong   int
	left    []string // steps, in short
	// encrypts is whether the bot has a key to keep secrets with.
	encrypts bool
}

func checkCommand(ctx context.Context, args []string, s streams) error {
	f := flags("check", s)
	path := configFlag(f, s)
	try := f.Bool("limits", false, "try how fast the homeserver lets the account act, by events to the management room that no client shows")
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
	configured := c.ManagementRoom
	if c.ManagementRoom, err = listensIn(ctx, db, configured); err != nil {
		return err
	}
	if db != nil && db.Running() {
		k.good("the bot is running")
	} else {
		k.step("start the bot", "the bot is not running: %s starts it", typed("run", *path))
	}
	if db != nil && db.Behind() {
		k.note("the database is of an earlier version of Forseti; %s upgrades it", typed("run", *path))
	}
	if k.session, err = logInOnce(ctx, c, db); err != nil {
		return orLogIn(err, c, *path)
	}
	k.homeserver(ctx, c, db)
	k.limits(ctx, c, db, *try)
	k.privacy(c, *path)
	k.encryption(ctx)
	k.logins(ctx)
	k.moved(configured, c.ManagementRoom)
	k.management(ctx, c.ManagementRoom)
	k.protected(ctx)
	k.lists(ctx)
	fmt.Fprintf(s.out, "\n%s\n", k.verdict())
	if k.wrong > 0 {
		return errShown
	}
	return nil
}

// verdict is the last line.
func (k *checkup) verdict() string {
	steps := ""
	if len(k.left) > 0 {
		steps = fmt.Sprintf("%s left: %s.", text.Pick(len(k.left), "1 step is", fmt.Sprintf("%d steps are", len(k.left))), text.And(k.left))
	}
	switch {
	case k.wrong > 0 && steps != "":
		return fmt.Sprintf("%d to mend. Besides, %s", k.wrong, steps)
	case k.wrong > 0:
		return fmt.Sprintf("%d to mend.", k.wrong)
	case steps != "":
		return "Nothing is broken; " + steps
	default:
		return "All is as it should be."
	}
}

// listensIn is the room in which the bot listens: the one that is configured, unless it was replaced
// since, which its database knows.
func listensIn(ctx context.Context, db *store.Database, configured id.RoomID) (id.RoomID, error) {
	if db == nil || db.Behind() {
		return configured, nil
	}
	return db.Now(ctx, configured)
}

// moved tells of a configuration that names a room that was replaced.
func (k *checkup) moved(configured, now id.RoomID) {
	if configured != now {
		k.step("put the new management room into the configuration", "the management room %s was replaced, and the bot listens in %s. So that it finds that one also without its database, set management_room: %q", configured, now, now)
	}
}

// logInBeside is logInOnce beside a bot that may run, whose database is looked at alone, and gives
// the room in which that one listens. It is of use until done is called.
func logInBeside(ctx context.Context, c config.Config, path string) (session *matrix.Session, room id.RoomID, done func(), err error) {
	db, err := store.Look(ctx, c.Database.URL, zerolog.Nop())
	done = func() {}
	switch {
	case err == nil:
		done = func() { _ = db.Close() }
	case !errors.Is(err, store.ErrNoDatabase) || c.Homeserver.AccessToken == "":
		return nil, "", nil, err
	}
	if room, err = listensIn(ctx, db, c.ManagementRoom); err != nil {
		done()
		return nil, "", nil, err
	}
	if session, err = logInOnce(ctx, c, db); err != nil {
		done()
		return nil, "", nil, orLogIn(err, c, path)
	}
	return session, room, done, nil
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

// step is something that is not wrong, and yet to be done. In short it is told again at
// the end.
func (k *checkup) step(short, format string, args ...any) {
	k.left = append(k.left, short)
	fmt.Fprintf(k.out, "step  %s\n", fmt.Sprintf(format, args...))
}

func (k *checkup) more(lines []string) {
	for _, line := range lines {
		fmt.Fprintf(k.out, "      %s\n", line)
	}
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
}

// logins tells of other logins of the account: whoever has one is the bot.
func (k *checkup) logins(ctx context.Context) {
	devices, err := k.session.Devices(ctx)
	if err != nil {
		k.note("the account's logins cannot be listed: %s", plain(err))
		return
	}
	others, n := otherLogins(devices, k.session.Device())
	if n == 0 {
		k.good("no other login of the account")
		return
	}
	k.note("the account has %s besides the bot's. Whoever holds one can do what the bot can; what is nobody's, log out in a client:", text.Count(n, "other login"))
	k.more(others)
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
		k.mend("%s", plain(err))
	case !survey.Identity:
		k.note("the account has no cryptographic identity (cross-signing keys) yet: forseti run makes one")
	case !survey.Device:
		k.note("the device %s has no keys yet: forseti run makes them", device)
	case !survey.Signed:
		k.mend("the device %s is not signed by the account's identity, so that many clients do not trust it: run forseti restore with the recovery key", device)
	case survey.Backup == "":
		k.note("the account has no backup of keys yet: the bot makes one when it runs")
	default:
		k.good("the device %s is signed by the account's identity, with %s in the backup", device, text.Count(survey.Keys, "key"))
	}
}
