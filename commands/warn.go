package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

func warnCommands(d WhyDesk, members MemberDesk, m MessageDesk) []*command {
	return []*command{{
		name: "warn", family: "Members", effect: moderates, long: always, onSite: true,
		summary: "warn a user: I tell them in a direct chat, and it counts against them",
		details: "They are told in the words of `notice`, with your reason, and can appeal. It weighs as much as leads to a warning by itself (`ladder`), so that who goes on meets the next steps sooner; by itself nothing else follows from it. `strikes` shows what somebody has, and `case <number> overturn` takes a warning back.",
		params: []param{
			{name: "user", doc: "whom: a user, or a link to what they wrote, or several", value: messagesValue, several: true, replied: true},
			{name: "reason", optional: true, doc: "why; the user reads it", value: textValue},
		},
		flags:    []flag{inRooms, because},
		asks:     manyReplied,
		examples: []string{"warn @rude:example.org please be kind", "warn @rude:example.org --room #lobby:example.org", "warn https://matrix.to/#/!room:example.org/$event no advertisements"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return warn(ctx, c, d, members, m) },
	}, {
		name: "strikes", family: "Members", effect: looks,
		summary:  "show the points of a user: what they are for, when each fades, and what comes next",
		details:  "An offence counts half after the ladder's `half-life`, and is gone once it weighs less than a point.",
		params:   []param{{name: "user", doc: "a user", value: userValue, replied: true}},
		examples: []string{"strikes @rude:example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			e, err := whomOne(ctx, c, m, "user")
			if err != nil {
				return Plan{}, err
			}
			return strikes(c, d, e)
		},
	}}
}

// warned is somebody whom a warning is for, and where.
type warned struct {
	user id.UserID
	in   []id.RoomID
}

// warnedOf are those whom a warning is for, each once; ask says that nobody named them.
func warnedOf(ctx context.Context, c *call, members MemberDesk, m MessageDesk) (all []warned, ask bool, err error) {
	named := args[messages](c, "user")
	if len(named) == 0 { // a reply stands in for it
		named, ask = []messages{{}}, true
	}
	within, err := c.rooms()
	if err != nil {
		return nil, false, err
	}
	add := func(of warned) {
		i := slices.IndexFunc(all, func(other warned) bool { return other.user == of.user })
		if i < 0 {
			all = append(all, of)
			return
		}
		for _, room := range of.in {
			if !slices.Contains(all[i].in, room) {
				all[i].in = append(all[i].in, room)
			}
		}
	}
	for _, what := range named {
		if what.user.name != "" {
			u, err := oneUser(c, what.user, "warn")
			if err != nil {
				return nil, false, err
			}
			in := slices.Sorted(maps.Keys(members.FindMembers(string(u), "")))
			add(warned{u, slices.DeleteFunc(in, func(room id.RoomID) bool { return len(within) > 0 && !slices.Contains(within, room) })})
			continue
		}
		said, err := c.meant(ctx, m, what)
		if err != nil {
			return nil, false, err
		}
		for _, s := range said {
			add(warned{s.By, []id.RoomID{s.Room}})
		}
	}
	if len(all) > mostNamed {
		return nil, false, refuse("That is about %d users, and one command is about %d at most.", len(all), mostNamed)
	}
	return all, ask && len(all) > 1, nil
}

func warn(ctx context.Context, c *call, d WhyDesk, members MemberDesk, m MessageDesk) (Plan, error) {
	all, ask, err := warnedOf(ctx, c, members, m)
	if err != nil {
		return Plan{}, err
	}
	names := make([]string, len(all))
	for i, of := range all {
		names[i] = string(of.user)
	}
	p, err := each(names, "Warn them?", func(i int) (Plan, error) { return warnOne(c, d, members, all[i]) })
	if ask && len(p.Steps) > 0 {
		p.Ask = "Warn them?"
	}
	return p, err
}

