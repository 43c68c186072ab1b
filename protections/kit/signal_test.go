package kit_test

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
)

// What an event says is read by package content; here it is only which of it a signal has.
func TestWhatASignalSays(t *testing.T) {
	evt := &event.Event{Type: event.EventMessage}
	evt.Content.VeryRaw = json.RawMessage(`{"msgtype":"m.text","body":"* new","m.new_content":{"msgtype":"m.notice","body":"new"},"m.relates_to":{"rel_type":"m.replace","event_id":"$old"}}`)
	in := kit.SaidBy(evt, kittest.Start)
	if in.Message.Edits() != "$old" || in.Message.Shown().String() != "new" || in.Message.MsgType() != "m.notice" || in.Encrypted || in.Sealed {
		t.Errorf("%+v", in.Message.Seen())
	}
	evt.Mautrix.WasEncrypted = true
	if in := kit.SaidBy(evt, kittest.Start); !in.Encrypted || in.Sealed {
		t.Error("what was said in secret")
	}
	evt = &event.Event{Type: event.EventEncrypted}
	evt.Content.VeryRaw = json.RawMessage(`{"algorithm":"x"}`)
	if in := kit.SaidBy(evt, kittest.Start); !in.Sealed || in.Message.Form() != content.Sealed {
		t.Error("what could not be read")
	}
	evt = &event.Event{Type: event.StateMember}
	evt.Content.VeryRaw = json.RawMessage(`{"membership":"join","displayname":"Alice"}`)
	if in := kit.ChangedBy(evt, rooms.Change{}, nil, kittest.Start); in.Message.Profile().Name != "Alice" {
		t.Errorf("%+v", in.Message.Profile())
	}
	if in := (kit.Signal{What: kit.Ticked}); in.Message.Shown().String() != "" {
		t.Error("a tick says something")
	}
}

// A change of state is told with what was before; that somebody joined is told as such.
func TestChanges(t *testing.T) {
	s := &sees{}
	var members []kit.Member
	var sizes []int
	s.check = func(in kit.Signal, room kit.View) []kit.Finding {
		members, sizes = append(members, room.Member(user)), append(sizes, room.Size())
		return nil
	}
	b := kittest.New(t, s.kind("sees"), nil)
	s.signals, members, sizes = nil, nil, nil
	b.State(user, "m.room.name", "", map[string]any{"name": "one"})
	b.State(user, "m.room.name", "", map[string]any{"name": "two"})
	b.Join(user)
	b.Say(user, "hello")
	b.Member(user, user, event.MembershipLeave)
	if len(s.signals) != 5 {
		t.Fatalf("%d signals", len(s.signals))
	}
	name, join, said, leave := s.signals[1], s.signals[2], s.signals[3], s.signals[4]
	if name.What != kit.Changed || string(name.Before) != `{"name":"one"}` || string(name.After) != `{"name":"two"}` || name.Change.Kind != rooms.Name {
		t.Errorf("name: %+v", name)
	}
	if join.What != kit.Joined || join.Change.User != user || sizes[2] != 3 {
		t.Errorf("join: %+v, size %d", join, sizes[2])
	}
	if said.What != kit.Said || members[3].Membership != event.MembershipJoin {
		t.Errorf("said by %+v", members[3])
	}
	if leave.What != kit.Changed || leave.Change.Before.Membership != event.MembershipJoin || members[4].Membership != event.MembershipLeave || !members[4].Joined.IsZero() {
		t.Errorf("leave: %+v, %+v", leave, members[4])
	}
}

func TestTheRoomIsSeen(t *testing.T) {
	s := &sees{}
	var seen kit.View
	s.check = func(_ kit.Signal, room kit.View) []kit.Finding { seen = room; return nil }
	b := kittest.New(t, s.kind("sees"), nil)
	b.Say(user, "hello")
	if seen.ID() != kittest.RoomID || seen.Kind() != "" || seen.Encrypted() || seen.Size() != 2 || seen.Member(kittest.Self).Level != 100 {
		t.Errorf("%q, %v, %d", seen.Kind(), seen.Encrypted(), seen.Size())
	}
	b.State(kittest.Owner, "m.room.encryption", "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	b.State(kittest.Owner, "m.room.create", "", map[string]any{"type": "m.space", "room_version": "11"})
	b.Say(user, "hello")
	if seen.Kind() != "m.space" || !seen.Encrypted() {
		t.Errorf("%q, %v", seen.Kind(), seen.Encrypted())
	}
	b.State(kittest.Owner, "m.room.create", "", map[string]any{"type": strings.Repeat("x", 1e5)})
	b.Say(user, "hello")
	if len(seen.Kind()) > 2000 {
		t.Error("a type of any length")
	}
}

func TestQuote(t *testing.T) {
	got := kit.Quote("[*click*](https://evil.example)\n# @room `x` " + strings.Repeat("long ", 1000))
	if strings.Contains(got, "\n") || len(got) > 1000 || !strings.HasPrefix(got, "`") {
		t.Errorf("%.300s", got)
	}
}

// Whatever a stranger sends, a signal can be made of it.
func FuzzSaidBy(f *testing.F) {
	f.Add("m.room.message", []byte(`{"msgtype":"m.image","body":"x","m.relates_to":{"rel_type":"m.replace"},"m.new_content":{"body":1}}`))
	f.Fuzz(func(t *testing.T, kind string, content []byte) {
		evt := &event.Event{ID: "$1", Sender: id.UserID(kind), Type: event.Type{Type: kind}}
		evt.Content.VeryRaw = content
		in := kit.SaidBy(evt, kittest.Start)
		in.CountsAsMessage()
		kit.Quote(in.Message.Shown().String())
	})
}
