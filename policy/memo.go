package policy

import "hash/maphash"

// memo remembers answers about the names of servers, which many users share. It is for about mostServers, so
// that made-up names do not fill the memory, and grows up to that as there is need. Nobody can prepare names that drive
// out others: where one is kept hangs on the seed of this process.
type memo[V any] struct {
	slots []remembered[V] // a name has two places
	full  int
	age   uint64 // what was remembered before counts no more
}

type remembered[V any] struct {
	name  hashes
	age   uint64
	value V
}

// hashes stand for a name, by two seeds: to compare the names themselves would be a look at memory that is far away. Two
// names share both by chance once in 10^38 pairs.
type hashes struct{ key, check uint64 }

const (
	mostServers  = 8192
	leastServers = 64
)

var second = maphash.MakeSeed()

func hashesOf(name string) hashes { return hashes{hashOf(name), maphash.String(second, name)} }

// forget has nothing remembered. It costs nothing, since lists may change in every second.
func (m *memo[V]) forget() { m.age, m.full = m.age+1, 0 }

// get gives the answer of a name; nil if it is not remembered. It stands until the next one is put.
func (m *memo[V]) get(name hashes) *V {
	if len(m.slots) == 0 {
		return nil
	}
	at := name.key & uint64(len(m.slots)-1)
	if s := &m.slots[at]; s.name == name && s.age == m.age {
		return &s.value
	}
	if s := &m.slots[at^1]; s.name == name && s.age == m.age {
		return &s.value
	}
	return nil
}

// put remembers the answer of a name that is not remembered.
func (m *memo[V]) put(name hashes, value V) *V {
	if m.full*2 >= len(m.slots) && len(m.slots) < 2*mostServers {
		m.grow()
	}
	return m.set(remembered[V]{name, m.age, value})
}

// set takes the first place of a name; whoever was there goes on to the second, and whoever was there is forgotten.
func (m *memo[V]) set(r remembered[V]) *V {
	at := r.name.key & uint64(len(m.slots)-1)
	first, second := &m.slots[at], &m.slots[at^1]
	if first.age != m.age {
		m.full++
	} else {
		if second.age != m.age {
			m.full++
		}
		*second = *first
	}
	*first = r
	return &first.value
}

func (m *memo[V]) grow() {
	old := m.slots
	m.age = max(m.age, 1) // an empty slot is of no age
	m.slots, m.full = make([]remembered[V], max(leastServers, 2*len(old))), 0
	for _, r := range old {
		if r.age == m.age {
			m.set(r)
		}
	}
}