func warnOne(c *call, d WhyDesk, members MemberDesk, of warned) (Plan, error) {
	switch {
	case of.user == c.self:
		return Plan{}, refuse("That is me.")
	case len(members.Spared(string(of.user))) > 0:
		return Plan{}, refuse("%s is a moderator here, and I do not warn moderators.", text.Code(string(of.user)))
	case len(of.in) == 0 || len(members.FindMembers(string(of.user), "")) == 0:
		return Plan{}, refuse("%s is in none of the rooms, so I would not reach them. %s writes something down about them.", text.Code(string(of.user)), text.Code("!forseti note "+string(of.user)))
	}
	reason := cmp.Or(arg[string](c, "reason"), "the rules of the room")
	stands := d.Standing(of.user)
	points := stands.Points + stands.Ladder.Warning
	whom := fmt.Sprintf("%s in %s", text.Code(string(of.user)), c.roomsNamed(of.in))
	p := Plan{
		Effect: fmt.Sprintf("I would warn %s, for: %s. They would have %s.", whom, text.Escape(reason, text.MostReason), text.Count(points, "point")),
		Answer: fmt.Sprintf("Warned %s, for: %s. They have %s now%s.", whom, text.Escape(reason, text.MostReason), text.Count(points, "point"), stands.Ladder.ahead(points)),
		Weight: Weight{Hit: 1},
	}
	p.change(Change{Kind: Warn, User: of.user, Room: of.in[0], Key: string(c.Sender), Name: c.roomsNamed(of.in), Value: reason}, "")
	return p, nil
}

// Ahead is what points lead to here.
type Ahead struct {
	Steps   []AheadStep // the mildest first
	Warning int         // how many points a warning by hand has
}

// AheadStep is a step that points lead to.
type AheadStep struct {
	From int
	Step string
}

// ahead says what comes next, as the end of a sentence; "" for nothing.
func (a Ahead) ahead(points int) string {
	for _, s := range a.Steps {
		if s.From > points {
			return fmt.Sprintf("; what comes next is `%s`, at %d", s.Step, s.From)
		}
	}
	return ""
}

func strikes(c *call, d WhyDesk, e entity) (Plan, error) {
	u, err := oneUser(c, e, "strikes")
	if err != nil {
		return Plan{}, err
	}
	m := d.Standing(u)
	if len(m.Offences) == 0 {
		return says("%s has no points: nothing counts against them.", text.Code(string(u))), nil
	}
	var lines []string
	for _, o := range m.Offences {
		line := fmt.Sprintf("%s in %s: %s, ", c.stamp(o.At), c.room(o.Room), o.by())
		switch {
		case o.Undone:
			line += "undone, counts nothing"
		case o.Weighs < 1:
			line += "faded"
		default:
			line += fmt.Sprintf("**%s** now, gone by %s", text.Count(o.Weighs, "point"), c.day(o.Gone))
		}
		if o.Case > 0 {
			line += fmt.Sprintf(" (case %d)", o.Case)
		}
		lines = append(lines, line)
	}
	said := fmt.Sprintf("%s has **%s**%s.", text.Code(string(u)), text.Count(m.Points, "point"), m.Ladder.ahead(m.Points))
	how := fmt.Sprintf("`!forseti warn` adds %d, and %s takes all of them away.", m.Ladder.Warning, text.Code("!forseti pardon "+string(u)))
	return Plan{Answer: text.Paragraphs(said, some("They are for:", lines), how)}, nil
}

// by is what found an offence.
func (o Offence) by() string {
	if o.Protection == "" {
		return "warned by a moderator"
	}
	return fmt.Sprintf("%s (%s, %s)", text.Escape(o.Protection, text.MostName), o.Class, o.Step)
}

// MemberNote is what a moderator wrote down about a user.
type MemberNote struct {
	ID string
	CaseNote
}

const (
	// MostNotes bounds what is written down about one user.
	MostNotes = 20
	mostNote  = 500
)

