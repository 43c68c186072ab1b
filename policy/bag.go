package policy

import (
	"hash/maphash"
	"iter"
)

// seed is of this process: nobody can prepare names that collide.
var seed = maphash.MakeSeed()

// hashOf shortens a name to a key. Two names may share one, so that what is found
// under it is to be compared.
func hashOf(s string) uint64 { return maphash.String(seed, s) }

// bag holds entries under keys that are nearly always of one entry: the common case costs no slice.
type bag[K comparable] struct {
	first map[K]*entry
	more  map[K][]*entry
}

func (b *bag[K]) add(key K, e *entry) {
	if b.first == nil {
		b.first = make(map[K]*entry)
	}
	if _, taken := b.first[key]; !taken {
		b.first[key] = e
		return
	}
	if b.more == nil {
		b.more = make(map[K][]*entry)
	}
	b.more[key] = append(b.more[key], e)
}

func (b *bag[K]) remove(key K, e *entry) {
	others := b.more[key]
	if b.first[key] == e {
		if len(others) == 0 {
			delete(b.first, key)
			return
		}
		b.first[key] = others[len(others)-1]
		b.shorten(key, others)
		return
	}
	for i, other := range others {
		if other == e {
			others[i] = others[len(others)-1]
			b.shorten(key, others)
			return
		}
	}
}

func (b *bag[K]) shorten(key K, others []*entry) {
	others[len(others)-1] = nil
	if len(others) == 1 {
		delete(b.more, key)
		return
	}
	b.more[key] = others[:len(others)-1]
}

// room makes room for n entries in a bag that has none yet.
func (b *bag[K]) room(n int) {
	if b.first == nil {
		b.first = make(map[K]*entry, n)
	}
}

// size is how many entries there are. Keys of more than one are rare.
func (b *bag[K]) size() int {
	n := len(b.first)
	for _, others := range b.more {
		n += len(others)
	}
	return n
}

func (b *bag[K]) count(key K) int {
	if _, ok := b.first[key]; !ok {
		return 0
	}
	return 1 + len(b.more[key])
}

// get gives the entries under a key: one, and the others.
func (b *bag[K]) get(key K) (*entry, []*entry) {
	e := b.first[key]
	if e == nil || len(b.more) == 0 {
		return e, nil
	}
	return e, b.more[key]
}

func (b *bag[K]) all() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range b.first {
			if !yield(e) {
				return
			}
		}
		for _, others := range b.more {
			for _, e := range others {
				if !yield(e) {
					return
				}
			}
		}
	}
}
