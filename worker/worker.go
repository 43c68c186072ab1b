// Package worker runs goroutines whose panic ends nothing but their own work. Whoever
// starts one says what becomes of those who wait for it.
package worker

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"time"
)

// Panic is what a piece of work broke with.
type Panic struct {
	Value any
	Stack []byte
}

// Error is for the log: it tells where.
func (p *Panic) Error() string { return fmt.Sprintf("panic: %v\n%s", p.Value, p.Stack) }

// Try runs f in this goroutine. If f panics, that is its error, a *Panic.
func Try(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &Panic{Value: r, Stack: debug.Stack()}
		}
	}()
	return f()
}

// Group is goroutines that somebody waits for. Its zero value has none.
type Group struct{ running sync.WaitGroup }

// Go runs f in a goroutine. If f panics, broke hears of it in the same goroutine.
func (g *Group) Go(f func(), broke func(*Panic)) {
	g.running.Go(func() { run(f, broke) })
}

// Wait waits until all of them have ended.
func (g *Group) Wait() { g.running.Wait() }

// Leave runs f in a goroutine that nobody waits for.
func Leave(f func(), broke func(*Panic)) { go run(f, broke) }

func run(f func(), broke func(*Panic)) {
	p := try(f)
	if p == nil {
		return
	}
	if second := try(func() { broke(p) }); second != nil {
		// There is nobody left to tell but whoever runs us.
		fmt.Fprintln(os.Stderr, p, second)
	}
}

func try(f func()) *Panic {
	err := Try(func() error { f(); return nil })
	if err == nil {
		return nil
	}
	return err.(*Panic) // f has no other error
}

// What goes on for ever is begun again after a pause, which doubles.
const (
	firstPause   = time.Second
	longestPause = 5 * time.Minute
)

// Keep runs f in this goroutine. If f panics, broke hears of it and f is run again in a
// while, until it returns by itself or ctx ends.
func Keep(ctx context.Context, f func(ctx context.Context), broke func(*Panic)) {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		began := time.Now()
		p := try(func() { f(ctx) })
		if p == nil {
			return
		}
		broke(p)
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
}
