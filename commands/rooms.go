package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// RoomDesk is what the commands about rooms ask.
type RoomDesk interface {
	// Find finds the room that a moderator means.
	Find(ctx context.Context, r Ref) (Place, error)
	// Leads gives the room that an alias leads to, "" if it leads nowhere.
	Leads(ctx context.Context, alias id.RoomAlias) (id.RoomID, error)
	// Listed tells whether our homeserver shows a room to whoever looks for rooms.
	Listed(ctx context.Context, room id.RoomID) (bool, error)
	// Resolve gives the room of an alias, and the servers that are in it, as the alias's
	// own server says.
	Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error)
}

// Place is a room that may be protected.
type Place struct {
	Room
	Via       []string
	Protected bool
}

func roomCommands(d RoomDesk, s SpaceDesk, p ProtectionDesk) []*command {
	room := []param{{name: "room", doc: "a room's ID, alias or link, or several", value: roomValue, several: true}}
	orAll := []param{{name: "room", optional: true, doc: "a room's ID, alias or link, or several", value: roomValue, several: true}}
	return []*command{{
		name: "rooms", also: []string{"rooms list"}, family: "Rooms", effect: looks,
		summary:  "show the protected rooms, and what is wrong with them",
		examples: []string{"rooms"},
		plan:     rooms,
	}, {
		name: "rooms add", family: "Rooms", effect: sets, long: always,
		summary:  "join a room and protect it",
		details:  "I need the power to ban, kick, remove messages and change the server ACL there; I say what is missing. A protected room that I was put out of I join again.\n\nOf a space I protect all rooms in it, also those that come into it later; one invitation to the space is enough for rooms that its members may join.",
		asks:     "if it is a space, or all rooms that I am in",
		params:   orAll,
		flags:    []flag{{name: allJoined, doc: "all rooms that I am in, but for this one, lists and direct chats"}},
		examples: []string{"rooms add #lobby:example.org", "rooms add #lobby:example.org #dev:example.org", "rooms add --all-joined"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return roomsAdd(ctx, c, d, s, p) },
	}, {
		name: "rooms remove", family: "Rooms", effect: sets, long: always, // as what it takes back
		summary:  "stop protecting a room, and leave it",
		details:  "The bans made there stay. Of a space, what is in it stays protected.",
		params:   room,
		asks:     "always: into a room that one must be invited to I cannot come back by myself",
		examples: []string{"rooms remove #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return roomsRemove(ctx, c, d, s) },
	}}
}

// allJoined is the flag for all rooms that we are in.
const allJoined = "all-joined"

func rooms(_ context.Context, c *call) (Plan, error) {
	all := slices.Clone(c.names.Rooms())
	if len(all) == 0 {
		return says("I protect no room yet. Invite me to one and write `!forseti rooms add <room>`."), nil
	}
	// What needs a moderator comes first, lest it be cut off.
	slices.SortStableFunc(all, func(a, b Room) int {
		switch {
		case troubled(a) == troubled(b):
			return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name))
		case troubled(a):
			return -1
		default:
			return 1
		}
	})
	shown := make([]string, len(all))
	for i, r := range all {
		shown[i] = c.roomState(r)
	}
	return says("I protect %s:%s", text.Count(len(all), "room"), listing(shown, "")), nil
}

func troubled(r Room) bool { return r.Waiting || r.Out || len(r.Problems) > 0 }

// roomState shows a room, how many are in it and what is wrong with it.
func (k *known) roomState(r Room) string {
	var said strings.Builder
	said.WriteString(k.roomLink(r.ID, r.Name) + ", " + text.Count(r.Joined, "member"))
	if r.Waiting {
		said.WriteString(". Its first sweep waits for a yes to my question")
	}
	if r.Out && len(r.Problems) == 0 {
		said.WriteString(". **Problem:** I am not in it")
	}
	for _, p := range r.Problems {
		said.WriteString(". **Problem:** " + strings.TrimSuffix(text.Markup(p), `\.`))
	}
	return said.String()
}

