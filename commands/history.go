package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/sanction"
	"forseti/text"
)

// How far back cases and the history go.
const (
	usualPast = 7 * 24 * time.Hour
	leastPast = time.Minute
	mostPast  = 10 * 365 * 24 * time.Hour
	// MostPast bounds how many are shown.
	MostPast = 50
)

func memoryCommands(d CaseDesk) []*command {
	when := sinceValue(leastPast, mostPast)
	since := flag{name: "since", value: &when, doc: "how far back, such as `2d`, or a date"}
	whose := param{name: "whose", optional: true, doc: "a user, a moderator or a room; all if it is left out", value: userOrRoom}
	return []*command{{
		name: "cases", family: "Members", effect: looks,
		summary:  "list what protections found and what you did, by the numbers of the cases, the latest first",
		details:  fmt.Sprintf("It goes %s back unless you say otherwise. `case <number>` shows one, and `undo <number>` takes it back.", sanction.Span(usualPast)),
		params:   []param{whose},
		flags:    []flag{since},
		examples: []string{"cases", "cases @rude:example.org", "cases #lobby:example.org --since 2d"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return cases(ctx, c, d) },
	}, {
		name: "history", family: "Members", effect: looks,
		summary:  "show what I did, why and for whom, the latest first",
		details:  fmt.Sprintf("It goes %s back unless you say otherwise, and as far as my database remembers. What was refused is shown too.", sanction.Span(usualPast)),
		params:   []param{whose, {name: "when", optional: true, doc: "how far back, such as `2d`, or a date", value: when}},
		flags:    []flag{since},
		examples: []string{"history", "history @rude:example.org 30d", "history #lobby:example.org --since 2026-01-31"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return history(ctx, c, d) },
	}}
}

// userOrRoom is a user or a room; a word that is neither goes to the next place.
var userOrRoom = value{hint: "user or room", of: aboutUsers, parse: func(_ *call, w grammar.Word) (any, error) {
	if !named(w) {
		if strings.Contains(w.Text, ".") {
			return nil, refuse("%s is neither a user nor a room.", text.Code(w.Text))
		}
		return nil, errNotMine
	}
	e, err := parseEntity(w)
	switch {
	case err != nil:
		return nil, err
	case e.kind == policy.Server || e.glob:
		return nil, refuse("%s is neither a user nor a room.", text.Code(w.Text))
	}
	return e, nil
}}

// sought is whose past is asked for, and how long ago it begins.
func (c *call) sought(now time.Time) (s Sought, ago time.Duration, err error) {
	e := arg[entity](c, "whose")
	switch {
	case e.name == "":
	case e.kind == policy.RoomKind:
		ref, err := parseRoom(e.name)
		if err != nil {
			return s, 0, err
		}
		room, err := c.protected(ref)
		if err != nil {
			return s, 0, err
		}
		s.Room = room.ID
	default:
		s.User = id.UserID(e.name)
	}
	if ago, err = c.agoOf("since", now, usualPast, leastPast, mostPast); err != nil {
		return s, 0, err
	}
	if m := arg[moment](c, "when"); m != (moment{}) {
		ago = m.before(now)
	}
	if ago < 0 {
		return s, 0, refuse("That has not come yet.")
	}
	s.Since = now.Add(-ago)
	return s, ago, nil
}

// whosePast says whose past it is.
func whosePast(c *call, s Sought) string {
	switch {
	case s.User != "":
		return " of " + text.Code(string(s.User))
	case s.Room != "":
		return " in " + c.room(s.Room)
	}
	return ""
}

// folded shows the first of many lines, and says how to see the others.
func folded(lines []string) string {
	more := ""
	if len(lines) >= MostPast {
		more = fmt.Sprintf("\n\nThese are the latest %d. `--since` and a user or room show fewer.", MostPast)
	}
	return listing(lines, "") + more
}

func cases(ctx context.Context, c *call, d CaseDesk) (Plan, error) {
	s, ago, err := c.sought(d.Now())
	if err != nil {
		return Plan{}, err
	}
	all, err := d.Cases(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	if len(all) == 0 {
		return says("There is no case%s of the last %s.", whosePast(c, s), text.Duration(ago)), nil
	}
	lines := make([]string, 0, len(all))
	for _, of := range all {
		lines = append(lines, c.caseLine(of))
	}
	return says("%s%s of the last %s:%s", text.Count(len(all), "case"), whosePast(c, s), text.Duration(ago), folded(lines)), nil
}

// caseLine is a line of a list of cases.
func (k *known) caseLine(of Case) string {
	line := fmt.Sprintf("**%d**, %s: %s, by %s", of.Number, k.stamp(of.Opened), of.whom(k), of.openedBy())
	if of.Reason != "" {
		line += ": " + of.why()
	}
	return line + of.standing()
}

// standing is how a case ended, in a word; "" while it stands as it was made.
func (of Case) standing() string {
	switch of.Decided {
	case "":
		return " (**appealed**)"
	case CaseUpheld:
		return " (upheld)"
	case CaseOverturned:
		return " (undone)"
	}
	return ""
}

func history(ctx context.Context, c *call, d CaseDesk) (Plan, error) {
	s, ago, err := c.sought(d.Now())
	if err != nil {
		return Plan{}, err
	}
	all, err := d.History(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	switch {
	case len(all) == 0 && s.User != "":
		return says("Nothing was done to %[1]s in the last %[2]s, and nothing that they asked for. What they set is not among that: `!forseti cases %[3]s` lists the commands of a moderator.", text.Code(string(s.User)), text.Duration(ago), s.User), nil
	case len(all) == 0:
		return says("Nothing was done%s in the last %s.", whosePast(c, s), text.Duration(ago)), nil
	}
	lines := make([]string, 0, len(all))
	for _, did := range all {
		lines = append(lines, deedLine(c, did))
	}
	return says("What was done%s in the last %s:%s", whosePast(c, s), text.Duration(ago), folded(lines)), nil
}

// anyRoom shows a room, whatever it is to us.
func anyRoom(c *call, room id.RoomID) string {
	if room == c.Room {
		return "this room"
	}
	for _, l := range c.watched() {
		if l.ID == room {
			return "the list " + c.listName(l)
		}
	}
	return c.room(room)
}

// deedLine is a line of the history.
func deedLine(c *call, did Deed) string {
	line := c.stamp(did.At) + ": " + did.what()
	switch {
	case did.Rooms > 1:
		line += " " + did.in() + " " + text.Count(did.Rooms, "room")
	case did.Room != "":
		line += " " + did.in() + " " + anyRoom(c, did.Room)
	}
	if did.By != "" {
		line += ", by " + text.Code(string(did.By))
	}
	if did.Why != "" {
		line += ", " + did.Why
	}
	if did.Case > 0 {
		line += fmt.Sprintf(" (case %d)", did.Case)
	}
	return line + pick(did.State == "", "", ": "+did.State)
}
