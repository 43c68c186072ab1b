package enforce

import (
	"maps"
	"math"
	"slices"

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
		if h := w.Book.waiting[slotOf(d.Added[0])]; h != nil {
			h.New = d.Added[0]
		}
		return policy.Delta{}, nil, nil
	}
	slots, keys := w.take(d)
	return d, slots, keys
}

// ReplaceRules takes in the whole state of a list, in the same way.
func (w *World) ReplaceRules(list id.RoomID, state []*event.Event) (policy.Delta, []Slot, []Key) {
	d, slots, keys, _ := w.ReadRules(policy.NewReading(list, state), math.MaxInt)
	return d, slots, keys
}

// ReadRules takes in up to most rules of the whole state of a list, and reports whether
// more are to come.
func (w *World) ReadRules(g *policy.Reading, most int) (d policy.Delta, slots []Slot, keys []Key, more bool) {
	d, more = w.Rules.Read(g, most)
	slots, keys = w.take(d)
	return d, slots, keys, more
}

// take has at once what touches nobody, and proposes the rest.
func (w *World) take(d policy.Delta) ([]Slot, []Key) {
	w.Terms.note(d)
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
	crowded := slices.ContainsFunc(d.Added, w.Book.crowds) && w.ACLs.mayOverflow()
	idle := func(r policy.Rule, comes, here bool) bool {
		s := slotOf(r)
		if both[s] > 1 || w.Book.waiting[s] != nil || comes && crowded && w.Book.crowds(r) || !w.idle(r, comes, here) {
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
	keys := w.Touched(w.Book.waited(rest))
	slots := w.Book.propose(rest)
	w.ACLs.follow(2*(len(d.Removed)+len(d.Added)) + mostAtOnce)
	if servers {
		keys = append(keys, w.ACLs.keys()...)
	}
	return slots, keys
}

// covering tells of each rule whether it covers anybody in view, on any homeserver. For a
// few of them the first who is found ends the search; a rule for everybody needs none.
func (w *World) covering(rules []policy.Rule) []bool {
	const few = 4
	if len(rules) > few {
		return w.coveringMany(rules)
	}
	here := make([]bool, len(rules))
	for i, r := range rules {
		if here[i] = policy.Broad(r); here[i] {
			continue
		}
		if r.Kind == policy.Server && bans(r) {
			r = contained(r)
		}
		for range w.census.subjects.Affected(r) {
			here[i] = true
			break
		}
	}
	return here
}

func (w *World) coveringMany(rules []policy.Rule) []bool {
	here := make([]bool, len(rules))
	var patterns []policy.Rule
	var names []string // of servers; to look for each as a pattern would cost more
	var ofPatterns, ofNames []int
	for i, r := range rules {
		switch {
		case policy.Broad(r): // of thousands of which each may want a look at everybody
			here[i] = true
			continue
		case r.Kind != policy.Server || !bans(r) || r.Hash != "":
		case r.IsGlob():
			r = contained(r)
		default:
			names, ofNames = append(names, r.Entity), append(ofNames, i)
		}
		patterns, ofPatterns = append(patterns, r), append(ofPatterns, i)
	}
	for i, found := range w.census.subjects.Covering(patterns) {
		here[ofPatterns[i]] = found
	}
	for i, found := range w.census.subjects.InServers(names) {
		here[ofNames[i]] = here[ofNames[i]] || found
	}
	return here
}

// idle reports whether a rule that comes or goes does nothing to anybody in view,
// nor lets in a server. here says whether it covers anybody who is.
func (w *World) idle(r policy.Rule, comes, here bool) bool {
	switch {
	case comes && reviews(w, r):
		return false
	case r.Kind == policy.RoomKind, !bans(r) && !frees(r), frees(r) && !w.Book.exempts[r.List]:
		return true
	case policy.Broad(r), r.Kind == policy.Server && !(bans(r) && comes):
		return false
	}
	return !here
}

// DropRules forgets a list that is no longer watched.
func (w *World) DropRules(list id.RoomID) (policy.Delta, []Key) {
	var d policy.Delta
	for s, h := range w.Book.waiting {
		if s.List == list && h.Old.Event != "" {
			d.Removed = append(d.Removed, h.Old) // was followed up to now
		}
	}
	w.Book.drop(list)
	dropped := w.Rules.Drop(list)
	w.Terms.note(dropped)
	d.Removed = append(d.Removed, dropped.Removed...)
	return d, w.Touched(d)
}

// SetExempting says whether a list's exemptions are followed, and gives those that
// hold from now on, or do no longer.
func (w *World) SetExempting(list id.RoomID, may bool) (policy.Delta, []Key) {
	d := w.Book.setExempting(list, may)
	return d, w.Touched(d)
}

// Follow has changes that waited followed from now on.
func (w *World) Follow(slots ...Slot) []Key {
	var d policy.Delta
	for _, s := range slots {
		if h, ok := w.Book.follow(s); ok {
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
		if h := w.Book.waiting[s]; h != nil {
			h.Rejected = true
			d.Added = append(d.Added, h.New)
		}
	}
	return w.Touched(d)
}

// HoldBack has a rule that is followed wait from now on.
func (w *World) HoldBack(rule id.EventID) (Slot, []Key) {
	r, ok := w.Book.rule(rule)
	if !ok {
		return Slot{}, nil
	}
	return w.Book.holdBack(r), w.Touched(policy.Delta{Added: []policy.Rule{r}})
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
	h.Old = w.Book.aside[h.List].Of(h.Old)
	if h.Old.Event == "" && h.New.Event == "" || w.Book.waiting[h.Slot] != nil {
		return false
	}
	w.Book.turn = max(w.Book.turn, h.Turn)
	w.Book.waiting[h.Slot] = &h
	w.Book.flip(&h, false)
	return true
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
	w.ACLs.follow(2*len(rules) + mostAtOnce)
	var users []id.UserID
	if !all {
		users, all = w.census.touched(rules)
	}
	var keys []Key
	for _, u := range users[:min(mostWeighed, len(users))] {
		keys = append(keys, w.census.keysOf(u)...)
	}
	if all {
		keys = append(keys, w.plan.everybody(w.backlog)...)
	} else if len(users) > mostWeighed {
		w.backlog.add(users[mostWeighed:])
		w.backlog.trim(len(w.census.spots), maps.Keys(w.census.spots))
	}
	if servers {
		keys = append(keys, w.ACLs.keys()...)
	}
	return keys
}

// SetSettings changes how rules are followed.
func (w *World) SetSettings(s Settings) []Key {
	w.Settings = s
	w.Book.version++
	return w.Again()
}
