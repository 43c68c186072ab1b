package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
)

// ArrivalDesk looks at who came and went.
type ArrivalDesk interface {
	// Since gives who came into the protected rooms since then, or into one, and who went.
	Since(ctx context.Context, at time.Time, room id.RoomID) (Moves, error)
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
	Others int // members from there who were here before
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

func sinceCommands(d ArrivalDesk) []*command {
	when := sinceValue(leastSince, mostSince)
	return []*command{{
		name: "since", family: "Members", effect: looks,
		summary:  "show who came into the protected rooms lately, by server, and who went",
		details:  fmt.Sprintf("It looks %s back unless you say otherwise. Who is not new is named with how far they are trusted; of a server of which nobody was here before, it says how to shut it out.", sanction.Span(usualSince)),
		params:   []param{{name: "when", optional: true, doc: "how far back, such as `10m` or `2d`, or a date", value: when}},
		flags:    []flag{inRoom},
		examples: []string{"since 10m", "since 2d --room #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return since(ctx, c, d) },
	}}
}

func since(ctx context.Context, c *call, d ArrivalDesk) (Plan, error) {
	room, err := c.within()
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
	moves, err := d.Since(ctx, d.Now().Add(-ago), room)
	if err != nil {
		return Plan{}, err
	}
	where := "the protected rooms"
	if room != "" {
		where = c.room(room)
	}
	var came []Arrival
	for _, s := range moves.Servers {
		came = append(came, s.Came...)
	}
	went := wentWords(moves)
	within := sanction.Span(ago.Round(time.Second))
	if len(came) == 0 {
		return says("%s", text.Paragraphs(fmt.Sprintf("Nobody came into %s within %s.", where, within), went)), nil
	}
	slices.SortStableFunc(moves.Servers, func(a, b ServerMoves) int {
		return cmp.Or(cmp.Compare(len(b.Came), len(a.Came)), cmp.Compare(a.Server, b.Server))
	})
	lines := make([]string, len(moves.Servers))
	for i, s := range moves.Servers {
		lines[i] = c.cameFrom(s)
	}
	head := fmt.Sprintf("Within %s %s came into %s, %s:", within, text.Count(len(came), "user"), where, newWords(came))
	return Plan{Answer: text.Paragraphs(head+listing(lines, "look back less far"), went)}, nil
}

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
// hasty ban would hit.
func (c *call) cameFrom(s ServerMoves) string {
	const shown, crowd = 3, 3
	came := slices.Clone(s.Came)
	slices.SortStableFunc(came, func(a, b Arrival) int {
		return cmp.Or(cmp.Compare(b.Trust, a.Trust), cmp.Compare(b.Rooms, a.Rooms), cmp.Compare(a.User, b.User))
	})
	var names []string
	for i, a := range came {
		if i >= shown && a.Trust == trust.New {
			names = append(names, fmt.Sprintf("%d more", len(came)-i))
			break
		}
		name := text.Code(string(a.User))
		if a.Trust > trust.New {
			name += " (" + a.Trust.String() + ")"
		}
		if a.Rooms > 1 {
			name += fmt.Sprintf(" in %d rooms", a.Rooms)
		}
		names = append(names, name)
	}
	said := fmt.Sprintf("%s, %d: %s", text.Code(s.Server), len(came), text.And(names))
	switch alone := s.Others == 0 && came[0].Trust == trust.New; {
	case strings.EqualFold(s.Server, c.self.Homeserver()):
		return said
	case alone && len(came) >= crowd:
		return said + fmt.Sprintf(". Nobody else here is from there: %s shuts it out.", text.Code("!forseti ban "+s.Server))
	case len(came) >= crowd && s.Others > 0:
		return said + fmt.Sprintf(". %s from there %s here before.", text.Count(s.Others, "member"), text.Pick(s.Others, "was", "were"))
	}
	return said
}

func wentWords(m Moves) string {
	var said []string
	for _, of := range []struct {
		users []id.UserID
		one   string
		many  string
	}{{m.Banned, "was banned", "were banned"}, {m.Removed, "was removed", "were removed"}, {m.Left, "left", "left"}} {
		if n := len(of.users); n > 0 {
			said = append(said, fmt.Sprintf("%s %s", text.Names(of.users, 3), text.Pick(n, of.one, of.many)))
		}
	}
	if len(said) == 0 {
		return ""
	}
	return strings.Join(said, "; ") + "."
}
