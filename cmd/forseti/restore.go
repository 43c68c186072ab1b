package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"github.com/spf13/pflag"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/text"
)

// atRest is a bot that does not run, and so can be worked on.
type atRest struct {
	config config.Config
	db     *store.Database
}

// rest opens the database of a bot that does not run and that encrypts.
func rest(ctx context.Context, path *string, f *pflag.FlagSet, s streams) (*atRest, error) {
	c, err := load(path, f, s)
	if err != nil {
		return nil, err
	}
	if c.Encryption.Key == "" {
		return nil, errors.New("encryption.key is not set: without a key for its store the bot does not encrypt. Put a long random text there, or in FORSETI_ENCRYPTION_KEY, and keep it")
	}
	db, err := store.Open(ctx, c.Database.URL, zerolog.Nop())
	if err != nil {
		return nil, err
	}
	return &atRest{c, db}, nil
}

func (r *atRest) close() { _ = r.db.Close() }

func (r *atRest) open(ctx context.Context, session *matrix.Session) (*e2ee.Machine, error) {
	return openEncryption(ctx, r.config, r.db, session, func(id.UserID) bool { return false })
}

const recoveryQuestion = "The recovery key or passphrase of the bot's account"

// restoring is one run of forseti restore.
type restoring struct {
	answers
	bot      *atRest
	session  *matrix.Session // the one in use
	path     *string
	dropKeys bool
	logOut   bool            // old logins, without a question
	fresh    bool            // the database held no identity, so it is likely a new one
	replaced *matrix.Session // the login that a new one took the place of, if it is still good
	ask      *asker
	s        streams
}

// restoreCommand gets the bot's identity and the keys of its rooms back: on a new
// machine, after a loss, or when somebody made a new identity.
func restoreCommand(ctx context.Context, args []string, s streams) error {
	f := flags("restore", s)
	r := restoring{ask: newAsker(s), s: s}
	r.path = configFlag(f, s)
	f.BoolVar(&r.dropKeys, "drop-keys", false, "delete the keys in the database if encryption.key does not open them")
	f.StringVar(&r.recovery, "recovery-key", "", "the recovery `key` or passphrase of the account (better by FORSETI_RECOVERY_KEY)")
	test := f.Bool("test", false, "only test a recovery key that was written down, also while the bot runs")
	f.BoolVar(&r.logOut, "log-out-old", false, "log out earlier logins of the bot without asking")
	r.credentials.flags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	if r.recovery == "" {
		r.recovery = s.getenv("FORSETI_RECOVERY_KEY")
	}
	if *test {
		return r.test(ctx, f)
	}
	var err error
	if r.bot, err = rest(ctx, r.path, f, s); err != nil {
		return err
	}
	defer r.bot.close()
	machine, err := r.device(ctx)
	if err != nil {
		return err
	}
	defer machine.Close()
	if err := r.identity(ctx, machine); err != nil {
		return err
	}
	if err := r.keys(ctx, machine); err != nil {
		return err
	}
	if r.fresh {
		fmt.Fprintln(r.s.out, "What moderators set in chat was in the database. If that is lost, switch protections on again: !forseti protections.")
	}
	r.oldLogins(ctx)
	fmt.Fprintf(r.s.out, "Start the bot with %s.\n", typed("run", *r.path))
	return nil
}

