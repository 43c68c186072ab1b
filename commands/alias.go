package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/text"
)

func aliasCommands(d RoomDesk) []*command {
	alias := param{name: "alias", doc: "an address on my own server, such as `#lobby:example.org`", value: addressValue}
	room := param{name: "room", doc: "the room that it is to lead to", value: roomValue}
	return []*command{{
		name: "alias add", family: "Rooms", effect: moderates,
		summary:  "give one of your rooms another address",
		details:  "It becomes an address of the room; which one is its main address, its settings say.",
		params:   []param{alias, room},
		examples: []string{"alias add #welcome:example.org #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return aliasAdd(ctx, c, d) },
	}, {
		name: "alias move", family: "Rooms", effect: moderates,
		summary:  "have an address lead to another of your rooms",
		details:  "If the homeserver does not take it for the new room, it leads to the old one again.",
		params:   []param{alias, room},
		asks:     "always: whoever follows it comes into another room",
		examples: []string{"alias move #welcome:example.org !new:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return aliasMove(ctx, c, d) },
	}, {
		name: "alias remove", family: "Rooms", effect: moderates,
		summary:  "take an address away from one of your rooms",
		params:   []param{alias},
		asks:     "always: anybody on the server may then take it for a room of theirs",
		examples: []string{"alias remove #welcome:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return aliasRemove(ctx, c, d) },
	}, {
		name: "directory publish", family: "Rooms", effect: moderates,
		summary:  "show a protected room to whoever looks for rooms on your server",
		details:  "Synapse lets nobody do that unless `room_list_publication_rules` in its configuration says so.",
		params:   []param{room},
		asks:     "always: anybody can then find it",
		examples: []string{"directory publish #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return publish(ctx, c, d) },
	}, {
		name: "directory unpublish", family: "Rooms", effect: moderates,
		summary:  "take a room out of the directory of your server",
		details:  "Who is in it stays, and so do its addresses. Directories of other servers may list it still.",
		params:   []param{room},
		examples: []string{"directory unpublish #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return unpublish(ctx, c, d) },
	}}
}

var addressValue = value{hint: "alias", parse: func(c *call, w grammar.Word) (any, error) {
	ref, err := parseRoom(w.Text)
	if err == nil && ref.Alias == "" {
		err = refuse("%s is no address of a room. One begins with #, such as `#lobby:%s`.", text.Code(text.Clip(w.Text, 60)), c.self.Homeserver())
	}
	return ref.Alias, err
}}

// ownAlias is the alias of an argument, which is on our own server: no other lets us have one.
func ownAlias(c *call) (id.RoomAlias, error) {
	alias := arg[id.RoomAlias](c, "alias")
	if _, server, _ := strings.Cut(string(alias), ":"); !strings.EqualFold(server, c.self.Homeserver()) {
		return "", refuse("%s belongs to another server. I can only change addresses that end in %s.", text.Code(string(alias)), text.Code(":"+c.self.Homeserver()))
	}
	return alias, nil
}

// ownRoom is the room of an argument, if it plays a part here.
func ownRoom(ctx context.Context, c *call, d RoomDesk) (id.RoomID, string, error) {
	r, err := d.Find(ctx, arg[Ref](c, "room"))
	if err != nil {
		return "", "", err
	}
	shown, plays := ours(c, r.ID)
	if !plays {
		return "", "", refuse("%s is no room that I protect. `!forseti rooms` lists those that I do.", c.roomLink(r.ID, r.Name))
	}
	return r.ID, shown, nil
}

// ours shows a room, and tells whether it plays a part here.
func ours(c *call, room id.RoomID) (shown string, plays bool) {
	name, part := partOf(c, room)
	return c.roomLink(room, name), part != noPart
}

func aliasAdd(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	alias, err := ownAlias(c)
	if err != nil {
		return Plan{}, err
	}
	room, shown, err := ownRoom(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	now, err := d.Leads(ctx, alias)
	switch {
	case err != nil:
		return Plan{}, err
	case now == room:
		return says("%s leads to %s already.", text.Code(string(alias)), shown), nil
	case now != "":
		theirs, _ := ours(c, now)
		return Plan{}, refuse("%s leads to %s. %s has it lead to the other room.", text.Code(string(alias)), theirs, text.Code(fmt.Sprintf("!forseti alias move %s %s", alias, room)))
	}
	p := Plan{
		Effect: fmt.Sprintf("I would have %s lead to %s.", text.Code(string(alias)), shown),
		Answer: fmt.Sprintf("%s leads to %s now.", text.Code(string(alias)), shown),
	}
	p.do(action.Action{Verb: action.PointAlias, Room: room, Alias: alias}, "")
	return p, nil
}

func aliasMove(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	alias, err := ownAlias(c)
	if err != nil {
		return Plan{}, err
	}
	room, shown, err := ownRoom(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	now, err := d.Leads(ctx, alias)
	switch {
	case err != nil:
		return Plan{}, err
	case now == room:
		return says("%s leads to %s already.", text.Code(string(alias)), shown), nil
	case now == "":
		return Plan{}, refuse("%s leads nowhere. %s has it lead to %s.", text.Code(string(alias)), text.Code(fmt.Sprintf("!forseti alias add %s %s", alias, room)), shown)
	}
	from, _ := ours(c, now)
	p := Plan{
		Effect: fmt.Sprintf("I would have %s lead to %s, and no longer to %s.%s", text.Code(string(alias)), shown, from, mainAlias(c, alias, now)),
		Ask:    "Move it?",
		Answer: fmt.Sprintf("%s leads to %s now, and no longer to %s.%s", text.Code(string(alias)), shown, from, mainAlias(c, alias, now)),
	}
	seen, _ := json.Marshal(map[string]id.RoomID{"room": now})
	p.do(action.Action{Verb: action.PointAlias, Room: room, Alias: alias, Was: seen}, "")
	return p, nil
}

func aliasRemove(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	alias, err := ownAlias(c)
	if err != nil {
		return Plan{}, err
	}
	now, err := d.Leads(ctx, alias)
	if err != nil {
		return Plan{}, err
	}
	shown, plays := ours(c, now)
	switch {
	case now == "":
		return says("%s leads nowhere.", text.Code(string(alias))), nil
	case !plays:
		return Plan{}, refuse("%s leads to %s, which is none of your rooms.", text.Code(string(alias)), shown)
	}
	p := Plan{
		Effect: fmt.Sprintf("%s would no longer lead to %s, and anybody on %s may then take it for a room of theirs.%s", text.Code(string(alias)), shown, text.Code(c.self.Homeserver()), mainAlias(c, alias, now)),
		Ask:    "Remove it?",
		Answer: fmt.Sprintf("%s no longer leads to %s.%s", text.Code(string(alias)), shown, mainAlias(c, alias, now)),
	}
	p.do(action.Action{Verb: action.DropAlias, Room: now, Alias: alias}, "")
	return p, nil
}

// mainAlias says that a room calls an alias its main address.
func mainAlias(c *call, alias id.RoomAlias, room id.RoomID) string {
	for _, r := range c.names.Rooms() {
		if r.ID == room && r.Alias == alias {
			return " It is the room's main address, which its settings go on saying until somebody sets another one there."
		}
	}
	return ""
}

func publish(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	room, shown, err := ownRoom(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	if _, part := partOf(c, room); part != isProtected {
		return Plan{}, refuse("I show only rooms to the world that I protect.")
	}
	where := text.Code(c.self.Homeserver())
	if is, err := d.Listed(ctx, room); err == nil && is { // if nobody can say, it is done anew
		return says("%s is in the directory of %s already.", shown, where), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("I would list %s in the directory of %s: anybody could find it there, with its name, its topic and how many are in it.", shown, where),
		Ask:    "List it?",
		Answer: fmt.Sprintf("%s is in the directory of %s now.", shown, where),
	}
	p.do(action.Action{Verb: action.List, Room: room}, "")
	return p, nil
}

func unpublish(ctx context.Context, c *call, d RoomDesk) (Plan, error) {
	room, shown, err := ownRoom(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	where := text.Code(c.self.Homeserver())
	if is, err := d.Listed(ctx, room); err == nil && !is {
		return says("%s is not in the directory of %s, so there is nothing to take out.", shown, where), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("I would take %s out of the directory of %s.", shown, where),
		Answer: fmt.Sprintf("%s is not in the directory of %s now.", shown, where),
	}
	p.do(action.Action{Verb: action.Unlist, Room: room}, "")
	return p, nil
}
