package community

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestAhead(t *testing.T) {
	const us, them = id.UserID("@forseti:own.example"), id.UserID("@mod:own.example")
	began := time.Now()
	rule := func(sender id.UserID, evt id.EventID) *event.Event {
		return stateEvent("!list", "m.policy.rule.user", "key", sender, evt, json.RawMessage(`{"entity":"@a:b"}`))
	}
	member := func(sender id.UserID, evt id.EventID, membership string) *event.Event {
		return stateEvent("!room", "m.room.member", "@a:b", sender, evt, json.RawMessage(`{"membership":"`+membership+`"}`))
	}
	type step struct {
		wrote, came *event.Event
		after       time.Duration
		want        bool // of wrote: taken in; of came: overtaken
	}
	for name, steps := range map[string][]step{
		"one write and its echo": {
			{wrote: rule(us, "$1"), want: true}, {came: rule(us, "$1")}, {came: rule(them, "$2")},
		},
		"echoes in order": {
			{wrote: rule(us, "$1"), want: true}, {wrote: rule(us, "$2"), want: true},
			{came: rule(us, "$1"), want: true}, {came: rule(us, "$2")}, {came: rule(us, "$3")},
		},
		"an echo that was left out": {
			{wrote: rule(us, "$1"), want: true}, {wrote: rule(us, "$2"), want: true}, {came: rule(us, "$2")}, {came: rule(them, "$3")},
		},
		"others before our write": {
			{wrote: rule(us, "$2"), want: true}, {came: rule(them, "$1"), want: true}, {came: rule(us, "$2")}, {came: rule(them, "$3")},
		},
		"an echo faster than the answer": {
			{came: rule(us, "$1")}, {came: rule(them, "$2")}, {wrote: rule(us, "$1"), want: false}, {came: rule(them, "$3")},
		},
		"an echo that never comes": {
			{wrote: rule(us, "$1"), want: true}, {came: rule(them, "$2"), after: 2 * echoWait},
		},
		"a ban, its end and the ban again": {
			{wrote: member(us, "", "ban"), want: true}, {wrote: member(us, "", "leave"), want: true}, {wrote: member(us, "", "ban"), want: true},
			{came: member(us, "$1", "ban"), want: true}, {came: member(us, "$2", "leave"), want: true}, {came: member(us, "$3", "ban")},
			{came: member(them, "$4", "leave")},
		},
		"a join that our ban overtook": {
			{wrote: member(us, "", "ban"), want: true}, {came: member("@a:b", "$1", "join"), want: true}, {came: member(us, "$2", "ban")},
		},
	} {
		a := newAhead(us)
		for i, s := range steps {
			switch {
			case s.wrote != nil:
				if got := a.wrote(s.wrote, began); got != s.want {
					t.Errorf("%s: step %d: wrote %v", name, i, got)
				}
			default:
				if got := a.overtakes(s.came, began.Add(s.after)); got != s.want {
					t.Errorf("%s: step %d: overtakes %v", name, i, got)
				}
			}
		}
		if len(a.open) > 0 {
			t.Errorf("%s: %d are still waited for", name, len(a.open))
		}
	}

	a := newAhead(us)
	a.wrote(rule(us, "$1"), began)
	a.forget("!list")
	if a.overtakes(rule(them, "$2"), began) {
		t.Error("a gap may have held the echo")
	}
	redaction := &event.Event{RoomID: "!list", Sender: them, Type: event.EventRedaction}
	if a.overtakes(redaction, began) {
		t.Error("a redaction is no state")
	}
}

// An event that was passed over for a write of ours, which then turns out to have had
// no effect, is found by reading the room.
func TestAheadOfNothing(t *testing.T) {
	const us = id.UserID("@forseti:own.example")
	member := func(sender id.UserID, evt id.EventID, membership string) *event.Event {
		return stateEvent("!room", "m.room.member", "@a:b", sender, evt, json.RawMessage(`{"membership":"`+membership+`"}`))
	}
	for name, echoed := range map[string]bool{"echo": true, "no echo": false} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Options{Self: us})
			ctx, stop := context.WithCancel(t.Context())
			c.ctx = ctx
			reading := &look{}
			c.looks["!room"] = reading
			c.ahead.wrote(member(us, "", "leave"), time.Now())
			if !c.behind(member("@a:b", "$1", "join"), time.Now()) {
				t.Errorf("%s: the join came before our write", name)
			}
			if echoed && c.behind(member(us, "$2", "leave"), time.Now()) {
				t.Errorf("%s: the echo is behind itself", name)
			}
			began := time.Now()
			(<-c.inbox)()
			if reading.again == echoed || time.Since(began) != echoWait {
				t.Errorf("%s: read again: %v, after %s", name, reading.again, time.Since(began))
			}
			stop()
			c.workers.Wait()
		})
	}
}
