package kit

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// maxRemembered bounds what all protections of a community keep in mind, in
	// bytes. Attackers can have thousands of accounts in each of many rooms.
	maxRemembered = 32 << 20
	// maxShade bounds what those in shadow keep in mind besides.
	maxShade = 8 << 20
	// overhead is about what an entry costs besides its key and what it holds.
	overhead = 256
	// maxSwept bounds how many entries one sweep looks at, so that nobody waits for it.
	maxSwept = 4096
)

// Memory is what all protections of a community remember together: one bound, and
// one sweep. Where there is too much of it, what was touched the longest ago goes
// first, whosever it is: those who write the most are the last to be forgotten.
type Memory struct {
	used, limit int
	touches     uint64 // so far: the clock may be set back, and this never is
	tables      []table
}

// table is a Table of whatever type.
type table interface {
	oldest() (touch uint64, any bool)
	dropOldest()
	sweep(now time.Time)
	clear()
}

// NewMemory returns a memory with the usual bound.
func NewMemory() *Memory { return &Memory{limit: maxRemembered} }

// Sweep forgets what has lived long enough. The set calls it with each signal.
func (m *Memory) Sweep(now time.Time) {
	for _, t := range m.tables {
		t.sweep(now)
	}
}

// bound forgets the oldest until the rest fits. Whatever was touched last stays.
func (m *Memory) bound() {
	for m.used > m.limit {
		var of table
		first := m.touches
		for _, t := range m.tables {
			if touch, any := t.oldest(); any && touch < first {
				of, first = t, touch
			}
		}
		if of == nil {
			return
		}
		of.dropOldest()
	}
}

// release forgets a table, and that there was one.
func (m *Memory) release(t table) {
	t.clear()
	m.tables = slices.DeleteFunc(m.tables, func(other table) bool { return other == t })
}

// Key is what something is remembered by.
type Key interface {
	comparable
	// Bytes is about how long it is.
	Bytes() int
}

// Place is a user in a room.
type Place struct {
	Room id.RoomID
	User id.UserID
}

// Bytes is the length of both.
func (p Place) Bytes() int { return len(p.Room) + len(p.User) }

// Text is a key of any text, such as a hash or a domain.
type Text string

// Bytes is its length.
func (t Text) Bytes() int { return len(t) }

// Table remembers values for a time each. Its values are pointers, so that they can
// be changed in place; one that grows or shrinks by it says so with Resize. Such a pointer
// is good until another key is kept: what is forgotten gives its place to what comes.
type Table[K Key, V any] struct {
	memory  *Memory
	entries map[K]*entry[K, V]
	// The ends of the line in which entries stand, the longest untouched first; and some that
	// are not needed just now: for who writes again and again one goes and one comes.
	first, last *entry[K, V]
	spare       *entry[K, V]
	spared      int
	// forgotten is when the youngest of what was forgotten for lack of space was
	// touched: of what is younger nothing is missing.
	forgotten time.Time
}

type entry[K Key, V any] struct {
	key     K
	value   V
	bytes   int
	touch   uint64
	at      time.Time // of the touch
	expires time.Time

	before, after *entry[K, V]
}

// mostSpare bounds how many entries are kept for what comes.
const mostSpare = 256

// NewTable returns an empty table of what a protection was given.
func NewTable[K Key, V any](g *Given) *Table[K, V] {
	t := &Table[K, V]{memory: g.memory, entries: map[K]*entry[K, V]{}}
	g.memory.tables = append(g.memory.tables, t)
	g.tables = append(g.tables, t)
	return t
}

// Find returns the value of a key, nil if there is none or its time is over.
func (t *Table[K, V]) Find(key K, now time.Time) *V {
	found := t.entries[key]
	if found == nil || !now.Before(found.expires) {
		return nil
	}
	return &found.value
}

// Keep returns the value of a key, made if need be, and has it remembered for so long
// from now.
func (t *Table[K, V]) Keep(key K, now time.Time, forSo time.Duration) *V {
	kept := t.entries[key]
	if kept != nil && !now.Before(kept.expires) {
		t.drop(kept)
		kept = nil
	}
	if kept == nil {
		kept = t.fresh()
		kept.key, kept.bytes = key, overhead+key.Bytes()
		t.entries[key] = kept
		t.memory.used += kept.bytes
	} else {
		t.unlink(kept)
	}
	t.append(kept)
	t.memory.touches++
	kept.touch, kept.at, kept.expires = t.memory.touches, now, now.Add(forSo)
	t.memory.bound()
	return &kept.value
}

// fresh is an entry of nothing.
func (t *Table[K, V]) fresh() *entry[K, V] {
	e := t.spare
	if e == nil {
		return &entry[K, V]{}
	}
	t.spare, e.after = e.after, nil
	t.spared--
	return e
}

func (t *Table[K, V]) append(e *entry[K, V]) {
	if e.before = t.last; e.before == nil {
		t.first = e
	} else {
		e.before.after = e
	}
	t.last = e
}

func (t *Table[K, V]) unlink(e *entry[K, V]) {
	if e.before == nil {
		t.first = e.after
	} else {
		e.before.after = e.after
	}
	if e.after == nil {
		t.last = e.before
	} else {
		e.after.before = e.before
	}
	e.before, e.after = nil, nil
}

// Resize says how many bytes a value holds now, besides itself.
func (t *Table[K, V]) Resize(key K, bytes int) {
	kept := t.entries[key]
	if kept == nil {
		return
	}
	size := overhead + key.Bytes() + bytes
	t.memory.used += size - kept.bytes
	kept.bytes = size
	t.memory.bound()
}

// Drop forgets a key.
func (t *Table[K, V]) Drop(key K) {
	if e := t.entries[key]; e != nil {
		t.drop(e)
	}
}

// Len is how many there are.
func (t *Table[K, V]) Len() int { return len(t.entries) }

// Whole reports whether nothing that was touched since then is missing for lack of
// space.
func (t *Table[K, V]) Whole(since time.Time) bool { return since.After(t.forgotten) }

func (t *Table[K, V]) drop(e *entry[K, V]) {
	t.unlink(e)
	delete(t.entries, e.key)
	t.memory.used -= e.bytes
	if *e = (entry[K, V]{}); t.spared < mostSpare {
		e.after, t.spare = t.spare, e
		t.spared++
	}
}

func (t *Table[K, V]) oldest() (uint64, bool) {
	if t.first == nil {
		return 0, false
	}
	return t.first.touch, true
}

func (t *Table[K, V]) dropOldest() {
	if t.first.at.After(t.forgotten) {
		t.forgotten = t.first.at
	}
	t.drop(t.first)
}

// sweep forgets from the longest untouched on. As long as all of a table are kept
// for the same time that is all whose time is over; else some stay a little longer.
func (t *Table[K, V]) sweep(now time.Time) {
	for range maxSwept {
		if t.first == nil || now.Before(t.first.expires) {
			return
		}
		t.drop(t.first)
	}
}

func (t *Table[K, V]) clear() {
	for t.first != nil {
		t.drop(t.first)
	}
}
