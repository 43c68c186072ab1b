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

// The signs with which moderators answer what a protection did.
const (
	UndoSign     = "↩️"
	WrongSign    = "👎"
	EscalateSign = "⬆️"
	ExemptSign   = "🛡️"
)

// The signs with which they answer that many users came together, and what is said of them.
const (
	AttackSign = "🚨"
	SweepSign  = "🧹"
	WaveOffer  = "React with " + AttackSign + " for the posture `attack` with closed rooms for two hours, " + SweepSign + " to remove all whom this names, " +
		UndoSign + " to be calm again, " + WrongSign + " if it is a mistake of the protection, " + ExemptSign + " to leave all whom this names alone from now on."
)

// The signs with which they answer that somebody waits to be let in.
const (
	LetInSign  = "✅"
	RefuseSign = "🚫"
	GateOffer  = "React with " + LetInSign + " to let them in now, " + RefuseSign + " to send them away."
)

// offer says what moderators can do about what they were told of.
func offer(t *tally) string {
	if t.idle && len(t.users)+len(t.things) == 0 {
		return "React with " + EscalateSign + " to do something about it, " + WrongSign + " if it is a mistake of the protection, " + ExemptSign + " to leave them alone from now on."
	}
	return "React with " + UndoSign + " to undo it, " + WrongSign + " to undo it as a mistake of the protection, " + EscalateSign + " to go a step further, " + ExemptSign + " to undo it and leave them alone from now on."
}

// Found says what a protection has found. What is done about it is told in the same
// message; of what stands alone nothing is.
func (r *Report) Found(c action.Cause, line string, alone bool, now time.Time) {
	d := r.notices.decision(keyOf(action.Action{Verb: action.Redact, Cause: c}), c, now)
	d.tally.note(line)
	if alone {
		d.tally.idle = true
		r.notices.settle(&d.account)
	}
}

// note counts a finding. The same one is told once.
func (t *tally) note(line string) {
	switch {
	case slices.Contains(t.found, line):
	case len(t.found) < mostFound:
		t.found = append(t.found, line)
	default:
		t.unsaid++
	}
}

// alert says what a protection found.
func (t *tally) alert() string {
	if len(t.found) == 0 {
		return ""
	}
	said := "- " + strings.Join(t.found, "\n- ")
	if t.unsaid > 0 {
		said += "\n- and " + text.Count(t.unsaid, "more finding")
	}
	return said
}
