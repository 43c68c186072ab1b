package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/text"
)

func roomCommands() []*command {
	room := []param{{name: "room", doc: "a room's ID, alias or link", value: roomValue}}
	return []*command{{
		name: "rooms", family: "Rooms", effect: looks,
		summary:  "show the protected rooms, and what is wrong with them",
		examples: []string{"rooms"},
		run:      rooms,
	}, {
		name: "rooms add", family: "Rooms", effect: sets,
		summary:  "join a room and protect it",
		details:  "I need the power to ban, kick, remove messages and change the server ACL there; I say what is missing.",
		params:   room,
		examples: []string{"rooms add #lobby:example.org"},
		run:      roomsAdd,
	}, {
		name: "rooms remove", family: "Rooms", effect: sets,
		summary:  "stop protecting a room, and leave it",
		details:  "The bans made there stay.",
		params:   room,
		examples: []string{"rooms remove #lobby:example.org"},
		run:      roomsRemove,
	}}
}

func rooms(_ context.Context, c *call) (Answer, error) {
	all := slices.Clone(c.Bot.Rooms())
	if len(all) == 0 {
		return Answer{Markdown: "I protect no room yet. Invite me to one and write `!forseti rooms add <room>`."}, nil
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
	return Answer{Markdown: fmt.Sprintf("I protect %s:", text.Count(len(all), "room")) + listing(shown, "")}, nil
}

func troubled(r Room) bool { return r.Waiting || len(r.Problems) > 0 }

// roomState shows a room, how many are in it and what is wrong with it.
func (c *call) roomState(r Room) string {
	var said strings.Builder
	said.WriteString(c.roomLink(r.ID, r.Name) + ", " + text.Count(r.Joined, "member"))
	if r.Waiting {
		said.WriteString(". Its first sweep waits for a yes to my question")
	}
	for _, p := range r.Problems {
		said.WriteString(". **Problem:** " + strings.TrimSuffix(text.Markup(p), `\.`))
	}
	return said.String()
}

func roomsAdd(ctx context.Context, c *call) (Answer, error) {
	r, err := c.Bot.Protect(ctx, arg[Ref](c, "room"))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: "Protecting " + c.roomState(r) + "."}, nil
}

func roomsRemove(ctx context.Context, c *call) (Answer, error) {
	r, err := c.Bot.Unprotect(ctx, arg[Ref](c, "room"))
	if err != nil {
		return Answer{}, err
	}
	return Answer{Markdown: fmt.Sprintf("No longer protecting %s. The bans made there stay.", c.roomLink(r.ID, r.Name))}, nil
}
