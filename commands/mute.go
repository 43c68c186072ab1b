package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/sanction"
	"forseti/text"
)

// MuteDesk is what the commands about mutes ask.
type MuteDesk interface {
	// Muted gives the mutes of a user that hold, also those that somebody else made.
	Muted(ctx context.Context, user id.UserID) ([]Muted, error)
	Now() time.Time
}

// Muted is that a user may not speak in a room though others may.
type Muted struct {
	Room  id.RoomID
	Entry string          // of the journal, if we did that
	Was   json.RawMessage // what there was before, if we did
	Until time.Time       // when it ends; zero if it does not by itself
}

// outlasts tells whether another mute, up to a time or for good, would add nothing to it: not as much
// as the shortest that there is.
func (m Muted) outlasts(ends time.Time) bool {
	return m.Until.IsZero() || !ends.IsZero() && ends.Before(m.Until.Add(leastMute))
}

// until says when it ends.
func (m Muted) until(c *call) string {
	if m.Until.IsZero() {
		return "for good"
	}
	return "until " + c.stamp(m.Until)
}

// How long a mute lasts.
const (
	usualMute = time.Hour
	leastMute = time.Minute
	mostMute  = 365 * 24 * time.Hour
)

func muteCommands(d MuteDesk, members MemberDesk, m MessageDesk) []*command {
	lasts := spanOrGood(leastMute, mostMute)
	return []*command{{
		name: "mute", family: "Members", effect: moderates, onSite: true,
		summary: "have a user not speak in the protected rooms that they are in, for a time",
		details: fmt.Sprintf("It ends by itself, also if I am away then, and the user has exactly the level again that they had. It lasts %s unless `--for` says otherwise. Of several mutes in one room the longest holds.",
			sanction.Span(usualMute)),
		params: []param{
			{name: "user", doc: "whom, or several", value: userValue, several: true, replied: true},
			{name: "reason", optional: true, doc: "why; it stands in my records, and the user does not see it", value: textValue},
		},
		flags:    []flag{{name: "for", value: &lasts, doc: "for how long, such as `30m` or `2d`, or `good`"}, inRooms, because},
		asks:     manyReplied,
		examples: []string{"mute @loud:example.org --for 2h calm down", "mute @loud:example.org --room #lobby:example.org", "mute @loud:example.org --for good", "mute @one:example.org @two:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return mute(ctx, c, d, members, m) },
	}, {
		name: "unmute", family: "Members", effect: moderates,
		summary:  "let a user speak again, with exactly the level that they had",
		details:  "It ends mutes by anybody: by `mute`, by a protection, and by a level that somebody lowered by hand.",
		params:   []param{{name: "user", doc: "whom, or several", value: userValue, several: true, replied: true}},
		flags:    []flag{inRooms},
		asks:     manyReplied,
		examples: []string{"unmute @loud:example.org", "unmute @loud:example.org --room #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return unmute(ctx, c, d, m) },
	}}
}

// spanOrGood is spanOf that also takes good, which is zero.
func spanOrGood(least, most time.Duration) value {
	of := spanOf(least, most)
	return value{hint: "time or good", parse: func(c *call, w grammar.Word) (any, error) {
		if strings.EqualFold(w.Text, "good") {
			return time.Duration(0), nil
		}
		return of.parse(c, w)
	}}
}

// oneUser is one of those whom a command names that takes no patterns.
func oneUser(c *call, e entity, does string) (id.UserID, error) {
	switch {
	case e.glob:
		return "", refuse("%s is a pattern, and may be about many. Write the users to %s by their IDs.", text.Code(e.name), does)
	case e.name == string(c.self):
		return "", refuse("That is me.")
	}
	return id.UserID(e.name), nil
}

func mute(ctx context.Context, c *call, d MuteDesk, members MemberDesk, m MessageDesk) (Plan, error) {
	es, several, err := whom(ctx, c, m, "user")
	if err != nil {
		return Plan{}, err
	}
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	p, err := each(namesOf(es), "", func(i int) (Plan, error) { return muteOne(ctx, c, d, members, es[i], rooms) })
	if several {
		p.Ask = "Mute them?"
	}
	return p, err
}

func muteOne(ctx context.Context, c *call, d MuteDesk, members MemberDesk, e entity, rooms []id.RoomID) (Plan, error) {
	u, err := oneUser(c, e, "mute")
	if err != nil {
		return Plan{}, err
	}
	if len(members.Spared(string(u))) > 0 {
		return Plan{}, refuse("%s is a moderator here, and I do not mute moderators.", text.Code(string(u)))
	}
	in := slices.Sorted(maps.Keys(membersIn(members, string(u), rooms)))
	if len(in) == 0 {
		return says("%s is in none of the rooms, so there is nobody to mute. %s keeps them out.", text.Code(string(u)), text.Code("!forseti ban "+string(u))), nil
	}
	lasts, given := c.flags["for"].(time.Duration)
	if !given {
		lasts = usualMute
	}
	until, ends := "for good", time.Time{}
	if lasts > 0 {
		ends = d.Now().Add(lasts)
		until = fmt.Sprintf("for %s, until %s", sanction.Span(lasts), c.stamp(ends))
	}
	held, err := d.Muted(ctx, u)
	if err != nil {
		return Plan{}, err
	}
	anew := slices.Clone(in)
	var silent, longer []id.RoomID
	var lasting []string
	for _, m := range held {
		if !slices.Contains(in, m.Room) {
			continue
		}
		anew = slices.DeleteFunc(anew, func(r id.RoomID) bool { return r == m.Room })
		if m.outlasts(ends) {
			longer = append(longer, m.Room)
			lasting = append(lasting, "in "+c.room(m.Room)+" "+m.until(c))
			continue
		}
		silent = append(silent, m.Room)
	}
	so := ""
	if len(longer) > 0 {
		so = fmt.Sprintf("%s is muted already, %s, and this mute would not last longer. %s ends it.",
			text.Code(string(u)), text.NamedSome(lasting, mostNames), text.Code("!forseti unmute "+string(u)))
	}
	if len(anew)+len(silent) == 0 {
		return says("%s", so), nil
	}
	p := Plan{Weight: Weight{Hit: 1}}
	if len(anew) > 0 {
		whom := fmt.Sprintf("%s in %s %s", text.Code(string(u)), c.roomsNamed(anew), until)
		p.Effect, p.Answer = "I would mute "+whom+".", "Muting "+whom+"."
	}
	if len(silent) > 0 {
		longest := fmt.Sprintf("%s is muted in %s already. Of several mutes the one that ends last holds: this one is %s. %s ends all.",
			text.Code(string(u)), c.roomsNamed(silent), until, text.Code("!forseti unmute "+string(u)))
		p.Effect, p.Answer = text.Paragraphs(p.Effect, longest), text.Paragraphs(p.Answer, longest)
	}
	p.Effect, p.Answer = text.Paragraphs(p.Effect, so), text.Paragraphs(p.Answer, so)
	for _, r := range slices.Sorted(slices.Values(slices.Concat(anew, silent))) {
		p.want(action.Action{Verb: action.Mute, Room: r, User: u, Reason: arg[string](c, "reason"), Expires: ends})
	}
	return p, nil
}

func unmute(ctx context.Context, c *call, d MuteDesk, m MessageDesk) (Plan, error) {
	es, several, err := whom(ctx, c, m, "user")
	if err != nil {
		return Plan{}, err
	}
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	p, err := each(namesOf(es), "", func(i int) (Plan, error) { return unmuteOne(ctx, c, d, es[i], rooms) })
	if several {
		p.Ask = "Unmute them?"
	}
	return p, err
}

func unmuteOne(ctx context.Context, c *call, d MuteDesk, e entity, rooms []id.RoomID) (Plan, error) {
	u, err := oneUser(c, e, "unmute")
	if err != nil {
		return Plan{}, err
	}
	held, err := d.Muted(ctx, u)
	if err != nil {
		return Plan{}, err
	}
	held = slices.DeleteFunc(held, func(m Muted) bool { return len(rooms) > 0 && !slices.Contains(rooms, m.Room) })
	if len(held) == 0 {
		how := "muted in no protected room"
		if len(rooms) > 0 {
			how = "not muted in " + c.roomsNamed(rooms)
		}
		return says("%s is %s. %s shows how they stand.", text.Code(string(u)), how, text.Code("!forseti why "+string(u))), nil
	}
	var in []id.RoomID
	var p Plan
	for _, m := range held {
		in = append(in, m.Room)
		p.want(action.Action{Verb: action.Unmute, Room: m.Room, User: u, Reason: "unmuted by a moderator", Was: m.Was, Parent: m.Entry})
	}
	whom := fmt.Sprintf("%s in %s", text.Code(string(u)), c.roomsNamed(in))
	p.Effect, p.Answer = "I would unmute "+whom+".", "Unmuting "+whom+"."
	return p, nil
}

// roomsNamed names a few rooms, and counts many.
func (c *call) roomsNamed(in []id.RoomID) string {
	const few = 3
	if len(in) > few {
		return text.Count(len(in), "room")
	}
	named := make([]string, len(in))
	for i, r := range in {
		named[i] = c.room(r)
	}
	return text.And(named)
}
