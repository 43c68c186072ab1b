package community_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// A space is protected with all that is in it by one invitation, and what comes in later too;
// what goes out of it stays protected, and moderators hear of both.
func TestSpaceIsProtected(t *testing.T) {
	f := newFixture(t, 1)
	made, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Our space", Preset: "private_chat", CreationContent: map[string]any{"type": "m.space"}})
	f.must(err)
	space := made.RoomID
	inSpace := func(name string) id.RoomID {
		t.Helper()
		made, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: name, Preset: "private_chat", RoomVersion: "10", InitialState: []*event.Event{{
			Type: event.StateJoinRules, StateKey: new(""),
			Content: event.Content{Raw: map[string]any{"join_rule": "restricted", "allow": []any{map[string]any{"type": "m.room_membership", "room_id": space}}}},
		}}})
		f.must(err)
		f.state(space, "m.space.child", made.RoomID.String(), map[string]any{"via": []string{f.mod.UserID.Homeserver()}})
		return made.RoomID
	}
	first := inSpace("First")
	f.start()
	_, err = f.mod.InviteUser(t.Context(), space, &mautrix.ReqInviteUser{UserID: f.bot.UserID})
	f.must(err)
	f.hear("invited me", "I would protect the space Our space and the 1 room in it")
	// It ends in the middle, and goes on where it was: once, with one answer.
	gate := faults.NewGate()
	open := f.proxy.On(faults.In(first.String(), func(_, path string) bool { return strings.Contains(path, "/join") }), gate.Fault)
	f.react("✅")
	select {
	case <-gate.Held():
	case <-time.After(patience):
		t.Fatal("there was nothing to stop in")
	}
	f.stopBot()
	open()
	f.start()
	f.hear("I need power there:", "First: 50 to", "/op "+f.bot.UserID.String()+" 100")
	protected := func(room id.RoomID) bool {
		rooms, _ := f.accountData("org.matrix.mjolnir.protected_rooms")["rooms"].([]any)
		return slices.Contains(rooms, any(room.String()))
	}
	for _, room := range []id.RoomID{space, first} {
		if !protected(room) {
			t.Errorf("%s is not protected", room)
		}
	}
	second := inSpace("Second")
	f.hear("Second came into the space Our space, so I protect it")
	if !protected(second) {
		t.Error("what came in is not protected")
	}
	made, err = f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Beside", Preset: "public_chat"})
	f.must(err)
	f.join(made.RoomID, f.bot)
	f.say("!forseti rooms add --all-joined")
	f.hear("I would protect 1 room that I am in", "Beside", "Protect them?")
	f.react("✅")
	f.eventually("a room beside it", func() bool { return protected(made.RoomID) })
	f.restart()
	f.state(space, "m.space.child", first.String(), map[string]any{})
	f.hear("First is not in the space Our space any more.", "Shall I stop protecting it")
	if !protected(first) || f.membership(first, f.bot.UserID) != event.MembershipJoin {
		t.Error("what went out is let go unasked")
	}
	f.react("✅")
	f.hear("No longer protecting First")
	if protected(first) {
		t.Error("a yes is none")
	}
	answers := 0
	for _, said := range f.heard() {
		if strings.Contains(said, "Protecting the space") && !strings.HasPrefix(said, "*") { // which is an edit
			answers++
		}
	}
	if answers != 1 {
		t.Errorf("%d answers", answers)
	}
	f.say("!forseti rooms remove " + space.String())
	f.hear("It is a space", "What is in it stays protected", "Second")
}
