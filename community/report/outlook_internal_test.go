package report

import (
	"testing"
	"time"

	"forseti/action"
)

func wanted(n int) *ledger {
	l, by := newLedger(), newAccount()
	for range n {
		l.add(work{verb: action.Ban, room: "!a"}, &by, false)
	}
	return l
}

// How long it takes follows from what went through lately, and before that is known from the homeserver's word.
func TestHowLong(t *testing.T) {
	o := &outlook{work: wanted(60)}
	if got := o.howLong(midnight); got != "" {
		t.Errorf("nothing is known, and it is%s", got)
	}
	o.limited(nil, midnight.Add(2*time.Second), midnight)
	if got := o.howLong(midnight); got != ", about 2 minutes" {
		t.Errorf("by the homeserver's word it is%s", got)
	}
	at := midnight
	for range 10 {
		at = at.Add(10 * time.Second)
		o.did(action.Ban, at)
	}
	if got := o.howLong(at); got != ", about 9 minutes" {
		t.Errorf("one in ten seconds; for 60 it is%s", got)
	}
	o.turnDry(true)
	o.turnDry(false)
	if got := o.howLong(at); got != ", about 2 minutes" {
		t.Errorf("after a dry run it is%s", got)
	}
	o.work = newLedger()
	if got := o.howLong(at); got != "" {
		t.Errorf("for nothing it is%s", got)
	}
}

// Limits are over when nothing waits, when the homeserver has not refused for a while, or when a dry run makes them be
// of no matter; never before the time that it asked for.
func TestLimitsEnd(t *testing.T) {
	until := midnight.Add(5 * time.Second)
	for name, tt := range map[string]struct {
		left int
		dry  bool
		at   time.Time
		over bool
	}{
		"while it asks to wait":   {0, true, until.Add(-1), false},
		"nothing waits":           {0, false, until, true},
		"something waits":         {1, false, until, false},
		"within a minute":         {1, false, midnight.Add(limitOver - 1), false},
		"a minute after":          {1, false, midnight.Add(limitOver), true},
		"something waits for dry": {1, true, until, true},
	} {
		o := &outlook{work: wanted(tt.left), dry: tt.dry}
		if o.over(until) {
			t.Fatal("over before it began")
		}
		o.limited(nil, until, midnight)
		if got := o.over(tt.at); got != tt.over {
			t.Errorf("%s: over %t", name, got)
		}
	}
}

// The pause between edits follows how long the homeserver asks us to wait, within bounds.
func TestPauseOfEdits(t *testing.T) {
	o := &outlook{work: wanted(1)}
	if got := o.pauseOfEdits(); got != editPause || o.pauseOfAlerts() != editPause {
		t.Errorf("without limits: %s, and %s of what was found", got, o.pauseOfAlerts())
	}
	for asked, want := range map[time.Duration]time.Duration{
		time.Millisecond: leastLimitWait, 3 * time.Second: 30 * time.Second, time.Hour: mostLimitWait,
	} {
		o.limited(nil, midnight.Add(asked), midnight)
		if got := o.limit.pause(); got != want || o.pauseOfEdits() != 2*want || o.pauseOfAlerts() != longPause {
			t.Errorf("asked to wait for %s: %s, and %s of a reply", asked, got, o.pauseOfEdits())
		}
	}
}

// What was done counts for the time in which it was, and what is over for long says nothing.
func TestLately(t *testing.T) {
	var l lately
	for i := range 3 {
		if got := l.rate(midnight); (got > 0) != (i > 2) {
			t.Errorf("of %d: %f", i, got)
		}
		l.add(midnight)
	}
	if got := l.rate(midnight.Add(10 * time.Second)); got != 0.3 {
		t.Errorf("3 in ten seconds: %f", got)
	}
	if got := l.rate(midnight.Add(time.Minute)); got != 0.05 {
		t.Errorf("3 in a minute: %f", got)
	}
	if got := l.rate(midnight.Add(time.Hour)); got != 0 {
		t.Errorf("an hour later: %f", got)
	}
}

// That the limits are over is said then, however long the pause between edits is; and of what is over nobody is told first.
func TestLimitsAreDue(t *testing.T) {
	o := &outlook{work: wanted(1)}
	o.limited(nil, midnight.Add(5*time.Second), midnight)
	if !o.first(midnight.Add(limitOver-1)) || o.first(midnight.Add(limitOver)) {
		t.Error("told first when it is over, or not before")
	}
	o.posted(&flight{limit: true}, "$limit", midnight)
	o.limit.message.next = midnight.Add(2 * limitOver)
	if due := o.due(midnight); due != midnight.Add(limitOver) || o.edit(due.Add(-1)) != nil || o.edit(due) == nil {
		t.Errorf("due at %s", due)
	}
	o.work = wanted(0)
	if due := o.due(midnight); due != midnight.Add(5*time.Second) {
		t.Errorf("due at %s once nothing waits", due)
	}
	o.limited(nil, time.Time{}, midnight)
	if due := o.due(midnight); due != midnight {
		t.Errorf("due at %s if it is over at once", due)
	}
}
