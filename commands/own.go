package commands

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/text"
)

// mostOwnName is how many letters a name of ours has.
const mostOwnName = 100

// ownCommands are about the bot itself: how it shows itself, where it is, and what it says.
func ownCommands(d RoomDesk, f FileDesk, says bool) []*command {
	const family = "Upkeep"
	room := param{name: "room", doc: "a room's ID, alias or link", value: roomValue}
	several := param{name: "room", doc: "a room's ID, alias or link, or several", value: roomValue, several: true}
	return []*command{{
		name: "displayname", family: family, effect: sets,
		summary:  "give me another name",
		details:  "I answer to it from then on, besides `!forseti`.",
		params:   []param{{name: "name", doc: "the name that all rooms are to show", value: textValue}},
		examples: []string{"displayname Warden"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return displayName(c) },
	}, {
		name: "avatar", family: family, effect: sets,
		summary: "give me another picture",
		details: "Write it as the caption of a picture that you send here, in reply to one, or with an address that begins with `mxc://`. A picture that was sent encrypted is uploaded anew, unencrypted, so that everybody can see it.",
		params: []param{
			{name: "picture", doc: "its address, or `none`; may be left out in a reply to a picture", value: pictureValue, optional: true, replied: true, sent: true},
		},
		examples: []string{"avatar mxc://example.org/abcdefgh", "avatar none"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return avatar(ctx, c, f) },
	}, {
		name: "join", family: family, effect: sets, long: always,
		summary:  "have me join a room, and do nothing there",
		details:  "`rooms add` joins a room and protects it, `watch` joins a list and follows it.",
		params:   []param{several},
		examples: []string{"join #lobby:example.org", "join #lobby:example.org #dev:example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			return eachPlace(ctx, c, d, "", func(r Place) (Plan, error) { return joinRoom(c, r) })
		},
	}, {
		name: "leave", family: family, effect: sets, long: always, // as what it takes back
		summary:  "have me leave a room that plays no part here",
		details:  "A room that I protect is left with `rooms remove`, a list with `unwatch`.",
		params:   []param{several},
		asks:     "always: into a room that one must be invited to I cannot come back by myself",
		examples: []string{"leave #lobby:example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			return eachPlace(ctx, c, d, "Leave them?", func(r Place) (Plan, error) { return leaveRoom(c, r) })
		},
	}, {
		name: "say", family: family, effect: sets,
		summary:  "say something in a protected room, in my name",
		details:  "It is off unless whoever runs me sets `commands.say`. What is said calls nobody; Markdown is understood.",
		params:   []param{room, {name: "text", doc: "what to say", value: textValue}},
		examples: []string{"say #lobby:example.org The room is closed until tomorrow."},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return sayIn(ctx, c, d, says) },
	}}
}

var pictureValue = value{hint: "address of a picture", parse: func(_ *call, w grammar.Word) (any, error) {
	switch {
	case strings.EqualFold(w.Text, "none"):
		return &action.Uploaded{}, nil
	case !strings.HasPrefix(w.Text, "mxc://") || len(w.Text) > maxID || !printable(w.Text) || strings.Count(w.Text, "/") != 3 || strings.HasSuffix(w.Text, "/"):
		return nil, refuse("%s is no address of a picture. One looks like `mxc://example.org/abcdefgh`; or write this as the caption of a picture, or in reply to one.", text.Code(text.Clip(w.Text, 60)))
	}
	return &action.Uploaded{Address: w.Text}, nil
}}

func displayName(c *call) (Plan, error) {
	name := strings.TrimSpace(arg[string](c, "name"))
	switch {
	case utf8.RuneCountInString(name) > mostOwnName:
		return Plan{}, refuse("That name has more than %d letters, and clients show fewer.", mostOwnName)
	case name == c.set.hearer.DisplayName():
		return says("That is my name already."), nil
	}
	shown := text.Code(name)
	p := Plan{
		Effect: fmt.Sprintf("I would be called %s, in all rooms, and answer to that name.", shown),
		Answer: fmt.Sprintf("I am called %s now, and answer to that name.", shown),
	}
	p.do(action.Action{Verb: action.SetProfile, Profile: &action.Profile{Name: name}}, "")
	return p, nil
}

