package community

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// An edit of a command that was not understood is obeyed, once and by who wrote it, about what
// that replied to and in its thread; an edit of any other is answered. That outlives a restart.
func TestEditsOfWhatWasNotUnderstood(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	loop := func() {
		go r.loop.Run(func() time.Duration { return time.Hour })
	}
	loop()
	r.loop.See(func() { r.world.SetModerator("@mod:hs", true); r.world.SetModerator("@other:hs", true) })
	n := 0
	var relates map[string]any // of the next message that is no edit
	write := func(user id.UserID, body string, edits id.EventID) (order store.Command) {
		t.Helper()
		n++
		text := map[string]any{"msgtype": "m.text", "body": body}
		if relates != nil && edits == "" {
			text["m.relates_to"], relates = relates, nil
		}
		if edits != "" {
			text = map[string]any{"msgtype": "m.text", "body": "* " + body, "m.new_content": text, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": string(edits)}}
		}
		evt := &event.Event{ID: id.EventID(fmt.Sprint("$", n)), RoomID: "!management:hs", Sender: user, Type: event.EventMessage, Content: event.Content{Raw: text}}
		var out store.Commit
		r.loop.See(func() { r.hearing.messages.takeWord(evt, &out); r.store(out) })
		if len(out.Commands) != 1 {
			t.Fatalf("%s: %d commands", body, len(out.Commands))
		}
		r.orders.carryOut(t.Context(), out.Commands[0])
		r.loop.See(func() {}) // what it posted is done
		return out.Commands[0]
	}
	obeyed := func(o store.Command) bool { return !strings.HasPrefix(o.Body, "\x00") }

	typo := write("@mod:hs", "!forseti statsu", "").Event
	if obeyed(write("@other:hs", "!forseti status", typo)) {
		t.Error("somebody else's edit is obeyed")
	}
	if o := write("@mod:hs", "!forseti match @x", typo); o.Body != "match @x" {
		t.Errorf("the edit is read as %q", o.Body)
	}
	if o := write("@mod:hs", "!forseti match @x:hs", typo); o.Body != "match @x:hs" {
		t.Errorf("the second edit is read as %q", o.Body)
	}
	if obeyed(write("@mod:hs", "!forseti match @y:hs", typo)) {
		t.Error("what was understood is obeyed again when it is edited")
	}
	if done := write("@mod:hs", "!forseti limits", "").Event; obeyed(write("@mod:hs", "!forseti rules", done)) {
		t.Error("an edit of a command that was done is obeyed")
	}
	if obeyed(write("@mod:hs", "!forseti rules", "$never")) {
		t.Error("an edit of what was no command is obeyed")
	}
	relates = map[string]any{"rel_type": "m.thread", "event_id": "$root", "m.in_reply_to": map[string]any{"event_id": "$spam"}}
	asked := write("@mod:hs", "!forseti warm spam", "").Event
	for _, body := range []string{"!forseti warm @x:hs", "!forseti ban spam"} {
		o := write("@mod:hs", body, asked)
		r.loop.See(func() {
			if root := r.speaker.threads.of(o.Event); root != "$root" {
				t.Errorf("%s is answered in %q", body, root)
			}
		})
		if body == "!forseti ban spam" && o.Body != "\x00reply $spam\x00ban spam" {
			t.Errorf("the edit of a reply is read as %q", o.Body)
		}
	}
	relates = map[string]any{"m.in_reply_to": map[string]any{"event_id": "$spam"}}
	lateReply := write("@mod:hs", "!forseti bna spam", "").Event
	late := write("@mod:hs", "!forseti banana", "").Event
	r.loop.See(func() { r.store(store.Commit{}) })
	r = newReader(t, kept, 0)
	loop()
	r.loop.See(func() { r.world.SetModerator("@mod:hs", true) })
	if !obeyed(write("@mod:hs", "!forseti limits", late)) {
		t.Error("after a restart the edit is not obeyed")
	}
	if o := write("@mod:hs", "!forseti ban spam", lateReply); o.Body != "\x00reply $spam\x00ban spam" {
		t.Errorf("after a restart the edit of a reply is read as %q", o.Body)
	}
}

func TestMisreadIsBounded(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	m := &r.speaker.misread
	for i := range 3 * mostMisread {
		command := id.EventID(fmt.Sprint("$", i))
		m.replies.note(command, "$spam")
		m.note(command, "@mod:hs", r.commits)
		if i%2 == 0 {
			m.mended(command, "$edit"+command, r.commits)
		}
	}
	if len(m.by) > mostMisread || len(m.order) != len(m.by) || len(m.edits) > mostMisread || len(m.replies.to) > mostMisread || len(m.replies.order) > mostMisread {
		t.Errorf("%d, %d and %d are remembered", len(m.by), len(m.order), len(m.edits))
	}
}
