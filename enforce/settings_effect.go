package enforce

import (
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// WeighFollowed computes what rules do that are followed: what would not be, without them.
func (c *Scales) WeighFollowed(rules ...policy.Rule) Effect {
	for _, r := range rules {
		c.book.hold(r, true)
	}
	defer func() {
		for _, r := range rules {
			c.book.hold(r, false)
		}
	}()
	return c.weigh(func(yield func(Held) bool) {
		for _, r := range rules {
			if !yield(Held{Slot: slotOf(r), New: r}) {
				return
			}
		}
	}, func(h *Held, after bool) { c.book.hold(h.New, !after) })
}

// WeighSettings computes what other settings would do.
func (c *Scales) WeighSettings(to Settings) Effect {
	s := &scale{rooms: map[id.RoomID]int{}}
	before := *c.settings
	c.denials.changed()
	for u := range c.census.spots {
		was := c.standing(u)
		*c.settings = to
		is := c.standing(u)
		*c.settings = before
		c.tally(s, u, was, is)
	}
	return c.sum(s)
}
