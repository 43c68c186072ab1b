package kit

import (
	"math"
	"time"

	"forseti/content"
)

// printBytes is about what a text costs besides what is remembered of it: its fingerprint,
// and the places where that is looked up.
const printBytes = 1200

// Prints remembers values by text, for a time each, within the bound that all share: what
// is asked for with a text that is near-equal to one that is known is the value of that.
type Prints[V any] struct {
	memory *Memory
	texts  *content.Fingerprints[Printed[V]]
}

// Printed is what is remembered of a text, and of all that are near-equal to it. Value may
// be changed in place; if it grows or shrinks by that, Resize says so.
type Printed[V any] struct {
	Value V

	bytes   int
	touch   uint64
	expires time.Time
}

// NewPrints returns an empty memory of texts of what a protection was given.
func NewPrints[V any](g *Given) *Prints[V] {
	p := &Prints[V]{memory: g.memory, texts: content.NewFingerprints[Printed[V]](math.MaxInt)}
	g.memory.tables = append(g.memory.tables, p)
	g.tables = append(g.tables, p)
	return p
}

// Keep gives what is remembered of a text, or of one that has so much in common with it,
// made if need be, and has it remembered for so long from now.
func (p *Prints[V]) Keep(print *content.Fingerprint, likeness float64, now time.Time, forSo time.Duration) *Printed[V] {
	kept := p.texts.Keep(print, likeness)
	if !now.Before(kept.expires) {
		p.memory.used += printBytes - kept.bytes
		*kept = Printed[V]{bytes: printBytes}
	}
	p.memory.touches++
	kept.touch, kept.expires = p.memory.touches, now.Add(forSo)
	p.memory.bound()
	return kept
}

// Resize says how many bytes the value of what was kept last holds now.
func (p *Prints[V]) Resize(kept *Printed[V], bytes int) {
	p.memory.used += printBytes + bytes - kept.bytes
	kept.bytes = printBytes + bytes
	p.memory.bound()
}

// Len is how many texts there are.
func (p *Prints[V]) Len() int { return p.texts.Len() }

func (p *Prints[V]) oldest() (uint64, bool) {
	first := p.texts.Front()
	if first == nil {
		return 0, false
	}
	return first.touch, true
}

func (p *Prints[V]) dropOldest() {
	p.memory.used -= p.texts.Front().bytes
	p.texts.DropFront()
}

func (p *Prints[V]) sweep(now time.Time) {
	for range maxSwept {
		first := p.texts.Front()
		if first == nil || now.Before(first.expires) {
			return
		}
		p.dropOldest()
	}
}

func (p *Prints[V]) clear() {
	for p.texts.Front() != nil {
		p.dropOldest()
	}
}
