package commands

import (
	"context"
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
)

// spaceFake knows a few spaces.
type spaceFake struct{}

func (spaceFake) Space(_ context.Context, room id.RoomID) (s Space, is bool) {
	switch room {
	case "!space:ours.example":
		return Space{Name: "Our *space*", Rooms: []SpaceRoom{
			{Room: "!lobby:ours.example", Name: "Lobby", In: []id.RoomID{room}},
			{Room: "!sub:ours.example", Name: "Sub", Space: true, In: []id.RoomID{room}},
			{Room: "!new:ours.example", Name: "New", Joined: 7, Via: []string{"a.example"}, In: []id.RoomID{"!sub:ours.example"}},
			{Room: "!hidden:ours.example", Unseen: true, In: []id.RoomID{room}},
		}}, true
	case "!lobby2:ours.example":
		return Space{}, false
	case "!vast:ours.example":
		for i := range mostOfSpace + 1 {
			s.Rooms = append(s.Rooms, SpaceRoom{Room: id.RoomID(fmt.Sprintf("!r%d:x", i))})
		}
		return s, true
	case "!dev:ours.example":
		return Space{Name: "Dev", Followed: true, Rooms: []SpaceRoom{{Room: "!lobby:ours.example"}}}, true
	}
	return Space{}, false
}

func (spaceFake) Joined(_ context.Context, most int) ([]SpaceRoom, error) {
	return []SpaceRoom{{Room: "!new:hs", Name: "New *one*"}, {Room: "!other:hs"}}, nil
}

func TestAddAllThatIsJoined(t *testing.T) {
	expect(t, newWorld(), "rooms add --all-joined", nil, "I would protect 2 rooms that I am in:\n- [New \\*one\\*]", "Protect them?")
	expect(t, newWorld(), "rooms add --all-joined --no-confirm", []string{`space [{"room":"!new:hs","name":"New *one*"},{"room":"!other:hs"}]`}, "Protecting 2 rooms")
	expect(t, newWorld(), "rooms add --all-joined #lobby:ours.example", nil, "and not both")
	expect(t, newWorld(), "rooms add", nil, "Which room?", "Usage")
}

// What is in a space that is let go stays protected, and is named.
func TestRemoveASpace(t *testing.T) {
	expect(t, newWorld(), "rooms remove !dev:ours.example", nil, "I would stop protecting [Dev", "It is a space: what comes into it from now on I do not protect", "each until `!forseti rooms remove`: [Lobby]", "Stop protecting it?")
	expect(t, newWorld(), "rooms remove !dev:ours.example --no-confirm", []string{"unprotect !dev:ours.example"}, "No longer protecting [Dev", "stays protected", "[Lobby]")
	expect(t, newWorld(), "rooms remove #lobby:ours.example", nil, "!!It is a space")
}

func TestAddASpace(t *testing.T) {
	expect(t, newWorld(), "rooms add !space:ours.example", nil, "I would protect the space [Our \\*space\\*]", "and the 4 rooms in it. New are:\n- [Sub]", ", a space\n- [New]", ", 7 members\n- [", "of which I see nothing yet", "!![Lobby]", "decides where I go", "Protect all of it?")
	expect(t, newWorld(), "rooms add !space:ours.example --no-confirm", []string{`space !space:ours.example [{"room":"!lobby:ours.example","name":"Lobby","in":["!space:ours.example"]},{"room":"!sub:ours.example","name":"Sub","in":["!space:ours.example"],"space":true},{"room":"!new:ours.example","name":"New","via":["a.example"],"in":["!sub:ours.example"]},{"room":"!hidden:ours.example","in":["!space:ours.example"]}]`}, "Protecting the space")
	expect(t, newWorld(), "rooms add !vast:ours.example", nil, "shows 101 rooms, and I take in 100 at once")
	expect(t, newWorld(), "rooms add !dev:ours.example", nil, "I protect the space [Dev]", "already, with all that is in it: 1 room.")
}
