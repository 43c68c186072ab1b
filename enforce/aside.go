package enforce

import (
	"iter"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// SetAside says which rules of a list are only shown. Bans that only those held are lifted.
func SetAside(w *World, list id.RoomID, a policy.Aside) []Key {
	return w.Touched(w.Book.setAside(list, a))
}

// PreviewAside computes what it would do to set rules of a list aside, or to follow them again.
func PreviewAside(w *World, list id.RoomID, aside policy.Aside) Effect {
	c := w.Scales
	before := c.book.aside[list]
	return c.weigh(func(yield func(Held) bool) {
		for h := range c.book.holding(list) {
			now, waiting := aside.Of(h.Old), c.book.waiting[h.Slot]
			switch {
			case now.Aside == h.Old.Aside, h.Old.Aside && waiting != nil && waiting.New.Event == now.Event: // which waits on
				continue
			case h.Old.Aside:
				h = Held{Slot: h.Slot, New: now}
			}
			if !yield(h) {
				return
			}
		}
	}, func(_ *Held, after bool) {
		if after {
			c.book.setAside(list, aside)
		} else {
			c.book.setAside(list, before)
		}
	})
}

// setAside says which rules of a list are only shown, also of those that it no longer has.
func (b *Book) setAside(list id.RoomID, a policy.Aside) policy.Delta {
	if b.aside[list] == a {
		return policy.Delta{}
	}
	b.version++
	delete(b.aside, list)
	if a != (policy.Aside{}) {
		b.aside[list] = a
	}
	d, k := b.rules.SetAside(list, a), b.kept.SetAside(list, a)
	for s, h := range b.waiting {
		if s.List == list {
			h.Old, h.New = a.Of(h.Old), a.Of(h.New)
		}
	}
	return policy.Delta{Added: append(d.Added, k.Added...), Removed: append(d.Removed, k.Removed...)}
}

// holding gives what of a list is followed, or holds bans, as if it were to go.
func (b *Book) holding(list id.RoomID) iter.Seq[Held] {
	return func(yield func(Held) bool) {
		for h := range b.Held(list) {
			if h.Old.Event != "" && !yield(Held{Slot: h.Slot, Old: h.Old}) {
				return
			}
			if h.New.Event != "" && !h.Rejected && !yield(Held{Slot: h.Slot, Old: h.New}) {
				return
			}
		}
		for r := range b.rules.Rules(list) {
			if !b.rules.Held(r.Event) && !yield(Held{Slot: slotOf(r), Old: r}) {
				return
			}
		}
	}
}
