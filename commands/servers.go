package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// ServerDesk looks at which servers take part.
type ServerDesk interface {
	// Servers gives the servers of which anybody is, was or is banned in the protected
	// rooms, or in those that are named.
	Servers(ctx context.Context, rooms []id.RoomID) ([]ServerState, error)
	Now() time.Time
}

// ServerState is what is known of one server. A user counts once, in however many rooms.
type ServerState struct {
	Server  string
	Members int
	Rooms   int // that they are in
	Came    int // of the members, within a day
	Before  int // of the members, within the week before that
	Banned  int
	Moved   time.Time // when somebody from there last came or went by themselves
}

// leaps tells whether many more came within a day than in the days before.
func (s ServerState) leaps() bool {
	const fewest, times, days = 5, 5, 7
	return s.Came >= fewest && s.Came*days > times*s.Before
}

// The orders in which servers are shown.
var serverOrders = []string{"members", "joins", "bans", "seen"}

func serverCommands(d ServerDesk, rules RuleDesk) []*command {
	order := value{hint: strings.Join(serverOrders, ", "), parse: func(_ *call, w grammar.Word) (any, error) {
		if word := strings.ToLower(w.Text); slices.Contains(serverOrders, word) {
			return word, nil
		}
		return nil, refuse("I sort by `%s`, not by %s.", strings.Join(serverOrders, "`, `"), text.Code(text.Clip(w.Text, 40)))
	}}
	return []*command{{
		name: "servers", family: "Rooms", effect: looks,
		summary:  "show which servers take part in the protected rooms: members, joins, bans, when anybody from there last came or went",
		details:  "Joins are those of members who came within a day and are still here. A server from which many more came than in the week before stands first. `!forseti since` names who came.",
		flags:    []flag{inRooms, {name: "by", value: &order, doc: "by what they are sorted: `members` unless you say otherwise"}},
		examples: []string{"servers", "servers --room #lobby:example.org", "servers --room #lobby:example.org --room #den:example.org", "servers --by bans"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return servers(ctx, c, d, rules) },
	}}
}

func servers(ctx context.Context, c *call, d ServerDesk, rules RuleDesk) (Plan, error) {
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	all, err := d.Servers(ctx, rooms)
	if err != nil {
		return Plan{}, err
	}
	where := "the protected rooms"
	if len(rooms) > 0 {
		where = c.roomsNamed(rooms)
	}
	here, members := 0, 0
	for _, s := range all {
		members += s.Members
		if s.Members > 0 {
			here++
		}
	}
	if len(all) == 0 {
		return says("I know of nobody in %s.", where), nil
	}
	sortServers(all, option[string](c, "by"))
	lines := make([]string, len(all))
	for i, s := range all[:min(len(all), maxLines)] {
		lines[i] = serverLine(c, s, d.Now(), len(rooms) != 1, rules)
	}
	head := fmt.Sprintf("%s from %s in %s", text.Count(members, "member"), text.Count(here, "server"), where)
	if gone := len(all) - here; gone > 0 {
		head += fmt.Sprintf(", and %s of which nobody is here now", text.Count(gone, "server"))
	}
	return Plan{Answer: head + ":" + listing(lines, "`--room` and `--by` show others.")}, nil
}

func sortServers(all []ServerState, by string) {
	slices.SortFunc(all, func(a, b ServerState) int {
		first := cmp.Compare(b.Members, a.Members)
		switch by {
		case "joins":
			first = cmp.Compare(b.Came, a.Came)
		case "bans":
			first = cmp.Compare(b.Banned, a.Banned)
		case "seen":
			first = b.Moved.Compare(a.Moved)
		default:
			switch {
			case a.leaps() && !b.leaps():
				return -1
			case b.leaps() && !a.leaps():
				return 1
			}
		}
		return cmp.Or(first, cmp.Compare(b.Members, a.Members), cmp.Compare(b.Banned, a.Banned), strings.Compare(a.Server, b.Server))
	})
}

func countBans(rules []policy.Rule) (n int) {
	for _, r := range rules {
		if isBan(r) {
			n++
		}
	}
	return n
}

// serverLine says how it is with one server.
func serverLine(c *call, s ServerState, now time.Time, everywhere bool, rules RuleDesk) string {
	said := text.Code(s.Server) + ": "
	if strings.EqualFold(s.Server, c.self.Homeserver()) {
		said = text.Code(s.Server) + " (ours): "
	}
	words := []string{text.Count(s.Members, "member")}
	if everywhere && s.Rooms > 1 {
		words[0] += fmt.Sprintf(" in %d rooms", s.Rooms)
	}
	if s.Came > 0 {
		words = append(words, fmt.Sprintf("%d came within a day", s.Came))
	}
	if s.Banned > 0 {
		words = append(words, text.Count(s.Banned, "banned user"))
	}
	if !s.Moved.IsZero() {
		words = append(words, "last came or went "+text.About(now.Sub(s.Moved))+" ago")
	}
	said += strings.Join(words, ", ")
	if n := countBans(rules.Matching(policy.Server, s.Server)); n > 0 {
		said += fmt.Sprintf(". **Banned** by %s: %s", text.Count(n, "rule"), text.Code("!forseti match "+s.Server))
	}
	if s.leaps() {
		said += fmt.Sprintf(". **Joins leap:** %s in the week before", pick(s.Before == 0, "nobody came", fmt.Sprintf("only %d came", s.Before)))
	}
	return said
}
