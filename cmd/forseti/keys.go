package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"forseti/matrix/e2ee"
	"forseti/text"
)

// keysCommand writes the keys of rooms into a file that any client can read, and
// reads such files.
func keysCommand(ctx context.Context, args []string, s streams) error {
	var way string
	if len(args) > 0 {
		way, args = args[0], args[1:]
	}
	switch way {
	case "-h", "--help", "help":
		fmt.Fprint(s.out, keysUsage)
		return nil
	}
	f := flags("keys "+way, s)
	path := configFlag(f, s)
	file := f.String("file", "forseti-keys.txt", "`file` of keys")
	var work func(context.Context, *e2ee.Machine, string, streams) error
	switch way {
	case "export":
		work = exportKeys
	case "import":
		work = importKeys
	default:
		return misuse{errors.New("write forseti keys export or forseti keys import; forseti keys --help says more")}
	}
	if err := parse(f, args); err != nil {
		return err
	}
	bot, err := rest(ctx, path, f, s)
	if err != nil {
		return err
	}
	defer bot.close()
	session, err := logIn(ctx, bot.config, bot.db, warnings(s))
	if err != nil {
		return orLogIn(err, bot.config, *path)
	}
	machine, err := bot.open(ctx, session)
	if err != nil {
		return err
	}
	defer machine.Close()
	return work(ctx, machine, *file, s)
}

const keysUsage = `forseti keys: write the keys of encrypted rooms to a file, or read them from one.

  forseti keys export [--file FILE]   write them, protected by a passphrase
  forseti keys import [--file FILE]   read them

The passphrase is asked for, or comes by FORSETI_KEYS_PASSPHRASE. The file has the format
of all Matrix clients. forseti keys export --help shows the flags.
`

func exportKeys(ctx context.Context, machine *e2ee.Machine, path string, s streams) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s is there already. Give another --file", path)
	}
	ask := newAsker(s)
	passphrase, err := ask.ask(ctx, s.getenv("FORSETI_KEYS_PASSPHRASE"), question{text: "A passphrase for the file", flag: "FORSETI_KEYS_PASSPHRASE", secret: true})
	if err != nil {
		return err
	}
	if ask.terminal && s.getenv("FORSETI_KEYS_PASSPHRASE") == "" {
		again, err := ask.ask(ctx, "", question{text: "The same again", flag: "FORSETI_KEYS_PASSPHRASE", secret: true})
		if err != nil {
			return err
		}
		if again != passphrase {
			return errors.New("that was not the same passphrase")
		}
	}
	file, err := machine.ExportKeys(ctx, passphrase)
	if err != nil {
		return err
	}
	if err := writePrivate(path, string(file)); err != nil {
		return fmt.Errorf("write the keys: %w", err)
	}
	fmt.Fprintf(s.out, "Wrote all keys to %s. Whoever has the file and the passphrase can read what was said in the bot's rooms.\n", path)
	return nil
}

func importKeys(ctx context.Context, machine *e2ee.Machine, path string, s streams) error {
	file, err := readKeys(path)
	if err != nil {
		return fmt.Errorf("read the keys: %w", err)
	}
	passphrase, err := newAsker(s).ask(ctx, s.getenv("FORSETI_KEYS_PASSPHRASE"), question{text: "The passphrase of the file", flag: "FORSETI_KEYS_PASSPHRASE", secret: true})
	if err != nil {
		return err
	}
	used, of, err := machine.ImportKeys(ctx, passphrase, file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Fprintf(s.out, "Read %d of %s in %s.\n", used, text.Count(of, "key"), path)
	return nil
}

func readKeys(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	// One byte more than is taken, so that what is too long is seen to be.
	return io.ReadAll(io.LimitReader(file, e2ee.MaxKeyFile+1))
}
