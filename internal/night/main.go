// Command night plays a moderator's night on a real homeserver with its default limits, once
// in a clear room and once in an encrypted one, and prints it as docs/transcript.md:
//
//	go run -tags goolm ./internal/night
//
// Many accounts of one server come and post; one whose name is like theirs is innocent. What
// the moderator is told is held against what the rooms say. It exits with 1 if anything of it
// was wrong.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"syscall"
)

func main() {
	o := whole()
	flag.IntVar(&o.accounts, "accounts", o.accounts, "how many come")
	flag.IntVar(&o.rooms, "rooms", o.rooms, "into how many rooms")
	flag.IntVar(&o.each, "each", o.each, "how many messages each of them posts in each room")
	update := flag.Bool("update", false, "write docs/transcript.md anew")
	flag.BoolVar(&o.verbose, "v", false, "show what the bot logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o, *update); err != nil {
		fmt.Fprintln(os.Stderr, "night:", err)
		os.Exit(1)
	}
}

// whole is the night as it stands in docs/transcript.md.
func whole() options { return options{accounts: 30, rooms: 3, each: 7, timed: true} }

func run(ctx context.Context, o options, update bool) error {
	dir, err := os.MkdirTemp("", "forseti-night-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.program, err = build(ctx, dir); err != nil {
		return err
	}
	nights, err := both(ctx, o)
	if err != nil {
		return err
	}
	page := transcript(o, nights)
	fmt.Print(page)
	wrong := 0
	for _, n := range nights {
		for _, what := range n.wrong {
			fmt.Fprintln(os.Stderr, "wrong:", what)
			wrong++
		}
	}
	if wrong > 0 {
		return fmt.Errorf("%d things were wrong", wrong)
	}
	if update {
		return os.WriteFile(pagePath(), []byte(page), 0o644)
	}
	return nil
}

// both plays a night in a clear room and in an encrypted one.
func both(ctx context.Context, o options) (nights []played, err error) {
	for _, encrypted := range []bool{false, true} {
		o.encrypted = encrypted
		n, err := play(ctx, o)
		if err != nil {
			return nil, err
		}
		nights = append(nights, n)
	}
	return nights, nil
}

// pagePath is docs/transcript.md of the source tree, wherever the program was started.
func pagePath() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "docs", "transcript.md")
}
