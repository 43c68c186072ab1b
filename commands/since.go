package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
)

// ArrivalDesk looks at who came and went.
type ArrivalDesk interface {
	// Since gives who came into the protected rooms since then, or into those that are named, and who went.
	Since(ctx context.Context, at time.Time, rooms []id.RoomID) (Moves, error)
	Now() time.Time
}

// Moves are who came and who went, each once.
type Moves struct {
	Servers []ServerMoves
	Left    []id.UserID // by themselves
	Removed []id.UserID // by somebody, and may come back
	Banned  []id.UserID
}

// ServerMoves are who came from one server.
type ServerMoves struct {
	Server string
	Came   []Arrival
	Began  time.Time   // when the first of them came
	Others []id.UserID // members from there who were here before, by name
}

// Arrival is somebody who came.
type Arrival struct {
	User  id.UserID
	Rooms int
	Trust trust.Level
}

// How far back is looked.
const (
	usualSince = time.Hour
	leastSince = time.Minute
	mostSince  = 30 * 24 * time.Hour
)

func sinceCommands(d ArrivalDesk, m MemberDesk) []*command {
	when := sinceValue(leastSince, mostSince)
	return []*command{{
		name: "since", family: "Members", effect: looks, long: always,
		summary:  "show who came into the protected rooms lately, by server, what they wrote, and who went",
		details:  fmt.Sprintf("It looks %s back unless you say otherwise. Who is not new is named with how far they are trusted. Of a server from which several came, it says since when, what they wrote, who from there was here before, and which command bans them: of a server of which nobody was here before, the one that shuts it out; of names that begin alike, a pattern, with whoever is not new spared. Signs below the answer act on all who are new: a ban is asked about first.", sanction.Span(usualSince)),
		params:   []param{{name: "when", optional: true, doc: "how far back, such as `10m` or `2d`, or a date", value: when}},
		flags:    []flag{inRooms},
		examples: []string{"since 10m", "since 2d --room #lobby:example.org", "since 1h --room #lobby:example.org --room #den:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return since(ctx, c, d, m) },
	}}
}

func since(ctx context.Context, c *call, d ArrivalDesk, m MemberDesk) (Plan, error) {
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	ago := usualSince
	if m := arg[moment](c, "when"); m != (moment{}) {
		ago = m.before(d.Now())
	}
	switch {
	case ago < 0:
		return Plan{}, refuse("That has not come yet.")
	case ago < leastSince || ago > mostSince:
		return Plan{}, refuse("I look from %s to %s back.", sanction.Span(leastSince), sanction.Span(mostSince))
	}
	moves, err := d.Since(ctx, d.Now().Add(-ago), rooms)
	if err != nil {
		return Plan{}, err
	}
	where := "the protected rooms"
	if len(rooms) > 0 {
		where = c.roomsNamed(rooms)
	}
	var came []Arrival
	for _, s := range moves.Servers {
		came = append(came, s.Came...)
	}
	went := wentWords(moves)
	within := sanction.Span(ago.Round(time.Second))
	if len(came) == 0 {
		return says("%s", text.Paragraphs(fmt.Sprintf("Nobody came into %s in the last %s.", where, within), went)), nil
	}
	slices.SortStableFunc(moves.Servers, func(a, b ServerMoves) int {
		return cmp.Or(cmp.Compare(len(b.Came), len(a.Came)), cmp.Compare(a.Server, b.Server))
	})
	wrote := wroteLately(ctx, m, moves.Servers, rooms)
	lines := make([]string, len(moves.Servers))
	for i, s := range moves.Servers {
		lines[i] = c.cameFrom(s, wrote, d.Now())
	}
	head := fmt.Sprintf("In the last %s, %s came into %s, %s:", within, text.Count(len(came), "user"), where, newWords(came))
	return Plan{
		Answer:  text.Paragraphs(head+listing(lines, "look back less far"), went, allWhoCame(moves.Servers)),
		Mistake: Mistake{Choices: onAll(whoIsNew(came), wroteSome(came, wrote), onlyRemedy(c.self.Homeserver(), moves.Servers, wrote))},
	}, nil
}

// whoIsNew gives those who came and are new, in the order of their names.
func whoIsNew(came []Arrival) []id.UserID {
	var users []id.UserID
	for _, a := range came {
		if a.Trust == trust.New {
			users = append(users, a.User)
		}
	}
	slices.Sort(users)
	return users
}

// wroteSome tells whether those who are new wrote anything, or may have.
func wroteSome(came []Arrival, wrote map[id.UserID][]Said) bool {
	return wrote == nil || slices.ContainsFunc(came, func(a Arrival) bool { return a.Trust == trust.New && len(wrote[a.User]) > 0 })
}

// crowd is how many of one server are shown together, and with what to do about them.
const crowd = 3

// wroteLately finds what those of crowds wrote of late. What cannot be read is left out: who came is
// what was asked.
func wroteLately(ctx context.Context, m MemberDesk, servers []ServerMoves, rooms []id.RoomID) map[id.UserID][]Said {
	s := Search{Limit: usualLimit, Rooms: rooms}
	for _, from := range servers {
		if len(from.Came) >= crowd && len(from.Came) <= mostCrowd {
			for _, a := range from.Came {
				s.Users = append(s.Users, Whose{User: a.User})
			}
		}
	}
	if len(s.Users) == 0 || len(s.Users) > mostCrowd {
		return nil
	}
	found, err := m.Messages(ctx, s, nil)
	if err != nil {
		return nil
	}
	by := map[id.UserID][]Said{}
	for _, said := range found.Messages {
		by[said.By] = append(by[said.By], said)
	}
	return by
}

// mostCrowd bounds whose messages are looked for: each is compared with all of these.
const mostCrowd = 500

// allWhoCame names everybody of the crowds, folded.
func allWhoCame(servers []ServerMoves) string {
	const mostCrowds = 10
	servers = slices.DeleteFunc(slices.Clone(servers), func(s ServerMoves) bool {
		return len(s.Came) < crowd || len(s.Came) == crowd && len(s.Others) == 0
	})
	servers = servers[:min(len(servers), mostCrowds)]
	var folded []string
	for _, s := range servers {
		most := mostGatheredAtOnce / len(servers)
		all := make([]id.UserID, len(s.Came))
		for i, a := range s.Came {
			all[i] = a.User
		}
		body := "Came: " + text.Within(all, most) + "."
		if len(s.Others) > 0 {
			body = text.Paragraphs(body, "Here before: "+text.Within(s.Others, most/2)+".")
		}
		folded = append(folded, text.Fold(fmt.Sprintf("All %d of %s", len(s.Came), text.OneLine(s.Server)), body))
	}
	return text.Paragraphs(folded...)
}

// mostFolded is how many are named where somebody has to unfold the text.
const mostFolded = 200

func newWords(came []Arrival) string {
	fresh := 0
	for _, a := range came {
		if a.Trust == trust.New {
			fresh++
		}
	}
	switch fresh {
	case len(came):
		return text.Pick(fresh, "who is new", "all of them new")
	case 0:
		return text.Pick(len(came), "who is not new", "none of them new")
	}
	return fmt.Sprintf("%d of them new", fresh)
}

// cameFrom says who came from one server: those who are not new first, for they are whom a
// hasty ban would hit. Of a crowd it says what is the same of all, and what to do.
func (c *call) cameFrom(s ServerMoves, wrote map[id.UserID][]Said, now time.Time) string {
	const shown = 3
	came := slices.Clone(s.Came)
	slices.SortStableFunc(came, func(a, b Arrival) int {
		return cmp.Or(cmp.Compare(b.Trust, a.Trust), cmp.Compare(b.Rooms, a.Rooms), cmp.Compare(a.User, b.User))
	})
	known := slices.IndexFunc(came, func(a Arrival) bool { return a.Trust == trust.New })
	if known < 0 {
		known = len(came)
	}
	most := max(shown, known)
	if len(came) > crowd {
		most = known // the others are folded
	}
	var names []string
	for _, a := range came[:min(most, len(came))] {
		name := text.Code(string(a.User))
		if a.Trust > trust.New {
			name += " (" + a.Trust.String() + ")"
		}
		if a.Rooms > 1 {
			name += fmt.Sprintf(" in %d rooms", a.Rooms)
		}
		names = append(names, name)
	}
	if len(names) < len(came) && len(names) > 0 {
		names = append(names, fmt.Sprintf("%d more", len(came)-len(names)))
	}
	said := fmt.Sprintf("%s, %d", text.Code(s.Server), len(came))
	if len(came) < crowd || strings.EqualFold(s.Server, c.self.Homeserver()) && len(names) > 0 {
		return said + ": " + text.And(names)
	}
	if !s.Began.IsZero() {
		said += fmt.Sprintf(", the first %s ago", text.About(now.Sub(s.Began)))
	}
	if len(names) > 0 {
		said += ": " + text.And(names)
	}
	words, _ := wroteWords(came, wrote)
	said += "." + words
	if n := len(s.Others); n > 0 {
		said += fmt.Sprintf(" %s from there %s here before.", text.Count(n, "member"), text.Pick(n, "was", "were"))
	}
	if does, command := remedy(c.self.Homeserver(), s, wrote); command != "" {
		said += fmt.Sprintf(" %s: %s.", does, text.Code(command))
	}
	return said
}

// wroteWords say what a crowd wrote: whether anything, how much, and how it begins.
func wroteWords(came []Arrival, wrote map[id.UserID][]Said) (words string, some bool) {
	const begins = 30
	n, in, sample := 0, map[id.RoomID]bool{}, ""
	for _, a := range came {
		for _, said := range wrote[a.User] {
			n++
			in[said.Room] = true
			sample = cmp.Or(sample, text.Brief(said.Text, begins))
		}
	}
	switch {
	case wrote == nil:
		return "", true // it was not looked
	case n == 0:
		return " They wrote nothing.", false
	}
	words = fmt.Sprintf(" They wrote %s in %s", text.Count(n, "message"), text.Count(len(in), "room"))
	if sample != "" {
		words += ", such as " + text.LongCode(sample, begins+1)
	}
	return words + ".", true
}

// onlyRemedy is the command that ends what all who are new do, if they are one crowd; "" if there is
// none.
func onlyRemedy(own string, servers []ServerMoves, wrote map[id.UserID][]Said) (command string) {
	for _, s := range servers {
		if !slices.ContainsFunc(s.Came, func(a Arrival) bool { return a.Trust == trust.New }) {
			continue
		}
		if command != "" {
			return ""
		}
		if _, command = remedy(own, s, wrote); command == "" {
			return ""
		}
	}
	return command
}

// remedy says which command ends what a crowd does: the one that changes least.
func remedy(own string, s ServerMoves, by map[id.UserID][]Said) (does, command string) {
	if len(s.Came) < crowd || strings.EqualFold(s.Server, own) {
		return "", ""
	}
	known := 0
	for _, a := range s.Came {
		if a.Trust > trust.New {
			known++
		}
	}
	_, wrote := wroteWords(s.Came, by)
	redact, removes := "", ""
	if wrote {
		redact, removes = " --redact", ", and removes that"
	}
	if known == 0 && len(s.Others) == 0 {
		return "Nobody else here is from there. This shuts it out, by one change in each room" + removes, "!forseti ban " + s.Server + redact
	}
	users := make([]id.UserID, len(s.Came))
	for i, a := range s.Came {
		users[i] = a.User
	}
	pattern := alike(users)
	if pattern == "" {
		return "", ""
	}
	spared := func(u id.UserID) bool { return policy.Rule{Kind: policy.User, Entity: pattern}.Matches(string(u)) }
	var spares []id.UserID
	for _, a := range s.Came {
		if a.Trust > trust.New {
			spares = append(spares, a.User)
		}
	}
	for _, u := range s.Others {
		if spared(u) {
			spares = append(spares, u)
		}
	}
	const most = 5
	if len(spares) > most {
		return "", ""
	}
	var order strings.Builder
	order.WriteString("!forseti ban " + grammar.Quote(pattern) + redact)
	for _, u := range spares {
		order.WriteString(" --spare " + grammar.Quote(string(u)))
	}
	all := []string{"bans them"}
	if wrote {
		all = append(all, "removes that")
	}
	if len(spares) > 0 {
		all = append(all, "spares who is not new")
	}
	return "This " + text.And(all), order.String()
}

// alike is a pattern for names of one server that begin alike; "" if they do not.
func alike(users []id.UserID) string {
	const fewest = 3
	begins := users[0].Localpart()
	for _, u := range users[1:] {
		n := 0
		for local := u.Localpart(); n < min(len(local), len(begins)) && local[n] == begins[n]; n++ {
		}
		begins = begins[:n]
	}
	begins = strings.TrimRight(begins, "0123456789")
	if len(begins) < fewest || strings.ContainsAny(begins, "*?") || !utf8.ValidString(begins) {
		return ""
	}
	return "@" + begins + "*:" + users[0].Homeserver()
}

func wentWords(m Moves) string {
	var said []string
	for _, of := range []struct {
		users []id.UserID
		one   string
		many  string
	}{{m.Banned, "was banned", "were banned"}, {m.Removed, "was kicked", "were kicked"}, {m.Left, "left", "left"}} {
		if n := len(of.users); n > 0 {
			said = append(said, fmt.Sprintf("%s %s", text.Named(of.users, 3), text.Pick(n, of.one, of.many)))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return strings.Join(said, "; ") + "."
}
