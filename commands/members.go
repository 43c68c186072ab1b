package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// MemberDesk is what the commands about members and messages ask.
type MemberDesk interface {
	// FindMembers gives who matches and is joined, invited or knocking, by room
	// ("" for all). The bot itself is never among them.
	FindMembers(glob string, room id.RoomID) map[id.RoomID][]id.UserID
	// Spared gives the moderators and the like whom a pattern matches.
	Spared(glob string) []id.UserID
	// Messages looks for what users said of late; progress hears how far it is.
	Messages(ctx context.Context, s Search, progress Progress) (Found, error)
	// Wrote tells whether anything still stands that users wrote lately, by what is remembered.
	Wrote(ctx context.Context, s Search) bool
	// Traces gives what protected rooms show of users besides what they wrote, or some rooms.
	Traces(s Search) []Trace
	// Message looks for one message, and gives what is kept as evidence of it.
	Message(ctx context.Context, room id.RoomID, event id.EventID) (kept []any, err error)
	Now() time.Time
}

// How many messages of a room redact looks through, and how many if it is told how many of theirs are meant.
const (
	usualLimit = 1000
	mostLimit  = 10_000
)

func memberCommands(d MemberDesk, bans BanDesk, m MessageDesk) []*command {
	limit, ago := number(1, mostLimit), sinceValue(leastSince, mostRedacted)
	return []*command{{
		name: "kick", family: "Members", effect: moderates, onSite: true,
		summary: "remove a user from the protected rooms, once; they may come back",
		params: []param{
			{name: "user", doc: "whom: a user, or a pattern with --glob, or several", value: userValue, several: true, replied: true},
			{name: "reason", optional: true, doc: "why; the user sees it", value: textValue},
		},
		flags:    []flag{{name: "glob", doc: "take stars and question marks as wildcards"}, inRooms, because},
		asks:     "if a pattern matches more than one user, or if a reply is about several",
		examples: []string{"kick @rude:example.org please calm down", "kick @bot*:example.org --glob --dry-run", "kick @rude:example.org --room #lobby:example.org", "kick @one:example.org @two:example.org please calm down"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return kick(ctx, c, d, m) },
	}, {
		name: "redact", family: "Members", effect: moderates, long: ofUser, onSite: true,
		summary: "remove a message, or a user's recent messages",
		details: fmt.Sprintf("Of a user, it looks through the last %d messages of each protected room, whoever sent them; with `--limit`, for so many of theirs, and with `--since`, for all since then, through the last %d. With `--profile`, the name and picture that they have in the rooms go too, and names, topics and pictures of rooms that they set last are as they were before. State that rooms live by stays. A pattern leaves out moderators, who is exempt, and whom `--spare` names. `rule redact` removes what an expression is true of, whoever wrote it.", usualLimit, mostLimit),
		params: []param{
			{name: "target", doc: "a user, a pattern of users, or a link to a message, or several of these", value: messagesValue, several: true, replied: true},
			{name: "reason", optional: true, doc: "why", value: textValue},
		},
		flags: []flag{
			{name: "limit", value: &limit, doc: fmt.Sprintf("how many of their messages in each room, the newest first, at most %d", mostLimit)},
			{name: "since", value: &ago, doc: "only what they wrote since then, such as `2h`, or a date"},
			leavingOut, withProfile, inRooms,
		},
		asks: "if it is given a pattern of users",
		examples: []string{"redact @spammer:example.org spam", "redact @spammer:example.org --limit 200 --room #lobby:example.org", "redact @spammer:example.org --since 2h --profile",
			"redact https://matrix.to/#/!room:example.org/$event"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			return redact(ctx, c, banning{BanDesk: bans, members: d}, m)
		},
	}}
}

// ofUser tells whether what is to be redacted is more than one message.
func ofUser(l line) bool {
	user := l.reply == ""
	for _, w := range l.args {
		if _, event, _ := eventOf(w); event && w.Flag == "" {
			return false
		}
		user = user || w.Flag == "" && named(w)
	}
	return user
}

func kick(ctx context.Context, c *call, d MemberDesk, m MessageDesk) (Plan, error) {
	es, several, err := whom(ctx, c, m, "user")
	if err != nil {
		return Plan{}, err
	}
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	p, err := each(namesOf(es), "Kick them?", func(i int) (Plan, error) { return kickOne(c, d, es[i], rooms) })
	gone := map[id.UserID]bool{}
	for _, s := range p.Steps {
		gone[s.Want.User] = true
	}
	p.Weight = Weight{Hit: len(gone)}
	if pattern := slices.ContainsFunc(es, func(e entity) bool { return e.glob }); several || pattern && len(gone) > 1 {
		p.Ask = "Kick them?"
	}
	return p, err
}

