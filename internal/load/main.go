// Command load measures the running bot against a real homeserver, and prints
// each figure beside its target:
//
//	go run -tags goolm ./internal/load
//
// The floor is what a trivial client reaches that sends the same requests, the
// policy event included, eight at a time, to the same server in the same run.
// Both go through one proxy, whose clock counts: from the start of the request
// that sets things off to the answer of the last one that follows from it.
//
// The first run prepares a homeserver with rooms and members, which takes some
// minutes, and keeps it in the user's cache folder for the next.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"time"
)

// scale is how large the measured community is.
type scale struct {
	Rooms, Members, UserRules, ServerRules int
}

type line struct {
	name string
	run  func(ctx context.Context, b *bench) ([]figure, error)
}

var lines = []line{
	{"start", measureStart},
	{"ban", measureBan},
	{"server", measureServer},
	{"foreign", measureForeign},
	{"join", measureJoin},
	{"flood", measureFlood},
	{"wave", measureWave},
}

func main() {
	var s scale
	flag.IntVar(&s.Rooms, "rooms", 20, "protected rooms")
	flag.IntVar(&s.Members, "members", 200, "members of each room")
	flag.IntVar(&s.UserRules, "user-rules", 1000, "user rules in the list")
	flag.IntVar(&s.ServerRules, "server-rules", 200, "server rules in the list")
	rounds := flag.Int("rounds", 5, "rounds of each measurement")
	only := flag.String("only", "", "measure only these, by comma: start, ban, server, foreign, join, flood, wave")
	check := flag.Bool("check", false, "exit with code 1 if a target is missed")
	verbose := flag.Bool("v", false, "show what the bot logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	missed, err := measure(ctx, s, *rounds, *only, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	if missed && *check {
		os.Exit(1)
	}
}

func measure(ctx context.Context, s scale, rounds int, only string, verbose bool) (missed bool, err error) {
	b, err := prepare(ctx, s, rounds, verbose)
	if err != nil {
		return false, err
	}
	defer b.close()
	fmt.Printf("%d rooms × %d members, %d user and %d server rules; %s, %d cores\n\n",
		s.Rooms, s.Members, s.UserRules, s.ServerRules, runtime.Version(), runtime.NumCPU())
	for _, l := range lines {
		if only != "" && !slices.Contains(strings.Split(only, ","), l.name) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, 15*time.Minute)
		figures, err := l.run(ctx, b)
		cancel()
		for _, f := range figures {
			fmt.Println(f)
			missed = missed || f.missed()
		}
		if err != nil {
			return missed, fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return missed, nil
}
