package community

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
)

// fragile breaks on some messages, and finds all others.
type fragile struct{}

func (fragile) Check(in kit.Signal, _ kit.View) []kit.Finding {
	body := in.Message.Shown().String()
	if strings.Contains(body, "boom") {
		panic("a bug")
	}
	return []kit.Finding{{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Light, Why: "wrote"}}
}

// A protection that panics costs one event, for it alone, and is told once; it goes on, and so do the others.
func TestProtectionThatPanics(t *testing.T) {
	c := governed(t, allPower)
	now := time.Unix(1000, 0)
	kinds := map[string]kit.Kind{}
	for _, name := range []string{"fragile", "flooding"} {
		kinds[name] = kit.Kind{Name: name, Summary: "x", New: func(*kit.Given) kit.Protection {
			if name == "fragile" {
				return fragile{}
			}
			return sturdy{}
		}}
		c.protectors.set.Use(kinds[name], kit.Standing{Mode: kit.On})
	}
	told := 0
	for n := range 20 {
		body := fmt.Sprint("hello ", n)
		if n%2 == 1 {
			body = fmt.Sprint("boom ", n)
		}
		now = now.Add(time.Hour)
		evt := uttered(benchRoom, id.EventID(fmt.Sprint("$", n)), id.UserID(fmt.Sprint("@u", n, ":hs")), body)
		c.happens(evt.Sender, "m.room.member", string(evt.Sender), `{"membership":"join"}`)
		by := map[string]int{}
		for _, a := range c.protectors.said(evt, now, false, false).actions {
			if a.Verb == action.Redact && a.Event == evt.ID {
				by[a.Cause.Protection]++
			}
		}
		if by["flooding"] != 1 || (by["fragile"] == 1) != (n%2 == 0) {
			t.Errorf("message %d: %v", n, by)
		}
		for _, s := range c.speaker.report.Speak(now.Add(time.Minute)) {
			if strings.Contains(s.Message.Markdown, "failed on an event") {
				told++
			}
			c.speaker.report.Posted(s.Name, "$said", now)
		}
	}
	if told != 1 || !slices.ContainsFunc(c.speaker.report.Problems.All(), func(s string) bool { return strings.Contains(s, "`fragile` failed on an event") }) {
		t.Errorf("told %d times: %v", told, c.speaker.report.Problems.All())
	}
	c.protectors.stand.change(kinds["fragile"], kit.Standing{Mode: kit.On})
	if all := c.speaker.report.Problems.All(); len(all) != 0 {
		t.Errorf("somebody has looked at it, and it stands: %v", all)
	}
}

type sturdy struct{}

func (sturdy) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if in.What != kit.Said || in.Event.Type != event.EventMessage {
		return nil
	}
	return []kit.Finding{{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Light, Why: "wrote"}}
}