// kickOne kicks one of those that are named, or all whom a pattern matches.
func kickOne(c *call, d MemberDesk, e entity, rooms []id.RoomID) (Plan, error) {
	if e.glob && !option[bool](c, "glob") {
		return Plan{}, refuse("%s is a pattern and may match many. If that is meant, add `--glob`.", text.Code(e.name))
	}
	if e.name == string(c.self) {
		return Plan{}, refuse("That is me. I will not kick myself. `!forseti rooms remove <room>` makes me leave a room.")
	}
	// What a ban would spare, a kick spares too.
	spared := d.Spared(e.name)
	if !e.glob && len(spared) > 0 {
		return Plan{}, refuse("%s is a moderator here, and I do not kick moderators.", text.Code(e.name))
	}
	found := without(membersIn(d, e.name, rooms), spared)
	targets := users(found)
	if len(targets) == 0 {
		return says("%s is in none of the rooms, so there is nobody to kick.", text.Code(e.name)), nil
	}
	whom := fmt.Sprintf("%s from %s", text.Code(string(targets[0])), inSome(c, found))
	if len(targets) > 1 {
		whom = fmt.Sprintf("%s from %s: %s", text.Count(len(targets), "user"), inSome(c, found), names(targets))
	}
	if len(spared) > 0 {
		whom += fmt.Sprintf(" (not %s: I spare moderators)", text.Named(spared, 10))
	}
	p := Plan{Effect: "I would kick " + whom + ".", Answer: "Kicking " + whom + "."}
	for _, in := range slices.Sorted(maps.Keys(found)) {
		for _, u := range found[in] {
			p.want(action.Action{Verb: action.Kick, Room: in, User: u, Reason: arg[string](c, "reason")})
		}
	}
	return p, nil
}

// inSome says where: the one room, or how many, whose names are then folded.
func inSome[V any](c *call, in map[id.RoomID]V) string {
	var rooms []string
	for _, room := range slices.Sorted(maps.Keys(in)) {
		rooms = append(rooms, c.room(room))
	}
	if len(rooms) == 1 {
		return rooms[0]
	}
	return text.Noted(text.Count(len(rooms), "room"), rooms)
}

// membersIn gives who matches and is in some rooms, or in any if none is named.
func membersIn(d MemberDesk, glob string, rooms []id.RoomID) map[id.RoomID][]id.UserID {
	if len(rooms) == 0 {
		return d.FindMembers(glob, "")
	}
	found := map[id.RoomID][]id.UserID{}
	for _, room := range rooms {
		maps.Copy(found, d.FindMembers(glob, room))
	}
	return found
}

func redact(ctx context.Context, c *call, b banning, m MessageDesk) (Plan, error) {
	d := b.members
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	all := args[messages](c, "target")
	events := slices.DeleteFunc(slices.Clone(all), func(w messages) bool { return w.event == "" })
	all = slices.DeleteFunc(all, func(w messages) bool { return w.event != "" })
	switch {
	case len(all) == 0 && (c.flags["since"] != nil || c.flags["limit"] != nil || c.flags[withProfile.name] != nil || c.flags[leavingOut.name] != nil):
		return Plan{}, misuse{refuse("`--limit`, `--since`, `--spare` and `--profile` go with a user. Write whose messages are meant.")}
	case len(all) == 0:
		return redactSome(ctx, c, d, m, events)
	case len(events) == 0:
		return redactOf(ctx, c, b, all, rooms)
	}
	p, err := each([]string{all[0].user.name, string(events[0].event)}, "Remove them?", func(i int) (Plan, error) {
		if i == 0 {
			return redactOf(ctx, c, b, all, rooms)
		}
		return redactSome(ctx, c, d, m, events)
	})
	return p, err
}

