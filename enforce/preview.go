package enforce

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

const banVerb = action.Ban

// Preview computes what it would do to write rules, which no list has yet, and to
// remove others, which lists have.
func (w *World) Preview(adds, removes []policy.Rule) Effect {
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
	return w.weigh(slices.Values(changes), w.suppose)
}

// suppose has a change that nobody made followed or not.
func (w *World) suppose(h *Held, after bool) {
	switch waiting := w.book.waiting[h.Slot]; {
	case h.New.Event != "" && after:
		w.book.keep(h.New)
	case h.New.Event != "":
		w.book.kept.Redact(h.New.List, h.New.Event)
	case waiting != nil && waiting.Old.Event == h.Old.Event: // it is gone, and followed on
		w.book.flip(&Held{Slot: h.Slot, Old: h.Old}, after)
	case waiting != nil && waiting.New.Event == h.Old.Event: // it decides nothing, but holds what is banned
		waiting.Rejected = after
	case waiting == nil:
		w.Rules.Hold(h.Old.Event, after)
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

// PreviewList computes what it would do to follow a list that is not watched.
func (w *World) PreviewList(list id.RoomID, rules []policy.Rule, exempting bool) Effect {
	w.book.kept.SetExempting(list, exempting)
	defer func() {
		w.book.kept.Drop(list)
		w.book.kept.SetExempting(list, w.Rules.Exempting(list))
	}()
	return w.weigh(func(yield func(Held) bool) {
		for _, r := range rules {
			if !yield(Held{Slot: slotOf(r), New: r}) {
				return
			}
		}
	}, w.suppose)
}

// PreviewDrop computes what it would do to follow a list no longer.
func (w *World) PreviewDrop(list id.RoomID) Effect {
	if w.unread[list] {
		return w.forgotten(list)
	}
	return w.weigh(func(yield func(Held) bool) {
		for h := range w.Held(list) {
			if h.Old.Event != "" && !yield(Held{Slot: h.Slot, Old: h.Old}) {
				return
			}
			if h.New.Event != "" && !h.Rejected && !yield(Held{Slot: h.Slot, Old: h.New}) {
				return
			}
		}
		for r := range w.Rules.Rules(list) {
			if !w.Rules.Held(r.Event) && !yield(Held{Slot: slotOf(r), Old: r}) {
				return
			}
		}
	}, w.suppose)
}

// forgotten is the effect of dropping a list whose rules are not known: the bans that
// it once led to are lifted.
func (w *World) forgotten(list id.RoomID) Effect {
	s := &scale{rooms: map[id.RoomID]int{}}
	seen := map[id.UserID]bool{}
	for at, ban := range w.ours {
		if byRule(ban) && ban.Cause.List == list && !seen[at.user] && !w.supported(at.user) {
			seen[at.user] = true
			s.Freed = append(s.Freed, at.user)
			s.Hits = append(s.Hits, Hit{Who: string(at.user)})
		}
	}
	return w.sum(s)
}

// PreviewExempting computes what it would do to follow a list's exemptions, or to
// follow them no longer.
func (w *World) PreviewExempting(list id.RoomID, may bool) Effect {
	var changes []Held
	for r := range w.Rules.Rules(list) {
		switch {
		case !frees(r):
		case may:
			changes = append(changes, Held{Slot: slotOf(r), New: r})
		default:
			changes = append(changes, Held{Slot: slotOf(r), Old: r})
		}
	}
	if w.Rules.Exempting(list) == may {
		changes = nil
	}
	return w.weigh(slices.Values(changes), func(_ *Held, after bool) { w.book.setExempting(list, after == may) }, list)
}
