package report

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// decision is what one cause led to, in all rooms, so that one sentence tells of it and not one for each user and room.
type decision struct {
	account
	key   decisionKey
	cause action.Cause
	began time.Time
	times int // that something was told of it
	ready bool
	grave bool // what was found is more than a note
	over  bool
}

// decisionKey tells decisions apart: what one rule, one offence or one command wanted that was no part of a reply. All
// ACLs of a burst are one.
type decisionKey struct {
	kind       action.CauseKind
	event      id.EventID
	direction  action.Direction
	protection string // all that one finds in a burst is one
	sent       string // the message of before a restart that may tell of it already
}

var aclKey = decisionKey{kind: action.ByForseti}

func keyOf(a action.Action) decisionKey {
	if a.Verb == action.SetACL {
		return aclKey
	}
	direction := a.Verb.Row().Direction
	if direction != action.Loosens {
		direction = action.Tightens
	}
	if a.Cause.Kind == action.ByProtection {
		return decisionKey{kind: a.Cause.Kind, direction: direction, protection: a.Cause.Protection}
	}
	return decisionKey{kind: a.Cause.Kind, event: eventOf(a.Cause), direction: direction}
}

func eventOf(c action.Cause) id.EventID {
	if c.Kind == action.ByRule {
		return c.Rule
	}
	return c.Event
}

// pace spaces digests: what comes alone is said at once; in a wave they come ever more rarely and say more each.
type pace struct {
	at    time.Time // of the latest
	pause time.Duration
}

const (
	shortPause = 2 * time.Second
	longPause  = 15 * time.Second
)

func (p *pace) spoke(now time.Time) {
	if now.Sub(p.next(longPause)) > longPause {
		p.pause = shortPause
	} else {
		p.pause = min(max(2*p.pause, shortPause), longPause)
	}
	p.at = now
}

// next is when the next may be said, if it waits for no longer than that.
func (p *pace) next(longest time.Duration) time.Time { return p.at.Add(min(p.pause, longest)) }
