package enforce

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// Preview computes what it would do to write rules, which no list has yet, and to
// remove others, which lists have.
func (c *Scales) Preview(adds, removes []policy.Rule) Effect {
	changes := make([]Held, 0, len(adds)+len(removes))
	for i, r := range adds {
		r.Event = id.EventID(fmt.Sprintf("$preview-%d", i))
		r.StateKey = string(r.Event)
		r.Type = "m.policy.rule." + r.Kind.String()
		if r.RawRecommendation == "" {
			r.RawRecommendation = written(r.Recommendation)
		}
		changes = append(changes, Held{Slot: slotOf(r), New: r})
	}
	for _, r := range removes {
		changes = append(changes, Held{Slot: slotOf(r), Old: r})
	}
	return c.weigh(slices.Values(changes), c.suppose)
}

// Exempt gives those present whom rules, which no list has yet, would ban if no exemption
// freed them; of very many some.
func (c *Scales) Exempt(adds []policy.Rule) (all []id.UserID) {
	for _, r := range adds {
		if !bans(r) || r.Kind == policy.Server && !c.settings.ServerMembers {
			continue
		}
		looked := 0
		for u := range c.census.subjects.Affected(r) {
			if exemption, ok := c.book.user(u); ok && frees(exemption) && c.census.isPresent(u) {
				all = append(all, u)
			}
			if looked++; looked > c.mostWeighed() {
				break
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// suppose has a change that nobody made followed or not.
func (c *Scales) suppose(h *Held, after bool) {
	switch waiting := c.book.waiting[h.Slot]; {
	case h.New.Event != "" && after:
		c.book.keep(h.New)
	case h.New.Event != "":
		c.book.kept.Redact(h.New.List, h.New.Event)
	case waiting != nil && waiting.Old.Event == h.Old.Event: // it is gone, and followed on
		c.book.flip(&Held{Slot: h.Slot, Old: h.Old}, after)
	case waiting != nil && waiting.New.Event == h.Old.Event: // it decides nothing, but holds what is banned
		waiting.Rejected = after
	case waiting == nil:
		c.book.rules.Hold(h.Old.Event, after)
	}
}

// written is how a recommendation is written.
func written(r policy.Recommendation) string {
	switch r {
	case policy.Takedown:
		return "m.takedown"
	case policy.Exempt:
		return "fi.mau.meowlnir.unban"
	default:
		return "m.ban"
	}
}

// PreviewList computes what it would do to follow a list that is not watched, but for what of it would be only shown.
func (c *Scales) PreviewList(list id.RoomID, rules []policy.Rule, exempting bool, aside policy.Aside) Effect {
	c.book.kept.SetExempting(list, exempting)
	c.book.kept.SetAside(list, aside)
	defer func() {
		c.book.kept.Drop(list)
		c.book.kept.SetExempting(list, c.book.rules.Exempting(list))
		c.book.kept.SetAside(list, c.book.aside[list])
	}()
	return c.weigh(func(yield func(Held) bool) {
		for _, r := range rules {
			if !yield(Held{Slot: slotOf(r), New: aside.Of(r)}) {
				return
			}
		}
	}, c.suppose)
}

// PreviewDrop computes what it would do to follow a list no longer.
func (c *Scales) PreviewDrop(list id.RoomID) Effect {
	if c.book.unread[list] {
		return c.forgotten(list)
	}
	return c.weigh(c.book.holding(list), c.suppose)
}

// forgotten is the effect of dropping a list whose rules are not known: the bans that
// it once led to are lifted.
func (c *Scales) forgotten(list id.RoomID) Effect {
	s := &scale{rooms: map[id.RoomID]int{}}
	seen := map[id.UserID]bool{}
	for u, ban := range c.bans.byRules {
		if ban.Cause.List == list && !seen[u] && !c.book.supported(u) {
			seen[u] = true
			s.Freed = append(s.Freed, u)
			s.Hits = append(s.Hits, Hit{Who: string(u)})
		}
	}
	return c.sum(s)
}

// PreviewExempting computes what it would do to follow a list's exemptions, or to
// follow them no longer.
func (c *Scales) PreviewExempting(list id.RoomID, may bool) Effect {
	var changes []Held
	for r := range c.book.rules.Rules(list) {
		switch {
		case !frees(r):
		case may:
			changes = append(changes, Held{Slot: slotOf(r), New: r})
		default:
			changes = append(changes, Held{Slot: slotOf(r), Old: r})
		}
	}
	if c.book.rules.Exempting(list) == may {
		changes = nil
	}
	return c.weigh(slices.Values(changes), func(_ *Held, after bool) { c.book.setExempting(list, after == may) }, list)
}
