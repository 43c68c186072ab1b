package commands

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// How many messages of a room redact looks through.
const (
	usualLimit = 1000
	mostLimit  = 10_000
)

func memberCommands() []*command {
	limit := number(1, mostLimit)
	return []*command{{
		name: "kick", family: "Members", effect: moderates,
		summary: "remove a user from the protected rooms, once; they may come back",
		params: []param{
			{name: "user", doc: "whom: a user, or a pattern with --glob", value: userValue},
			{name: "reason", optional: true, doc: "why; the user sees it", value: textValue},
		},
		flags: []flag{
			{name: "glob", doc: "take stars and question marks as wildcards"},
			{name: "dry-run", doc: "only say whom it would hit"},
			inRoom, noConfirm,
		},
		asks:     "if a pattern matches more than one user",
		examples: []string{"kick @rude:example.org please calm down", "kick @bot*:example.org --glob --dry-run", "kick @rude:example.org --room #lobby:example.org"},
		run:      kick,
	}, {
		name: "redact", family: "Members", effect: moderates,
		summary: "remove a message, or a user's recent messages",
		details: fmt.Sprintf("Of a user, it looks through the last %d events of each protected room, or as many as `--limit` says.", usualLimit),
		params: []param{
			{name: "target", doc: "a user, a pattern of users, or a link to a message", value: messagesValue},
			{name: "reason", optional: true, doc: "why", value: textValue},
		},
		flags: []flag{
			{name: "limit", value: &limit, doc: fmt.Sprintf("how many events to look through in each room, at most %d", mostLimit)},
			inRoom, noConfirm,
		},
		asks: "if it is given a pattern of users",
		examples: []string{"redact @spammer:example.org spam", "redact @spammer:example.org --limit 200 --room #lobby:example.org",
			"redact https://matrix.to/#/!room:example.org/$event"},
		run: redact,
	}}
}

// messages says what to redact: an event of a room, or what a user said.
type messages struct {
	room  Ref
	event id.EventID
	user  entity
}

var messagesValue = value{hint: "user or link to a message", parse: func(_ *call, w grammar.Word) (any, error) {
	s := grammar.Unwrap(w.Text)
	if l, ok := grammar.ParseLink(s); ok && l.Event != "" {
		room, err := parseRoom(l.Target)
		return messages{room: room, event: l.Event}, err
	}
	if len(s) > 1 && s[0] == '$' && len(s) <= maxID && printable(s) {
		return messages{event: id.EventID(s)}, nil
	}
	e, err := parseEntity(w)
	if err == nil && e.kind != policy.User {
		err = refuse("%s is neither a user nor a message. Write a user as `@name:example.org`, or paste the link to a message.", text.Code(w.Text))
	}
	return messages{user: e}, err
}}

func kick(ctx context.Context, c *call) (Answer, error) {
	e, glob := arg[entity](c, "user"), option[bool](c, "glob")
	if e.glob && !glob {
		return Answer{}, refuse("%s is a pattern and may match many. If that is meant, add `--glob`.", text.Code(e.name))
	}
	if e.name == string(c.self) {
		return Answer{}, refuse("That is me. I will not kick myself. `!forseti rooms remove <room>` makes me leave a room.")
	}
	room, err := c.within()
	if err != nil {
		return Answer{}, err
	}
	// What a ban would spare, a kick spares too.
	spared := c.Bot.Reach(NewRule{Kind: policy.User, Entity: e.name, Recommendation: policy.Ban}).Guarded
	if !e.glob && len(spared) > 0 {
		return Answer{}, refuse("%s is a moderator here, and I do not kick moderators.", text.Code(e.name))
	}
	found := without(c.Bot.FindMembers(e.name, room), spared)
	targets := users(found)
	if len(targets) == 0 {
		return Answer{}, refuse("%s is in none of the rooms, so there is nobody to kick.", text.Code(e.name))
	}
	whom := fmt.Sprintf("%s from %s", text.Code(string(targets[0])), text.Count(len(found), "room"))
	if len(targets) > 1 {
		whom = fmt.Sprintf("%s from %s: %s", text.Count(len(targets), "user"), text.Count(len(found), "room"), text.Names(targets, 20))
	}
	if len(spared) > 0 {
		whom += fmt.Sprintf(" (not %s: I spare moderators)", text.Names(spared, 10))
	}
	switch {
	case option[bool](c, "dry-run"):
		return Answer{Markdown: "Nothing was done. This would kick " + whom + "."}, nil
	case len(targets) > 1 && !c.sure():
		return Answer{Ask: true, Markdown: fmt.Sprintf("%s matches %s.\n\nKick them?", text.Code(e.name), whom)}, nil
	}
	err = c.Bot.Kick(ctx, Target{
		User: id.UserID(e.name), Glob: e.glob, Room: room, Reason: arg[string](c, "reason"), By: c.Sender, Command: c.Event,
	})
	return Answer{Markdown: c.inDryRun("Kicking " + whom + ".")}, err
}

func redact(ctx context.Context, c *call) (Answer, error) {
	what, reason := arg[messages](c, "target"), arg[string](c, "reason")
	room, err := c.within()
	if err != nil {
		return Answer{}, err
	}
	if what.event != "" {
		if what.room.Room != "" || what.room.Alias != "" {
			in, err := c.protected(what.room)
			if err != nil {
				return Answer{}, err
			}
			room = in.ID
		}
		if room == "" {
			return Answer{}, refuse("In which room is that message? Paste its link, or add `--room`.")
		}
		err := c.Bot.RedactEvent(ctx, room, what.event, reason, c.Sender, c.Event)
		return Answer{Markdown: c.inDryRun(fmt.Sprintf("Removing that message in %s.", c.room(room)))}, err
	}
	e := what.user
	if e.glob && !c.sure() {
		where := "all protected rooms"
		if room != "" {
			where = c.room(room)
		}
		return Answer{Ask: true, Markdown: fmt.Sprintf("%s is a pattern. This removes the recent messages of everyone it matches, in %s.\n\nRemove them?", text.Code(e.name), where)}, nil
	}
	limit := option[int](c, "limit")
	if limit == 0 {
		limit = usualLimit
	}
	events, rooms, err := c.Bot.Redact(ctx, Target{
		User: id.UserID(e.name), Glob: e.glob, Room: room, Reason: reason, Limit: limit, By: c.Sender, Command: c.Event,
	})
	removing := c.inDryRun(fmt.Sprintf("Removing %s of %s in %s.", text.Count(events, "message"), text.Code(e.name), text.Count(rooms, "room")))
	switch {
	case err != nil && events > 0:
		// What was found is on its way, whatever else could not be read.
		return Answer{Markdown: removing + "\n\nNot all could be read: " + text.Markup(err.Error()) + "."}, nil
	case err != nil:
		return Answer{}, err
	case events == 0:
		return Answer{Markdown: fmt.Sprintf("I found no message of %s among the last %s of each room.", text.Code(e.name), text.Count(limit, "event"))}, nil
	}
	return Answer{Markdown: removing}, nil
}
