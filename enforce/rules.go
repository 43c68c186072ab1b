package enforce

import (
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// ApplyRule takes in one event of a watched list. What it changes for anybody who
// is in view is not followed yet: the slots where that is so want weighing, and
// then Follow or Hold.
func (w *World) ApplyRule(list id.RoomID, evt *event.Event) (policy.Delta, []Slot, []Key) {
	d := w.Rules.Apply(list, evt)
	if len(d.Removed) == 1 && len(d.Added) == 1 && d.Removed[0].Event == d.Added[0].Event {
		// The echo of a rule that was taken in when we wrote it: only now is the
		// server's timestamp known.
		if h := w.book.waiting[slotOf(d.Added[0])]; h != nil {
			h.New = d.Added[0]
		}
		return policy.Delta{}, nil, nil
	}
	slots, keys := w.take(d)
	return d, slots, keys
}

// ReplaceRules takes in the whole state of a list, in the same way.
func (w *World) ReplaceRules(list id.RoomID, state []*event.Event) (policy.Delta, []Slot, []Key) {
	d := w.Rules.Replace(list, state)
	slots, keys := w.take(d)
	return d, slots, keys
}

// take has at once what touches nobody, and proposes the rest.
func (w *World) take(d policy.Delta) ([]Slot, []Key) {
	both := map[Slot]int{}
	for _, r := range d.Removed {
		both[slotOf(r)]++
	}
	for _, r := range d.Added {
		both[slotOf(r)]++
	}
	var rest policy.Delta
	servers := false
	// All are asked about at once: to search for each by itself would cost as much
	// for each as for all.
	here := w.covering(slices.Concat(d.Removed, d.Added))
	idle := func(r policy.Rule, comes, here bool) bool {
		s := slotOf(r)
		if both[s] > 1 || w.book.waiting[s] != nil || !w.idle(r, comes, here) {
			return false
		}
		servers = servers || r.Kind == policy.Server
		return true
	}
	for i, r := range d.Removed {
		if !idle(r, false, here[i]) {
			rest.Removed = append(rest.Removed, r)
		}
	}
	for i, r := range d.Added {
		if !idle(r, true, here[len(d.Removed)+i]) {
			rest.Added = append(rest.Added, r)
		}
	}
	// What waited up to now and is taken back bans nobody, but it held bans.
	keys := w.Touched(w.book.waited(rest))
	slots := w.book.propose(rest)
	if servers {
		w.compiled = false
		keys = append(keys, w.aclKeys()...)
	}
	return slots, keys
}

// covering tells of each rule whether it covers anybody in view. For a few of them the
// first who is found ends the search; a rule for everybody needs none.
func (w *World) covering(rules []policy.Rule) []bool {
	const few = 4
	if len(rules) > few {
		return w.subjects.Covering(rules)
	}
	here := make([]bool, len(rules))
	for i, r := range rules {
		if here[i] = policy.Broad(r); here[i] {
			continue
		}
		for range w.subjects.Affected(r) {
			here[i] = true
			break
		}
	}
	return here
}

// idle reports whether a rule that comes or goes does nothing to anybody in view,
// nor lets in a server. here says whether it covers anybody who is.
func (w *World) idle(r policy.Rule, comes, here bool) bool {
	switch {
	case r.Kind == policy.RoomKind, !bans(r) && !frees(r), frees(r) && !w.book.exempts[r.List]:
		return true
	case policy.Broad(r), r.Kind == policy.Server && !(bans(r) && comes):
		return false
	}
	return !here
}

// DropRules forgets a list that is no longer watched.
func (w *World) DropRules(list id.RoomID) (policy.Delta, []Key) {
	var d policy.Delta
	for s, h := range w.book.waiting {
		if s.List == list && h.Old.Event != "" {
			d.Removed = append(d.Removed, h.Old) // was followed up to now
		}
	}
	w.book.drop(list)
	dropped := w.Rules.Drop(list)
	d.Removed = append(d.Removed, dropped.Removed...)
	return d, w.Touched(d)
}

// SetExempting says whether a list's exemptions are followed, and gives those that
// hold from now on, or do no longer.
func (w *World) SetExempting(list id.RoomID, may bool) (policy.Delta, []Key) {
	d := w.book.setExempting(list, may)
	return d, w.Touched(d)
}

// Follow has changes that waited followed from now on.
func (w *World) Follow(slots ...Slot) []Key {
	var d policy.Delta
	for _, s := range slots {
		if h, ok := w.book.follow(s); ok {
			d.Removed = append(d.Removed, h.Old)
			d.Added = append(d.Added, h.New)
		}
	}
	return w.Touched(d)
}

// Reject says that changes are not to be followed: one does not even keep the bans
// that other rules made.
func (w *World) Reject(slots ...Slot) []Key {
	var d policy.Delta
	for _, s := range slots {
		if h := w.book.waiting[s]; h != nil {
			h.Rejected = true
			d.Added = append(d.Added, h.New)
		}
	}
	return w.Touched(d)
}

// Waiting is the change that waits in a slot.
func (w *World) Waiting(s Slot) (Held, bool) {
	h := w.book.waiting[s]
	if h == nil {
		return Held{}, false
	}
	return *h, true
}

// Held gives the changes of a list that wait, or of all lists for "", in no order.
func (w *World) Held(list id.RoomID) func(func(Held) bool) {
	return func(yield func(Held) bool) {
		for s, h := range w.book.waiting {
			if (list == "" || s.List == list) && !yield(*h) {
				return
			}
		}
	}
}

// TurnsFrom has the turns of changes begin beyond one that was given before a
// restart.
func (w *World) TurnsFrom(turn int64) { w.book.turn = max(w.book.turn, turn) }

// HoldBack has a rule that is followed wait from now on.
func (w *World) HoldBack(rule id.EventID) (Slot, []Key) {
	r, ok := w.Rules.Rule(rule)
	if !ok || w.Rules.Held(rule) {
		return Slot{}, nil
	}
	slots := w.book.propose(policy.Delta{Added: []policy.Rule{r}})
	return slots[0], w.Touched(policy.Delta{Added: []policy.Rule{r}})
}

// Restore holds back a change that was held back before a restart. A rule that the
// list no longer has is not followed for that.
func (w *World) Restore(h Held) bool {
	if h.New.Event != "" {
		r, ok := w.Rules.Rule(h.New.Event)
		if !ok || slotOf(r) != h.Slot {
			return false
		}
		h.New = r
	}
	if h.Old.Event == "" && h.New.Event == "" || w.book.waiting[h.Slot] != nil {
		return false
	}
	w.book.turn = max(w.book.turn, h.Turn)
	w.book.waiting[h.Slot] = &h
	w.book.flip(&h, false)
	w.compiled = false
	return true
}

// Weigh computes what it would do to follow changes that wait, all together.
func (w *World) Weigh(slots ...Slot) Effect {
	return w.weigh(func(yield func(Held) bool) {
		for _, s := range slots {
			if h := w.book.waiting[s]; h != nil && !yield(*h) {
				return
			}
		}
	}, w.book.flip)
}

// Touched are the keys that a change of rules may have made work for. If they are
// those of a crowd, they are the first of them: see Backlog.
func (w *World) Touched(d policy.Delta) []Key {
	rules := make([]policy.Rule, 0, len(d.Added)+len(d.Removed))
	servers, all := false, false
	for _, changed := range [][]policy.Rule{d.Added, d.Removed} {
		for _, r := range changed {
			if r.Kind == policy.RoomKind || r.Event == "" {
				continue
			}
			servers = servers || r.Kind == policy.Server
			all = all || r.Kind == policy.User && policy.Everyone(r)
			rules = append(rules, r)
		}
	}
	users := w.subjects.AffectedByAny(rules)
	if all {
		users = maps.Keys(w.census.spots)
	}
	var keys []Key
	seen := 0
	for u := range users {
		if seen++; seen <= mostWeighed {
			keys = append(keys, w.keysOf(u)...)
		} else {
			w.backlog = append(w.backlog, u)
		}
	}
	w.trimBacklog()
	if servers {
		w.compiled = false
		keys = append(keys, w.aclKeys()...)
	}
	return keys
}

// trimBacklog drops repeats once there must be some.
func (w *World) trimBacklog() {
	if len(w.backlog) <= 2*w.subjects.Len() {
		return
	}
	slices.Sort(w.backlog)
	w.backlog = slices.Compact(w.backlog)
}

// Backlog gives the keys of at most so many users of a crowd that a change touched,
// who have not been looked at: the owner has other things to do in between. It gives
// none once it is at the end.
func (w *World) Backlog(users int) []Key {
	left := len(w.backlog) - min(users, len(w.backlog))
	var keys []Key
	for _, u := range w.backlog[left:] {
		keys = append(keys, w.keysOf(u)...)
	}
	w.backlog = w.backlog[:left]
	if left == 0 {
		w.backlog = nil
	}
	return keys
}

// Behind reports whether Backlog has more.
func (w *World) Behind() bool { return len(w.backlog) > 0 }

// SetSettings changes how rules are followed.
func (w *World) SetSettings(s Settings) []Key {
	w.Settings = s
	w.compiled = false
	return w.Keys()
}

// WeighSettings computes what other settings would do.
func (w *World) WeighSettings(to Settings, now time.Time) Effect {
	s := &scale{users: map[id.UserID]struct{}{}, rooms: map[id.RoomID]int{}}
	before := w.Settings
	for u := range w.census.spots {
		was := w.banned(u, now)
		w.Settings = to
		is := w.banned(u, now)
		w.Settings = before
		switch {
		case len(is) > len(was):
			s.Banned = append(s.Banned, u)
			s.hit(u, is)
		case len(is) < len(was):
			s.Freed = append(s.Freed, u)
		}
	}
	return w.sum(s)
}

// banned are the rooms in which a user is to be banned now.
func (w *World) banned(u id.UserID, now time.Time) (in []id.RoomID) {
	for _, r := range w.census.of(u) {
		if p := w.planMember(r.ID(), u, now); p.Wanted() && p.Action.Verb == banVerb {
			in = append(in, r.ID())
		}
	}
	return in
}
