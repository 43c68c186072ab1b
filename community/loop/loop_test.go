package loop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"forseti/worker"
)

// begun is a loop that runs until the test ends, or until it is stopped.
func begun(t *testing.T, work func() time.Duration) *Loop {
	t.Helper()
	l := New()
	ctx, cancel := context.WithCancel(t.Context())
	l.Begin(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		l.Run(work)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
		l.Wait()
	})
	return l
}

func idle() time.Duration { return time.Hour }

// What comes in is run one after another, in its order, and whoever waits for it waits
// until it is done.
func TestOneAfterAnother(t *testing.T) {
	l := begun(t, idle)
	var said []int // no lock: the owner's
	for i := range 100 {
		l.Post(func() { said = append(said, i) })
	}
	if err := l.Do(t.Context(), func() { said = append(said, 100) }); err != nil {
		t.Fatal(err)
	}
	for i, n := range said {
		if n != i {
			t.Fatalf("%v", said)
		}
	}
	if len(said) != 101 {
		t.Fatalf("%d of 101 ran", len(said))
	}
}

// A panic ends the loop, with what it was about, and not the process; whether it comes
// from what came in, or from what is done in between.
func TestPanicEndsTheLoop(t *testing.T) {
	for name, l := range map[string]*Loop{
		"in between": begun(t, func() time.Duration { panic("half done") }),
		"inbox": func() *Loop {
			l := begun(t, idle)
			_ = l.Do(t.Context(), func() { panic("half done") })
			return l
		}(),
	} {
		<-l.Context().Done()
		if cause := context.Cause(l.Context()); cause == nil || !strings.Contains(cause.Error(), "half done") || !strings.Contains(cause.Error(), "loop_test.go") {
			t.Errorf("%s: ended by %v", name, cause)
		}
		ran := false
		if err := l.Do(t.Context(), func() { ran = true }); err == nil && !ran {
			t.Errorf("%s: said to have run", name)
		}
	}
}

// Whoever waits does not wait for ever, and what was given up does not run.
func TestGivingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		ctx, cancel := context.WithCancel(t.Context())
		l.Begin(ctx)
		for range cap(l.inbox) {
			l.Post(func() {})
		}
		short, end := context.WithTimeout(t.Context(), time.Second)
		defer end()
		if err := l.Do(short, func() { t.Error("ran") }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("full inbox: %v", err)
		}
		<-l.inbox
		given := make(chan error, 1)
		go func() { given <- l.Do(t.Context(), func() { t.Error("ran") }) }()
		synctest.Wait()
		cancel()
		if err := <-given; !errors.Is(err, context.Canceled) {
			t.Errorf("ended loop: %v", err)
		}
		l.Post(func() { t.Error("ran") })
		for range len(l.inbox) {
			(<-l.inbox)()
		}
	})
}

// What runs while the loop ends has run for whoever waits for it.
func TestEndingMeanwhile(t *testing.T) {
	l := begun(t, idle)
	ran := false
	err := l.Do(t.Context(), func() {
		l.Stop(errors.New("enough"))
		ran = true
	})
	if err != nil || !ran {
		t.Errorf("%v, ran: %v", err, ran)
	}
}

// Work is done when it is due, and after whatever came in.
func TestNaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var at []time.Duration
		naps := []time.Duration{time.Second, 3 * time.Second, 0}
		l := begun(t, func() time.Duration {
			at = append(at, time.Since(began))
			if len(at) <= len(naps) {
				return naps[len(at)-1]
			}
			return time.Hour
		})
		l.After(10*time.Second, func() {})
		time.Sleep(11 * time.Second)
		synctest.Wait()
		want := []time.Duration{0, time.Second, 4 * time.Second, 4 * time.Second, 10 * time.Second}
		if len(at) != len(want) {
			t.Fatalf("worked at %v", at)
		}
		for i := range want {
			if at[i] != want[i] {
				t.Errorf("worked at %v, want %v", at, want)
			}
		}
	})
}

// What is put off ends with the loop, and the loop waits for its workers.
func TestWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		ctx, cancel := context.WithCancel(t.Context())
		l.Begin(ctx)
		l.After(time.Hour, func() { t.Error("ran") })
		ended := false
		l.Later("wait", func(ctx context.Context) {
			<-ctx.Done()
			time.Sleep(time.Second)
			ended = true
		}, nil)
		cancel()
		l.Wait()
		if !ended || len(l.inbox) > 0 {
			t.Errorf("ended: %v, inbox: %d", ended, len(l.inbox))
		}
	})
}

// A worker that breaks ends neither the process nor the loop. It is told of, and who
// waits for it hears that nothing came of it, as the owner.
func TestWorkerBreaks(t *testing.T) {
	l := begun(t, idle)
	told := make(chan string, 2)
	l.Broke = func(what string, p *worker.Panic) { told <- what + ": " + fmt.Sprint(p.Value) }
	ended := make(chan error, 1)
	l.Later("read a room", func(context.Context) { panic("half done") }, func(err error) { ended <- err })
	if err := <-ended; !strings.Contains(err.Error(), "half done") {
		t.Errorf("who waits heard %v", err)
	}
	if got := <-told; got != "read a room: half done" {
		t.Errorf("told: %s", got)
	}
	l.Later("wait", func(context.Context) { panic("nobody waits") }, nil)
	if got := <-told; got != "wait: nobody waits" {
		t.Errorf("told: %s", got)
	}
	if err := l.Do(t.Context(), func() {}); err != nil {
		t.Errorf("the loop ended: %v", context.Cause(l.Context()))
	}
}

// It is known for how long the owner did one thing, and all else waited.
func TestLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New()
		l.Begin(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			l.Run(func() time.Duration { time.Sleep(2 * time.Millisecond); return time.Hour })
		}()
		for _, d := range []time.Duration{time.Millisecond, 40 * time.Millisecond, 3 * time.Millisecond} {
			l.See(func() { time.Sleep(d) })
		}
		l.Stop(nil)
		<-ended
		if got := l.Longest(); got != 40*time.Millisecond {
			t.Errorf("got %s", got)
		}
	})
}
