package content

import "slices"

// Fingerprints finds, for a text, what is kept of the same or a near-equal one. It holds so many and no more: for a new one that
// goes which was longest not asked for.
type Fingerprints[V any] struct {
	most int
	// The line in which they stand, which was longest not asked for first, and one that went and whose place is free.
	first, last, spare *printed[V]

	exact map[uint64]*printed[V]
	near  nearby[printed[V]]
}

type printed[V any] struct {
	exact uint64
	long  bool // it has bins
	bins  sample
	value V

	before, after *printed[V]
}

// NewFingerprints returns one that holds so many.
func NewFingerprints[V any](most int) *Fingerprints[V] {
	return &Fingerprints[V]{most: max(most, 1), exact: map[uint64]*printed[V]{}}
}

// Find gives what is kept of a text that has so much in common with this one, of the most alike; nil if there is none.
func (s *Fingerprints[V]) Find(p *Fingerprint, likeness float64) (*V, float64) {
	e, much := s.find(p, likeness)
	if e == nil {
		return nil, 0
	}
	s.unlink(e)
	s.append(e)
	return &e.value, much
}

// Keep gives the same, and an empty one for a text like none before.
func (s *Fingerprints[V]) Keep(p *Fingerprint, likeness float64) *V {
	if found, _ := s.Find(p, likeness); found != nil {
		return found
	}
	if s.Len() >= s.most {
		s.drop(s.first)
	}
	e := s.spare
	if s.spare = nil; e == nil {
		e = &printed[V]{}
	}
	e.exact = p.exact
	s.append(e)
	s.exact[p.exact] = e
	if p.bins != nil {
		e.long, e.bins = true, *p.bins
		for i := range bands {
			s.near.put(e.bins.band(i), e)
		}
	}
	return &e.value
}

func (s *Fingerprints[V]) append(e *printed[V]) {
	if e.before = s.last; s.last == nil {
		s.first = e
	} else {
		s.last.after = e
	}
	s.last = e
}

func (s *Fingerprints[V]) unlink(e *printed[V]) {
	if e.before == nil {
		s.first = e.after
	} else {
		e.before.after = e.after
	}
	if e.after == nil {
		s.last = e.before
	} else {
		e.after.before = e.before
	}
	e.before, e.after = nil, nil
}

// Drop forgets a text, and what is kept of it, if it is there itself.
func (s *Fingerprints[V]) Drop(p *Fingerprint) {
	if e := s.exact[p.exact]; e != nil {
		s.drop(e)
	}
}

// Len is how many there are.
func (s *Fingerprints[V]) Len() int { return len(s.exact) }

// Front gives what was longest not asked for; nil if there is nothing.
func (s *Fingerprints[V]) Front() *V {
	if s.first == nil {
		return nil
	}
	return &s.first.value
}

// DropFront forgets that.
func (s *Fingerprints[V]) DropFront() {
	if s.first != nil {
		s.drop(s.first)
	}
}

func (s *Fingerprints[V]) find(p *Fingerprint, likeness float64) (best *printed[V], much float64) {
	if e := s.exact[p.exact]; e != nil {
		return e, 1
	}
	if p.bins == nil {
		return nil, 0
	}
	// All are looked up first, so that one need not wait for another to come out of memory.
	var known [bands]*printed[V]
	n := 0
	for i := range bands {
		if e := s.near.find(p.bins.band(i)); e != nil && !slices.Contains(known[:n], e) {
			known[n] = e
			n++
		}
	}
	for _, e := range known[:n] {
		if alike := p.bins.alike(&e.bins, max(likeness, much)); alike > much {
			best, much = e, alike
		}
	}
	return best, much
}

func (s *Fingerprints[V]) drop(e *printed[V]) {
	s.unlink(e)
	delete(s.exact, e.exact)
	if e.long {
		for i := range bands {
			s.near.drop(e.bins.band(i), e)
		}
	}
	*e = printed[V]{}
	s.spare = e
}
