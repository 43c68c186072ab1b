package enforce

import (
	"math"

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
	Awoken   bool        // it is not new, and was followed, but did less
	Turn     int64       // grows with each change: what came later has a higher one
}

// same reports whether a change changes nothing that anybody would notice but in
// the reason.
func (h *Held) same() bool {
	return h.Old.Event != "" && h.New.Event != "" && sameRule(h.Old, h.New)
}

// sameRule reports whether two rules of one slot say the same, but for the reason.
func sameRule(a, b policy.Rule) bool {
	return a.Entity == b.Entity && a.Hash == b.Hash && bans(a) == bans(b) && frees(a) == frees(b)
}

// Book holds what the lists say and how much of it is followed. What a list no
// longer says is followed on from kept, if its end waits for a yes.
type Book struct {
	rules   *policy.Index
	kept    *policy.Index
	waiting map[Slot]*Held
	exempts map[id.RoomID]bool // lists that may
	ours    map[id.RoomID]bool // lists that are our own though they may not
	aside   map[id.RoomID]policy.Aside
	apart   map[id.UserID][]id.RoomID // lists that do not count for single users
	unread  map[id.RoomID]bool        // watched lists whose rules are not known
	// reviewed are lists of which what is new waits for a yes, whatever it does.
	reviewed map[id.RoomID]bool
	turn     int64
	version  int64      // grows with what is followed
	over     []ruleMove // of an index that is no more
}

// ruleMove is a server rule that is followed from now on, or no more.
type ruleMove struct {
	policy.Rule
	in bool
}

func newBook() *Book {
	b := &Book{
		rules: policy.NewIndex(), kept: policy.NewIndex(), waiting: map[Slot]*Held{},
		exempts: map[id.RoomID]bool{}, ours: map[id.RoomID]bool{}, aside: map[id.RoomID]policy.Aside{}, unread: map[id.RoomID]bool{},
		reviewed: map[id.RoomID]bool{}, apart: map[id.UserID][]id.RoomID{},
	}
	b.recount()
	return b
}

// recount has moved give all server rules that are followed.
func (b *Book) recount() {
	b.over = nil
	b.rules.Recount()
	b.kept.Recount()
}

// moved gives up to most server rules that are followed from now on, or no more, since it
// was last called.
func (b *Book) moved(most int, each func(r policy.Rule, in bool)) int {
	n := min(most, len(b.over))
	for _, one := range b.over[:n] {
		each(one.Rule, one.in)
	}
	b.over = b.over[n:]
	n += b.rules.Moved(most-n, each)
	n += b.kept.Moved(most-n, each)
	return n
}

// moves is how many moved has to give.
func (b *Book) moves() int { return b.rules.Moves() + b.kept.Moves() + len(b.over) }

// spelt is the server that a hash stands for, if a rule that is followed has its name.
func (b *Book) spelt(hash string) string {
	for r := range b.servers {
		if r.Hash == "" && !r.IsGlob() {
			if name := policy.ServerName(r.Entity); policy.HashOf(name) == hash {
				return name
			}
		}
	}
	return ""
}

// Waiting is the change that waits in a slot.
func (b *Book) Waiting(s Slot) (Held, bool) {
	h := b.waiting[s]
	if h == nil {
		return Held{}, false
	}
	return *h, true
}

// Held gives the changes of a list that wait, or of all lists for "", in no order. They are
// to be looked at, and not kept.
func (b *Book) Held(list id.RoomID) func(func(*Held) bool) {
	return func(yield func(*Held) bool) {
		for s, h := range b.waiting {
			if (list == "" || s.List == list) && !yield(h) {
				return
			}
		}
	}
}

// Turn is the turn of the last change.
func (b *Book) Turn() int64 { return b.turn }

// TurnsFrom has the turns of changes begin beyond one that was given before a
// restart.
func (b *Book) TurnsFrom(turn int64) { b.turn = max(b.turn, turn) }

