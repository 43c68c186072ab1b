package acl

import (
	"hash/maphash"
	"iter"
	"math/bits"
	"slices"
)

// entries finds entries by their text, and keeps them as they came. A map would keep each text a second time, where the
// collector has to look at it.
type entries struct {
	table []place // linear probing; a power of two
	all   []*entry
	over  int // of all, that are there no more
}

// place says where an entry is. To look at the text of another that only came to lie there is rarely needed.
type place struct {
	tag uint32 // a part of the text's hash
	at  uint32 // one more than its place; 0 for none
}

// seed is of this process: nobody can prepare names that lie in one place.
var seed = maphash.MakeSeed()

func (t *entries) len() int { return len(t.all) - t.over }

// get gives the entry of a text; nil if there is none.
func (t *entries) get(text string) *entry {
	if len(t.table) == 0 {
		return nil
	}
	tag := tagOf(text)
	for i := t.first(tag); ; i = t.next(i) {
		p := t.table[i]
		if p.at == 0 {
			return nil
		}
		if p.tag == tag {
			if e := t.all[p.at-1]; e.text == text && !e.over {
				return e
			}
		}
	}
}

// add takes in an entry of a text that is not there.
func (t *entries) add(e *entry) {
	if t.all = append(t.all, e); len(t.all)*3 > len(t.table)*2 {
		t.grow(max(16, 1<<bits.Len(uint(len(t.all)*2))))
	}
	t.put(tagOf(e.text), len(t.all))
}

// grow needs no text: where an entry is follows from its tag.
func (t *entries) grow(size int) {
	before := t.table
	t.table = make([]place, size)
	for _, p := range before {
		if p.at != 0 {
			t.put(p.tag, int(p.at))
		}
	}
}

func tagOf(text string) uint32 { return uint32(maphash.String(seed, text)) }

// drop takes out an entry, once.
func (t *entries) drop(e *entry) {
	if e.over {
		return
	}
	e.over = true
	if t.over++; t.over > t.len()+1000 {
		t.all = slices.DeleteFunc(t.all, func(e *entry) bool { return e.over })
		t.over = 0
		t.remake(max(16, 1<<bits.Len(uint(len(t.all)*2))))
	}
}

func (t *entries) remake(size int) {
	t.table = make([]place, size)
	for i, e := range t.all {
		t.put(tagOf(e.text), i+1)
	}
}

func (t *entries) put(tag uint32, at int) {
	i := t.first(tag)
	for t.table[i].at != 0 {
		i = t.next(i)
	}
	t.table[i] = place{tag, uint32(at)}
}

func (t *entries) first(tag uint32) int { return int(tag) & (len(t.table) - 1) }
func (t *entries) next(i int) int       { return (i + 1) & (len(t.table) - 1) }

// each gives the entries as they came, which is as they lie in memory.
func (t *entries) each() iter.Seq[*entry] {
	return func(yield func(*entry) bool) {
		for _, e := range t.all {
			if !e.over && !yield(e) {
				return
			}
		}
	}
}
