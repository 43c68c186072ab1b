package commands

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/sanction/trust"
	"forseti/text"
)

// WhyDesk is what the command about one user's standing asks.
type WhyDesk interface {
	Standing(u id.UserID) Member
	// Matching gives the rules that match an entity.
	Matching(kind policy.Kind, entity string) []policy.Rule
	// BansOf are the bans of a user in the protected rooms, whoever made them, by their rooms.
	BansOf(u id.UserID) []RoomBan
	OrderDesk
	// Notes are what moderators wrote down about a user, the first one first.
	Notes(ctx context.Context, u id.UserID) ([]MemberNote, error)
}

// OrderDesk knows for whom we wrote rules.
type OrderDesk interface {
	// Ordered are the moderators who had us write rules, by the rules' events, as far as that is known.
	Ordered(ctx context.Context, rules []id.EventID) (map[id.EventID]id.UserID, error)
}

// RoomBan is the ban of a user in a room.
type RoomBan struct {
	Room   id.RoomID
	By     id.UserID
	At     time.Time // zero if nobody knows
	Reason string
	Cause  action.Cause // of one of ours, as far as it is known
}

// Member is how a user stands with us.
type Member struct {
	Past      trust.Past
	Moderator bool // a member of the management room
	Exempt    bool // by a policy list
	// Points are what their offences weigh by now, and Offences what they did of late, the
	// earliest first.
	Points   int
	Offences []Offence
	Ladder   Ahead
}

// Offence is what a protection found against a user, or a moderator warned them for.
type Offence struct {
	At         time.Time
	Room       id.RoomID
	Protection string // "" for a moderator's warning
	Class      string
	Weighs     int       // in points, by now
	Gone       time.Time // when it weighs less than one
	Step       string    // that was taken
	Undone     bool
	Case       int64 // 0 for none
}

func whyCommands(d WhyDesk, past CaseDesk, m MessageDesk) []*command {
	return []*command{{
		name: "why", family: "Members", effect: looks,
		summary:  "show how a user stands: why they are banned, by whom and where, and how far they are trusted",
		details:  "New members are looked at the closest. Trust grows by messages that stood, on several days, in rooms where others talk too; of one day five messages count at most. It fades: half of it in eight weeks.",
		params:   []param{{name: "user", doc: "a user", value: userValue, replied: true}},
		examples: []string{"why @friend:example.org"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			e, err := whomOne(ctx, c, m, "user")
			if err != nil {
				return Plan{}, err
			}
			return why(ctx, c, d, past, e)
		},
	}, pardonCommand(d, m)}
}

func why(ctx context.Context, c *call, d WhyDesk, past CaseDesk, e entity) (Plan, error) {
	u := id.UserID(e.name)
	m := d.Standing(u)
	notes, err := d.Notes(ctx, u)
	if err != nil {
		return Plan{}, err
	}
	about, err := casesAbout(ctx, c, past, u, m.Offences)
	if err != nil {
		return Plan{}, err
	}
	said := []string{fmt.Sprintf("%s is **%s** here: %s.", text.Code(e.name), m.Past.Level(), pastWords(m.Past))}
	switch {
	case m.Moderator:
		said = append(said, "They are a moderator, so no protection acts on them.")
	case m.Exempt:
		said = append(said, "A list exempts them, so no protection acts on them unless its `exempt-listed` says otherwise.")
	}
	said = append(said, apartWords(&c.known, u), bansOf(c, d.BansOf(u)))
	rules := append(d.Matching(policy.User, e.name), d.Matching(policy.Server, policy.ServerOf(u))...)
	if len(rules) == 0 {
		said = append(said, "No rule matches them.")
	} else {
		lines, err := writtenLines(ctx, c, d, rules, true)
		if err != nil {
			return Plan{}, err
		}
		said = append(said, fmt.Sprintf("%s them:", text.Pick(len(rules), "1 rule matches", fmt.Sprintf("%d rules match", len(rules))))+listing(lines, ""))
	}
	if len(m.Offences) > 0 {
		said = append(said, offenceWords(c, m))
	}
	said = append(said, about, notesOf(c, notes))
	return Plan{Answer: text.Paragraphs(append(said, e.note)...)}, nil
}

// ofOurs are the rules that we wrote, among those that are shown.
func ofOurs(c *call, rules []policy.Rule) (all []id.EventID) {
	for _, r := range rules[:min(len(rules), maxLines)] {
		if r.Sender == c.self && r.Event != "" {
			all = append(all, r.Event)
		}
	}
	return all
}

