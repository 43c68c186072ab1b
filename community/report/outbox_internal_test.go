package report

import (
	"fmt"
	"testing"
	"time"

	"forseti/action"
)

var midnight = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// One message is under way at a time, is sent again only once it may be, and only its own end ends it.
func TestOutboxSendsOneAtATime(t *testing.T) {
	o, turn := outbox{}, uint64(0)
	next := func() uint64 { turn++; return turn }
	o.say(Speech{Name: "a", Message: action.Message{Markdown: "A"}}, next)
	o.say(Speech{Name: "b", Message: action.Message{Markdown: "B"}}, next)
	if got := o.send(o.next(midnight)); len(got) != 1 || got[0].Name != "a" || !o.busy() {
		t.Fatalf("sent %v", got)
	}
	if got := o.again(midnight); got != nil || !o.due(midnight).IsZero() {
		t.Errorf("sent again before anything is known of it: %v", got)
	}
	o.failed("b", midnight)
	if got := o.again(midnight); got != nil {
		t.Errorf("another's failure has it sent again: %v", got)
	}
	o.failed("a", midnight.Add(time.Second))
	if got := o.again(midnight); got != nil || o.due(midnight) != midnight.Add(time.Second) {
		t.Errorf("sent again too early: %v; due %v", got, o.due(midnight))
	}
	if got := o.again(midnight.Add(time.Second)); len(got) != 1 || got[0].Name != "a" {
		t.Errorf("not sent again: %v", got)
	}
	if got := o.again(midnight.Add(time.Hour)); got != nil {
		t.Errorf("sent again while it is under way again: %v", got)
	}
	if o.landed("b") != nil || !o.busy() {
		t.Error("another's end ended it")
	}
	if f := o.landed("a"); f == nil || o.busy() {
		t.Error("its end did not end it")
	}
}

// A message that finds no place takes no turn, so that nothing else waits behind it.
func TestOutboxIsBounded(t *testing.T) {
	o, turn := outbox{}, uint64(0)
	for i := range mostSaid + 5 {
		if got := o.say(Speech{Name: fmt.Sprint(i), Message: action.Message{}}, func() uint64 { turn++; return turn }); got != (i < mostSaid) {
			t.Fatalf("message %d: %t", i, got)
		}
	}
	if turn != mostSaid {
		t.Errorf("%d turns", turn)
	}
	early, late := &answer{turn: 0}, &answer{turn: 2}
	if o.before(early, midnight) || !o.before(late, midnight) || !o.before(nil, midnight) || (&outbox{}).before(nil, midnight) {
		t.Error("in another order than that of turns")
	}
}

// When nothing can be said in secret, only what may be said in clear is kept.
func TestOutboxDropsSecrets(t *testing.T) {
	o := outbox{}
	turn := func() uint64 { return 1 }
	o.say(Speech{Name: "a", Message: action.Message{Markdown: "secret"}}, turn)
	o.say(Speech{Name: "b", Message: action.Message{Markdown: "alarm", Clear: true}}, turn)
	o.say(Speech{Name: "c", Message: action.Message{Markdown: "secret"}}, turn)
	if o.clear(midnight) != nil {
		t.Error("a secret is said in clear")
	}
	o.send(o.next(midnight))
	o.drop()
	if o.busy() || len(o.said) != 1 {
		t.Errorf("kept %v", o.said)
	}
	o.send(o.clear(midnight))
	o.drop()
	if !o.busy() || o.waits(midnight) {
		t.Error("the alarm is dropped")
	}
}

// A message that could not be sent has no event, and what was sent first stays the one that is edited.
func TestPosting(t *testing.T) {
	var p posting
	p.note("first", "$1", midnight)
	p.note("second", "$2", midnight.Add(time.Minute))
	if want := (posting{true, "$1", "second", midnight.Add(time.Minute)}); p != want {
		t.Errorf("%v, want %v", p, want)
	}
}
