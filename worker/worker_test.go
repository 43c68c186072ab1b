package worker

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A panic is an error that tells where it was, and any other error stays what it is.
func TestTry(t *testing.T) {
	err := Try(func() error { panic("half done") })
	p, ok := errors.AsType[*Panic](err)
	if !ok || p.Value != "half done" || !strings.Contains(err.Error(), "worker_test.go") {
		t.Errorf("%v", err)
	}
	plain := errors.New("no")
	if err := Try(func() error { return plain }); err != plain {
		t.Errorf("%v", err)
	}
	if err := Try(func() error { return nil }); err != nil {
		t.Errorf("%v", err)
	}
}

// Of many that break, each is told, the others go on, and whoever waits does not wait
// for ever; also if whoever is told breaks too.
func TestOneBreaksAndTheOthersGoOn(t *testing.T) {
	var g Group
	done, broke := make(chan int, 10), make(chan *Panic, 10)
	for i := range 10 {
		g.Go(func() {
			if i%2 == 1 {
				panic(i)
			}
			done <- i
		}, func(p *Panic) {
			broke <- p
			if p.Value == 3 {
				panic("again")
			}
		})
	}
	g.Wait()
	if len(done) != 5 || len(broke) != 5 {
		t.Errorf("%d done, %d broke", len(done), len(broke))
	}
}

// What is left to itself is told of as well.
func TestLeave(t *testing.T) {
	broke := make(chan *Panic)
	Leave(func() { panic("half done") }, func(p *Panic) { broke <- p })
	if p := <-broke; p.Value != "half done" {
		t.Errorf("%v", p.Value)
	}
}

// What goes on for ever does so after a panic, with pauses that grow, and ends with its
// context.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		var at []time.Duration
		broke := 0
		f := func(ctx context.Context) {
			at = append(at, time.Since(began))
			switch len(at) {
			case 4:
				<-time.After(time.Hour)
			case 6:
				cancel()
			}
			panic("again")
		}
		Keep(ctx, f, func(*Panic) { broke++ })
		want := []time.Duration{0, 1, 3, 7, 3600 + 8, 3600 + 10}
		if len(at) != len(want) || broke != len(want) {
			t.Fatalf("ran at %v, told of %d", at, broke)
		}
		for i := range want {
			if at[i] != want[i]*time.Second {
				t.Errorf("ran at %v, want %v", at, want)
			}
		}
		Keep(t.Context(), func(context.Context) { broke = 0 }, func(*Panic) { broke++ })
		if broke != 0 {
			t.Error("what ended by itself was told of")
		}
	})
}
