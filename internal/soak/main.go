// Command soak has the real bot live through a storm: moderators command, lists
// change, requests go wrong, the process is killed and its database held shut. Then
// it is calm, and what became of it all is compared with a model:
//
//	go run -tags goolm ./internal/soak --minutes 2 --seed 1
//
// The seed chooses what is done and what goes wrong; how the two meet depends on the
// machine. It exits with 1 if anything was lost, doubled or untrue.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

type options struct {
	minutes   float64
	seed      uint64
	database  string
	encrypted bool
	calm      time.Duration
	keep      bool
}

func main() {
	var o options
	flag.Float64Var(&o.minutes, "minutes", 1, "how long the storm lasts")
	flag.Uint64Var(&o.seed, "seed", 1, "chooses what happens")
	flag.StringVar(&o.database, "database", "sqlite", "sqlite or postgres")
	flag.BoolVar(&o.encrypted, "encrypted", false, "encrypt the management room")
	flag.DurationVar(&o.calm, "calm", 2*time.Minute, "how long to wait after the storm until all is right")
	flag.BoolVar(&o.keep, "keep", false, "keep the bot's log and database if anything was wrong")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	wrong, err := soak(ctx, o)
	if err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	if len(wrong) > 0 {
		os.Exit(1)
	}
}

// soak gives what was wrong in the end.
func soak(ctx context.Context, o options) (wrong []string, err error) {
	fmt.Printf("seed %d, %s, encrypted: %t, %g minutes\n", o.seed, o.database, o.encrypted, o.minutes)
	s, err := newStage(ctx, o)
	if s != nil {
		defer func() { s.close(len(wrong) > 0 && o.keep) }()
	}
	if err != nil {
		return nil, err
	}
	if err := s.start(ctx, time.Minute); err != nil {
		return nil, err
	}
	began := time.Now()
	st := newStorm(s, o.seed)
	if err := st.rage(ctx, time.Duration(o.minutes*float64(time.Minute))); err != nil {
		return nil, fmt.Errorf("storm: %w", err)
	}
	fmt.Printf("%d commands, %d other deeds, %d kills, the database shut %v, %d starts failed; %d of %d requests went wrong, in %d s\n",
		len(st.orders), st.deeds, len(st.kills), st.shut, st.revived, s.trouble.faulted.Load(), s.trouble.seen.Load(), int(time.Since(began).Seconds()))
	if !canFill && o.database == "sqlite" {
		fmt.Println("NOT TRIED: a full disk, which needs Linux")
	}
	calm := time.Now()
	wrong, err = st.until(ctx, calm.Add(o.calm))
	for _, last := range []func(context.Context) error{st.finale, st.survey} {
		if err == nil && len(wrong) == 0 {
			if err = last(ctx); err == nil {
				wrong, err = st.until(ctx, time.Now().Add(o.calm))
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("judge: %w", err)
	}
	if len(wrong) == 0 {
		fmt.Printf("all is right, %d s after the storm\n", int(time.Since(calm).Seconds()))
		return nil, nil
	}
	fmt.Printf("WRONG, seed %d, %d s after the storm:\n", o.seed, int(time.Since(calm).Seconds()))
	for _, line := range wrong {
		fmt.Println("-", line)
	}
	if o.keep {
		fmt.Println("the bot's log and the conversation are in", s.dir)
		return wrong, st.transcribe(ctx)
	}
	return wrong, nil
}

// until judges until nothing is wrong, or the time is over.
func (st *storm) until(ctx context.Context, end time.Time) (wrong []string, err error) {
	for {
		if _, err := st.s.revive(ctx); err != nil {
			return []string{err.Error()}, nil
		}
		v, err := st.look(ctx)
		if err == nil {
			wrong = st.judge(v)
		}
		// What the homeserver itself went back on is in no sync: only a look finds it.
		if resets := v.resets(); err == nil && len(wrong) > 0 && len(resets) > st.resets {
			fmt.Printf("the homeserver went back on what it said: %q\n", resets)
			st.resets = len(resets)
			err = st.order(ctx, "sync", "", "")
		}
		if err != nil || len(wrong) == 0 || ctx.Err() != nil || time.Now().After(end) {
			return wrong, err
		}
		pause(ctx, 3*time.Second)
	}
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}
