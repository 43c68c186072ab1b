package echo

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestWrites(t *testing.T) {
	const us, them = id.UserID("@forseti:own.example"), id.UserID("@mod:own.example")
	began := time.Now()
	rule := func(sender id.UserID, evt id.EventID) *event.Event {
		return stateOf("!list", "m.policy.rule.user", "key", sender, evt, json.RawMessage(`{"entity":"@a:b"}`))
	}
	member := func(sender id.UserID, evt id.EventID, membership string) *event.Event {
		return stateOf("!room", "m.room.member", "@a:b", sender, evt, json.RawMessage(`{"membership":"`+membership+`"}`))
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
			{wrote: rule(us, "$1"), want: true}, {came: rule(them, "$2"), after: 2 * Wait},
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
		w := New(us)
		for i, s := range steps {
			switch {
			case s.wrote != nil:
				if got := w.Wrote(s.wrote, began); got != s.want {
					t.Errorf("%s: step %d: wrote %v", name, i, got)
				}
			default:
				if got := w.Overtakes(s.came, began.Add(s.after)); got != s.want {
					t.Errorf("%s: step %d: overtakes %v", name, i, got)
				}
			}
		}
		if len(w.open) > 0 {
			t.Errorf("%s: %d are still waited for", name, len(w.open))
		}
	}

	w := New(us)
	w.Wrote(rule(us, "$1"), began)
	w.Forget("!list")
	if w.Overtakes(rule(them, "$2"), began) {
		t.Error("a gap may have held the echo")
	}
	redaction := &event.Event{RoomID: "!list", Sender: them, Type: event.EventRedaction}
	if w.Overtakes(redaction, began) {
		t.Error("a redaction is no state")
	}
}

// A write that had no effect is found out by an event that was passed over for it.
func TestLapsed(t *testing.T) {
	const us = id.UserID("@forseti:own.example")
	began := time.Now()
	w := New(us)
	evt := stateOf("!room", "m.room.member", "@a:b", us, "", json.RawMessage(`{"membership":"leave"}`))
	for _, wrote := range []bool{false, true} {
		if wrote {
			w.Wrote(evt, began)
		}
		for after, want := range map[time.Duration]bool{0: false, Wait - 1: false, Wait: wrote} {
			if got := w.Lapsed(evt, began.Add(after)); got != want {
				t.Errorf("written: %v; after %s it has lapsed: %v", wrote, after, got)
			}
		}
	}
	if w.Lapsed(&event.Event{RoomID: "!room", Type: event.EventMessage}, began.Add(Wait)) {
		t.Error("a message is no state")
	}
}

func stateOf(room id.RoomID, kind, key string, sender id.UserID, evt id.EventID, content json.RawMessage) *event.Event {
	e := &event.Event{ID: evt, RoomID: room, Sender: sender, StateKey: &key, Type: event.Type{Type: kind, Class: event.StateEventType}}
	e.Content.VeryRaw = content
	_ = json.Unmarshal(content, &e.Content.Raw)
	return e
}
