package community

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// What strangers wrote goes through escape, code or one of the links below before
// it is said: a display name must not become markup, a mention, or a second line.

// escape makes text safe within markdown.
func escape(s string) string { return format.EscapeMarkdown(plain(s)) }

// code shows an identifier as it is.
func code(s string) string { return format.SafeMarkdownCode(plain(s)) }

// plain drops what would break a line or turn its direction.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		default:
			return r
		}
	}, s)
}

func (c *Community) roomLink(room id.RoomID) string {
	if r := c.world.Room(room); r != nil {
		return roomLink(room, r.Name())
	}
	return roomLink(room, string(room))
}

func (c *Community) listLink(room id.RoomID) string {
	l := c.lists[room]
	switch {
	case l == nil:
		return roomLink(room, string(room))
	case l.shortcode != "":
		return roomLink(room, l.shortcode)
	default:
		return roomLink(room, l.Name())
	}
}

func roomLink(room id.RoomID, name string) string {
	return fmt.Sprintf("[%s](%s)", escape(clip(name, 60)), room.URI().MatrixToURL())
}

// ruleName names a rule by what it is about.
func ruleName(r policy.Rule) string {
	if r.Entity == "" {
		return "(hashed)"
	}
	return code(clip(r.Entity, 255))
}

// names lists up to most users.
func names(users []id.UserID, most int) string {
	var shown []string
	for _, u := range users[:min(len(users), most)] {
		shown = append(shown, code(string(u)))
	}
	text := strings.Join(shown, ", ")
	if more := len(users) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

func count(n int, one, many string) string {
	if n == 1 {
		if strings.Contains(one, "one") {
			return one
		}
		return "one " + one
	}
	return fmt.Sprintf(many, n)
}

// inRooms says where: the one room by name, or how many.
func (c *Community) inRooms(rooms map[id.RoomID]struct{}) string {
	if len(rooms) == 1 {
		for room := range rooms {
			return "in " + c.roomLink(room)
		}
	}
	return fmt.Sprintf("in %d rooms", len(rooms))
}

// explain says why the homeserver did not do something, in words for moderators.
func explain(f *action.Failure) string {
	switch f.Kind {
	case action.RateLimited:
		return "the homeserver limits how fast I may act; ask its admin to exempt me"
	case action.Transient:
		return "the homeserver does not answer properly; I keep trying"
	case action.Forbidden:
		return "the homeserver refuses it (power level, membership, or a policy server)"
	case action.Gone:
		return "it is not there, or I am not in the room"
	case action.TooLarge:
		return "it would be too large for an event"
	case action.Unsupported:
		return "this homeserver cannot do it"
	default:
		return "the homeserver does not accept it"
	}
}

var pastTense = []struct {
	verb       action.Verb
	did, would string
}{
	{action.Ban, "Banned", "Would ban"},
	{action.Kick, "Removed", "Would remove"},
	{action.Unban, "Unbanned", "Would unban"},
	{action.Invite, "Invited", "Would invite"},
}

// decisionText says what came of a decision.
func (c *Community) decisionText(d *decision, more string) string {
	var parts []string
	for _, h := range d.heads {
		if h.text != "" {
			parts = append(parts, h.text)
		}
	}
	for _, p := range pastTense {
		if byUser := d.users[p.verb]; len(byUser) > 0 {
			parts = append(parts, c.usersText(d, p.did, p.would, byUser))
		}
	}
	parts = append(parts, c.otherText(d)...)
	if why := c.why(d); why != "" && len(d.heads) == 0 {
		parts = append(parts, why)
	}
	if len(parts) > 0 && d.dry {
		parts = append(parts, "(Dry run: nothing was changed.)")
	}
	if more != "" {
		parts = append(parts, more)
	}
	return strings.Join(parts, " ")
}

func (c *Community) usersText(d *decision, did, would string, byUser map[id.UserID]map[id.RoomID]struct{}) string {
	verb := did
	if d.dry {
		verb = would
	}
	rooms := map[id.RoomID]struct{}{}
	for _, in := range byUser {
		maps.Copy(rooms, in)
	}
	who := names(slices.Sorted(maps.Keys(byUser)), 5)
	if len(byUser) > 1 {
		who = fmt.Sprintf("%d users (%s)", len(byUser), who)
	}
	return fmt.Sprintf("%s %s %s.", verb, who, c.inRooms(rooms))
}

func (c *Community) otherText(d *decision) []string {
	var parts []string
	if len(d.removed) > 0 {
		n, rooms := 0, map[id.RoomID]struct{}{}
		for room, removed := range d.removed {
			n += removed
			rooms[room] = struct{}{}
		}
		parts = append(parts, fmt.Sprintf("%s %s %s.", pick(d.dry, "Would remove", "Removed"), count(n, "message", "%d messages"), c.inRooms(rooms)))
	}
	for _, p := range []struct {
		servers    map[string]struct{}
		did, would string
	}{
		{d.denied, "Shut out", "Would shut out"},
		{d.allowed, "Let in again", "Would let in again"},
	} {
		if len(p.servers) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s %s.", pick(d.dry, p.would, p.did), serverNames(p.servers), c.inRooms(d.acls)))
		}
	}
	if len(d.acls) > 0 && len(d.denied) == 0 && len(d.allowed) == 0 {
		parts = append(parts, fmt.Sprintf("%s the server ACL %s.", pick(d.dry, "Would update", "Updated"), c.inRooms(d.acls)))
	}
	for _, why := range slices.Sorted(maps.Keys(d.failed)) {
		parts = append(parts, fmt.Sprintf("Not %s: %s.", c.inRooms(d.failed[why]), escape(strings.TrimPrefix(why, "refused: "))))
	}
	return parts
}

