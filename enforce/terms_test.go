package enforce

import (
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Only rules that we wrote and that stand as we wrote them end by themselves.
func TestTerms(t *testing.T) {
	const list, self = id.RoomID("!list:hs"), id.UserID("@bot:hs")
	w := NewWorld(self, Settings{})
	write := func(by id.UserID, key, evt, content string) {
		e := &event.Event{ID: id.EventID(evt), RoomID: list, Sender: by, StateKey: &key, Type: event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}}
		e.Content.VeryRaw = []byte(content)
		w.ApplyRule(list, e)
	}
	over := func(at int64) (events []string) {
		rules, _ := w.Terms.Over(time.UnixMilli(at))
		for _, r := range rules {
			events = append(events, string(r.Event))
		}
		slices.Sort(events)
		return events
	}
	const ban = `{"entity":"@a:hs","recommendation":"m.ban","org.forseti.until":`
	write(self, "1", "$1", ban+`1000}`)
	write(self, "2", "$2", ban+`3000}`)
	write("@mod:hs", "3", "$3", ban+`1000}`)
	for n, odd := range []string{`"1000"`, `-5`, `1e3`, `null`, `{}`, `99999999999999999999`, `0`, `1000.5`} {
		write(self, "odd"+string(rune('a'+n)), "$odd", ban+odd+`}`)
	}
	if got := over(999); got != nil {
		t.Errorf("too early: %v", got)
	}
	if _, next := w.Terms.Over(time.UnixMilli(999)); next.UnixMilli() != 1000 {
		t.Errorf("next %s", next)
	}
	if got := over(1_000_000); !slices.Equal(got, []string{"$1", "$2"}) {
		t.Errorf("over: %v", got)
	}
	write("@mod:hs", "1", "$edited", ban+`1000}`) // theirs now
	write(self, "2", "$good", `{"entity":"@a:hs","recommendation":"m.ban"}`)
	if got := over(1_000_000); got != nil {
		t.Errorf("changed since: %v", got)
	}
	write(self, "2", "$again", ban+`1000}`)
	w.DropRules(list)
	if got := over(1_000_000); got != nil {
		t.Errorf("not watched any more: %v", got)
	}
}
