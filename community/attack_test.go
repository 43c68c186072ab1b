package community_test

import (
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// content is what a room says of a kind.
func (f *fixture) content(room id.RoomID, kind string) (content map[string]any) {
	f.t.Helper()
	f.must(f.mod.StateEvent(f.t.Context(), room, event.NewEventType(kind), "", &content))
	return content
}

// reactTo reacts to the bot's message with some words, once the bot itself offers that.
func (f *fixture) reactTo(words, key string) {
	f.t.Helper()
	var to id.EventID
	f.eventually("offer "+key+" at "+words, func() bool {
		for _, m := range f.messages() {
			if strings.Contains(m.body, words) {
				to = m.id
			}
		}
		for _, evt := range f.timeline(f.management) {
			relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
			if evt.Type.Type == "m.reaction" && evt.Sender == f.bot.UserID && relates["key"] == key && relates["event_id"] == string(to) {
				return true
			}
		}
		return false
	})
	_, err := f.mod.SendReaction(f.t.Context(), f.management, to, key)
	f.must(err)
}

// A wave comes, a moderator answers it with one reaction, the bot ends in the middle of
// closing the rooms: in the end they are closed, newcomers write text only, and after it
// each room is exactly what it was, also if the bot ends in the middle of that.
func TestAttackByOneReaction(t *testing.T) {
	f := newFixture(t, 2)
	for i, room := range f.rooms {
		f.state(room, "m.room.join_rules", "", map[string]any{"join_rule": "public", "org.example.kept": fmt.Sprint("as it is ", i)})
	}
	found := []map[string]any{f.content(f.rooms[0], "m.room.join_rules"), f.content(f.rooms[1], "m.room.join_rules")}
	stopped := func(act func()) {
		t.Helper()
		gate := faults.NewGate()
		match := func(method, path string) bool {
			return method == http.MethodPut && strings.Contains(path, "/state/m.room.join_rules")
		}
		open := f.proxy.On(match, gate.Fault)
		act()
		select {
		case <-gate.Held():
		case <-time.After(patience):
			t.Fatal("there was nothing to stop in")
		}
		f.stopBot()
		open()
		f.start()
	}
	f.start()
	f.hear("Hello")
	f.say("!forseti enable join-wave")
	f.say("!forseti config set join-wave joins 3")
	f.hear("`joins`", "3")
	var came []*mautrix.Client
	for i := range 3 {
		came = append(came, f.member(fmt.Sprint("came", i)))
	}
	f.hear("a wave of joins has begun", "🚨")
	stopped(func() { f.reactTo("a wave of joins has begun", "🚨") })
	closed := func(rule string) func() bool {
		return func() bool {
			for _, room := range f.rooms {
				if f.content(room, "m.room.join_rules")["join_rule"] != rule {
					return false
				}
			}
			return true
		}
	}
	f.eventually("close the rooms", closed("knock"))
	if f.content(f.rooms[1], "m.room.join_rules")["org.example.kept"] != "as it is 1" {
		t.Error("what else the rule said is gone")
	}
	if _, err := f.server.Client(t, "late").JoinRoomByID(t.Context(), f.rooms[0]); err == nil {
		t.Error("a closed room was joined")
	}
	text, err := came[0].SendText(t.Context(), f.rooms[0], "is this the place to ask?")
	f.must(err)
	picture, err := came[1].SendMessageEvent(t.Context(), f.rooms[0], event.EventMessage, map[string]any{"msgtype": "m.image", "body": "a.png", "url": "mxc://hs/a"})
	f.must(err)
	link, err := came[1].SendText(t.Context(), f.rooms[1], "we have been talking for a while about https://coins.example/ where all get rich")
	f.must(err)
	f.removed(f.rooms[0], []id.EventID{picture.EventID})
	f.removed(f.rooms[1], []id.EventID{link.EventID})

	f.say("!forseti rooms remove " + string(f.rooms[1]) + " --no-confirm")
	f.eventually("open a room before it is let go", func() bool { return reflect.DeepEqual(f.content(f.rooms[1], "m.room.join_rules"), found[1]) })
	if rule := f.content(f.rooms[0], "m.room.join_rules")["join_rule"]; rule != "knock" {
		t.Errorf("with it another was opened: %v", rule)
	}
	stopped(func() { f.reactTo("a wave of joins has begun", "↩️") })
	f.eventually("open the rooms", closed("public"))
	for i, room := range f.rooms {
		if is := f.content(room, "m.room.join_rules"); !reflect.DeepEqual(is, found[i]) {
			t.Errorf("it was %v and is %v", found[i], is)
		}
	}
	again, err := came[1].SendMessageEvent(t.Context(), f.rooms[0], event.EventMessage, map[string]any{"msgtype": "m.image", "body": "a.png", "url": "mxc://hs/a"})
	f.must(err)
	f.settle()
	for _, evt := range f.timeline(f.rooms[0]) {
		if (evt.ID == again.EventID || evt.ID == text.EventID) && evt.Unsigned.RedactedBecause != nil {
			t.Errorf("%s was removed", evt.ID)
		}
	}
}
