package community

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
	"forseti/policy"
)

// reading is a large change of one list that is taken in: its whole state, or what a
// moderator said about much that waited. There may be a hundred thousand rules, so that
// the owner does a part of them at a time. It is one change all the same: what a list says
// is weighed when all of it is known, and held until then; and nothing is planned while a
// part of it is followed, for what comes last may exempt whom the first part bans. The
// list's state is stored at the end: after a crash the list is what it was before, and
// read anew.
type reading struct {
	rules    *policy.Reading // nil for a decision
	decision decision
	over     func() // what is done in the end

	known   bool           // all rules are
	weighed bool           // all that changed was, or need not be
	half    bool           // some of it is followed
	changed []enforce.Slot // whatever became of them
	waiting []enforce.Slot // those that wait to be weighed, and then to be followed
	own     bool           // we wrote all of those
	upTo    int64          // the turn of what was weighed: what came later was not
	follows bool           // all that was weighed may be followed
	singly  int            // how many were weighed by themselves, if not
	ordered bool           // it is followed whatever it does: a moderator said so
}

// mostSingly is how many changes that may not be followed together are weighed by
// themselves: of more than that all others wait with those that would do something.
const mostSingly = 1000

const (
	readingPart    = 250                  // how many rules are taken in, weighed or followed in one go …
	readingStretch = 4 * time.Millisecond // … if that takes no longer
)

// wholeState is the reading of all that a list says.
func wholeState(rules *policy.Reading, over func()) *reading {
	return &reading{rules: rules, over: over, own: true}
}

// begin has a reading taken in, after those that are.
func (l *list) begin(g *reading) { l.readings = append(l.readings, g) }

// reading is what is being taken in of a list; nil if nothing is.
func (l *list) reading() *reading {
	if len(l.readings) == 0 {
		return nil
	}
	return l.readings[0]
}

// unweighed reports whether it is not known yet what all of a list that is being read
// would do together.
func (l *list) unweighed() bool {
	return slices.ContainsFunc(l.readings, func(g *reading) bool { return !g.weighed })
}

// later has a change of a list weighed once what is being followed is, as a part of which
// it cannot be: some of it holds already, and the rest does not.
func (f *following) later(list id.RoomID, slots []enforce.Slot, own bool) {
	f.lists[list].begin(&reading{known: true, waiting: slots, changed: slots, own: own, over: func() {}})
}

// midway reports whether a change that is to be followed is not followed as a whole yet.
func (f *following) midway() bool {
	for _, l := range f.lists {
		if g := l.reading(); g != nil && g.weighed && g.follows && len(g.waiting) > 0 {
			return true
		}
	}
	return f.half()
}

// drop ends what is taken in of a list that is not watched any more.
func (l *list) drop() {
	readings := l.readings
	l.readings = nil
	for _, g := range readings {
		g.over()
	}
}

// readOne goes on with one list that is being taken in, first with one that is followed in
// part: all else waits for it. It is false if there is none.
func (f *following) readOne(now time.Time) bool {
	var next *list
	for _, l := range f.lists {
		if g := l.reading(); g != nil && (next == nil || g.half) {
			next = l
		}
	}
	if next == nil {
		return false
	}
	f.goOn(next, next.reading(), now)
	return true
}

// half reports whether a part of a change is followed, and the rest of it is not.
func (f *following) half() bool {
	for _, l := range f.lists {
		if g := l.reading(); g != nil && g.half {
			return true
		}
	}
	return false
}

// weighAwoken weighs rules that do more than when they were followed, unless a part of a
// change holds: then it is done after that.
func (f *following) weighAwoken(now time.Time) {
	if !f.midway() {
		f.weigher.weighAwoken(now)
	}
}

// goOn does a part of what is to be done with a list that was read.
func (f *following) goOn(l *list, g *reading, now time.Time) {
	switch {
	case !g.known:
		f.takeRules(l, g, now)
	case !g.weighed:
		f.weighWhole(l, g, now)
	case len(g.waiting) > 0:
		f.followPart(l, g, now)
	case len(g.changed) > 0:
		f.weigher.keepHeld(stretchOf(&g.changed)...)
	default:
		l.readings = slices.Delete(l.readings, 0, 1) // which keeps hold of nothing
		g.over()
	}
}