func serverNames(servers map[string]struct{}) string {
	const most = 5
	all := slices.Sorted(maps.Keys(servers))
	var shown []string
	for _, s := range all[:min(len(all), most)] {
		shown = append(shown, code(clip(s, 255)))
	}
	text := strings.Join(shown, ", ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more servers", more)
	}
	return text
}

// why names the cause of a decision.
func (c *Community) why(d *decision) string {
	switch d.cause.Kind {
	case action.ByRule:
		if len(d.users[action.Unban]) > 0 && len(d.users[action.Ban]) == 0 {
			return fmt.Sprintf("(No rule bans them any more; it was %s in %s.)", code(clip(d.cause.Entity, 255)), c.listLink(d.cause.List))
		}
		return fmt.Sprintf("(Rule %s in %s.)", code(clip(d.cause.Entity, 255)), c.listLink(d.cause.List)) + c.takedown(d)
	case action.ByProtection:
		return fmt.Sprintf("(Protection %s.)", escape(d.cause.Protection))
	case action.ByModerator:
		return fmt.Sprintf("(Asked for by %s.)", code(string(d.cause.Moderator)))
	default:
		return ""
	}
}

// takedown says how to do what a takedown asks for beyond a ban. It cannot be undone,
// and a list of somebody else's is no word of a moderator's.
func (c *Community) takedown(d *decision) string {
	rule, ok := c.world.Rules.Rule(d.cause.Rule)
	banned := slices.Sorted(maps.Keys(d.users[action.Ban]))
	if !ok || rule.Recommendation != policy.Takedown || len(banned) == 0 {
		return ""
	}
	return fmt.Sprintf(" It is a takedown: %s removes what they wrote.", code("!forseti redact "+string(banned[0])))
}

func pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

// summary says what came of many decisions: the largest first, then a total.
func (c *Community) summary(all []*decision) []string {
	const most = 8
	slices.SortFunc(all, func(a, b *decision) int { return cmp.Compare(len(b.users), len(a.users)) })
	var lines []string
	for i, d := range all {
		if i == most {
			break
		}
		if text := c.decisionText(d, ""); text != "" {
			lines = append(lines, text)
		}
	}
	if more := len(all) - most; more > 0 {
		banned := map[id.UserID]struct{}{}
		for _, d := range all[most:] {
			for u := range d.users[action.Ban] {
				banned[u] = struct{}{}
			}
		}
		lines = append(lines, fmt.Sprintf("And %d more decisions, by which %s.", more, count(len(banned), "one user was banned", "%d users were banned")))
	}
	return lines
}

func (c *Community) blockedText(a action.Action, why string) string {
	verb := map[action.Verb]string{
		action.Ban: "ban", action.Unban: "unban", action.Kick: "remove", action.Redact: "remove a message of", action.Invite: "invite",
	}[a.Verb]
	switch {
	case a.Verb == action.SetACL:
		return fmt.Sprintf("I cannot set the server ACL of %s: %s.", c.roomLink(a.Room), escape(why))
	case a.User == "":
		return fmt.Sprintf("I cannot remove a message in %s: %s.", c.roomLink(a.Room), escape(why))
	default:
		return fmt.Sprintf("I cannot %s %s in %s: %s.", verb, code(string(a.User)), c.roomLink(a.Room), escape(why))
	}
}
