package content

import "container/list"

// Fingerprints finds, for a text, what is kept of the same or a near-equal one. It holds so many and no more: for a new one that
// goes which was longest not asked for.
type Fingerprints[V any] struct {
	most  int
	order *list.List // of *printed[V]
	exact map[uint64]*list.Element
	near  map[uint64]*list.Element // by band; of those who share one the newest
}

type printed[V any] struct {
	print Fingerprint
	value V
}

// NewFingerprints returns one that holds so many.
func NewFingerprints[V any](most int) *Fingerprints[V] {
	return &Fingerprints[V]{most: max(most, 1), order: list.New(), exact: map[uint64]*list.Element{}, near: map[uint64]*list.Element{}}
}

// Find gives what is kept of a text that has so much in common with this one, of the most alike; nil if there is none.
func (s *Fingerprints[V]) Find(p *Fingerprint, likeness float64) (*V, float64) {
	e, much := s.find(p, likeness)
	if e == nil {
		return nil, 0
	}
	s.order.MoveToBack(e)
	return &e.Value.(*printed[V]).value, much
}

// Keep gives the same, and an empty one for a text like none before.
func (s *Fingerprints[V]) Keep(p *Fingerprint, likeness float64) *V {
	if found, _ := s.Find(p, likeness); found != nil {
		return found
	}
	if s.order.Len() >= s.most {
		s.drop(s.order.Front())
	}
	e := s.order.PushBack(&printed[V]{print: *p})
	s.exact[p.exact] = e
	if p.bins != nil {
		for i := range bands {
			s.near[p.band(i)] = e
		}
	}
	return &e.Value.(*printed[V]).value
}

// Drop forgets a text, and what is kept of it, if it is there itself.
func (s *Fingerprints[V]) Drop(p *Fingerprint) {
	if e := s.exact[p.exact]; e != nil {
		s.drop(e)
	}
}

// Len is how many there are.
func (s *Fingerprints[V]) Len() int { return s.order.Len() }

// Front gives what was longest not asked for; nil if there is nothing.
func (s *Fingerprints[V]) Front() *V {
	if e := s.order.Front(); e != nil {
		return &e.Value.(*printed[V]).value
	}
	return nil
}

// DropFront forgets that.
func (s *Fingerprints[V]) DropFront() {
	if e := s.order.Front(); e != nil {
		s.drop(e)
	}
}

func (s *Fingerprints[V]) find(p *Fingerprint, likeness float64) (best *list.Element, much float64) {
	if e := s.exact[p.exact]; e != nil {
		return e, 1
	}
	if p.bins == nil {
		return nil, 0
	}
	for i := range bands {
		e := s.near[p.band(i)]
		if e == nil || e == best {
			continue
		}
		if alike := p.Likeness(&e.Value.(*printed[V]).print); alike >= likeness && alike > much {
			best, much = e, alike
		}
	}
	return best, much
}

func (s *Fingerprints[V]) drop(e *list.Element) {
	gone := s.order.Remove(e).(*printed[V])
	if s.exact[gone.print.exact] == e {
		delete(s.exact, gone.print.exact)
	}
	if gone.print.bins == nil {
		return
	}
	for i := range bands {
		if band := gone.print.band(i); s.near[band] == e {
			delete(s.near, band)
		}
	}
}