// test says whether a recovery key is right, and changes nothing.
func (r *restoring) test(ctx context.Context, f *pflag.FlagSet) error {
	c, err := load(r.path, f, r.s)
	if err != nil {
		return err
	}
	session, _, done, err := logInBeside(ctx, c, *r.path)
	if err != nil {
		return err
	}
	defer done()
	if r.recovery != "" {
		err = r.checkRecovery(ctx, session)
	} else {
		err = r.unlock(ctx, r.ask, r.s, recoveryQuestion, func(secret string) error { return session.CheckRecovery(ctx, secret) })
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(r.s.out, "The recovery key is right: it opens the account's secret storage.")
	return nil
}

// checkRecovery looks at a key that was given, before anything is done with it or
// without it.
func (r *restoring) checkRecovery(ctx context.Context, session *matrix.Session) error {
	if r.recovery == "" {
		return nil
	}
	err := session.CheckRecovery(ctx, r.recovery)
	if errors.Is(err, e2ee.ErrWrongKey) {
		return fmt.Errorf("%w: it does not open the account's secret storage. Nothing was changed", err)
	}
	return err
}

// device opens the bot's device, and logs in as a new one if that is of no use.
func (r *restoring) device(ctx context.Context) (*e2ee.Machine, error) {
	session, err := logIn(ctx, r.bot.config, r.bot.db, warnings(r.s))
	if err != nil && (r.bot.config.Homeserver.AccessToken != "" || temporary(err)) {
		return nil, orLogIn(err, r.bot.config, *r.path)
	}
	if err != nil {
		if session, err = r.newLogin(ctx); err != nil {
			return nil, err
		}
	}
	if err := r.checkRecovery(ctx, session); err != nil {
		return nil, err
	}
	r.session = session
	machine, err := r.bot.open(ctx, session)
	lost, ok := errors.AsType[*e2ee.LostError](err)
	if !ok {
		return machine, err
	}
	if lost.What == e2ee.WrongKey {
		if !r.dropKeys {
			return nil, errors.New("the keys in the database were encrypted with another key than encryption.key. Set the one that was used before. If it is lost for good, forseti restore --drop-keys deletes them and gets them back from the backup, with the recovery key")
		}
		// What replaces the keys must be at hand before they go.
		err := r.unlock(ctx, r.ask, r.s, recoveryQuestion, func(secret string) error { return session.CheckRecovery(ctx, secret) })
		if err != nil {
			return nil, err
		}
		if err := e2ee.Wipe(ctx, r.bot.db.DB(), session.User()); err != nil {
			return nil, err
		}
	}
	if r.bot.config.Homeserver.AccessToken != "" {
		return nil, fmt.Errorf("the device %s cannot be used any more (%s), and homeserver.access_token belongs to it. Put the token of a new login there, or take it out, and run forseti restore again", session.Device(), lost.What)
	}
	fmt.Fprintf(r.s.out, "The device %s cannot be used any more (%s). Logging in as a new one.\n", session.Device(), lost.What)
	if lost.What != e2ee.DeviceGone {
		r.replaced = session
	}
	if session, err = r.newLogin(ctx); err != nil {
		return nil, err
	}
	r.session = session
	return r.bot.open(ctx, session)
}

func (r *restoring) newLogin(ctx context.Context) (*matrix.Session, error) {
	r.homeserver, r.user = r.bot.config.Homeserver.Address, string(r.bot.config.Homeserver.User)
	if r.password == "" {
		r.password = r.bot.config.Homeserver.Password
	}
	e, err := r.enter(ctx, r.ask, r.bot.db, r.s)
	if err != nil {
		return nil, err
	}
	return e.session, e.store(ctx, r.bot.db)
}

func (r *restoring) identity(ctx context.Context, machine *e2ee.Machine) error {
	state, err := machine.Identity(ctx)
	if err != nil {
		return err
	}
	switch state {
	case e2ee.IdentityReady:
		if r.recovery != "" {
			fmt.Fprintln(r.s.out, "The bot has its identity, and the recovery key is right.")
		} else {
			fmt.Fprintln(r.s.out, "The bot has its identity. To test a recovery key that was written down: forseti restore --test.")
		}
		return nil
	case e2ee.IdentityMissing:
		return &e2ee.IdentityError{State: state}
	case e2ee.IdentityMismatch:
		fmt.Fprintln(r.s.out, "The account's identity is not the one that the bot had: somebody made a new one. The recovery key of the new one makes it the bot's.")
	}
	err = r.unlock(ctx, r.ask, r.s, recoveryQuestion, func(secret string) error { return machine.Unlock(ctx, secret) })
	if err != nil {
		return err
	}
	r.fresh = state == e2ee.IdentityLocked
	fmt.Fprintln(r.s.out, "The bot has its identity back.")
	return nil
}

// shownEvery is after how many keys the way they went is shown.
const shownEvery = 1000

func (r *restoring) keys(ctx context.Context, machine *e2ee.Machine) error {
	restored, err := machine.Restore(ctx, func(done, of int) {
		if done%shownEvery == 0 {
			fmt.Fprintf(r.s.out, "%d of %d keys …\n", done, of)
		}
	})
	if err != nil {
		return err
	}
	switch {
	case restored.Version == "":
		fmt.Fprintln(r.s.out, "The account has no backup of keys, so old messages stay unreadable. The bot makes one when it runs.")
	case restored.Broken > 0:
		fmt.Fprintf(r.s.out, "Restored %s from the backup; %d more in it %s not readable.\n", text.Count(restored.Keys, "key"), restored.Broken, text.Pick(restored.Broken, "was", "were"))
	default:
		fmt.Fprintf(r.s.out, "Restored %s from the backup.\n", text.Count(restored.Keys, "key"))
	}
	return nil
}
