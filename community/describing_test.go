package community

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/enforce"
)

// What is new, changed or gone is told, once, and what is refused for good is not asked again.
func TestClientsAreToldOfCommands(t *testing.T) {
	all := []commands.Description{{Command: "ban", Content: json.RawMessage(`{"a":1}`)}, {Command: "kick", Content: json.RawMessage(`{"b":1}`)}}
	rooms := []id.RoomID{"!lobby:hs"}
	d := &describing{
		commits: commits.New(nil, nil, zerolog.Nop()), self: "@bot:hs", room: "!management:hs", every: time.Second,
		all: func() []commands.Description { return all }, rooms: func() []id.RoomID { return rooms }, free: func() bool { return true }, told: map[string]string{},
	}
	// tell goes through all that is to be told, each of which is done.
	tell := func() (names []string) {
		for range 20 {
			one, hash, ok := d.next()
			if !ok {
				return names
			}
			if command := (&cmdschema.EventContent{Command: one.name}).StateKey(d.self); one.state.Type == describedState && one.state.Key != command {
				t.Errorf("%s has the key %s and not %s", one.name, one.state.Key, command)
			}
			names = append(names, one.name+" "+string(one.state.Content)[:2])
			d.ended(one.name, hash, enforce.Attempt{})
		}
		t.Fatal("there is no end to what is told")
		return nil
	}
	if got := tell(); len(got) != 4 {
		t.Errorf("told at first: %q", got)
	}
	if got := tell(); len(got) != 0 {
		t.Errorf("told again: %q", got)
	}
	all[0].Content = json.RawMessage(`{"a":2}`)
	all = all[:1]
	rooms = append(rooms, "!other:hs")
	if got := tell(); len(got) != 3 || got[2] != "kick {}" {
		t.Errorf("told of what changed: %q", got)
	}
	d.ended("ban", "", enforce.Attempt{Failure: &action.Failure{Kind: action.RateLimited, RetryAfter: time.Minute, Err: errors.New("slow")}})
	if wait := time.Until(d.due()); wait < 30*time.Second {
		t.Errorf("tried again after %s", wait)
	}
	d.ended("ban", "", enforce.Attempt{Failure: &action.Failure{Kind: action.Forbidden, Err: errors.New("no")}})
	if !d.due().IsZero() {
		t.Error("what was refused is tried again")
	}
	if (&describing{}).due() != (time.Time{}) {
		t.Error("told although nobody wants it")
	}
}
