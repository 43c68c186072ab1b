package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
)

// encryptionKey is the key for a new configuration: the one from the environment,
// that of the configuration it replaces, or a new one. Written says whether it
// belongs into the file.
func (a *answers) encryptionKey(getenv func(string) string) (key string, written bool) {
	if key := config.FromEnvironment("encryption.key", getenv); key != "" {
		return key, false
	}
	if old, err := os.ReadFile(a.config); err == nil {
		if c, err := config.Parse(old); err == nil && c.Encryption.Key != "" {
			return c.Encryption.Key, true
		}
	}
	return rand.Text() + rand.Text(), true
}

// identify gives the bot its device keys and the account its identity. An identity
// that is there already is unlocked with its recovery key, and never replaced.
func (a *answers) identify(ctx context.Context, ask *asker, db *store.Database, session *matrix.Session, c config.Config, s streams) error {
	machine, err := openEncryption(ctx, c, db, session, func(id.UserID) bool { return false })
	if err != nil {
		return err
	}
	defer machine.Close()
	state, err := machine.Identity(ctx)
	if err != nil {
		return err
	}
	switch state {
	case e2ee.IdentityReady:
		return nil
	case e2ee.IdentityMissing:
		err := machine.Bootstrap(ctx, e2ee.BootstrapOptions{
			Password: a.password, Storage: a.recovery, Reveal: a.reveal(s.out),
		})
		if !errors.Is(err, e2ee.ErrStorageExists) {
			return err
		}
		return a.unlock(ctx, ask, s, "The account has a secret storage already. Its recovery key or passphrase", func(secret string) error {
			return machine.Bootstrap(ctx, e2ee.BootstrapOptions{Password: a.password, Storage: secret, Reveal: a.reveal(s.out)})
		})
	case e2ee.IdentityLocked:
		return a.unlock(ctx, ask, s, "The account has a cryptographic identity already. Its recovery key or passphrase", func(secret string) error {
			return machine.Unlock(ctx, secret)
		})
	default:
		return &e2ee.IdentityError{State: state}
	}
}

const secretTries = 3

// unlock tries a recovery key or passphrase that is known, or else asks for one until
// it is the right one.
func (a *answers) unlock(ctx context.Context, ask *asker, s streams, text string, try func(secret string) error) error {
	known := cmp.Or(a.recovery, s.getenv("FORSETI_RECOVERY_KEY"))
	given := known != ""
	for n := 1; ; n++ {
		secret, err := ask.ask(ctx, known, question{text: text, flag: "FORSETI_RECOVERY_KEY", secret: true})
		if err != nil {
			return err
		}
		if err = try(secret); err == nil {
			a.recovery = secret
		}
		if !errors.Is(err, e2ee.ErrWrongKey) || given || n == secretTries {
			return err
		}
		ask.say(err)
	}
}

// foresee asks for the recovery key that will be needed, before anything is made that
// would be left over if nobody has it.
func (a *answers) foresee(ctx context.Context, ask *asker, db *store.Database, session *matrix.Session, s streams) error {
	if a.noEncryption || e2ee.HasIdentity(ctx, db.DB(), session.User()) {
		return nil
	}
	survey, err := session.Survey(ctx)
	if err != nil {
		return err
	}
	what := "a cryptographic identity"
	if !survey.Identity {
		// Without one there may still be a storage, of which a new one would lose the secrets.
		if err := session.CheckRecovery(ctx, ""); errors.Is(err, e2ee.ErrNoStorage) {
			return nil
		} else if !errors.Is(err, e2ee.ErrWrongKey) {
			return err
		}
		what = "a secret storage"
	}
	err = a.unlock(ctx, ask, s, "The account has "+what+" already. Its recovery key or passphrase", func(secret string) error {
		return session.CheckRecovery(ctx, secret)
	})
	if _, nobody := errors.AsType[silence](err); nobody {
		return misuse{fmt.Errorf("the account has %s already, and its recovery key or passphrase is needed: %w", what, err)}
	}
	return err
}

// reveal shows the recovery key on the terminal, or writes it into a file.
func (a *answers) reveal(out io.Writer) func(string) error {
	if a.recoveryKeyFile != "" {
		return revealInFile(a.recoveryKeyFile, func() { fmt.Fprintf(out, "Wrote the account's recovery key to %s.\n", a.recoveryKeyFile) })
	}
	return func(key string) error {
		_, err := fmt.Fprintf(out, "\nThe recovery key of the bot's account, shown this once:\n\n    %s\n\nKeep it where the bot is not: with it, forseti restore brings the bot's identity and\nits keys back on another machine.\n\n", key)
		return err
	}
}

// revealInFile writes the recovery key where its owner alone can read it. A file
// that is there is left alone: it may hold another one.
func revealInFile(path string, done func()) func(string) error {
	return func(key string) error {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("write the recovery key: %w", err)
		}
		_, err = fmt.Fprintln(file, key)
		if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
			_ = os.Remove(path) // half a key is none
			return fmt.Errorf("write the recovery key: %w", err)
		}
		done()
		return nil
	}
}

// settleIdentity is identify for a bot that starts: nobody is there to ask, and
// its output is a log, which must not hold a secret.
func settleIdentity(ctx context.Context, machine *e2ee.Machine, c config.Config, configPath string, log zerolog.Logger) error {
	var state e2ee.IdentityState
	err := patiently(ctx, log, func() (err error) {
		state, err = machine.Identity(ctx)
		return err
	})
	switch {
	case err != nil:
		return err
	case state == e2ee.IdentityReady:
		return nil
	case state == e2ee.IdentityMismatch:
		// Moderators hear of it. Rules are enforced all the same, or whoever replaces the
		// identity could switch moderation off.
		log.Error().Err(&e2ee.IdentityError{State: state}).Msg("Nothing is said in secret, and no command obeyed there")
		return nil
	case state != e2ee.IdentityMissing:
		return &e2ee.IdentityError{State: state}
	}
	path := filepath.Join(filepath.Dir(configPath), "forseti-recovery-key.txt")
	return machine.Bootstrap(ctx, e2ee.BootstrapOptions{
		Password: c.Homeserver.Password,
		Reveal: revealInFile(path, func() {
			log.Warn().Str("file", path).Msg("The account has a cryptographic identity now. Its recovery key is in this file: move it to where the bot is not")
		}),
	})
}
