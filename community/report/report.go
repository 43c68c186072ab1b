// Package report is what moderators are told: it takes in how work ended and what stands in the way, and gives
// messages to send.
//
// One command has one reply, which its effects are written into until it is complete; then the reply is done with, and
// what comes later is a notice. Notices fold into notices, never into replies. Whoever is told a number can add it up:
// every ending is counted once, in the reply or notice of whoever wanted it.
//
// It is pure: it knows no clock, no room and no store. One goroutine owns a Report and tells it the time.
package report

import (
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/wire"
)

// Names is what a report asks about places, to name them as moderators know them.
type Names interface {
	// Room and List are links, or whatever else may stand in a sentence: escaped.
	Room(id.RoomID) string
	List(id.RoomID) string
	// Shut gives the protected rooms whose ACL keeps out an entity, and those whose does not.
	Shut(entity string) (in, out []id.RoomID)
	// Takedown tells whether a rule asks for more than a ban.
	Takedown(rule id.EventID) bool
}

// Report is what is to be told, and to whom it belongs.
type Report struct {
	names Names
	ledger
	commands  map[id.EventID]*answer // not complete
	answers   []*answer              // of those, the ones that may speak, in order
	decisions map[decisionKey]*decision
	aging     []*decision // by when they began
	ready     []*decision // to be told
	news      []news      // lines of the next digest
	more      int         // lines that there was no place for
	problems  problems
	pace      pace
	limit     limit
	outbox
}

// ledger is what is wanted and has not ended.
type ledger struct {
	open     map[work]*opened
	at       map[place][]work // the same, by what can be hindered
	left     map[action.Verb]int
	hindered map[place]hindrance
	// obstacles are the same, by what is one sentence.
	obstacles map[Key]*obstacle
	cause     id.EventID // the command whose effects are opened now
	lately    lately
	dry       bool
}

// New returns a report with nothing to say.
func New(names Names) *Report {
	return &Report{
		names:    names,
		ledger:   ledger{open: map[work]*opened{}, at: map[place][]work{}, left: map[action.Verb]int{}, hindered: map[place]hindrance{}, obstacles: map[Key]*obstacle{}},
		commands: map[id.EventID]*answer{}, decisions: map[decisionKey]*decision{},
		problems: newProblems(),
	}
}

// work is what one Opened and its Ended agree in.
type work struct {
	verb    action.Verb
	room    id.RoomID
	subject string
	cause   action.Cause
}

// place is what can be hindered: of several who want something of it, all are.
type place struct {
	lane    action.Lane
	room    id.RoomID
	subject string
}

func (w work) place() place { return place{w.verb.Row().Lane, w.room, w.subject} }

// move gives what is open to another account.
func (r *Report) move(from, to *account) {
	for w, n := range from.open {
		to.open[w] += n
		to.left[w.verb] += n
		r.open[w].by = to
		if _, stuck := from.stuck[w]; stuck {
			to.stuck[w] = struct{}{}
		}
	}
}

type opened struct {
	times int
	by    *account
}

func workOf(a action.Action) work {
	return work{a.Verb, a.Room, a.Verb.Row().Subject(a), a.Cause}
}

