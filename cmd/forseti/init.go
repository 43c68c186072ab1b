package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/store"
)

// answers are what init needs to know.
type answers struct {
	credentials
	config, database     string
	invite               string
	managementRoom, list string
	force                bool

	noEncryption    bool
	recoveryKeyFile string
	recovery        string // the recovery key or passphrase, once it was found right
}

func initCommand(ctx context.Context, args []string, s streams) error {
	var a answers
	f := flags("init", s)
	f.StringVarP(&a.config, "config", "c", defaultConfig, "`file` to write the configuration to")
	f.StringVar(&a.database, "database", "sqlite:forseti.db", "`URL` of the database: sqlite:PATH or postgres://…")
	f.StringVar(&a.homeserver, "homeserver", "", "the bot's homeserver: `server` name or URL")
	f.StringVar(&a.user, "user", "", "the bot's account, such as @forseti:example.org")
	a.flags(f)
	f.StringVar(&a.invite, "invite", "", "`user` to invite as the first moderator")
	f.StringVar(&a.managementRoom, "management-room", "", "`ID` of a management room that exists already")
	f.StringVar(&a.list, "list", "rules", "short `name` of the first policy list; \"none\" for no list")
	f.StringVar(&a.recoveryKeyFile, "recovery-key-file", "", "`file` to write the account's recovery key to, instead of showing it")
	f.BoolVar(&a.noEncryption, "no-encryption", false, "make a management room that is not encrypted, and keep out of encrypted rooms")
	f.BoolVar(&a.force, "force", false, "overwrite a configuration that is there")
	if err := parse(f, args); err != nil {
		return err
	}
	if _, err := os.Stat(a.config); err == nil && !a.force {
		return misuse{fmt.Errorf("%s is there already. Start the bot with forseti run, renew its login with forseti login, or give --config for another file, or --force to overwrite it", a.config)}
	}
	if info, err := os.Stat(filepath.Dir(a.config)); err != nil || !info.IsDir() {
		return misuse{fmt.Errorf("the folder of %s does not exist", a.config)}
	}
	if err := a.valid(); err != nil {
		return err
	}
	if err := a.absolute(); err != nil {
		return err
	}
	return a.setUp(ctx, s)
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

// valid looks at what flags and answers said, before anything comes of it.
func (a *answers) valid() error {
	if a.managementRoom != "" && !strings.HasPrefix(a.managementRoom, "!") {
		return misuse{fmt.Errorf("--management-room is %q: write the room's ID, such as !abc:example.org", a.managementRoom)}
	}
	if a.invite == "" {
		return nil
	}
	if _, _, err := id.UserID(a.invite).ParseAndValidateRelaxed(); err != nil {
		return misuse{fmt.Errorf("--invite is %q: write a user ID in full, such as @you:example.org", a.invite)}
	}
	return nil
}

// setUp logs in, makes the rooms, and writes the configuration last: until then
// another run of init is the way on, and is told what is there already.
func (a *answers) setUp(ctx context.Context, s streams) error {
	db, err := store.Open(ctx, a.database, zerolog.Nop())
	if err != nil {
		return err
	}
	defer db.Close()
	ask := newAsker(s)
	session, err := a.enter(ctx, ask, db, s)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Logged in as %s.\n", session.User())
	if a.managementRoom == "" {
		if a.invite, err = ask.ask(a.invite, "Whom to invite as the first moderator (your own ID, such as @you:example.org)", "", "invite"); err != nil {
			return err
		}
		if err := a.valid(); err != nil {
			return err
		}
	}
	made := newRooms{session: session, out: s.out}
	if err := made.make(ctx, a); err != nil {
		return fmt.Errorf("%w%s", err, made.toGoOn())
	}
	values := map[string]string{
		"homeserver.address": quoted(a.homeserver),
		"homeserver.user":    quoted(string(session.User())),
		"management_room":    quoted(string(made.management)),
		"database.url":       quoted(a.database),
	}
	c := config.Default()
	c.Homeserver.User = session.User()
	if !a.noEncryption {
		key, written := a.encryptionKey(s.getenv)
		if written {
			values["encryption.key"] = quoted(key)
		}
		c.Encryption.Key = key
	}
	// Before the keys are made: they are of no use without the one in the file.
	if err := writePrivate(a.config, config.Example(values)); err != nil {
		return fmt.Errorf("write the configuration: %w%s", err, made.toGoOn())
	}
	if !a.noEncryption {
		if err := a.identify(ctx, ask, db, session, c, s); err != nil {
			return fmt.Errorf("%w\nAll else is done, and the configuration is written. forseti run --config %s tries this again; forseti restore takes a recovery key", err, a.config)
		}
	}
	fmt.Fprintf(s.out, "\nWrote %s. The login is in the database, %s: keep both to yourself.\n\nWhat to do next:\n", a.config, redactURL(a.database))
	if a.invite != "" {
		fmt.Fprintf(s.out, "  1. Accept the invitation as %s.\n", a.invite)
	} else {
		fmt.Fprintf(s.out, "  1. Open the management room.\n")
	}
	fmt.Fprintf(s.out, "  2. Start the bot: forseti run --config %s\n  3. In the management room, write: !forseti help\n", a.config)
	return nil
}

// writePrivate writes a file that its owner alone can read, as a whole or not at
// all.
func writePrivate(path, text string) error {
	partial, err := os.CreateTemp(filepath.Dir(path), ".forseti-*")
	if err != nil {
		return err
	}
	defer os.Remove(partial.Name())
	_, err = partial.WriteString(text)
	if err = errors.Join(err, partial.Chmod(0o600), partial.Close()); err != nil {
		return err
	}
	return os.Rename(partial.Name(), path)
}

// quoted is text as a YAML value. JSON strings are YAML strings.
func quoted(s string) string {
	raw, _ := json.Marshal(s) // a string always marshals
	return string(raw)
}

// redactURL shows a database URL without its password.
func redactURL(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		return scheme + "://…@" + rest[at+1:]
	}
	return url
}
