package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

// ServerACL is a room's server ACL.
type ServerACL struct {
	Present     bool
	Allow, Deny []string
	Literals    bool      // servers named by an IP address may take part
	By          id.UserID // who set it last
}

// PutIn is who put an entry in, and when, in ms, as their server says.
type PutIn struct {
	By id.UserID
	At int64
}

func aclCommands(d AuditDesk, rules RuleDesk) []*command {
	return []*command{{
		name: "acl", family: "Rooms", effect: looks, long: always,
		summary:  "show the server ACLs of the protected rooms: who is shut out, and by what",
		details:  "Entries that no rule accounts for were made by hand, or by another bot. I keep them, and say of a room who put them in and when, as far as the last 30 changes tell.",
		params:   []param{{name: "room", optional: true, several: true, doc: "one room, or several, with their entries; all of them in a line each if it is left out", value: roomValue}},
		examples: []string{"acl", "acl #lobby:example.org", "acl #lobby:example.org #den:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return showACLs(ctx, c, d, rules) },
	}}
}

func showACLs(ctx context.Context, c *call, d AuditDesk, rules RuleDesk) (Plan, error) {
	lists := listsByServer(rules.Rules(""))
	rooms, err := namedRooms(c, "room")
	if err != nil {
		return Plan{}, err
	}
	if len(rooms) > 0 {
		var said []string
		for _, room := range rooms {
			a, err := d.ACL(ctx, room.ID)
			if err != nil {
				return Plan{}, err
			}
			said = append(said, showACL(ctx, c, d, room, a, lists))
		}
		return Plan{Answer: text.Paragraphs(said...)}, nil
	}
	all := c.names.Rooms()
	if len(all) == 0 {
		return says("I protect no room yet."), nil
	}
	lines := make([]string, len(all))
	for i, r := range all {
		a, err := d.ACL(ctx, r.ID)
		if err != nil {
			return Plan{}, err
		}
		hand, _ := partEntries(a.Deny, lists)
		lines[i] = c.roomLink(r.ID, r.Name) + ": " + aclWords(a)
		if len(hand) > 0 {
			lines[i] += fmt.Sprintf(", %d of them by hand", len(hand))
		}
	}
	return says("`!forseti acl` with a room shows its entries.%s", listing(lines, "")), nil
}

// listsByServer gives which lists ban a server, by how the rule names it, in small letters.
func listsByServer(rules []policy.Rule) map[string][]id.RoomID {
	lists := map[string][]id.RoomID{}
	for _, r := range rules {
		if r.Kind == policy.Server && isBan(r) {
			name := strings.ToLower(r.Entity)
			lists[name] = append(lists[name], r.List)
		}
	}
	return lists
}

// partEntries parts entries into those that no rule accounts for, and how many each list does.
func partEntries(deny []string, lists map[string][]id.RoomID) (hand []string, of map[id.RoomID]int) {
	of = map[id.RoomID]int{}
	for _, entry := range deny {
		by := lists[strings.ToLower(entry)]
		if len(by) == 0 {
			hand = append(hand, entry)
		}
		for i, list := range by {
			if !slices.Contains(by[:i], list) {
				of[list]++
			}
		}
	}
	return hand, of
}

// aclWords says in a few words whom an ACL lets in.
func aclWords(a ServerACL) string {
	switch {
	case !a.Present:
		return "no server ACL, so every server may take part"
	case len(a.Allow) == 0:
		return "**no server may take part**, for its `allow` is empty"
	case !slices.Contains(a.Allow, "*"):
		return fmt.Sprintf("only servers that match %s may take part, but for %s", text.Named(a.Allow, 5), entries(len(a.Deny)))
	default:
		return entries(len(a.Deny)) + " shut out"
	}
}

func entries(n int) string { return text.Pick(n, "1 entry", fmt.Sprintf("%d entries", n)) }

// putInWords say who put entries in that no rule accounts for, as far as that can be read.
func putInWords(ctx context.Context, c *call, d AuditDesk, room id.RoomID, hand []string) string {
	found := d.PutIn(ctx, room, hand)
	of := map[PutIn][]string{}
	var order []PutIn
	unknown := 0
	for _, entry := range hand {
		by, known := found[strings.ToLower(entry)]
		if !known {
			unknown++
			continue
		}
		if of[by] == nil {
			order = append(order, by)
		}
		of[by] = append(of[by], entry)
	}
	if len(order) == 0 {
		return ""
	}
	slices.SortFunc(order, func(a, b PutIn) int { return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(a.By, b.By)) })
	lines := make([]string, 0, len(order)+1)
	for _, by := range order {
		lines = append(lines, fmt.Sprintf("%s, by %s, %s", text.Named(of[by], 10), text.Code(string(by.By)), c.stamp(time.UnixMilli(by.At))))
	}
	if unknown > 0 {
		lines = append(lines, fmt.Sprintf("%s longer ago than I can read", entries(unknown)))
	}
	return "Put in:" + listing(lines, "")
}

func showACL(ctx context.Context, c *call, d AuditDesk, r Room, a ServerACL, lists map[string][]id.RoomID) string {
	said := []string{fmt.Sprintf("**%s**: %s.", c.roomLink(r.ID, r.Name), aclWords(a))}
	if !a.Present {
		return said[0]
	}
	hand, of := partEntries(a.Deny, lists)
	if len(hand) > 0 {
		said = append(said, fmt.Sprintf("By hand or by another bot, %d: %s.", len(hand), text.Named(hand, 50)), putInWords(ctx, c, d, r.ID, hand))
	}
	var by []string
	for _, l := range c.watched() {
		if n := of[l.ID]; n > 0 {
			by = append(by, fmt.Sprintf("%d of %s", n, c.listName(l)))
		}
	}
	if len(by) > 0 {
		said = append(said, fmt.Sprintf("By rules: %s. `!forseti match <server>` shows which.", text.And(by)))
	}
	literals := "Servers that are named by an IP address may take part."
	if !a.Literals {
		literals = "Servers that are named by an IP address are shut out."
	}
	return text.Paragraphs(append(said, fmt.Sprintf("%s It was last set by %s.", literals, text.Code(string(a.By))))...)
}
