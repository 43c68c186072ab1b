package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// answers are what init needs to know.
type answers struct {
	credentials
	config, database     string
	invite               string
	managementRoom, list string
	listNamed            bool // by its flag
	preset               string
	anew, force          bool

	noEncryption    bool
	recoveryKeyFile string
	recovery        string // the recovery key or passphrase, once it was found right
}

func initCommand(ctx context.Context, args []string, s streams) error {
	var a answers
	f := flags("init", s)
	f.StringVarP(&a.config, "config", "c", cmp.Or(s.getenv("FORSETI_CONFIG"), defaultConfig), "`file` to write the configuration to")
	f.StringVar(&a.database, "database", cmp.Or(config.FromEnvironment("database.url", s.getenv), "sqlite:forseti.db"), "`URL` of the database: sqlite:PATH or postgres://…")
	f.StringVar(&a.homeserver, "homeserver", "", "the bot's homeserver: `server` name or URL")
	f.StringVar(&a.user, "user", "", "the bot's account, such as @forseti:example.org")
	a.flags(f)
	f.StringVar(&a.invite, "invite", "", "`user` to invite as the first moderator")
	f.StringVar(&a.managementRoom, "management-room", "", "`ID` of a management room that exists already")
	f.BoolVar(&a.anew, "new", false, "make a new management room, also if the account has one already")
	f.StringVar(&a.list, "list", "rules", "short `name` of the first policy list; \"none\" for no list")
	f.StringVar(&a.preset, "preset", "", "`name` of the preset for the protections, such as \"public support\"; \"none\" for no protection")
	f.StringVar(&a.recovery, "recovery-key", "", "the recovery `key` of the account, if it has one (better by FORSETI_RECOVERY_KEY)")
	f.StringVar(&a.recoveryKeyFile, "recovery-key-file", "", "`file` to write the account's recovery key to, instead of showing it")
	f.BoolVar(&a.noEncryption, "no-encryption", false, "make a management room that is not encrypted, and keep out of encrypted rooms")
	f.BoolVar(&a.force, "force", false, "overwrite a configuration that is there")
	if err := parse(f, args); err != nil {
		return err
	}
	a.listNamed = f.Changed("list")
	a.recovery = cmp.Or(a.recovery, s.getenv("FORSETI_RECOVERY_KEY"))
	if _, err := os.Stat(a.config); err == nil && !a.force {
		return misuse{fmt.Errorf("%s is there already. Start the bot with forseti run, renew its login with forseti login, or give --config for another file, or --force to overwrite it", a.config)}
	}
	if err := writable(a.config); err != nil {
		return misuse{err}
	}
	if a.managementRoom != "" && !strings.HasPrefix(a.managementRoom, "!") {
		return misuse{fmt.Errorf("--management-room is %q: write the room's ID, such as !abc:example.org", a.managementRoom)}
	}
	if a.invite != "" {
		// What is no user at all is told before anything else is asked.
		if _, err := fullID(a.invite, func() string { return "example.org" }); err != nil {
			return misuse{fmt.Errorf("--invite is %q: %w", a.invite, err)}
		}
	}
	if err := errors.Join(a.checkPreset(), a.absolute()); err != nil {
		return err
	}
	return a.setUp(ctx, s)
}

