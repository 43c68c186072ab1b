// Command forseti is a moderation bot for Matrix.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
)

// subcommand is one thing the program does.
type subcommand struct {
	name, summary string
	run           func(ctx context.Context, args []string, s streams) error
}

// streams are the program's ends, so that tests can hold them.
type streams struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
}

func subcommands() []subcommand {
	return []subcommand{
		{"init", "set up the bot: log in, create its rooms, write the configuration", initCommand},
		{"run", "run the bot", runCommand},
		{"login", "log in again, and leave all else as it is", loginCommand},
		{"restore", "get the bot's encryption back, with its recovery key", restoreCommand},
		{"keys", "write the keys of encrypted rooms to a file, or read them from one", keysCommand},
		{"check", "look whether everything is as it should be, and change nothing", checkCommand},
		{"demo", "show what the bot does, on a homeserver of its own", demoCommand},
		{"version", "show the version", versionCommand},
	}
}

// errShown is an error that the user has read already.
var errShown = errors.New("shown")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv}))
}

// run returns the exit code: 1 for a failure, 2 for a mistake on the command line.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		usage(s.err)
		return 2
	}
	switch args[0] {
	case "help", "-h", "--help":
		usage(s.out)
		return 0
	}
	for _, c := range subcommands() {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], s)
		switch {
		case err == nil, errors.Is(err, pflag.ErrHelp):
			return 0
		case errors.Is(err, errShown):
			return 1
		}
		fmt.Fprintf(s.err, "forseti %s: %s\n", c.name, err)
		if _, misuse := errors.AsType[misuse](err); misuse {
			return 2
		}
		return 1
	}
	fmt.Fprintf(s.err, "forseti: there is no command %q\n\n", args[0])
	usage(s.err)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Forseti is a moderation bot for Matrix.\n\nUsage: forseti COMMAND [FLAGS]\n\n")
	for _, c := range subcommands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nforseti COMMAND --help shows the flags of a command.\n")
}

// misuse is a mistake on the command line.
type misuse struct{ error }

// flags makes the flag set of a subcommand.
func flags(name string, s streams) *pflag.FlagSet {
	f := pflag.NewFlagSet("forseti "+name, pflag.ContinueOnError)
	f.SetOutput(s.err)
	f.SortFlags = false
	return f
}

// parse reads flags and refuses arguments, of which no subcommand has any.
func parse(f *pflag.FlagSet, args []string) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		return misuse{err}
	}
	if f.NArg() > 0 {
		return misuse{fmt.Errorf("unexpected %q", f.Arg(0))}
	}
	return nil
}