func noteCommands(d WhyDesk, m MessageDesk) []*command {
	return []*command{{
		name: "note", family: "Members", effect: moderates,
		summary: "write something down about a user, for the other moderators",
		details: fmt.Sprintf("It weighs nothing, and the user does not hear of it. `why` shows it, with who wrote it and when. There are at most %d about one user, of %d letters each. It is kept in my database until somebody removes it.", MostNotes, mostNote),
		params: []param{
			{name: "user", doc: "about whom", value: userValue, replied: true},
			{name: "text", doc: "what", value: textValue},
		},
		examples: []string{"note @friend:example.org wrote to us, was hacked"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return note(ctx, c, d, m) },
	}, {
		name: "note remove", family: "Members", effect: moderates,
		summary: "remove a note about a user",
		params: []param{
			{name: "user", doc: "about whom", value: userValue},
			{name: "number", doc: "which one, as `why` shows it", value: number(1, MostNotes)},
		},
		examples: []string{"note remove @friend:example.org 1"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return unnote(ctx, c, d) },
	}}
}

func note(ctx context.Context, c *call, d WhyDesk, m MessageDesk) (Plan, error) {
	e, err := whomOne(ctx, c, m, "user")
	if err != nil {
		return Plan{}, err
	}
	written := arg[string](c, "text")
	u := id.UserID(e.name)
	if e.glob {
		return Plan{}, refuse("%s is a pattern. A note is about one user.", text.Code(e.name))
	}
	if n := len([]rune(written)); n > mostNote {
		return Plan{}, refuse("That note has %d letters; %d are the most. Write the gist of it.", n, mostNote)
	}
	before, err := d.Notes(ctx, u)
	if err != nil {
		return Plan{}, err
	}
	if len(before) >= MostNotes {
		return Plan{}, refuse("There are %d notes about %s already, which is the most. %s shows them, and %s removes one.", MostNotes, text.Code(e.name),
			text.Code("!forseti why "+e.name), text.Code("!forseti note remove "+e.name+" 1"))
	}
	p := Plan{Effect: fmt.Sprintf("There would be a note about %s.", text.Code(e.name)), Answer: fmt.Sprintf("I noted that about %s. %s shows it.", text.Code(e.name), text.Code("!forseti why "+e.name))}
	p.change(Change{Kind: NoteUser, User: u, Key: string(c.Sender), Name: stepID(c.Event, c.Line, 0), Value: written}, "")
	p.harmless = true
	return p, nil
}

func unnote(ctx context.Context, c *call, d WhyDesk) (Plan, error) {
	e, n := arg[entity](c, "user"), arg[int](c, "number")
	notes, err := d.Notes(ctx, id.UserID(e.name))
	switch {
	case err != nil:
		return Plan{}, err
	case n > len(notes):
		return Plan{}, refuse("There is no note %d about %s: there %s.", n, text.Code(e.name), text.Pick(len(notes), "is 1", fmt.Sprintf("are %d", len(notes))))
	}
	said := noteLine(c, notes[n-1])
	p := Plan{Effect: "This note would be removed: " + said, Answer: "Removed the note: " + said}
	p.change(Change{Kind: ForgetNote, Name: notes[n-1].ID}, "")
	p.harmless = true
	return p, nil
}

func noteLine(c *call, n MemberNote) string {
	return fmt.Sprintf("%s, by %s: %s", c.stamp(n.At), text.Code(string(n.By)), text.Escape(n.Text, mostNote))
}

// notesOf shows the notes about a user; "" for none.
func notesOf(c *call, notes []MemberNote) string {
	lines := make([]string, len(notes))
	for i, n := range notes {
		lines[i] = fmt.Sprintf("%d: %s", i+1, noteLine(c, n))
	}
	if len(lines) == 0 {
		return ""
	}
	return "Notes:" + listing(lines, "")
}
