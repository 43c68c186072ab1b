package commands

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

func resolveCommands(d RoomDesk) []*command {
	return []*command{{
		name: "resolve", family: "Rooms", effect: looks,
		summary:  "show which room an address or a link leads to, and which servers are in it",
		params:   []param{{name: "room", doc: "an alias, an ID or a link", value: roomValue}},
		examples: []string{"resolve #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return resolve(ctx, c, d) },
	}}
}

func resolve(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	ref := arg[Ref](c, "room")
	room, servers := ref.Room, ref.Via
	written := string(room)
	if room == "" {
		written = string(ref.Alias)
		var err error
		if room, servers, err = d.Resolve(ctx, ref.Alias); err != nil {
			return Plan{}, err
		}
	}
	name, part := partOf(c, room)
	said := fmt.Sprintf("%s is %s, %s.", text.Code(written), c.roomLink(room, name), part)
	if id := string(room); id != written {
		said += fmt.Sprintf(" Its ID is %s.", text.Code(id))
	}
	switch {
	case len(servers) > 0:
		said = text.Paragraphs(said, fmt.Sprintf("It can be joined by way of %s.", text.Named(servers, 10)))
	case ref.Alias == "":
		said = text.Paragraphs(said, "An ID does not say which servers are in the room; an alias does, or a link with `via`.")
	}
	return Plan{Answer: said}, nil
}

// The parts that matter beyond words.
const (
	isProtected = "which I protect"
	noPart      = "a room that plays no part here"
)

// partOf says what a room is called, and which part it plays here.
func partOf(c *call, room id.RoomID) (name, part string) {
	for _, r := range c.names.Rooms() {
		if r.ID == room {
			return r.Name, isProtected
		}
	}
	for _, l := range c.watched() {
		if l.ID == room {
			return l.Name, "a list that I watch"
		}
	}
	if room == c.Room {
		return "this room", "where you moderate"
	}
	return "", noPart
}