// writable looks whether the configuration can be written, before anything hangs on it.
func writable(path string) error {
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("the folder of %s does not exist", path)
	}
	file, err := os.CreateTemp(dir, ".forseti-*")
	if err != nil {
		whole, _ := filepath.Abs(dir)
		return fmt.Errorf("nothing can be written into the folder %s by the user that runs this (user %d). Choose another by --config, or give it the right", cmp.Or(whole, dir), os.Getuid())
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// absolute makes the database the same one from whatever folder the bot is started.
func (a *answers) absolute() error {
	path, ok := strings.CutPrefix(a.database, "sqlite:")
	if path = strings.TrimPrefix(path, "//"); !ok || path == "" {
		return nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("--database: %w", err)
	}
	a.database = "sqlite:" + path
	return nil
}

// setUp asks all there is to ask, then makes what is needed, and writes the
// configuration last. Until the first room is made it can be ended at any point and
// leaves nothing behind, no login and no database.
func (a *answers) setUp(ctx context.Context, s streams) (err error) {
	var undo []func()
	made := false
	defer func() {
		if !made {
			for _, f := range slices.Backward(undo) {
				f()
			}
		}
	}()
	fresh := !a.databaseThere()
	db, err := store.Open(ctx, a.database, zerolog.Nop())
	if err != nil {
		return err
	}
	undo = append(undo, func() {
		if fresh {
			a.removeDatabase()
		}
	}, func() { _ = db.Close() })
	ask := newAsker(s)
	e, err := a.enter(ctx, ask, db, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Logged in as %s.\n", e.session.User())
	if e.ours {
		undo = append(undo, func() { logOutAgain(ctx, e.session, s) })
	}
	n := newRooms{session: e.session, out: s.out}
	if err := a.decide(ctx, ask, db, &n, s); err != nil {
		return err
	}
	// What is begun now is to be finished: half of it would be left over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), makingTime)
	defer cancel()
	if err := n.enter(ctx, a); err != nil {
		return err
	}
	written, err := a.make(ctx, ask, db, e, &n, s)
	if made = written; written {
		_ = db.Close()
	}
	return err
}

// makingTime bounds what is done after the last question.
const makingTime = 10 * time.Minute

// decide asks what is left to ask, and looks at the answers.
func (a *answers) decide(ctx context.Context, ask *asker, db *store.Database, n *newRooms, s streams) error {
	if err := n.look(ctx); err != nil {
		return err
	}
	if err := a.choose(ctx, ask, n); err != nil {
		return err
	}
	if err := a.chooseInvited(ctx, ask, n.session, s); err != nil {
		return err
	}
	if err := a.foresee(ctx, ask, db, n.session, s); err != nil {
		return err
	}
	return a.choosePreset(ctx, ask, n)
}

// chooseInvited settles who is to be the first moderator. A room that is there may have
// some already.
func (a *answers) chooseInvited(ctx context.Context, ask *asker, session *matrix.Session, s streams) error {
	if a.managementRoom != "" && a.invite == "" {
		return nil
	}
	given := a.invite != ""
	user, err := ask.ask(ctx, a.invite, question{
		text: "Whom to invite as the first moderator (your own ID, such as @you:example.org)", flag: "invite",
		check: func(answer string) (string, error) {
			user, err := moderator(ctx, session, answer)
			if !errors.Is(err, errUnknown) {
				return string(user), err
			}
			if given {
				fmt.Fprintf(s.out, "Careful: %s.\n", err)
				return string(user), nil
			}
			anyway, silent := ask.yes(ctx, fmt.Sprintf("%s. Invite %s all the same", capital(err.Error()), user), false, "invite")
			if silent != nil {
				return "", silent
			}
			if !anyway {
				return "", errors.New("then once more")
			}
			return string(user), nil
		},
	})
	a.invite = user
	return err
}

func capital(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// make does it. Written is true once the configuration is: from then on the bot can be
// run, whatever else fails.
func (a *answers) make(ctx context.Context, ask *asker, db *store.Database, e entry, n *newRooms, s streams) (written bool, err error) {
	if err := n.make(ctx, a); err != nil {
		return false, fmt.Errorf("%w%s", err, n.toGoOn())
	}
	values := map[string]string{
		"homeserver.address": quoted(a.homeserver),
		"homeserver.user":    quoted(string(e.session.User())),
		"management_room":    quoted(string(n.management)),
		"database.url":       quoted(a.database),
	}
	if a.managementRoom == "" { // of a room that is there we do not know who has which level
		values["commands.roles"] = "true"
	}
	c := config.Default()
	c.Homeserver.User = e.session.User()
	if !a.noEncryption {
		key, inFile := a.encryptionKey(s.getenv)
		if inFile {
			values["encryption.key"] = quoted(key)
		}
		c.Encryption.Key = key
	}
	// Before the keys are made: they are of no use without the one in the file.
	err = e.store(ctx, db)
	if err == nil {
		err = writePrivate(a.config, config.Example(values))
	}
	if err != nil {
		return false, fmt.Errorf("write the configuration: %w%s", err, n.toGoOn())
	}
	if !a.noEncryption {
		if err := a.identify(ctx, ask, db, e.session, c, s); err != nil {
			return true, fmt.Errorf("%w\nAll else is done, and the configuration is written. forseti run --config %s tries this again; forseti restore takes a recovery key", err, a.config)
		}
	}
	fmt.Fprintf(s.out, "\nWrote %s. The login is in the database, %s: keep both to yourself.\n", a.config, redactURL(a.database))
	a.next(ctx, e.session, n.management, s)
	return true, nil
}

// next says what to do now.
func (a *answers) next(ctx context.Context, session *matrix.Session, room id.RoomID, s streams) {
	tried, found, err := tryPace(ctx, session, room)
	if found {
		err = errors.Join(err, keepPace(ctx, session, tried))
	}
	fmt.Fprint(s.out, "\nWhat to do next:\n")
	if a.invite != "" {
		fmt.Fprintf(s.out, "  1. Accept the invitation as %s. (forseti invite --config %s @other:example.org invites somebody else.)\n", a.invite, a.config)
	} else {
		fmt.Fprintf(s.out, "  1. Open the management room.\n")
	}
	fmt.Fprintf(s.out, "  2. Start the bot: forseti run --config %s\n  3. In the management room, write: !forseti help\n", a.config)
	switch {
	case found && tried.hinders():
		fmt.Fprintf(s.out, "  4. Have the account exempted from rate limits: %s. %s.\n", tried, tried.cost())
		for _, line := range exemption(tried.Software, session.Address(), session.User()) {
			fmt.Fprintf(s.out, "     %s\n", line)
		}
		fmt.Fprintf(s.out, "     forseti check --limits --config %s shows whether that worked.\n", a.config)
	case found:
		fmt.Fprintf(s.out, "\nRate limits: %s.\n", tried)
	case err != nil:
		fmt.Fprintf(s.out, "\nWhether the homeserver limits the account's rate could not be tried (%s). forseti check --limits tries it.\n", plain(err))
	}
}

// logOutAgain ends a login that came to nothing, also when the program is to end.
func logOutAgain(ctx context.Context, session *matrix.Session, s streams) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	if err := session.LogOut(ctx); err != nil {
		fmt.Fprintf(s.err, "The login %s of %s stays behind, for it could not be logged out: %s.\n", session.Device(), session.User(), plain(err))
	}
}

// databaseThere reports whether there was a database before. One on a server is never
// made here, and so never removed.
func (a *answers) databaseThere() bool {
	path, ok := strings.CutPrefix(a.database, "sqlite:")
	if !ok {
		return true
	}
	_, err := os.Lstat(path)
	return !errors.Is(err, os.ErrNotExist)
}

func (a *answers) removeDatabase() {
	path := strings.TrimPrefix(a.database, "sqlite:")
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		_ = os.Remove(path + end)
	}
}
