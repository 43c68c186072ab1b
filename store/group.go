package store

import (
	"context"
	"errors"
	"slices"
	"sync"
)

// group has what is written at the same time share one transaction, and so one sync to
// the disk: while one is being written, the next gather.
type group[T any] struct {
	write func(ctx context.Context, items []*T) []error // one for each item

	mu      sync.Mutex
	waiting []*member[T]
	busy    bool
}

type member[T any] struct {
	item  *T
	err   error
	done  chan struct{} // closed when it is written, or cannot be
	leads chan struct{} // closed when it is to write those that wait, itself among them
}

// do writes an item. One that is given up before its turn is not written.
func (g *group[T]) do(ctx context.Context, item *T) error {
	m := &member[T]{item: item, done: make(chan struct{}), leads: make(chan struct{})}
	g.mu.Lock()
	g.waiting = append(g.waiting, m)
	if g.busy {
		g.mu.Unlock()
		select {
		case <-m.done:
			return m.err
		case <-m.leads:
		case <-ctx.Done():
			if g.leave(m) {
				return ctx.Err()
			}
			select { // too late: it is being written, or its turn has just come
			case <-m.done:
				return m.err
			case <-m.leads:
			}
		}
		g.mu.Lock()
	}
	g.busy = true
	all := g.waiting
	g.waiting = nil
	g.mu.Unlock()
	g.writeAll(ctx, all)
	return m.err
}

// writeAll writes for all, also if the one that does so is to end, and passes the turn on.
func (g *group[T]) writeAll(ctx context.Context, all []*member[T]) {
	items := make([]*T, len(all))
	for i, m := range all {
		items[i] = m.item
	}
	if len(all) > 1 {
		ctx = context.WithoutCancel(ctx)
	}
	errs := slices.Repeat([]error{errNotWritten}, len(all)) // if writing panics
	defer func() {
		for i, m := range all {
			m.err = errs[i]
			close(m.done)
		}
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.busy = len(g.waiting) > 0; g.busy {
			close(g.waiting[0].leads)
		}
	}()
	errs = g.write(ctx, items)
}

var errNotWritten = errors.New("not written")

// leave takes back an item that waits and has not got the turn.
func (g *group[T]) leave(m *member[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := slices.Index(g.waiting, m)
	select {
	case <-m.leads:
		return false
	default:
	}
	if at >= 0 {
		g.waiting = slices.Delete(g.waiting, at, at+1)
	}
	return at >= 0
}
