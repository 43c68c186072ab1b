package enforce

import "container/heap"

// pile is a heap of waiting items, smallest first. Each item knows its pile and
// its place in it, so that it can be moved without a search.
type pile struct {
	items []*item
	less  func(a, b *item) bool
}

// byUrgency is the order within a room: by urgency and lane, then first come.
func byUrgency(a, b *item) bool {
	switch {
	case a.urgency != b.urgency:
		return a.urgency < b.urgency
	case a.key.Lane != b.key.Lane:
		return a.key.Lane < b.key.Lane
	default:
		return a.sequence < b.sequence
	}
}

// byTime is the order in which delayed work falls due.
func byTime(a, b *item) bool { return a.notBefore.Before(b.notBefore) }

// Len, Less, Swap, Push and Pop are for container/heap alone.

func (p *pile) Len() int           { return len(p.items) }
func (p *pile) Less(i, j int) bool { return p.less(p.items[i], p.items[j]) }

func (p *pile) Swap(i, j int) {
	p.items[i], p.items[j] = p.items[j], p.items[i]
	p.items[i].place, p.items[j].place = i, j
}

func (p *pile) Push(x any) {
	it := x.(*item)
	it.pile, it.place = p, len(p.items)
	p.items = append(p.items, it)
}

func (p *pile) Pop() any {
	last := len(p.items) - 1
	it := p.items[last]
	p.items[last] = nil
	p.items = p.items[:last]
	it.pile = nil
	return it
}

// first is the smallest item, nil if there is none.
func (p *pile) first() *item {
	if len(p.items) == 0 {
		return nil
	}
	return p.items[0]
}

func (p *pile) add(it *item) { heap.Push(p, it) }

func (p *pile) take() *item { return heap.Pop(p).(*item) }

func (p *pile) remove(it *item) { heap.Remove(p, it.place) }

// moved restores the order after the item's sort key changed.
func (p *pile) moved(it *item) { heap.Fix(p, it.place) }
