package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

const (
	// shadowGather is how long what a protection would do is gathered before it is first
	// told, and shadowPause how long then until it is told again.
	shadowGather = 10 * time.Second
	shadowPause  = 10 * time.Minute
	// mostShadowed bounds of how many users it is kept who they are.
	mostShadowed = 1000
)

// shadows are what protections in shadow would have done: of each protection one line, at
// once and then as a sum, however much it is.
type shadows struct {
	words words
	by    map[string]*shadow // by the name of a protection
}

// shadow is what one of them would have done since it was told last.
type shadow struct {
	tally tally
	users map[id.UserID]struct{}
	more  int // findings against users of whom there was no keeping count
	due   time.Time
	next  time.Time // when it may be told again
}

// Shadow notes what a protection that is in shadow would have done about a finding.
func (r *Report) Shadow(protection string, user id.UserID, would []action.Action, now time.Time) {
	r.shadows.add(protection, user, would, now)
}

func (s *shadows) add(protection string, user id.UserID, would []action.Action, now time.Time) {
	if len(would) == 0 {
		return
	}
	of := s.by[protection]
	if of == nil {
		of = &shadow{}
		s.by[protection] = of
	}
	if of.users == nil {
		of.users = map[id.UserID]struct{}{}
	}
	if of.due.IsZero() {
		of.due = later(now.Add(shadowGather), of.next)
	}
	if _, known := of.users[user]; !known && len(of.users) >= mostShadowed {
		of.more++
		return
	}
	of.users[user] = struct{}{}
	for _, a := range would {
		of.tally.add(action.Ending{Action: a, Fate: action.Would})
	}
}

// due is when there is something to tell; zero if nothing waits.
func (s *shadows) due() (at time.Time) {
	for _, of := range s.by {
		at = soonest(at, of.due)
	}
	return at
}

// overdue makes news of what waited for long enough.
func (s *shadows) overdue(news *news, now time.Time) {
	for _, name := range slices.Sorted(maps.Keys(s.by)) {
		of := s.by[name]
		if of.due.IsZero() || now.Before(of.due) {
			continue
		}
		news.put(item{text: s.words.shadow(name, of), rest: true})
		s.by[name] = &shadow{next: now.Add(shadowPause)}
	}
}

// shadow says what a protection would have done.
func (w words) shadow(protection string, of *shadow) string {
	said := w.sentences(&of.tally)
	if of.more > 0 {
		said = append(said, fmt.Sprintf("And %s.", text.Count(of.more, "more finding")))
	}
	said = append(said, fmt.Sprintf("%s is in shadow, so nothing was done. %s has it act.", text.Code(protection), text.Code("!forseti enable "+protection)))
	return strings.Join(said, " ")
}
