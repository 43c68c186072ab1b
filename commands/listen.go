package commands

import (
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Quarters is a room in which I could listen in place of the management room.
type Quarters struct {
	ID    id.RoomID
	Name  string
	Here  bool        // I listen there already
	Team  []id.UserID // who is in it, besides me
	Open  bool        // anybody can come in, who cannot here
	Bare  bool        // it is not encrypted, and this one is
	Mute  bool        // I may not write there
	Over  bool        // it was replaced, so that clients hide it
	Next  id.RoomID   // by this one; "" if it does not say
	Doubt string      // why it is not believed to take the place of this one by itself, a sentence; "" if it is
}

// QuartersDesk looks at rooms in which moderators may be.
type QuartersDesk interface {
	// Quarters joins a room and reads it.
	Quarters(ctx context.Context, room id.RoomID) (Quarters, error)
}

func listenCommands(d QuartersDesk) []*command {
	return []*command{{
		name: "listen", family: "Upkeep", effect: sets, long: always,
		summary: "listen in another room in place of this one, with all that I was told",
		details: "Where this room was upgraded I go over by myself, if both rooms name each other and whoever upgraded it may. This is for where I doubt that, and for a new room of your own: whoever is in it moderates, so I show you who is. " +
			"You have to be in it, and I have to be invited. What I look after, lists, settings and cases stay as they are.",
		params:   []param{{name: "room", doc: "the room, by its ID or a link to it", value: roomValue}},
		asks:     "always",
		examples: []string{"listen !new:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return listen(ctx, c, d) },
	}}
}

func listen(ctx context.Context, c *call, d QuartersDesk) (Plan, error) {
	ref := arg[Ref](c, "room")
	_, notThere := c.protected(ref)
	switch {
	case ref.Room == "":
		return Plan{}, refuse("Write the room's ID, which begins with `!`, or a link to it that has it: what an address leads to can change.")
	case notThere == nil || c.watches(ref):
		return Plan{}, refuse("I look after that room already. Take one of its own for moderators: whoever is in it moderates.")
	}
	q, err := d.Quarters(ctx, ref.Room)
	if err != nil {
		return Plan{}, err
	}
	name := c.roomLink(q.ID, q.Name)
	stay := func(why string) (Plan, error) {
		p := Plan{Answer: fmt.Sprintf("I stay here, and do not listen in %s: %s", name, why), Effect: why}
		p.change(Change{Kind: LeaveAgain, Room: q.ID}, "")
		return p, nil
	}
	switch {
	case q.Here:
		return says("I listen there already: this is it."), nil
	case q.Open:
		return stay("anybody can come in there, and would moderate. Have it let in only who is invited, and write this again.")
	case !slices.Contains(q.Team, c.Sender):
		return stay("you are not in it. Go there first, so that somebody is there who can tell me what to do.")
	case q.Over && q.Next == "":
		return stay("it was closed as replaced, and clients hide it.")
	case q.Over:
		return stay(fmt.Sprintf("it was replaced, and clients hide it. Its place was taken by another: %s.", text.Code("!forseti listen "+string(q.Next))))
	case q.Mute:
		return stay("I may not write there. Give me the level that it takes, and write this again.")
	}
	warn := ""
	if q.Bare {
		warn = "**It is not encrypted, and this one is:** the homeservers read along there. `!forseti encrypt` there changes that."
	}
	p := Plan{
		Effect: text.Paragraphs(fmt.Sprintf("I would listen in %s from now on, and no more in this room. Whoever is there moderates: %s.", name, names(q.Team)), q.Doubt, warn),
		Ask:    "Go over to it?",
		Answer: fmt.Sprintf("I listen in %s from now on, and no more in this room.", name),
	}
	p.otherwise(Change{Kind: LeaveAgain, Room: q.ID})
	p.change(Change{Kind: ListenIn, Room: q.ID}, "")
	return p, nil
}