// waited gives those of the removed rules that waited and would have banned: it is over
// with them, whatever comes in their place.
func (b *Book) waited(d policy.Delta) (gone policy.Delta) {
	for _, r := range d.Removed {
		if h := b.waiting[slotOf(r)]; h != nil && h.New.Event == r.Event && bans(r) {
			gone.Removed = append(gone.Removed, r)
		}
	}
	return gone
}

// propose notes what a change of lists would change, and goes on as before it.
func (b *Book) propose(d policy.Delta) []Slot {
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
	refused := map[Slot]policy.Rule{}
	for _, r := range d.Removed {
		h := touch(r)
		switch {
		case h.New.Event == r.Event && r.Event != "":
			if h.Rejected && b.reviewed[r.List] {
				refused[h.Slot] = r
			}
			h.New = policy.Rule{} // never followed
		case h.Old.Event == "":
			h.Old = r
			b.keep(r)
		}
	}
	for _, r := range d.Added {
		h := touch(r)
		no, was := refused[h.Slot]
		h.New, h.Rejected, h.Awoken = r, was && sameRule(no, r), false // a no to a rule is one to it with other words, too
		b.rules.Hold(r.Event, true)
	}
	return b.prune(slots)
}

// rule gives a rule that is followed.
func (b *Book) rule(event id.EventID) (policy.Rule, bool) {
	if r, ok := b.kept.Rule(event); ok {
		return r, true
	}
	r, ok := b.rules.Rule(event)
	return r, ok && !b.rules.Held(event)
}

// hold has a rule that is followed be so no more until it is let go.
func (b *Book) hold(r policy.Rule, held bool) {
	if _, kept := b.kept.Rule(r.Event); kept {
		b.kept.Hold(r.Event, held)
	} else {
		b.rules.Hold(r.Event, held)
	}
}

// holdBack has a rule that is followed wait from now on. One that its list no longer has
// is over.
func (b *Book) holdBack(r policy.Rule) Slot {
	s := slotOf(r)
	if _, kept := b.kept.Rule(r.Event); kept {
		b.kept.Redact(r.List, r.Event)
		if h := b.waiting[s]; h != nil && h.Old.Event == r.Event {
			h.Old = policy.Rule{}
		}
		b.prune([]Slot{s})
		return s
	}
	b.propose(policy.Delta{Added: []policy.Rule{r}})
	b.waiting[s].Awoken = true
	return s
}

// prune drops what has come back to where it was, and repeats.
func (b *Book) prune(slots []Slot) []Slot {
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
func (b *Book) follow(s Slot) (Held, bool) {
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
func (b *Book) flip(h *Held, followed bool) {
	b.version++
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

func (b *Book) keep(r policy.Rule) { b.kept.Apply(r.List, eventOf(r)) }

// setExempting says whether a list's exemptions are followed, also those that it
// no longer has.
func (b *Book) setExempting(list id.RoomID, may bool) policy.Delta {
	b.version++
	delete(b.exempts, list)
	if may {
		b.exempts[list] = true
	}
	d, k := b.rules.SetExempting(list, may), b.kept.SetExempting(list, may)
	return policy.Delta{Added: append(d.Added, k.Added...), Removed: append(d.Removed, k.Removed...)}
}

// forget makes kept anew, once it is empty: an index remembers what was blanked.
func (b *Book) forget() {
	b.kept.Moved(math.MaxInt, func(r policy.Rule, in bool) { b.over = append(b.over, ruleMove{r, in}) })
	for r := range b.kept.Servers() {
		b.over = append(b.over, ruleMove{r, false})
	}
	kept := policy.NewIndex()
	for list := range b.exempts {
		kept.SetExempting(list, true)
	}
	for list, a := range b.aside {
		kept.SetAside(list, a)
	}
	kept.Recount()
	b.kept = kept
}

// drop forgets what waits in a list that is no longer watched.
func (b *Book) drop(list id.RoomID) {
	b.version++
	for s := range b.waiting {
		if s.List == list {
			delete(b.waiting, s)
		}
	}
	b.kept.Drop(list)
}