// bansOf says where somebody is banned, by whom, since when and why; "" if nowhere. What is the
// same in several rooms is one line.
func bansOf(c *call, bans []RoomBan) string {
	type made struct {
		by     id.UserID
		reason string
		cause  action.Cause
	}
	in, at := map[made][]string{}, map[made]time.Time{}
	var order []made
	for _, b := range bans {
		m := made{b.By, b.Reason, b.Cause}
		m.cause.Event = "" // what set it off
		if in[m] == nil {
			order = append(order, m)
		}
		in[m] = append(in[m], c.room(b.Room))
		if first := at[m]; first.IsZero() || !b.At.IsZero() && b.At.Before(first) {
			at[m] = b.At
		}
	}
	lines := make([]string, 0, len(order))
	for _, m := range order {
		line := "in " + text.NamedSome(in[m], mostRoomsBanned) + ", by " + c.author(m.by)
		switch m.cause.Kind {
		case action.ByRule:
			line += ", for the rule " + text.Code(m.cause.Entity) + " in " + c.listOf(policy.Rule{List: m.cause.List})
		case action.ByProtection:
			line += ", by the protection " + text.Code(m.cause.Protection)
		case action.ByModerator:
			line += ", as " + text.Code(string(m.cause.Moderator)) + " said"
		}
		if first := at[m]; !first.IsZero() {
			line += ", " + c.stamp(first)
		}
		if reason := text.Escape(m.reason, text.MostReason); reason != "" {
			line += ": " + reason
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		return ""
	}
	return "They are banned:" + listing(lines, "")
}

// mostRoomsBanned is how many rooms are named of which the same is said.
const mostRoomsBanned = 3

// How far back cases are shown that are about somebody, and how many.
const (
	pastOfWhy   = 30 * 24 * time.Hour
	mostWhyPast = 5
)

// casesAbout shows the latest cases about somebody, but for those that their offences name; "" if
// there are none.
func casesAbout(ctx context.Context, c *call, d CaseDesk, u id.UserID, known []Offence) (string, error) {
	all, err := d.Cases(ctx, Sought{User: u, Since: d.Now().Add(-pastOfWhy)})
	if err != nil {
		return "", err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(of Case) bool {
		return of.User != u && !slices.Contains(of.About, string(u)) || // they opened it themselves
			slices.ContainsFunc(known, func(o Offence) bool { return o.Case == int64(of.Number) })
	})
	if len(all) == 0 {
		return "", nil
	}
	lines := make([]string, 0, mostWhyPast)
	for _, of := range all[:min(len(all), mostWhyPast)] {
		lines = append(lines, c.caseLine(of))
	}
	said := "Cases of the last " + text.Duration(pastOfWhy) + ":" + listing(lines, "")
	if n := len(all) - mostWhyPast; n > 0 {
		said += fmt.Sprintf("\n\n%d earlier: %s.", n, text.Code("!forseti cases "+grammar.Quote(string(u))+" --since 30d"))
	}
	return said, nil
}

// pastWords say what a level follows from, in whole numbers.
func pastWords(p trust.Past) string {
	messages, days := int(math.Round(p.Messages)), int(math.Round(p.Days))
	if messages == 0 {
		return "I know of nothing that they wrote of late and that counts"
	}
	said := fmt.Sprintf("of what they wrote, %s on %s in %s count", text.Count(messages, "message"), text.Count(max(days, 1), "day"), text.Count(max(p.Rooms, 1), "room"))
	if p.Open {
		said += ", and points against them have not faded yet"
	}
	return said
}

// offenceWords say what somebody did, the latest first.
func offenceWords(c *call, m Member) string {
	const most = 10
	var lines []string
	for _, o := range slices.Backward(m.Offences) {
		line := fmt.Sprintf("%s in %s: %s", c.stamp(o.At), c.room(o.Room), o.by())
		if o.Undone {
			line += ", undone"
		}
		if o.Case > 0 {
			line += fmt.Sprintf(", case %d", o.Case)
		}
		lines = append(lines, line)
	}
	said := fmt.Sprintf("They have %s by now, for:", text.Count(m.Points, "point"))
	if n := len(lines) - most; n > 0 {
		return said + listing(lines[:most], "") + "\n\n… and " + text.Count(n, "earlier offence")
	}
	return said + listing(lines, "")
}
