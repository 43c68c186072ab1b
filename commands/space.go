package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// SpaceDesk looks at spaces.
type SpaceDesk interface {
	// Space gives the rooms that a space shows, and that spaces in it show, without itself;
	// false if the room is none, or if nobody can tell.
	Space(ctx context.Context, room id.RoomID) (Space, bool)
	// Joined gives the rooms that we are in and do not protect, with no direct chats and no
	// lists among them; most are no more than one command takes in.
	Joined(ctx context.Context, most int) ([]SpaceRoom, error)
}

// Space is a space as it may be protected with all that is in it.
type Space struct {
	Name     string
	Rooms    []SpaceRoom
	Followed bool // rooms that come into it are protected already
}

// SpaceRoom is a room that a space shows.
type SpaceRoom struct {
	Room   id.RoomID   `json:"room"`
	Name   string      `json:"name,omitempty"`
	Via    []string    `json:"via,omitempty"`
	In     []id.RoomID `json:"in,omitempty"` // the spaces that show it
	Space  bool        `json:"space,omitempty"`
	Joined int         `json:"-"`
	Unseen bool        `json:"-"` // nothing is known of it
}

// mostOfSpace is how many rooms one command takes in.
const mostOfSpace = 100

// spaceAdd is the plan to protect a space with all that is in it.
func spaceAdd(c *call, r Place, space Space) (Plan, error) {
	if len(space.Rooms) > mostOfSpace {
		return Plan{}, refuse("The space %s shows %s, and I take in %d at once. Add the spaces in it one by one, or its rooms.", c.roomLink(r.ID, space.Name), text.Count(len(space.Rooms), "room"), mostOfSpace)
	}
	protected := map[id.RoomID]bool{}
	for _, room := range c.names.Rooms() {
		protected[room.ID] = !room.Out
	}
	var fresh []string
	for _, room := range space.Rooms {
		if protected[room.Room] {
			continue
		}
		line := c.roomLink(room.Room, room.Name)
		switch {
		case room.Unseen:
			line += ", of which I see nothing yet"
		case room.Space:
			line += ", a space"
		default:
			line += ", " + text.Count(room.Joined, "member")
		}
		fresh = append(fresh, line)
	}
	link := c.roomLink(r.ID, space.Name)
	if space.Followed && len(fresh) == 0 && protected[r.ID] {
		return says("I protect the space %s already, with all that is in it: %s.", link, text.Count(len(space.Rooms), "room")), nil
	}
	what := fmt.Sprintf("the space %s and the %s in it", link, text.Count(len(space.Rooms), "room"))
	then := "Rooms that come into it I protect from then on and tell you; of one that goes out of it I ask you, and go on protecting it until you say otherwise. Who may put rooms into the space thereby decides where I go."
	p := Plan{
		Effect: text.Paragraphs(fmt.Sprintf("I would protect %s.", what)+ifAny(" New are:", fresh), then),
		Ask:    "Protect all of it?",
		Answer: fmt.Sprintf("Protecting %s, and rooms that come into it. What is missing where, I say in a moment.", what),
	}
	raw, _ := json.Marshal(space.Rooms) // of plain values, which always works
	p.change(Change{Kind: FollowSpace, Room: r.ID, Via: r.Via, Value: string(raw)}, "")
	return p, nil
}

// spaceLeft says what it means for the rooms in a space that it is protected no more.
func spaceLeft(c *call, space Space) string {
	var stay []string
	for _, room := range c.names.Rooms() {
		if slices.ContainsFunc(space.Rooms, func(in SpaceRoom) bool { return in.Room == room.ID }) {
			stay = append(stay, c.roomLink(room.ID, room.Name))
		}
	}
	said := "It is a space: what comes into it from now on I do not protect by myself."
	if len(stay) > 0 {
		said += fmt.Sprintf(" What is in it stays protected, each until `!forseti rooms remove`: %s.", text.NamedSome(stay, mostNames))
	}
	return said
}

// joinedAdd is the plan to protect all rooms that we are in.
func joinedAdd(ctx context.Context, c *call, d SpaceDesk) (Plan, error) {
	all, err := d.Joined(ctx, mostOfSpace)
	switch {
	case err != nil:
		return Plan{}, err
	case len(all) == 0:
		return says("I protect every room that I am in, but for this one, lists and direct chats."), nil
	}
	shown := make([]string, len(all))
	for i, room := range all {
		shown[i] = c.roomLink(room.Room, room.Name)
	}
	p := Plan{
		Effect: fmt.Sprintf("I would protect %s that I am in:%s", text.Count(len(all), "room"), listing(shown, "")),
		Ask:    "Protect them?",
		Answer: fmt.Sprintf("Protecting %s that I am in. What is missing where, I say in a moment.", text.Count(len(all), "room")),
	}
	raw, _ := json.Marshal(all) // of plain values, which always works
	p.change(Change{Kind: FollowSpace, Value: string(raw)}, "")
	return p, nil
}

func ifAny(head string, lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return head + listing(lines, "")
}
