package store

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// What is written at the same time is written together, each once and in the order of
// asking; who gives up before its turn is left out, and keeps nobody waiting.
func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var rounds [][]int
		g := &group[int]{write: func(_ context.Context, items []*int) []error {
			var round []int
			errs := make([]error, len(items))
			for i, n := range items {
				round = append(round, *n)
				if *n == 3 {
					errs[i] = errors.New("three")
				}
			}
			rounds = append(rounds, round)
			time.Sleep(time.Second)
			return errs
		}}
		var workers sync.WaitGroup
		got := make([]error, 8)
		ask := func(ctx context.Context, n int) {
			workers.Go(func() { got[n] = g.do(ctx, &n) })
			synctest.Wait()
		}
		hasty, giveUp := context.WithCancel(t.Context())
		ask(t.Context(), 0)
		ask(hasty, 1) // is to write the next
		for n := 2; n < 5; n++ {
			ask(t.Context(), n)
		}
		ask(hasty, 5)
		giveUp()
		synctest.Wait()
		if !errors.Is(got[1], context.Canceled) || !errors.Is(got[5], context.Canceled) {
			t.Errorf("who gave up: %v, %v", got[1], got[5])
		}
		time.Sleep(1500 * time.Millisecond) // the second round is being written
		ask(t.Context(), 6)
		workers.Wait()
		ask(t.Context(), 7)
		workers.Wait()
		want := [][]int{{0}, {2, 3, 4}, {6}, {7}}
		if !slices.EqualFunc(rounds, want, slices.Equal) {
			t.Errorf("written %v, want %v", rounds, want)
		}
		for n, err := range got {
			if failed := n == 1 || n == 3 || n == 5; failed != (err != nil) {
				t.Errorf("%d: %v", n, err)
			}
		}
	})
}

// One whose writing panics holds up nobody who comes after.
func TestGroupOutlivesAPanic(t *testing.T) {
	calls := 0
	g := &group[int]{write: func(_ context.Context, items []*int) []error {
		if calls++; calls == 1 {
			panic("no")
		}
		return make([]error, len(items))
	}}
	func() {
		defer func() { _ = recover() }()
		_ = g.do(t.Context(), new(1))
	}()
	if err := g.do(t.Context(), new(2)); err != nil {
		t.Error(err)
	}
}
