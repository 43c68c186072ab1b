package report

import (
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// ledger is what is wanted and has not ended, and on whose account it stands.
type ledger struct {
	open map[work]*opened
	at   map[place][]work // the same, by what can be hindered
	left map[action.Verb]int
}

func newLedger() *ledger {
	return &ledger{open: map[work]*opened{}, at: map[place][]work{}, left: map[action.Verb]int{}}
}

// work is what one Opened and its Ended agree in.
type work struct {
	verb    action.Verb
	room    id.RoomID
	subject string
	cause   action.Cause
}

func workOf(a action.Action) work {
	return work{a.Verb, a.Room, a.Verb.Row().Subject(a), a.Cause}
}

// place is what can be hindered: of several who want something of it, all are.
type place struct {
	lane    action.Lane
	room    id.RoomID
	subject string
}

func placeOf(a action.Action) place {
	row := a.Verb.Row()
	return place{row.Lane, a.Room, row.Subject(a)}
}

func (w work) place() place { return place{w.verb.Row().Lane, w.room, w.subject} }

type opened struct {
	times int
	by    *account
}

// account gathers what came of what one command or one cause wanted.
type account struct {
	tally tally
	open  map[work]int
	stuck map[work]struct{}   // of those, what waits for somebody to change something
	left  map[action.Verb]int // open work
	of    *answer             // one of both is set
	to    *decision
}

func newAccount() account {
	return account{open: map[work]int{}, stuck: map[work]struct{}{}, left: map[action.Verb]int{}}
}

// idle reports whether nothing more comes of an account for now.
func (a *account) idle() bool { return len(a.open) == len(a.stuck) }

// account is whose work it is; nil if it is not open.
func (l *ledger) account(w work) *account {
	if o := l.open[w]; o != nil {
		return o.by
	}
	return nil
}

// add opens work once more. The account counts only if it is not open yet.
func (l *ledger) add(w work, by *account, stuck bool) {
	o := l.open[w]
	if o == nil {
		o = &opened{by: by}
		l.open[w] = o
		l.at[w.place()] = append(l.at[w.place()], w)
		if stuck {
			by.stuck[w] = struct{}{}
		}
	}
	o.times++
	o.by.open[w]++
	o.by.left[w.verb]++
	l.left[w.verb]++
}

// end closes work once, and returns whose it was; nil if it is not open.
func (l *ledger) end(w work) *account {
	o := l.open[w]
	if o == nil {
		return nil
	}
	by := o.by
	l.left[w.verb]--
	by.left[w.verb]--
	if by.open[w]--; by.open[w] <= 0 {
		delete(by.open, w)
		delete(by.stuck, w)
	}
	if o.times--; o.times == 0 {
		delete(l.open, w)
		p := w.place()
		if l.at[p] = slices.DeleteFunc(l.at[p], func(other work) bool { return other == w }); len(l.at[p]) == 0 {
			delete(l.at, p)
		}
	}
	return by
}

// hand gives all that is open on an account to others.
func (l *ledger) hand(from *account, to func(work) *account) {
	for w, n := range from.open {
		l.give(w, n, from, to(w))
	}
	clear(from.open)
	clear(from.stuck)
	clear(from.left)
}

// same gives the open work of one kind of cause that does to somebody what w does: it
// happens once, and ends for all who want it.
func (l *ledger) same(w work, kind action.CauseKind) (same []work) {
	if w.verb.Row().Words.Of != action.ToUser {
		return nil
	}
	for _, other := range l.at[w.place()] {
		if other != w && other.verb == w.verb && other.cause.Kind == kind {
			same = append(same, other)
		}
	}
	return same
}

// asked finds the command by which somebody asked for what a rule wants; nil if there is
// none.
func (l *ledger) asked(w work) *account {
	if w.cause.Kind == action.ByRule {
		for _, other := range l.same(w, action.ByModerator) {
			if by := l.open[other].by; by.of != nil {
				return by
			}
		}
	}
	return nil
}

// unite has a command tell of what rules want as well that it asks for, and gives those
// who would have told it.
func (l *ledger) unite(w work, by *account) (others []*account) {
	if w.cause.Kind != action.ByModerator {
		return nil
	}
	for _, other := range l.same(w, action.ByRule) {
		from := l.open[other].by
		if from == by {
			continue
		}
		n := from.open[other]
		l.give(other, n, from, by)
		delete(from.open, other)
		delete(from.stuck, other)
		from.left[other.verb] -= n
		others = append(others, from)
	}
	return others
}

// give puts work on another account.
func (l *ledger) give(w work, n int, from, to *account) {
	to.open[w] += n
	to.left[w.verb] += n
	l.open[w].by = to
	if _, stuck := from.stuck[w]; stuck {
		to.stuck[w] = struct{}{}
	}
}

// mark notes whether something stands in the way of all work of a place.
func (l *ledger) mark(p place, stuck bool) {
	for _, w := range l.at[p] {
		if by := l.open[w].by; stuck {
			by.stuck[w] = struct{}{}
		} else {
			delete(by.stuck, w)
		}
	}
}

// total is how much is open.
func (l *ledger) total() int { return sum(l.left) }

func sum[K comparable](counts map[K]int) (n int) {
	for _, more := range counts {
		n += more
	}
	return n
}