// takeRules takes in some rules.
func (f *following) takeRules(l *list, g *reading, now time.Time) {
	var keys []enforce.Key
	delta, slots, touched, more := f.world.ReadRules(g.rules, readingPart)
	rest, own := f.weigher.ordered(l.ID(), slots, now, &keys)
	g.half = g.half || len(rest) < len(slots)
	g.changed = append(g.changed, slotsOf(delta)...)
	g.waiting, g.own = append(g.waiting, rest...), g.own && own
	g.known, g.weighed = !more, !more && len(g.waiting) == 0
	f.queue.enqueue(append(keys, touched...), now)
	if serverRules(delta) {
		f.queue.acls.changed(now)
	}
}

// weighWhole decides about all that changed.
func (f *following) weighWhole(l *list, g *reading, now time.Time) {
	if g.weighed, g.upTo = true, f.world.Book.Turn(); g.ordered {
		g.follows = true
		return
	}
	g.waiting = f.weigher.review(l.ID(), g.waiting, now)
	e := f.world.Scales.Weigh(g.waiting...)
	cost := f.weigher.cost(e.Hits)
	g.follows = f.weigher.mayFollow(l.ID(), e, cost, g.own, now)
	if g.follows && !g.own {
		f.weigher.spend(l.ID(), cost, now)
	}
}

// followPart follows some of what was weighed together; or else what does nothing by
// itself, after what went before it.
func (f *following) followPart(l *list, g *reading, now time.Time) {
	var slots []enforce.Slot
	var keys []enforce.Key
	for began := time.Now(); len(g.waiting) > 0 && len(slots) < readingPart && time.Since(began) < readingStretch; g.waiting = g.waiting[1:] {
		s := g.waiting[0]
		switch h, waits := f.world.Book.Waiting(s); {
		case !waits, h.Turn > g.upTo && !g.decision.covers(&h): // weighed by itself, when it came
		case g.follows || g.decision.No:
			slots = append(slots, s)
		case g.singly < mostSingly:
			if g.singly++; f.world.Scales.Weigh(s).Nothing() {
				keys = append(keys, f.world.Follow(s)...)
			}
		}
	}
	switch {
	case g.decision.No:
		keys = append(keys, f.world.Reject(slots...)...)
	case g.follows:
		g.half = true
		keys = append(keys, f.world.Follow(slots...)...)
	}
	u := enforce.Soon
	if g.own {
		u = enforce.Now // a moderator asked for it
	}
	f.queue.enqueueAs(keys, u, now)
}

// wasRead notes that all that a list says is known.
func (f *following) wasRead(l *list, now time.Time) {
	l.read = now
	delete(f.weigher.agreed, l.ID())
	f.queue.enqueue(f.world.SetUnread(l.ID(), false), now)
	f.weigher.askAgain(l.ID(), now)
}

// stretchOf takes some slots.
func stretchOf(slots *[]enforce.Slot) []enforce.Slot {
	n := min(readingPart, len(*slots))
	some := (*slots)[:n]
	*slots = (*slots)[n:]
	return some
}

// decide follows or rejects what waits in a list, as a moderator said: of very much a part
// at a time. What the list changes meanwhile is not among it. done, if it is not nil, is
// called when that is over.
func (f *following) decide(list id.RoomID, d decision, now time.Time, done func()) {
	slots := f.weigher.covered(list, d)
	l := f.lists[list]
	if l == nil || len(slots) <= readingPart {
		f.weigher.carryOut(d, slots, now)
		if done != nil {
			done()
		}
		return
	}
	f.weigher.decides(list, d)
	l.begin(&reading{
		decision: d, known: true, weighed: true, follows: !d.No, waiting: slots, changed: slots,
		over: func() {
			f.weigher.decided(list, d)
			if done != nil {
				done()
			}
		},
	})
}