func placeOf(a action.Action) place {
	row := a.Verb.Row()
	return place{row.Lane, a.Room, row.Subject(a)}
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

// Opened notes that somebody wants an action. One Ended follows.
func (r *Report) Opened(a action.Action, now time.Time) {
	if a.Verb.Speech() {
		return
	}
	w := workOf(a)
	o := r.open[w]
	if o == nil {
		o = &opened{by: r.route(a, now)}
		r.open[w] = o
		p := placeOf(a)
		r.at[p] = append(r.at[p], w)
		if _, stands := r.hindered[p]; stands {
			o.by.stuck[w] = struct{}{}
		}
	}
	o.times++
	o.by.open[w]++
	o.by.left[a.Verb]++
	r.left[a.Verb]++
}

// Ended takes in how an action ended for who wanted it.
func (r *Report) Ended(e action.Ending, now time.Time) {
	if e.Action.Verb.Speech() {
		return
	}
	w := workOf(e.Action)
	by := r.closed(w)
	if by == nil {
		by = r.route(e.Action, now)
	}
	if e.Fate == action.Done {
		r.lately.add(e.Action.Verb, now)
		r.limit.did(e.Action.Verb)
	}
	told := false
	if h, stands := r.hindered[placeOf(e.Action)]; stands {
		told = e.Fate == action.Refused && h.why == e.Why && by.of == nil
		if e.Fate != action.Refused {
			r.free(placeOf(e.Action))
		}
	}
	switch {
	case e.Action.Verb == action.SetACL && (e.Fate == action.Done || e.Fate == action.Would):
		r.compareACL(e, by, now)
	case by.of == nil && (e.Fate == action.Dropped || e.Fate == action.Superseded): // nothing happened, and nobody waits
	case !told: // else it stands as a problem, and is told as one
		by.tally.add(e)
	}
	r.settle(by, now)
}

func (r *Report) closed(w work) *account {
	o := r.open[w]
	if o == nil {
		return nil
	}
	by := o.by
	r.left[w.verb]--
	by.left[w.verb]--
	if by.open[w]--; by.open[w] <= 0 {
		delete(by.open, w)
		delete(by.stuck, w)
	}
	if o.times--; o.times == 0 {
		delete(r.open, w)
		p := w.place()
		if r.at[p] = slices.DeleteFunc(r.at[p], func(other work) bool { return other == w }); len(r.at[p]) == 0 {
			delete(r.at, p)
		}
	}
	return by
}

// compareACL counts which entries came and went, each for the command that named it.
func (r *Report) compareACL(e action.Ending, by *account, now time.Time) {
	before, after := denied(e.Before), map[string]bool{}
	if e.Action.State != nil {
		after = denied(e.Action.State.Content)
	}
	moved := false
	count := func(server string, in bool) {
		moved = true
		to := by
		if a := r.wants(server, in); a != nil {
			to = &a.account
		}
		to.tally.server(entry{server, in, e.Fate == action.Would}, e.Action.Room)
	}
	for s := range after {
		if !before[s] {
			count(s, false)
		}
	}
	for s := range before {
		if !after[s] {
			count(s, true)
		}
	}
	if !moved {
		by.tally.add(e)
	}
}

// denied reads the deny list of an ACL.
func denied(content json.RawMessage) map[string]bool {
	const most, longest = 20_000, 255
	servers := map[string]bool{}
	for _, s := range wire.Read(content).Texts("deny", most, longest) {
		servers[s] = true
	}
	return servers
}

// settle looks whether an account is complete.
func (r *Report) settle(by *account, now time.Time) {
	if by.of == nil {
		r.settleDecision(by, now)
	}
}

// route finds who wants an action: the command that is taken in now, else the newest one that its cause belongs to,
// else whoever reads notices.
func (r *Report) route(a action.Action, now time.Time) *account {
	if c := r.commands[r.cause]; c != nil && a.Verb != action.SetACL {
		return &c.account
	}
	if a.Cause.Kind == action.ByModerator {
		if c := r.commands[a.Cause.Event]; c != nil {
			return &c.account
		}
	}
	var newest *answer
	for _, c := range r.commands {
		if c.claims(a) && (newest == nil || newer(c, newest)) {
			newest = c
		}
	}
	if newest != nil {
		return &newest.account
	}
	return &r.decision(keyOf(a), a.Cause, now).account
}

// Following says that what is opened from now on is the effect of a command, whatever its cause; until it is called
// again with "".
func (r *Report) Following(command id.EventID, now time.Time) {
	r.cause = command
	if command != "" {
		r.begin(command, now)
	}
}

// Dry notes whether a dry run is on.
func (r *Report) Dry(on bool) { r.dry = on }

// Left is how much is open, by verb.
func (r *Report) Left() int {
	n := 0
	for _, count := range r.left {
		n += count
	}
	return n
}
