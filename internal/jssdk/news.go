package jssdk

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// news are the things of one kind that happened, oldest first.
type news[T any] struct {
	mu   sync.Mutex
	all  []T
	more chan struct{} // closed and made anew with each
}

func newNews[T any]() *news[T] { return &news[T]{more: make(chan struct{})} }

func (n *news[T]) add(thing T) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, thing)
	close(n.more)
	n.more = make(chan struct{})
}

func (n *news[T]) list() []T {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.all)
}

// await returns the first thing, past or to come, that is wanted.
func (n *news[T]) await(ctx context.Context, ended <-chan struct{}, wanted func(T) bool) (T, error) {
	seen := 0
	for {
		n.mu.Lock()
		fresh, more := n.all[seen:], n.more
		seen = len(n.all)
		n.mu.Unlock()
		if i := slices.IndexFunc(fresh, wanted); i >= 0 {
			return fresh[i], nil
		}
		var none T
		select {
		case <-more:
		case <-ended:
			return none, fmt.Errorf("waiting for a %T: the client ended", none)
		case <-ctx.Done():
			return none, fmt.Errorf("waiting for a %T: %w; the last of %d was %+v", none, ctx.Err(), seen, n.last())
		}
	}
}

func (n *news[T]) last() (last T) {
	if all := n.list(); len(all) > 0 {
		return all[len(all)-1]
	}
	return last
}
