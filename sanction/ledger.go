package sanction

import (
	"cmp"
	"container/list"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

const (
	// Burst is how long what a protection finds against one user is one offence, from the
	// first of it on: ten lines of one spammer are no ten crimes.
	Burst = 30 * time.Second

	// forgotten is after how many half-lives an offence weighs nothing worth counting.
	forgotten = 10

	// mostEntries bounds the offences that are remembered, the oldest going first: an
	// attacker may have any number of accounts.
	mostEntries = 100_000
	// mostOf bounds those of one user.
	mostOf = 64
)

// Entry is an offence as it is remembered.
type Entry struct {
	ID         string
	User       id.UserID
	Room       id.RoomID
	Protection string
	Class      Class
	Event      id.EventID // that it is about; "" if it is not known
	// Weight is how many points it has when it is fresh. What belongs to a burst has only
	// what it is worse than the rest of it.
	Weight int
	// Counts is what of that adds to its author's points: of all that is found in one event, in
	// one room, only the worst does. It is the ledger's to say.
	Counts int
	At     time.Time
	Step   Step  // that was taken for it
	Undone bool  // it counts no more, and neither does its step
	Case   int64 // of which it is a part; 0 for none
}

// EntryID names an offence in a room, so that it is entered once, whatever comes again.
func EntryID(c action.Cause, room id.RoomID) string {
	sum := sha256.Sum256([]byte(c.Protection + "\x00" + string(c.Event) + "\x00" + string(room)))
	return base64.RawURLEncoding.EncodeToString(sum[:18])
}

// Ledger is what everybody did. What is in it can be read again from the entries that were
// stored: points are computed when they are asked for, so that no timer can be lost.
type Ledger struct {
	Ladder Ladder

	of    map[id.UserID][]*entry // as they were entered
	known map[string]*entry
	order *list.List // of *entry, as they were entered
	most  int        // of them
	now   time.Time  // the latest time that we heard of
}

type entry struct {
	Entry
	place *list.Element
}

// NewLedger is empty.
func NewLedger() *Ledger {
	return &Ledger{Ladder: Usual(), of: map[id.UserID][]*entry{}, known: map[string]*entry{}, order: list.New(), most: mostEntries}
}

// clock never goes back: a clock that is set back makes nothing fresh again.
func (l *Ledger) clock(now time.Time) time.Time {
	if now.After(l.now) {
		l.now = now
	}
	return l.now
}

// Silenced gives up to most users who were muted or banned since then for an offence of a
// class or worse that still counts, the latest first. It looks at the latest offences only.
func (l *Ledger) Silenced(c Class, since time.Time, most int) (users []id.UserID) {
	const looked = 10
	for n, e := 0, l.order.Back(); e != nil && n < looked*most && len(users) < most; n, e = n+1, e.Prev() {
		of := e.Value.(*entry)
		if of.At.Before(since) {
			break
		}
		if of.Class >= c && of.Step >= Mute && !of.Undone && !slices.Contains(users, of.User) {
			users = append(users, of.User)
		}
	}
	return users
}

// Verdict is what follows from an offence.
type Verdict struct {
	Step  Step
	Ends  time.Time // when the step is to end; zero for never
	Entry Entry     // to be entered, and stored with the actions that follow
	Fresh bool      // it is not in the ledger yet
	First bool      // nor is anything of the burst that it belongs to
	// By is the protection for whose finding in the same message that was done which moderators set
	// to follow; "" if it was not.
	By string
	// Spoken says that a moderator warned them, and that nothing was removed.
	Spoken bool
	Total  float64 // its author's points with it
}

// Judge says what follows from an offence, and enters nothing.
//
// A step begins at a number of points. It holds for a user in a room once it was taken, so
// that nobody goes up and down around its threshold, until points have fallen below a
// share of where it begins, or what was done since would bring it by itself.
func (l *Ledger) Judge(o Offence, now time.Time) Verdict {
	now = l.clock(now)
	if o.Class == Note {
		o.Weight = 0
	}
	v := Verdict{Entry: Entry{
		ID: EntryID(o.Cause, o.Room), User: o.User, Room: o.Room, Protection: o.Cause.Protection, Class: o.Class, Event: o.Cause.Event, Weight: max(o.Weight, 0), At: now,
	}}
	if before := l.known[v.Entry.ID]; before != nil {
		v.Entry = before.Entry
	} else {
		v.Fresh, v.First = true, true
		for e := range l.burst(o, now) {
			v.First, v.Entry.Case = false, e.Case
		}
		v.Entry.Weight = max(v.Entry.Weight-l.wave(o, now), 0)
		v.Entry.Counts = max(v.Entry.Weight-l.reckon(v.Entry), 0)
	}
	v.Total = l.Points(o.User, now)
	if v.Fresh {
		v.Total += float64(v.Entry.Counts)
	}
	v.Step = base(o.Class)
	switch {
	case o.Trailing:
		v.Step = Redact
	case o.Set.Step != None:
		v.Step = min(o.Set.Step, l.Ladder.ceiling)
		if v.Step > Redact && l.had(o, v) {
			v.Step = Redact
		} else if v.By = l.by(v); v.By != "" {
			v.Step = Redact
		}
	case o.Class > Note:
		v.Step = max(v.Step, l.due(o, v, now))
	}
	v.Step = min(v.Step, l.Ladder.ceiling)
	switch {
	case o.Set.Step == v.Step && o.Set.Lasts > 0:
		v.Ends = now.Add(o.Set.Lasts)
	case o.Set.Step == Ban && v.Step == Ban: // a ban that moderators ask for without a time is for good
	default:
		v.Ends = l.Ladder.Ends(v.Step, o.Class, now)
	}
	if v.Fresh {
		v.Entry.Step = v.Step
	}
	return v
}

// Compare says which of two verdicts is the harder one: the higher step, and of one step what lasts longer.
func (v Verdict) Compare(o Verdict) int {
	switch {
	case v.Step != o.Step:
		return cmp.Compare(v.Step, o.Step)
	case v.Ends.Equal(o.Ends):
		return 0
	case v.Ends.IsZero():
		return 1
	case o.Ends.IsZero():
		return -1
	default:
		return v.Ends.Compare(o.Ends)
	}
}

// Warned is what follows from a moderator's own warning, and enters nothing: it weighs as much
// as leads to a warning by itself, and no other step follows from it at once.
func (l *Ledger) Warned(o Offence, now time.Time) Verdict {
	now = l.clock(now)
	v := Verdict{Step: Warn, Spoken: true, Entry: Entry{
		ID: EntryID(o.Cause, o.Room), User: o.User, Room: o.Room, Class: Light, Weight: l.Ladder.Warning(), At: now, Step: Warn,
	}}
	if before := l.known[v.Entry.ID]; before != nil {
		v.Entry = before.Entry
	} else {
		v.Fresh, v.First, v.Total = true, true, float64(v.Entry.Weight)
	}
	v.Total += l.Points(o.User, now)
	return v
}

// Gone is when an offence weighs less than one point.
func (e Entry) Gone(l Ladder) time.Time {
	if e.Counts <= 1 {
		return e.At
	}
	return e.At.Add(time.Duration(math.Log2(float64(e.Counts)) * float64(l.halfLife)))
}

// Weighs is how many points an offence has at a time; none if it was undone.
func (e Entry) Weighs(l Ladder, now time.Time) float64 {
	if e.Undone {
		return 0
	}
	return e.faded(now, l.halfLife)
}

// base is what follows from an offence whatever its author did before.
func base(c Class) Step {
	if c == Note {
		return Alert
	}
	return Redact
}

// wave is how many points of the burst that an offence belongs to are counted already.
func (l *Ledger) wave(o Offence, now time.Time) (counted int) {
	for e := range l.burst(o, now) {
		counted += e.Weight
	}
	return counted
}

// burst gives what belongs together with an offence. It begins with what began no burst of
// before, so that who goes on and on is not held to be doing one thing.
func (l *Ledger) burst(o Offence, now time.Time) func(func(*entry) bool) {
	return func(yield func(*entry) bool) {
		var began time.Time
		var wave []*entry
		for _, e := range l.of[o.User] {
			if e.Undone || e.Protection != o.Cause.Protection {
				continue
			}
			if began.IsZero() || e.At.Sub(began) > Burst {
				began, wave = e.At, nil
			}
			wave = append(wave, e)
		}
		if now.Sub(began) > Burst {
			return
		}
		for _, e := range wave {
			if !yield(e) {
				return
			}
		}
	}
}

// had reports whether what moderators want to follow from an offence did, for it or for the
// burst that it belongs to.
func (l *Ledger) had(o Offence, v Verdict) bool {
	if !v.Fresh && v.Entry.Step >= v.Step {
		return true
	}
	for e := range l.burst(o, v.Entry.At) {
		if e.Step >= v.Step && (e.Room == o.Room || v.Step.row().everywhere) {
			return true
		}
	}
	return false
}

// by is the protection that found something in the same event, in the same room, for which was done what
// moderators want to follow, or more: one message is one offence. If that was undone it is not done for another.
func (l *Ledger) by(v Verdict) string {
	for _, e := range l.of[v.Entry.User] {
		if v.Step > Redact && v.Entry.Event != "" && e.Event == v.Entry.Event && e.Room == v.Entry.Room && e.ID != v.Entry.ID && e.Step >= v.Step {
			return e.Protection
		}
	}
	return ""
}

// due is the highest step that an offence brings its author to.
func (l *Ledger) due(o Offence, v Verdict, now time.Time) Step {
	all := l.of[o.User]
	for _, r := range slices.Backward(l.Ladder.rungs()) {
		if r.only != Note && o.Class != r.only {
			continue
		}
		sum := l.account(all, r.only, now)
		if v.Fresh {
			sum += float64(v.Entry.Counts)
		}
		if sum < r.from {
			continue
		}
		last := -1
		for i, e := range all {
			if !e.Undone && e.Step >= r.step && (r.everywhere || e.Room == o.Room) {
				last = i
			}
		}
		switch {
		case last < 0 || l.again(r, all, last, v, now):
			return r.step
		case !r.everywhere: // what was done once for all rooms leaves what is done in each
			return Redact // it holds, and with it all that is milder
		}
	}
	return None
}

// again reports whether a step that was taken for one of a user's offences may be taken
// once more.
func (l *Ledger) again(r rung, all []*entry, last int, v Verdict, now time.Time) bool {
	since := l.account(all[last+1:], r.only, now)
	if v.Fresh {
		since += float64(v.Entry.Counts)
	}
	if since >= r.from {
		return true
	}
	low := r.from * l.Ladder.again
	for i, e := range all[last+1:] {
		if l.account(all[:last+1+i], r.only, e.At) < low {
			return true
		}
	}
	return v.Fresh && l.account(all, r.only, now) < low
}

// account adds up what entries weigh at a time.
func (l *Ledger) account(all []*entry, only Class, at time.Time) (sum float64) {
	for _, e := range all {
		if !e.Undone && (only == Note || e.Class == only) {
			sum += e.faded(at, l.Ladder.halfLife)
		}
	}
	return sum
}

// faded is what an offence weighs at a time. It never weighs more than when it was fresh,
// whatever a clock says, and nothing once it may be forgotten: whether it is makes no
// difference.
func (e *Entry) faded(at time.Time, halfLife time.Duration) float64 {
	age := max(at.Sub(e.At), 0)
	if age > forgotten*halfLife {
		return 0
	}
	return float64(e.Counts) * math.Exp2(-float64(age)/float64(halfLife))
}

// Points are what a user's offences weigh by now.
func (l *Ledger) Points(u id.UserID, now time.Time) float64 {
	return l.account(l.of[u], Note, l.clock(now))
}

// Open reports whether a user has points worth mentioning.
func (l *Ledger) Open(u id.UserID, now time.Time) bool { return l.Points(u, now) >= 1 }

// Enter notes an offence, and which step was taken for it. One that is known has its step
// raised, if it is a higher one now.
func (l *Ledger) Enter(e Entry) {
	if before := l.known[e.ID]; before != nil {
		before.Step = max(before.Step, e.Step)
		return
	}
	kept := &entry{Entry: e}
	if kept.At.After(l.now) && !l.now.IsZero() {
		kept.At = l.now // a clock was ahead then; from now on it fades
	}
	kept.place = l.order.PushBack(kept)
	l.known[e.ID] = kept
	l.of[e.User] = append(l.of[e.User], kept)
	l.reckon(e)
	if mine := l.of[e.User]; len(mine) > mostOf {
		l.drop(mine[0])
	}
	for first := l.order.Front(); first != nil; first = l.order.Front() {
		oldest := first.Value.(*entry)
		if l.order.Len() <= l.most && l.now.Sub(oldest.At) <= l.Ladder.Remembered() {
			return
		}
		l.drop(oldest)
	}
}

// reckon says what counts of all that was found in the event of an offence, in its room: each adds what it
// is worse than what was entered before it. So it does not matter in which order they come, and once the
// worst is undone the next counts. It gives how much that is together.
func (l *Ledger) reckon(of Entry) (worst int) {
	for _, e := range l.of[of.User] {
		switch {
		case of.Event == "" && e.ID == of.ID:
			e.Counts = e.Weight // nobody knows what else was found in it
		case of.Event != "" && !e.Undone && e.Event == of.Event && e.Room == of.Room:
			e.Counts = max(e.Weight-worst, 0)
			worst += e.Counts
		}
	}
	return worst
}

func (l *Ledger) drop(e *entry) {
	l.order.Remove(e.place)
	delete(l.known, e.ID)
	l.of[e.User] = slices.DeleteFunc(l.of[e.User], func(other *entry) bool { return other == e })
	if len(l.of[e.User]) == 0 {
		delete(l.of, e.User)
	}
}

// Load takes in what was stored, at the time of a start. What an earlier clock had in the
// future is taken to be of now.
func (l *Ledger) Load(stored []Entry, now time.Time) {
	l.clock(now)
	for _, e := range stored {
		l.Enter(e)
	}
}

// NotTaken notes that what was wanted for the step of an offence did not happen after all: a
// verdict is no deed. It reports whether that was its step.
func (l *Ledger) NotTaken(offence string, v action.Verb) bool {
	e := l.known[offence]
	if e == nil || e.Step <= Redact || v != e.Step.Verb() {
		return false
	}
	e.Step = Redact
	return true
}

// Undo has an offence count no more; false if it does not anyway.
func (l *Ledger) Undo(offence string) bool {
	e := l.known[offence]
	if e == nil || e.Undone {
		return false
	}
	e.Undone = true
	l.reckon(e.Entry)
	return true
}

// UndoIn has all count no more that a user did in a room, and says what that was.
func (l *Ledger) UndoIn(u id.UserID, room id.RoomID) (undone []string) {
	for _, e := range l.of[u] {
		if e.Room == room && l.Undo(e.ID) {
			undone = append(undone, e.ID)
		}
	}
	return undone
}

// Find gives an offence as it is remembered.
func (l *Ledger) Find(offence string) (Entry, bool) {
	e := l.known[offence]
	if e == nil {
		return Entry{}, false
	}
	return e.Entry, true
}

// Of gives what is remembered of a user, the earliest first.
func (l *Ledger) Of(u id.UserID) (all []Entry) {
	for _, e := range l.of[u] {
		all = append(all, e.Entry)
	}
	return all
}
