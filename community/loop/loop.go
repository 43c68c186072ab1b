// Package loop is the one goroutine that owns a community's state, and those that work
// for it. Everything reaches it as a function through its inbox. It knows nothing of what
// these do.
package loop

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"forseti/worker"
)

// Loop is an owner's goroutine with its inbox, and the workers that it waits for.
type Loop struct {
	inbox   chan func()
	workers worker.Group
	stop    context.CancelCauseFunc
	ctx     context.Context // from Begin on; for workers, which the owner starts
	longest time.Duration
	broken  bool

	// Broke hears what a worker was to do when it broke. Any goroutine runs it.
	Broke func(what string, p *worker.Panic)
}

// New returns a loop that does not run yet.
func New() *Loop {
	return &Loop{inbox: make(chan func(), 64), Broke: func(string, *worker.Panic) {}}
}

// Begin says for how long the loop goes on: until ctx ends, or until Stop is called. All
// but New comes after it.
func (l *Loop) Begin(ctx context.Context) {
	l.ctx, l.stop = context.WithCancelCause(ctx)
}

// Context ends when the loop does. Its cause is what ended it.
func (l *Loop) Context() context.Context { return l.ctx }

// Stop ends the loop for a reason.
func (l *Loop) Stop(why error) { l.stop(why) }

// Run runs what comes in, until the loop ends. In between, and at first, it calls work,
// which says for how long there will be nothing to do by itself.
func (l *Loop) Run(work func() time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var nap time.Duration
		l.guarded(func() { nap = work() })
		timer.Reset(nap)
		if nap == 0 {
			runtime.Gosched() // whom work has started goes before more of the same
		}
		select {
		case <-l.ctx.Done():
			return
		case f := <-l.inbox:
			l.guarded(f)
		case <-timer.C:
		}
	}
}

// Wait waits for the workers. It is called after Run, which may start more of them.
func (l *Loop) Wait() { l.workers.Wait() }

// guarded ends the loop, rather than the process in the middle of a write, if f panics:
// what the owner holds may be half changed. The next start reads it anew.
func (l *Loop) guarded(f func()) {
	defer func() {
		if r := recover(); r != nil {
			l.broken = true
			l.stop(fmt.Errorf("panic: %v\n%s", r, debug.Stack()))
		}
	}()
	began := time.Now()
	f()
	l.longest = max(l.longest, time.Since(began))
}

// Broken reports whether the owner panicked: what it holds may be half changed. It is for
// after Run.
func (l *Loop) Broken() bool { return l.broken }

// Longest is for how long the owner did one thing at the most, while all else waited. It is
// for after Run.
func (l *Loop) Longest() time.Duration { return l.longest }

// Do runs f in the owner goroutine and waits for it. The owner itself must not call it.
// When it gives up, f has not run and will not.
func (l *Loop) Do(ctx context.Context, f func()) error {
	done := make(chan struct{})
	var taken atomic.Bool // by the owner, or back by us
	task := func() {
		defer close(done)
		if taken.CompareAndSwap(false, true) {
			f()
		}
	}
	select {
	case l.inbox <- task:
	case <-ctx.Done():
		return ctx.Err()
	case <-l.ctx.Done():
		return l.ctx.Err()
	}
	select {
	case <-done:
		return nil
	case <-l.ctx.Done():
		if taken.CompareAndSwap(false, true) {
			return l.ctx.Err()
		}
		<-done
		return nil
	}
}

// See is Do for as long as the loop goes on, for somebody whose own answer is lost when it
// ends: what f would have filled in stays empty then.
func (l *Loop) See(f func()) { _ = l.Do(l.ctx, f) }

// Post hands f to the owner goroutine, and gives up if that has ended.
func (l *Loop) Post(f func()) {
	select {
	case l.inbox <- f:
	case <-l.ctx.Done():
	}
}

// Later runs slow work in a goroutine that Wait waits for. Of a panic Broke is told, with
// what the work was to do ("read a room"), and then the owner, if broke is not nil: it
// ends what waits for that work.
func (l *Loop) Later(what string, f func(ctx context.Context), broke func(error)) {
	l.workers.Go(func() { f(l.ctx) }, func(p *worker.Panic) {
		l.Broke(what, p)
		if broke != nil {
			l.Post(func() { broke(p) })
		}
	})
}

// After has f run in the owner goroutine once a pause is over.
func (l *Loop) After(pause time.Duration, f func()) {
	l.Later("wait", func(ctx context.Context) {
		select {
		case <-time.After(pause):
			l.Post(f)
		case <-ctx.Done():
		}
	}, nil)
}
