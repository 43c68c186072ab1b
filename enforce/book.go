package enforce

import (
	"encoding/base64"
	"encoding/json"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// Slot is a place for one rule in a list.
type Slot struct {
	List id.RoomID
	Kind policy.Kind
	Key  string // the state key
}

func slotOf(r policy.Rule) Slot { return Slot{r.List, r.Kind, r.StateKey} }

// Held is a change of a list that is not followed, for it waits for a moderator's
// word or got a no. Until then its slot counts as it did before.
type Held struct {
	Slot
	Old      policy.Rule // what is followed; without an event, nothing
	New      policy.Rule // what the list says now; without an event, nothing
	Rejected bool        // a moderator said no
	Turn     int64       // grows with each change: what came later has a higher one
}

// same reports whether a change changes nothing that anybody would notice but in
// the reason.
func (h *Held) same() bool {
	a, b := h.Old, h.New
	return a.Event != "" && b.Event != "" && a.Entity == b.Entity && a.Hash == b.Hash && bans(a) == bans(b) && frees(a) == frees(b)
}

// book holds what the lists say and how much of it is followed. What a list no
// longer says is followed on from kept, if its end waits for a yes.
type book struct {
	rules   *policy.Index
	kept    *policy.Index
	waiting map[Slot]*Held
	exempts map[id.RoomID]bool // lists that may
	turn    int64
}

func newBook() *book {
	return &book{rules: policy.NewIndex(), kept: policy.NewIndex(), waiting: map[Slot]*Held{}, exempts: map[id.RoomID]bool{}}
}

// user gives the rule that decides about a user by their name.
func (b *book) user(u id.UserID) (policy.Rule, bool) {
	r, ok := b.rules.User(u)
	if b.kept.Len() == 0 {
		return r, ok
	}
	k, also := b.kept.User(u)
	return better(r, ok, k, also)
}

// named gives the rule that bans a user by their name.
func (b *book) named(u id.UserID) (policy.Rule, bool) {
	r, ok := b.rules.Named(u)
	k, also := b.kept.Named(u)
	return better(r, ok, k, also)
}

// server gives the rule that decides about a server.
func (b *book) server(name string) (policy.Rule, bool) {
	r, ok := b.rules.Server(name)
	if b.kept.Len() == 0 {
		return r, ok
	}
	k, also := b.kept.Server(name)
	return better(r, ok, k, also)
}

// better is the one of two deciding rules that decides.
func better(r policy.Rule, ok bool, k policy.Rule, also bool) (policy.Rule, bool) {
	if also && (!ok || k.Recommendation > r.Recommendation) {
		return k, true
	}
	return r, ok
}

// servers gives the server rules that may decide.
func (b *book) servers(yield func(policy.Rule) bool) {
	for _, x := range []*policy.Index{b.rules, b.kept} {
		for r := range x.Servers() {
			if !yield(r) {
				return
			}
		}
	}
}

// waited gives those of the removed rules that waited and would have banned: it is over
// with them, whatever comes in their place.
func (b *book) waited(d policy.Delta) (gone policy.Delta) {
	for _, r := range d.Removed {
		if h := b.waiting[slotOf(r)]; h != nil && h.New.Event == r.Event && bans(r) {
			gone.Removed = append(gone.Removed, r)
		}
	}
	return gone
}

// propose notes what a change of lists would change, and goes on as before it.
func (b *book) propose(d policy.Delta) []Slot {
	var slots []Slot
	touch := func(r policy.Rule) *Held {
		s := slotOf(r)
		h := b.waiting[s]
		if h == nil {
			h = &Held{Slot: s}
			b.waiting[s] = h
		}
		b.turn++
		h.Turn = b.turn
		slots = append(slots, s)
		return h
	}
	for _, r := range d.Removed {
		h := touch(r)
		switch {
		case h.New.Event == r.Event && r.Event != "":
			h.New = policy.Rule{} // never followed
		case h.Old.Event == "":
			h.Old = r
			b.keep(r)
		}
	}
	for _, r := range d.Added {
		h := touch(r)
		h.New, h.Rejected = r, false
		b.rules.Hold(r.Event, true)
	}
	return b.prune(slots)
}

// prune drops what has come back to where it was, and repeats.
func (b *book) prune(slots []Slot) []Slot {
	seen := make(map[Slot]bool, len(slots))
	kept := slots[:0]
	for _, s := range slots {
		h := b.waiting[s]
		switch {
		case seen[s], h == nil:
		case h.Old.Event == "" && h.New.Event == "":
			delete(b.waiting, s)
		default:
			seen[s] = true
			kept = append(kept, s)
		}
	}
	return kept
}

// follow ends the waiting of a change, which is followed from now on.
func (b *book) follow(s Slot) (Held, bool) {
	h := b.waiting[s]
	if h == nil {
		return Held{}, false
	}
	delete(b.waiting, s)
	b.flip(h, true)
	if len(b.waiting) == 0 {
		b.forget()
	}
	return *h, true
}

// flip has a change followed or not.
func (b *book) flip(h *Held, followed bool) {
	if h.New.Event != "" {
		b.rules.Hold(h.New.Event, !followed)
	}
	switch {
	case h.Old.Event == "":
	case followed:
		b.kept.Redact(h.List, h.Old.Event)
	default:
		b.keep(h.Old)
	}
}

func (b *book) keep(r policy.Rule) { b.kept.Apply(r.List, eventOf(r)) }

// setExempting says whether a list's exemptions are followed, also those that it
// no longer has.
func (b *book) setExempting(list id.RoomID, may bool) policy.Delta {
	delete(b.exempts, list)
	if may {
		b.exempts[list] = true
	}
	d, k := b.rules.SetExempting(list, may), b.kept.SetExempting(list, may)
	return policy.Delta{Added: append(d.Added, k.Added...), Removed: append(d.Removed, k.Removed...)}
}

// forget makes kept anew, once it is empty: an index remembers what was blanked.
func (b *book) forget() {
	kept := policy.NewIndex()
	for list := range b.exempts {
		kept.SetExempting(list, true)
	}
	b.kept = kept
}

// drop forgets what waits in a list that is no longer watched.
func (b *book) drop(list id.RoomID) {
	for s := range b.waiting {
		if s.List == list {
			delete(b.waiting, s)
		}
	}
	b.kept.Drop(list)
}

// eventOf writes a rule as the event that it was read from.
func eventOf(r policy.Rule) *event.Event {
	content := map[string]any{"recommendation": r.RawRecommendation, "reason": r.Reason}
	if r.Hash != "" {
		content["hashes"] = map[string]any{"sha256": base64.StdEncoding.EncodeToString([]byte(r.Hash))}
	} else {
		content["entity"] = r.Entity
	}
	evt := &event.Event{
		ID: r.Event, RoomID: r.List, Sender: r.Sender, StateKey: &r.StateKey, Timestamp: r.Timestamp,
		Type: event.Type{Type: r.Type, Class: event.StateEventType},
	}
	evt.Content.Raw = content
	evt.Content.VeryRaw, _ = json.Marshal(content) // strings always marshal
	return evt
}
