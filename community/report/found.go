package report

import (
	"slices"
	"strings"
	"time"

	"forseti/action"
	"forseti/text"
)

// mostFound is how many findings are told one by one.
const mostFound = 5

// The signs with which moderators answer what a protection did. An alert names each in a word; `help alerts` says all.
const (
	UndoSign     = "↩️"
	WrongSign    = "👎"
	EscalateSign = "⬆️"
	ExemptSign   = "🛡️"

	FoundOffer = UndoSign + " undo · " + WrongSign + " wrong · " + EscalateSign + " more · " + ExemptSign + " exempt"
	IdleOffer  = EscalateSign + " act · " + WrongSign + " wrong · " + ExemptSign + " exempt" // there is nothing to undo
)

// The signs with which they answer that many users came together, and what is said of them.
const (
	AttackSign = "🚨"
	SweepSign  = "🧹"
	WaveOffer  = AttackSign + " close rooms · " + SweepSign + " remove all · " + UndoSign + " calm · " + WrongSign + " wrong · " + ExemptSign + " exempt"
)

// The signs with which they answer that somebody waits to be let in.
const (
	LetInSign  = "✅"
	RefuseSign = "🚫"
	GateOffer  = LetInSign + " let in · " + RefuseSign + " send away"
)

// offer says what moderators can do about what they were told of.
func offer(t *tally) string {
	if t.idle && len(t.users)+len(t.things) == 0 {
		return IdleOffer
	}
	return FoundOffer
}

// Finding is what a protection found, in words.
type Finding struct {
	Who string // and where, and the case: "Case 3: `@u:hs` in Lobby"
	Why string
	As  string // what it looked like, behind a veil; "" if there is nothing to show
	// Note says that it is no more than a note.
	Note bool
}

// words are a finding in a line, at its longest and then shorter.
func (f Finding) words(n int) string {
	switch {
	case n > 1:
		return f.Who + "."
	case n > 0 || f.As == "":
		return f.Who + " " + f.Why + "."
	default:
		return f.Who + " " + f.Why + ". " + f.As
	}
}

// Found says what a protection has found. What is done about it is told in the same
// message; of what stands alone nothing is.
func (r *Report) Found(c action.Cause, f Finding, alone bool, now time.Time) {
	d := r.notices.decision(keyOf(action.Action{Verb: action.Redact, Cause: c}), c, now)
	d.tally.note(f)
	d.grave = d.grave || !f.Note
	if alone {
		d.tally.idle = true
		r.notices.settle(&d.account)
	}
}

// FoundBefore says again what a protection has found and what was done about it, in a message that may be there or not:
// to send it anew, under its name, makes no second one.
func (r *Report) FoundBefore(sent string, c action.Cause, f Finding, done []action.Action, now time.Time) {
	key := keyOf(action.Action{Verb: action.Redact, Cause: c})
	key.sent = sent
	d := r.notices.decision(key, c, now)
	d.tally.note(f)
	d.grave = d.grave || !f.Note
	d.tally.idle = d.tally.idle || len(done) == 0
	for _, a := range done {
		d.tally.add(action.Ending{Action: a, Fate: action.Done})
	}
	r.notices.settle(&d.account)
}

// note counts a finding. The same one is told once.
func (t *tally) note(f Finding) {
	switch {
	case slices.Contains(t.found, f):
	case len(t.found) < mostFound:
		t.found = append(t.found, f)
	default:
		t.unsaid++
	}
}

// alert says what a protection found, in its nth shortest words.
func (t *tally) alert(n int) string {
	lines := make([]string, 0, len(t.found)+1)
	for _, f := range t.found {
		lines = append(lines, "- "+f.words(n))
	}
	if t.unsaid > 0 {
		lines = append(lines, "- and "+text.Count(t.unsaid, "more finding"))
	}
	return strings.Join(lines, "\n")
}
