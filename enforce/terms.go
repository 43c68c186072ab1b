package enforce

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// Terms are the rules of ours that are meant for a time. What others write is theirs to
// take away.
type Terms struct {
	self  id.UserID
	rules map[Slot]policy.Rule
}

func newTerms(self id.UserID) *Terms { return &Terms{self, map[Slot]policy.Rule{}} }

// note takes in a change of what lists say. A rule that somebody has changed since is not
// as we wrote it, and so not ours to end.
func (t *Terms) note(d policy.Delta) {
	for _, r := range d.Removed {
		delete(t.rules, slotOf(r))
	}
	for _, r := range d.Added {
		if r.Until > 0 && r.Sender == t.self {
			t.rules[slotOf(r)] = r
		}
	}
}

// Over gives the rules whose time is over, and when that is so of the next; a zero time if
// there is none.
func (t *Terms) Over(now time.Time) (over []policy.Rule, next time.Time) {
	for _, r := range t.rules {
		switch at := time.UnixMilli(r.Until); {
		case !at.After(now):
			over = append(over, r)
		case next.IsZero() || at.Before(next):
			next = at
		}
	}
	return over, next
}
