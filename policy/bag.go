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

// bag holds values under keys that are nearly always of one: the common case costs no slice.
type bag[K, V comparable] struct {
	first map[K]V
	more  map[K]*crowd[V]
}

func (b *bag[K, V]) add(key K, v V) {
	if b.first == nil {
		b.first = make(map[K]V)
	}
	if _, taken := b.first[key]; !taken {
		b.first[key] = v
		return
	}
	if b.more == nil {
		b.more = make(map[K]*crowd[V])
	}
	c := b.more[key]
	if c == nil {
		c = &crowd[V]{}
		b.more[key] = c
	}
	c.add(v)
}

func (b *bag[K, V]) remove(key K, v V) {
	others := b.more[key]
	switch first, there := b.first[key]; {
	case !there:
		return
	case first != v:
		others.remove(v)
	case others == nil:
		delete(b.first, key)
		return
	default:
		b.first[key] = others.pop()
	}
	if others != nil && len(others.all) == 0 {
		delete(b.more, key)
	}
}

// room makes room for n values in a bag that has none yet.
func (b *bag[K, V]) room(n int) {
	if b.first == nil {
		b.first = make(map[K]V, n)
	}
}

// size is how many values there are. Keys of more than one are rare.
func (b *bag[K, V]) size() int {
	n := len(b.first)
	for _, others := range b.more {
		n += len(others.all)
	}
	return n
}

func (b *bag[K, V]) count(key K) int {
	if _, ok := b.first[key]; !ok {
		return 0
	}
	if others := b.more[key]; others != nil {
		return 1 + len(others.all)
	}
	return 1
}

// get gives what is under a key: one, and the others if there are any.
func (b *bag[K, V]) get(key K) (one V, others *crowd[V]) {
	one = b.first[key]
	if len(b.more) > 0 {
		others = b.more[key]
	}
	return one, others
}

// under calls look for each value under a key.
func (b *bag[K, V]) under(key K, look func(V)) {
	one, there := b.first[key]
	if !there {
		return
	}
	look(one)
	if others := b.more[key]; others != nil {
		for _, v := range others.all {
			look(v)
		}
	}
}

func (b *bag[K, V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, v := range b.first {
			if !yield(v) {
				return
			}
		}
		for _, others := range b.more {
			for _, v := range others.all {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// crowd is several values in one place: whoever writes a list may have any number of rules about one name.
type crowd[V comparable] struct {
	all []V
	at  map[V]int // where each is, once there are many

	best tournament // of rules
}

const fewInCrowd = 32

func (c *crowd[V]) add(v V) {
	if c.at == nil && len(c.all) == fewInCrowd {
		c.at = make(map[V]int)
		for i, other := range c.all {
			c.at[other] = i
		}
	}
	if c.at != nil {
		c.at[v] = len(c.all)
	}
	c.best.change(len(c.all))
	c.all = append(c.all, v)
}

func (c *crowd[V]) remove(v V) {
	if c == nil {
		return
	}
	i, there := c.at[v]
	for ; c.at == nil && !there && i < len(c.all); i++ {
		if there = c.all[i] == v; there {
			break
		}
	}
	if !there {
		return
	}
	if last := c.pop(); last != v {
		delete(c.at, v)
		c.all[i] = last
		c.best.change(i)
		if c.at != nil {
			c.at[last] = i
		}
	}
}

// deciding is the best of the rules in a crowd that may decide about a name; nil if none may.
func deciding(c *crowd[*entry], name string, weights uint64) *entry {
	return c.best.winner(c.all, name, weights)
}

// pop takes out the last one.
func (c *crowd[V]) pop() V {
	var none V
	last := c.all[len(c.all)-1]
	c.all[len(c.all)-1] = none
	c.all = c.all[:len(c.all)-1]
	c.best.change(len(c.all))
	delete(c.at, last)
	return last
}
