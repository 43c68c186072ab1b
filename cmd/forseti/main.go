// Command forseti is a moderation bot for Matrix.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/pflag"

	"forseti/config"
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
	environ  func() []string
}

func subcommands() []subcommand {
	return []subcommand{
		{"init", "set up the bot: log in, create its rooms, write the configuration", initCommand},
		{"run", "run the bot", runCommand},
		{"invite", "invite somebody to the management room, who is a moderator from then on", inviteCommand},
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
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, os.Getenv, os.Environ}))
}

// run returns the exit code: 1 for a failure or something to mend, 2 for a mistake on
// the command line.
func run(ctx context.Context, args []string, s streams) int {
	if len(args) == 0 {
		usage(s.err)
		return 2
	}
	name, args := args[0], args[1:]
	switch name {
	case "help", "-h", "--help":
		if len(args) == 0 {
			usage(s.out)
			return 0
		}
		name, args = args[0], []string{"--help"}
	case "--version", "-v", "-V":
		name = "version"
	}
	for _, c := range subcommands() {
		if c.name != name {
			continue
		}
		warnOfVariables(s)
		err := c.run(ctx, args, s)
		switch {
		case err == nil, errors.Is(err, pflag.ErrHelp):
			return 0
		case errors.Is(err, errShown):
			return 1
		}
		fmt.Fprintf(s.err, "forseti %s: %s\n", c.name, plain(err))
		if _, misuse := errors.AsType[misuse](err); misuse {
			return 2
		}
		return 1
	}
	fmt.Fprintf(s.err, "forseti: there is no command %q\n\n", name)
	usage(s.err)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, "Forseti is a moderation bot for Matrix.\n\nUsage: forseti COMMAND [FLAGS]\n\n")
	for _, c := range subcommands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, "\nforseti COMMAND --help shows the flags of a command.\n"+exitCodes)
}

const exitCodes = "Exit codes: 0 all went well, 1 something failed or is to be mended, 2 a mistake on the command line.\n"

// warnOfVariables tells of variables that were meant for Forseti and that it does not
// know: a mistyped one would otherwise do nothing, in silence.
func warnOfVariables(s streams) {
	for _, u := range config.UnknownVariables(s.environ()) {
		text := fmt.Sprintf("forseti: the variable %s is set, and there is no such one", oneLine(u.Name, 100))
		if u.Meant != "" {
			text += ": did you mean " + u.Meant + "?"
		}
		fmt.Fprintln(s.err, text)
	}
}

// misuse is a mistake on the command line.
type misuse struct{ error }

func (m misuse) Unwrap() error { return m.error }

// flags makes the flag set of a subcommand.
func flags(name string, s streams) *pflag.FlagSet {
	f := pflag.NewFlagSet("forseti "+name, pflag.ContinueOnError)
	f.SetOutput(s.err)
	f.SortFlags = false
	f.Usage = func() {
		first, _, _ := strings.Cut(name, " ")
		for _, c := range subcommands() {
			if c.name == first {
				fmt.Fprintf(s.out, "forseti %s: %s.\n", name, c.summary)
			}
		}
		if f.HasFlags() {
			fmt.Fprintf(s.out, "\nFlags:\n%s", f.FlagUsages())
		}
	}
	return f
}

// configFlag adds the flag that names the configuration.
func configFlag(f *pflag.FlagSet, s streams) *string {
	return f.StringP("config", "c", cmp.Or(s.getenv("FORSETI_CONFIG"), defaultConfig), "configuration `file`")
}

// load reads the configuration. Where none is named and none is at the usual place,
// the environment alone may hold it; path is then "".
func load(path *string, f *pflag.FlagSet, s streams) (config.Config, error) {
	named := f.Changed("config") || s.getenv("FORSETI_CONFIG") != ""
	if _, err := os.Stat(*path); errors.Is(err, os.ErrNotExist) && !named && config.Set(s.getenv) {
		*path = ""
	}
	return config.Load(*path, s.getenv)
}

// typed is how to type a subcommand for the configuration at path.
func typed(name, path string) string {
	if path == "" {
		return "forseti " + name
	}
	return "forseti " + name + " --config " + path
}

// parse reads flags and refuses arguments.
func parse(f *pflag.FlagSet, args []string) error { return parseWith(f, args, 0) }

// parseWith reads flags and so many arguments.
func parseWith(f *pflag.FlagSet, args []string, n int) error {
	if err := f.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return err
		}
		return misuse{err}
	}
	switch {
	case f.NArg() > n:
		return misuse{fmt.Errorf("unexpected %q", f.Arg(n))}
	case f.NArg() < n:
		return misuse{fmt.Errorf("something is missing: write %s", f.Name())}
	}
	return nil
}