// redactOf removes what some users wrote of late.
func redactOf(ctx context.Context, c *call, b banning, all []messages, rooms []id.RoomID) (Plan, error) {
	d := b.members
	s := Search{Rooms: rooms, Limit: usualLimit, Most: option[int](c, "limit")}
	ago, err := c.agoOf("since", d.Now(), 0, leastSince, mostRedacted)
	if err != nil {
		return Plan{}, err
	}
	if ago > 0 {
		s.Since = d.Now().Add(-ago)
	}
	if s.Most > 0 || ago > 0 {
		s.Limit = mostLimit
	}
	glob := false
	named := make([]string, len(all))
	for i, of := range all {
		named[i] = text.Code(of.user.name)
		glob = glob || of.user.glob
		s.Users = append(s.Users, Whose{User: id.UserID(of.user.name), Glob: of.user.glob})
	}
	stay, err := b.leaves(c, all)
	if err != nil {
		return Plan{}, err
	}
	s.But = stay.but
	found, err := d.Messages(ctx, s, c.Progress)
	if err != nil {
		return Plan{}, err
	}
	unread := ""
	if found.Unread != nil {
		unread = "Not all could be read: " + c.explain(found.Unread)
	}
	found.Messages = slices.DeleteFunc(found.Messages, func(m Said) bool { return stay.from(m.By) })
	var traces []Trace
	if option[bool](c, withProfile.name) {
		traces = slices.DeleteFunc(d.Traces(s), func(t Trace) bool { return stay.from(t.User) })
	}
	unread = text.Paragraphs(stay.said(), unread)
	none := fmt.Sprintf("I found no message of %s among the last %s of each room.%s", text.And(named), text.Count(s.Limit, "message"),
		pick(s.Limit < mostLimit, fmt.Sprintf(" `--limit %d` looks further back.", mostLimit), ""))
	if found.Whole && found.Unread == nil {
		none = fmt.Sprintf("There is no message of %s, or none any more, in what I can read of %s.", text.And(named), pick(len(s.Rooms) > 0, "that room", "the protected rooms"))
	}
	if ago > 0 {
		none = fmt.Sprintf("I found no message of %s since %s.", text.And(named), c.stamp(s.Since))
	}
	if len(found.Messages)+len(traces) == 0 {
		return says("%s", text.Paragraphs(none, unread)), nil
	}
	p := Plan{Besides: Besides{Exhibits: found.Left}}
	by, in := map[id.UserID]bool{}, map[id.RoomID]bool{}
	for _, m := range found.Messages {
		by[m.By], in[m.Room] = true, true
		p.want(action.Action{Verb: action.Redact, Room: m.Room, User: m.By, Event: m.Event, Reason: arg[string](c, "reason")})
	}
	whose := named[0]
	if glob || len(all) > 1 {
		whose = fmt.Sprintf("%s (%s)", text.Count(len(by), "user"), names(slices.Sorted(maps.Keys(by))))
	}
	would, does := "I would remove ", "Removing "
	removing := fmt.Sprintf("%s of %s in %s.", text.Count(len(found.Messages), "message"), whose, inSome(c, in))
	if len(found.Messages) == 0 {
		would, does, removing = "", "", none
	}
	if silent := slices.DeleteFunc(named, func(name string) bool {
		return glob || len(found.Messages) == 0 || slices.ContainsFunc(found.Messages, func(s Said) bool { return text.Code(string(s.By)) == name })
	}); len(silent) > 0 {
		unread = text.Paragraphs(fmt.Sprintf("I found none of %s.", text.And(silent)), unread)
	}
	p.Effect, p.Answer = text.Paragraphs(would+removing, unread), text.Paragraphs(does+removing, unread)
	wipe(c, traces, accomplices(d, s, traces), &p)
	for _, t := range traces {
		by[t.User] = true
	}
	p.Weight = Weight{Hit: len(by)}
	if glob {
		p.Ask = "Remove them?"
		p.Fresh = true
	}
	return p, nil
}

// redactSome removes single messages: those that are named, or what a reply is about.
func redactSome(ctx context.Context, c *call, d MemberDesk, m MessageDesk, events []messages) (Plan, error) {
	if len(events) == 0 {
		events = []messages{{}} // the reply
	}
	var all []Said
	for _, what := range events {
		said, err := c.meant(ctx, m, what)
		if err != nil && len(events) > 1 {
			err = about(err, string(what.event))
		}
		if err != nil {
			return Plan{}, err
		}
		all = append(all, said...)
	}
	all = distinct(all, func(s Said) Said { return s })
	more := len(all) - mostMeant
	var p Plan
	var removing, not []string
	for _, said := range all[:min(len(all), mostMeant)] {
		kept, err := d.Message(ctx, said.Room, said.Event)
		if err != nil && len(all) == 1 {
			return Plan{}, err
		}
		if err != nil {
			not = append(not, fmt.Sprintf("Not one of %s in %s: %s", text.Code(string(said.By)), c.room(said.Room), c.explain(err)))
			continue
		}
		removing = append(removing, fmt.Sprintf("a message of %s in %s", text.Code(string(said.By)), c.room(said.Room)))
		p.Exhibits = append(p.Exhibits, kept...)
		p.want(action.Action{Verb: action.Redact, Room: said.Room, User: said.By, Event: said.Event, Reason: arg[string](c, "reason")})
	}
	if len(removing) == 0 {
		return Plan{}, refuse("%s", text.Paragraphs(not[:min(len(not), 5)]...))
	}
	rest := ""
	if more > 0 {
		rest = fmt.Sprintf("There are %d more, which I leave: %d at a time.", more, mostMeant)
	}
	rest = text.Paragraphs(rest, strings.Join(not[:min(len(not), 5)], "\n\n"))
	whose := text.And(firstOf(removing, "more message"))
	p.Effect, p.Answer = text.Paragraphs("I would remove "+whose+".", rest), text.Paragraphs("Removing "+whose+".", rest)
	return p, nil
}

// firstOf are the first few of many, and how many more there are.
func firstOf(all []string, what string) []string {
	if len(all) <= 5 {
		return all
	}
	return append(all[:4:4], text.Count(len(all)-4, what))
}
