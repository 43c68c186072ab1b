package community

import (
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// openCase has a command that acts on users, rules or rooms be a case, which is stored with its plan.
// It was given by one moderator, and decided by the one who said yes. False if we are stopping.
func (o *orders) openCase(r *recorded, by, decided id.UserID, with *store.Commit) bool {
	// What takes back a case belongs to that, and all of a message is one.
	if r.Plan.Command == "" || r.Plan.Undoes() {
		return true
	}
	changed := r.Plan.Changed()
	if r.Case > 0 {
		return len(changed) == 0 || o.loop.Do(o.loop.Context(), func() {
			if c := o.questions.alerts.appeals.cases.open[r.Case]; c != nil {
				c.said.Changed, c.touched = append(c.said.Changed, changed...), time.Now()
				with.Known.Cases = append(with.Known.Cases, c.row())
			}
		}) == nil
	}
	about, reason := r.Plan.About()
	of := store.Case{OpenedBy: by, Reason: reason}
	if len(about) == 1 && strings.HasPrefix(about[0], "@") && !strings.ContainsAny(about[0], "*?") {
		of.User, about = id.UserID(about[0]), nil
	}
	return o.loop.Do(o.loop.Context(), func() {
		c := o.questions.alerts.appeals.cases.begin(of, caseDetails{Command: r.Command, Did: r.Plan.Command, About: about, Changed: changed}, time.Now())
		c.DecidedBy, r.Case = decided, c.Number
		with.Known.Cases = append(with.Known.Cases, c.row())
	}) == nil
}

// numbered is an answer with the number of the case, in its last line if that is a sentence.
func numbered(answer string, n int64) string {
	if strings.HasSuffix(answer, ".") && !strings.Contains(answer, "\n") {
		return fmt.Sprintf("%s (Case %d.)", answer, n)
	}
	return fmt.Sprintf("%s\n\n(Case %d.)", answer, n)
}
