package community

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/store"
)

// What of a moderator's message is a command, whatever it is made of.
func TestOrder(t *testing.T) {
	c := New(Options{Store: &store.Store{}, Self: "@warden:ours.example", ManagementRoom: "!mods:ours.example"})
	for _, tc := range []struct{ content, want string }{
		{`{"msgtype":"m.text","body":"!mod status"}`, "status"},
		{`{"msgtype":"m.notice","body":"!mod status"}`, ""},
		{`{"msgtype":"m.emote","body":"!mod status"}`, ""},
		{`{"msgtype":["m.text"],"body":"!mod status"}`, ""},
		{`{"msgtype":"m.text","body":["!mod status"]}`, ""},
		{`{"msgtype":"m.text","body":"warden status","m.mentions":{"user_ids":["@warden:ours.example"]}}`, "status"},
		{`{"msgtype":"m.text","body":"warden status","m.mentions":{"user_ids":"@warden:ours.example"}}`, ""},
		{`{"msgtype":"m.text","body":"warden status","m.mentions":["@warden:ours.example"]}`, ""},
		{`{"msgtype":"m.text","body":"!mod status","formatted_body":{"a":1},"format":"org.matrix.custom.html"}`, "status"},
		{`{"msgtype":"m.text","body":"!mod status","formatted_body":"<code>!mod status</code>","format":"org.matrix.custom.html"}`, "\x00"},
		{`{"msgtype":"m.text","body":"!mod status","formatted_body":"<code>!mod status</code>","format":"text/plain"}`, "status"},
		{`{"msgtype":"m.text","body":"!mod status","formatted_body":"<code>!mod status</code>"}`, "status"},
		{`{"msgtype":"m.text","body":"> <@a:b> hi\n> there\n\n!mod status","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "status"},
		{`{"msgtype":"m.text","body":"> <@a:b> !mod status\n\nno","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, ""},
		{`{"msgtype":"m.text","body":"!mod status","m.relates_to":{"rel_type":"m.thread","event_id":"$e"}}`, "status"},
		{`{"msgtype":"m.text","body":"* !mod status","m.new_content":{"msgtype":"m.text","body":"!mod status"},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`, "\x00"},
		{`{"msgtype":"m.text","body":"!mod status","m.new_content":{"msgtype":"m.text","body":"fine"},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`, ""},
		{`{"msgtype":"m.text","body":"!mod status","m.new_content":7,"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`, ""},
		{`{"msgtype":"m.file","body":"!mod status","filename":"a.txt","url":"mxc://hs/1"}`, "status"},
		{`{"msgtype":"m.file","body":"!mod status","filename":"!mod status","url":"mxc://hs/1"}`, ""},
		{`{"msgtype":"m.file","body":"!mod status","url":"mxc://hs/1"}`, ""},
		{`{"msgtype":"m.file","body":"!mod status","filename":["a.txt"],"url":"mxc://hs/1"}`, ""},
		{`{"msgtype":"m.file","body":"!mod import","filename":"a.txt","url":"mxc://hs/1"}`, "\x00reply $c\x00import"},
		{`{"msgtype":"m.file","body":"!mod import","filename":"a.txt","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "\x00reply $c\x00import"},
		{`{"msgtype":"m.text","body":"!mod import","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "\x00reply $e\x00import"},
		{`{"msgtype":"m.image","body":"!mod status","filename":"a.png","url":"mxc://hs/1"}`, "status"},
		{`{"msgtype":"m.image","body":"!mod status","url":"mxc://hs/1"}`, ""},
		{`{"msgtype":"m.image","body":"!mod status","filename":"!mod status","url":"mxc://hs/1"}`, ""},
		{`{"msgtype":"m.text","body":"\u0000anything","m.relates_to":7}`, ""},
		{`{"msgtype":"m.text","body":"!mod \u0000anything"}`, "anything"},
	} {
		evt := &event.Event{ID: "$c", RoomID: "!mods:ours.example", Sender: "@mod:ours.example", Type: event.EventMessage}
		if err := json.Unmarshal([]byte(tc.content), &evt.Content); err != nil {
			t.Fatal(err)
		}
		order, ok := c.hearing.messages.order(evt)
		body := order.Body
		if strings.HasPrefix(body, "\x00") && !strings.HasPrefix(body, "\x00reply") {
			body = "\x00"
		}
		if inThread := strings.Contains(tc.content, `"m.thread","event_id":"$e"`); inThread != (c.speaker.threads.of("$c") == "$e") {
			t.Errorf("%s: thread %q", tc.content, c.speaker.threads.of("$c"))
		}
		c.speaker.threads = threads{}
		if body != tc.want || ok != (tc.want != "") {
			t.Errorf("%s: %q, %v; want %q", tc.content, order.Body, ok, tc.want)
		}
	}
}

// What is done with in a thread is told there after a restart too, and what is stored of
// threads has a bound.
func TestThreadsOutliveARestart(t *testing.T) {
	var before threads
	stored := map[id.EventID]id.EventID{}
	for i := range mostThreads + 10 {
		command := id.EventID(fmt.Sprint("$", i))
		fresh, forgotten := before.note(command, "$root")
		if again, _ := before.note(command, "$other"); !fresh || again {
			t.Fatalf("%s is noted twice", command)
		}
		stored[command] = "$root"
		delete(stored, forgotten)
	}
	if len(stored) != mostThreads {
		t.Errorf("%d are stored", len(stored))
	}
	var after threads
	for command, root := range stored {
		after.note(command, root)
	}
	if !maps.Equal(before.root, after.root) {
		t.Error("not the same after a restart")
	}
}

// How we are called is asked for by commands while the owner hears that it changes.
func TestOwnNameIsAskedForByCommands(t *testing.T) {
	c := New(Options{Store: &store.Store{}, Self: benchSelf, ManagementRoom: "!management:hs"})
	becomes := func(name string) {
		evt := stateEvent("!management:hs", "m.room.member", string(benchSelf), benchSelf, id.EventID("$"+name), json.RawMessage(`{"membership":"join","displayname":"`+name+`"}`))
		c.places.management.follow(c.places.management.room.take(benchSelf, evt, time.Unix(0, 0)))
	}
	becomes("Tyr")
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		for range 100 {
			c.orders.set.Plan(t.Context(), commands.Request{}, "help ban")
		}
	}()
	for i := range 100 {
		becomes(fmt.Sprint("Forseti ", i))
	}
	<-asked
	if got := c.places.management.displayName(); got != "Forseti 99" {
		t.Errorf("called %q", got)
	}
}
