package enforce

import (
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// SetReviewed says whether what is new in a list waits for a moderator's yes, whatever it does. What is followed already
// is followed on. It gives what waited for that alone, once it need not any more: it wants weighing.
func SetReviewed(w *World, list id.RoomID, on bool) (free []Slot) {
	if on {
		w.Book.reviewed[list] = true
		return nil
	}
	if !w.Book.reviewed[list] {
		return nil
	}
	for h := range w.Book.Held(list) {
		if OnlyReviewed(w, h) && !h.Rejected {
			free = append(free, h.Slot)
		}
	}
	delete(w.Book.reviewed, list)
	return free
}

// Reviewed reports whether what is new in a list waits for a moderator's yes.
func (b *Book) Reviewed(list id.RoomID) bool { return b.reviewed[list] }

// OnlyReviewed reports whether a change waits because its list is reviewed, and not for what it does.
func OnlyReviewed(w *World, h *Held) bool { return h.Old.Event == "" && reviews(w, h.New) }

// reviews reports whether a rule that a list did not have, of whoever wrote it there, is for a moderator to agree to.
// What we wrote ourselves, one ordered.
func reviews(w *World, r policy.Rule) bool {
	return w.Book.reviewed[r.List] && r.Kind != policy.RoomKind && r.Sender != w.Self() && (bans(r) || frees(r) && w.Book.exempts[r.List])
}

// Review parts changes that may be weighed from those that wait for a yes, whatever they do: their list is reviewed,
// and they are more than another reason for the same.
func Review(w *World, slots []Slot) (weighed, waits []Slot) {
	for _, s := range slots {
		if h := w.Book.waiting[s]; h != nil && reviews(w, h.New) && !h.same() {
			waits = append(waits, s)
		} else {
			weighed = append(weighed, s)
		}
	}
	return weighed, waits
}

// WeighGone computes what it would do that lists no longer have what changes replaced, and nothing came in its place.
func WeighGone(w *World, slots []Slot) Effect {
	return w.Scales.weigh(func(yield func(Held) bool) {
		for _, s := range slots {
			if h := w.Book.waiting[s]; h != nil && h.Old.Event != "" && !yield(Held{Slot: s, Old: h.Old}) {
				return
			}
		}
	}, w.Scales.suppose)
}

// LetGo ends what changes replaced; what came in its place waits on.
func LetGo(w *World, slots []Slot) []Key {
	var d policy.Delta
	for _, s := range slots {
		h := w.Book.waiting[s]
		if h == nil || h.Old.Event == "" {
			continue
		}
		d.Removed = append(d.Removed, h.Old)
		w.Book.version++
		w.Book.kept.Redact(s.List, h.Old.Event)
		h.Old = policy.Rule{}
	}
	w.Book.prune(slots)
	return w.Touched(d)
}
