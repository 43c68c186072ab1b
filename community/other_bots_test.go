package community

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/store"
)

// Who writes notices, or is called as bots are, is asked with "!help" and their own name; who
// they are outlives a restart.
func TestOtherBotsAreLeftTheirNames(t *testing.T) {
	kept := openStore(t)
	start := func() *reader {
		return newReader(t, kept, 0, func(o *Options) { o.Borrowed = grammar.Borrowed{Prefixes: []string{"draupnir"}} })
	}
	r, events := start(), 0
	join := func(user id.UserID, name, membership string) {
		content, _ := json.Marshal(map[string]string{"membership": membership, "displayname": name})
		evt := managed("m.room.member", string(user), string(content))
		events++
		evt.ID = id.EventID(fmt.Sprint("$state", events))
		var out store.Commit
		r.intake.takeState(evt, time.Now(), roles{management: true}, &out)
		r.store(out)
	}
	write := func(user id.UserID, kind, body string) bool {
		evt := &event.Event{ID: "$c", RoomID: "!management:hs", Sender: user, Type: event.EventMessage, Content: event.Content{Raw: map[string]any{"msgtype": kind, "body": body}}}
		var out store.Commit
		r.hearing.messages.takeWord(evt, &out)
		r.store(out)
		return len(out.Commands) > 0
	}
	hears := func(when string, want bool) {
		t.Helper()
		for _, body := range []string{"!help", "!draupnir status"} {
			if write("@mod:hs", "m.text", body) != want {
				t.Errorf("%s, %s is heard: %v", when, body, !want)
			}
		}
		if !write("@mod:hs", "m.text", "!forseti status") {
			t.Error("our own name is not heard")
		}
	}
	join("@mod:hs", "A Moderator", "join")
	hears("alone", true)
	join("@d:hs", "Draupnir", "join")
	hears("beside Draupnir by name", false)
	join("@d:hs", "Something", "join")
	hears("beside a member who was called so", true)
	write("@d:hs", "m.notice", "Hello")
	hears("beside who writes notices", false)
	r.commits.End(t.Context())
	r = start()
	hears("after a restart", false)
	join("@d:hs", "", "leave")
	hears("once they left", true)
	join("@weatherbot:hs", "", "join")
	hears("beside a bot", false)
}
