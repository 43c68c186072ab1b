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
//
// How the bot is heard under a homeserver's own limits is measured apart, on a
// Synapse as it comes (make synapse), when it is asked for:
//
//	go run -tags goolm ./internal/load -only limits
//
// What it costs to look after many rooms and members is measured on a homeserver of our
// own that answers at once:
//
//	go run -tags goolm ./internal/load -scale
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
	// apart says that it is measured on a homeserver of its own.
	apart bool
}

var lines = []line{
	{name: "start", run: measureStart},
	{name: "ban", run: measureBan},
	{name: "server", run: measureServer},
	{name: "foreign", run: measureForeign},
	{name: "join", run: measureJoin},
	{name: "flood", run: measureFlood},
	{name: "campaign", run: measureCampaign},
	{name: "wave", run: measureWave},
	{name: "limits", run: measureLimits, apart: true},
}

func main() {
	var s scale
	flag.IntVar(&s.Rooms, "rooms", 20, "protected rooms")
	flag.IntVar(&s.Members, "members", 200, "members of each room")
	flag.IntVar(&s.UserRules, "user-rules", 1000, "user rules in the list")
	flag.IntVar(&s.ServerRules, "server-rules", 200, "server rules in the list")
	rounds := flag.Int("rounds", 5, "rounds of each measurement")
	only := flag.String("only", "", "measure only these, by comma: start, ban, server, foreign, join, flood, campaign, wave; limits is left out otherwise, for it needs Synapse and a quarter of an hour")
	crowd := flag.Int("crowd", 30, "accounts that limits has banned, in three rooms each; one more is in one room")
	check := flag.Bool("check", false, "exit with code 1 if a target is missed")
	scaling := flag.Bool("scale", false, "measure communities of several sizes, on a homeserver of our own that answers at once")
	sizes := flag.String("worlds", worlds, "which sizes, rooms x members by comma")
	verbose := flag.Bool("v", false, "show what the bot logs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *scaling {
		if err := scaled(ctx, &bench{verbose: *verbose}, *sizes, []int{5_500, 100_000}); err != nil {
			fmt.Fprintln(os.Stderr, "load:", err)
			os.Exit(1)
		}
		return
	}
	missed, err := measure(ctx, s, &bench{rounds: *rounds, crowd: *crowd, verbose: *verbose}, *only)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
	if missed && *check {
		os.Exit(1)
	}
}

func measure(ctx context.Context, s scale, b *bench, only string) (missed bool, err error) {
	asked := func(l line) bool { return only == "" && !l.apart || slices.Contains(strings.Split(only, ","), l.name) }
	defer b.close()
	if b.dir, err = os.MkdirTemp("", "forseti-load-"); err != nil {
		return false, err
	}
	if err := b.build(ctx); err != nil {
		return false, err
	}
	if slices.ContainsFunc(lines, func(l line) bool { return asked(l) && !l.apart }) {
		if err := b.prepare(ctx, s); err != nil {
			return false, err
		}
		fmt.Printf("%d rooms × %d members, %d user and %d server rules; %s, %d cores\n\n",
			s.Rooms, s.Members, s.UserRules, s.ServerRules, runtime.Version(), runtime.NumCPU())
	}
	for _, l := range lines {
		if !asked(l) {
			continue
		}
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
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