// placesMeant are the rooms that a command names, each once, and what they are called.
func placesMeant(ctx context.Context, c *call, d RoomDesk) (all []Place, names []string, err error) {
	for _, ref := range args[Ref](c, "room") {
		r, err := d.Find(ctx, ref)
		if near := roomMeant(&c.known, string(ref.Alias)); err != nil && near != "" {
			err = refuse("%s%s", c.explain(err), near)
		}
		if err != nil && len(args[Ref](c, "room")) > 1 {
			err = fmt.Errorf("%s: %w", ref.written(), err)
		}
		if err != nil {
			return nil, nil, err
		}
		if !slices.ContainsFunc(all, func(other Place) bool { return other.ID == r.ID }) {
			all, names = append(all, r), append(names, ref.written())
		}
	}
	return all, names, nil
}

func (r Ref) written() string { return string(r.Room) + string(r.Alias) + r.Name }

func roomsAdd(ctx context.Context, c *call, d RoomDesk, spaces SpaceDesk, protections ProtectionDesk) (Plan, error) {
	switch all, named := option[bool](c, allJoined), len(args[Ref](c, "room")) > 0; {
	case all && named:
		return Plan{}, refuse("Name a room, or write `--all-joined`, and not both.")
	case all:
		return joinedAdd(ctx, c, spaces)
	case !named:
		return Plan{}, misuse{refuse("Which room? Name it, or write `--all-joined` for all that I am in.")}
	}
	all, names, err := placesMeant(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	p, err := each(names, "Protect all of them?", func(i int) (Plan, error) {
		if space, is := spaces.Space(ctx, all[i].ID); is {
			return spaceAdd(c, all[i], space)
		}
		return roomsAddOne(c, all[i])
	})
	if len(c.names.Rooms()) == 0 && len(p.Steps) > 0 { // nobody has to know before
		p.Answer = text.Paragraphs(p.Answer, WatchWords(protections.Protections()))
	}
	return p, err
}

func roomsAddOne(c *call, r Place) (Plan, error) {
	if r.ID == c.Room && !r.Protected {
		return Plan{}, refuse("This is where you moderate: rules of lists are never to shut one of you out of it, so I do not protect it.")
	}
	link := c.roomLink(r.ID, r.Name)
	p := Plan{Room: r.ID, Effect: fmt.Sprintf("I would join %s and protect it.", link), Answer: "Protecting " + here + "."}
	switch {
	case r.Protected && !r.Out:
		return says("I protect it already: %s.", c.roomState(r.Room)), nil
	case r.Protected:
		p.Effect = fmt.Sprintf("I would join %s again, which I protect and am not in.", link)
		p.Answer = "I am back in " + here + "."
	}
	p.change(Change{Kind: Protect, Room: r.ID, Via: r.Via}, "")
	return p, nil
}

func roomsRemove(ctx context.Context, c *call, d RoomDesk, spaces SpaceDesk) (Plan, error) {
	all, names, err := placesMeant(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	return each(names, "Stop protecting them?", func(i int) (Plan, error) { return roomsRemoveOne(ctx, c, spaces, all[i]) })
}

func roomsRemoveOne(ctx context.Context, c *call, spaces SpaceDesk, r Place) (Plan, error) {
	if !r.Protected {
		if near := roomMeant(&c.known, r.Name); near != "" {
			return Plan{}, refuse("I do not protect that room.%s", near)
		}
		return Plan{}, refuse("I do not protect that room. `!forseti rooms` lists those that I do.")
	}
	link := c.roomLink(r.ID, r.Name)
	p := Plan{
		Effect: fmt.Sprintf("I would stop protecting %s (%s) and leave it. The bans made there stay. If one has to be invited to it, somebody there has to invite me before I can come back.", link, text.Count(r.Joined, "member")),
		Ask:    "Stop protecting it?",
		Answer: fmt.Sprintf("No longer protecting %s. The bans made there stay.", link),
	}
	if space, is := spaces.Space(ctx, r.ID); is {
		left := spaceLeft(c, space)
		p.Effect, p.Answer = text.Paragraphs(p.Effect, left), text.Paragraphs(p.Answer, left)
	}
	p.change(Change{Kind: Unprotect, Room: r.ID}, "")
	return p, nil
}