func avatar(ctx context.Context, c *call, d FileDesk) (Plan, error) {
	picture := arg[*action.Uploaded](c, "picture")
	if picture == nil {
		if c.reply == "" {
			return Plan{}, misuse{refuse("Which picture? Write this as the caption of one, in reply to one, or with its address.")}
		}
		sent, err := d.PictureOf(ctx, c.reply)
		if err != nil {
			return Plan{}, err
		}
		picture = &sent
	}
	p := Plan{Effect: "I would have that picture, in all rooms.", Answer: "I have that picture now."}
	switch {
	case picture.Address == "":
		p.Effect, p.Answer = "I would have no picture any more.", "I have no picture any more."
	case picture.Sealed:
		p.Effect = "I would have that picture, in all rooms. It was sent encrypted, and would be uploaded anew for everybody to see."
	}
	p.do(action.Action{Verb: action.SetProfile, Profile: &action.Profile{Uploaded: picture}}, "")
	return p, nil
}

// eachPlace plans for each of the rooms that a command names, wherever they are.
func eachPlace(ctx context.Context, c *call, d RoomDesk, ask string, one func(Place) (Plan, error)) (Plan, error) {
	all, names, err := placesMeant(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	return each(names, ask, func(i int) (Plan, error) { return one(all[i]) })
}

func joinRoom(c *call, r Place) (Plan, error) {
	link := c.roomLink(r.ID, r.Name)
	if name, part := partOf(c, r.ID); part != noPart && !r.Out {
		return says("%s is %s, so I am in it already.", c.roomLink(r.ID, name), part), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("I would join %s, and do nothing there.", link),
		Answer: fmt.Sprintf("I am in %s. To protect it, write %s; to follow it as a policy list, %s; %s leaves it.", link,
			text.Code("!forseti rooms add "+string(r.ID)), text.Code("!forseti watch "+string(r.ID)), text.Code("!forseti leave "+string(r.ID))),
	}
	p.change(Change{Kind: Enter, Room: r.ID, Via: r.Via}, "")
	return p, nil
}

func leaveRoom(c *call, r Place) (Plan, error) {
	name, part := partOf(c, r.ID)
	link := c.roomLink(r.ID, name)
	switch {
	case part == isProtected:
		return Plan{}, refuse("%s is a room that I protect. %s ends that, and has me leave it.", link, text.Code("!forseti rooms remove "+string(r.ID)))
	case r.ID == c.Room:
		return Plan{}, refuse("This is where you moderate: I stay here.")
	case part != noPart:
		return Plan{}, refuse("%s is %s. %s ends that, and has me leave it.", link, part, text.Code("!forseti unwatch "+string(r.ID)))
	}
	link = c.roomLink(r.ID, r.Name)
	p := Plan{
		Effect: fmt.Sprintf("I would leave %s. If one has to be invited to it, somebody there has to invite me before I can come back.", link),
		Ask:    "Leave it?",
		Answer: fmt.Sprintf("I am not in %s any more.", link),
	}
	p.change(Change{Kind: LeaveAgain, Room: r.ID}, "")
	return p, nil
}

func sayIn(ctx context.Context, c *call, d RoomDesk, allowed bool) (Plan, error) {
	if !allowed {
		return Plan{}, refuse("I say nothing in moderators' place, unless whoever runs me sets `commands.say: true` in my configuration.")
	}
	r, err := d.Find(ctx, arg[Ref](c, "room"))
	if err != nil {
		return Plan{}, err
	}
	name, part := partOf(c, r.ID)
	if part != isProtected {
		return Plan{}, refuse("I speak only in rooms that I protect. `!forseti rooms` lists them.")
	}
	link, said := c.roomLink(r.ID, name), arg[string](c, "text")
	p := Plan{
		Effect: fmt.Sprintf("I would say in %s:\n\n> %s", link, text.Escape(said, text.MostReason)),
		Answer: fmt.Sprintf("Said in %s.", link),
	}
	p.do(action.Action{Verb: action.Say, Room: r.ID, Message: &action.Message{Markdown: said}}, "")
	return p, nil
}
