package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// AuditDesk looks at how rooms are set up.
type AuditDesk interface {
	// Audit looks at one protected room. What cannot be read now is left out, and said.
	Audit(ctx context.Context, room id.RoomID) (RoomAudit, error)
	// ACL is the server ACL of a protected room.
	ACL(ctx context.Context, room id.RoomID) (ServerACL, error)
	// PutIn says who put entries into it, by the entry in small letters, as far as that can be read.
	PutIn(ctx context.Context, room id.RoomID, entries []string) map[string]PutIn
}

// RoomAudit is how a room is set up, as far as it matters to who moderates it.
type RoomAudit struct {
	JoinRule  event.JoinRule
	DoorByUs  bool // it was us who set the join rule last, as a lockdown or a posture does
	Listed    bool // our homeserver shows it to whoever looks for rooms
	Guests    bool // who has no account may join
	History   event.HistoryVisibility
	Encrypted bool
	// ACL is that there is a server ACL, and Literals that it lets in servers named by an IP
	// address.
	ACL, Literals bool
	// Anybody is what those may do who have no rank at all, and should not, in words.
	Anybody []string
	// Admins are who may change what others may do, besides us, and Rulers who may not, and yet
	// ban or change how the room is set up.
	Admins, Rulers []Admin
	// Replaced is that the room was upgraded, and By to which room, if it says so.
	Replaced bool
	By       id.RoomID
	Unread   string // what could not be read, a sentence
}

// Admin is somebody who may change what others may do in a room.
type Admin struct {
	User    id.UserID
	Present bool
	Ours    bool // a moderator
	// Unverified is that none of their devices is verified with us.
	Unverified bool
}

func auditCommands(d AuditDesk, devices DeviceDesk) []*command {
	return []*command{{
		name: "audit rooms", also: []string{"audit", "rooms audit"}, family: "Rooms", effect: looks, long: always,
		summary:  "look at how the protected rooms are set up: who may join, read, and do what, with advice",
		details:  "It tells who may join and read, what everybody may do there, who could take the room from you and who else may ban or change it there, whether your own admins are verified with me, whether servers named by an IP address may take part, and what is left of an upgrade. It changes nothing. When one of these things becomes worse later, I tell you, once, and quietly when it is better again; the protection `changes` tells of more, and at once.",
		params:   []param{{name: "room", optional: true, several: true, doc: "one room, or several; all of them if it is left out", value: roomValue}},
		examples: []string{"audit rooms", "audit rooms #lobby:example.org", "audit rooms #lobby:example.org #den:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return auditRooms(ctx, c, d, devices) },
	}}
}

func auditRooms(ctx context.Context, c *call, d AuditDesk, devices DeviceDesk) (Plan, error) {
	all := c.names.Rooms()
	if named, err := namedRooms(c, "room"); err != nil {
		return Plan{}, err
	} else if len(named) > 0 {
		all = named
	}
	if len(all) == 0 {
		return says("I protect no room yet, so there is nothing to look at."), nil
	}
	var good []string
	var bad [][]string
	unverified := whoIsUnverified(ctx, devices)
	for i, r := range all {
		if r.Out {
			bad = append(bad, []string{"**" + c.roomLink(r.ID, r.Name) + "**: I am not in it, and cannot look."})
			continue
		}
		found, err := d.Audit(ctx, r.ID)
		if err != nil {
			return Plan{}, err
		}
		for j, admin := range found.Admins {
			found.Admins[j].Unverified = admin.Ours && unverified(admin.User)
		}
		said := c.advice(r, found)
		if len(said) == 0 {
			good = append(good, c.roomLink(r.ID, r.Name)+" ("+setUp(found)+")")
			continue
		}
		bad = append(bad, append([]string{"**" + c.roomLink(r.ID, r.Name) + "** (" + setUp(found) + ")"}, said...))
		if c.Progress != nil && i+1 < len(all) {
			c.Progress(fmt.Sprintf("Looked at %d of %s.", i+1, text.Count(len(all), "room")), i+1, len(all))
		}
	}
	slices.SortStableFunc(bad, func(a, b []string) int { return len(b) - len(a) })
	var said []string
	for _, lines := range bad {
		said = append(said, lines[0]+listing(lines[1:], ""))
	}
	if len(good) > 0 {
		said = append(said, "Nothing to mend in:"+listing(good, ""))
	}
	return Plan{Answer: text.Paragraphs(said...)}, nil
}

// whoIsUnverified tells of a moderator whether none of their devices is verified with us; of each it
// is looked up once. Where nothing is encrypted nobody is.
func whoIsUnverified(ctx context.Context, devices DeviceDesk) func(id.UserID) bool {
	known := map[id.UserID]bool{}
	return func(u id.UserID) bool {
		is, looked := known[u]
		if !looked {
			found, err := devices.Devices(ctx, u)
			is = err == nil && verifiedSign(found) == noneVerified
			known[u] = is
		}
		return is
	}
}

// setUp is how a room is, in a few words.
func setUp(a RoomAudit) string {
	words := []string{joinWords(a.JoinRule)}
	if a.Listed {
		words = append(words, "listed in the directory")
	}
	words = append(words, historyWords(a.History))
	if a.Encrypted {
		words = append(words, "encrypted")
	}
	if !a.ACL { // the first server rule of a list brings one
		words = append(words, "no server ACL yet")
	}
	return strings.Join(words, ", ")
}

func joinWords(rule event.JoinRule) string {
	switch rule {
	case event.JoinRulePublic:
		return "anybody may join"
	case event.JoinRuleKnock, event.JoinRuleKnockRestricted:
		return "one asks to be let in"
	case event.JoinRuleRestricted:
		return "members of certain rooms may join"
	default:
		return "one must be invited"
	}
}

func historyWords(h event.HistoryVisibility) string {
	switch h {
	case event.HistoryVisibilityWorldReadable:
		return "the whole internet may read it"
	case event.HistoryVisibilityInvited:
		return "members read what was said since they were invited"
	case event.HistoryVisibilityJoined:
		return "members read what was said since they joined"
	default:
		return "members read all of it"
	}
}

// advice is what there is to mend in a room, the worst first, each with what to do.
func (c *call) advice(r Room, a RoomAudit) (said []string) {
	add := func(format string, args ...any) { said = append(said, fmt.Sprintf(format, args...)) }
	for _, p := range r.Problems {
		said = append(said, text.Markup(p))
	}
	if len(a.Anybody) > 0 {
		add("**Everybody may %s.** In the room's settings, under roles and permissions, ask for Moderator there.", text.And(a.Anybody))
	}
	strangers, rulers := strangersOf(a.Admins), strangersOf(a.Rulers)
	var absent, unverified []string
	for _, admin := range a.Admins {
		if name := text.Code(string(admin.User)); admin.Ours && !admin.Present {
			absent = append(absent, name)
		} else if admin.Ours && admin.Unverified {
			unverified = append(unverified, name)
		}
	}
	if len(strangers) > 0 {
		add("%s may change who may do what, and %s not one of you here: whoever takes over such an account has the room. Invite them here, or lower their level.",
			text.NamedSome(strangers, mostAdmins), text.Pick(len(strangers), "is", "are"))
	}
	if len(rulers) > 0 {
		add("%s may ban or change the room, and %s not one of you here. Invite them here, or lower their level.", text.NamedSome(rulers, mostAdmins), text.Pick(len(rulers), "is", "are"))
	}
	if len(unverified) > 0 {
		add("%s may change who may do what, and %s not verified with me: whoever has the password is taken for them. `!forseti verify` with the name asks them to.", text.NamedSome(unverified, mostAdmins), text.Pick(len(unverified), "is", "are"))
	}
	if len(absent) > 0 {
		add("%s may change who may do what, and %s not in the room. Lower their level if they are not to come back.", text.NamedSome(absent, mostAdmins), text.Pick(len(absent), "is", "are"))
	}
	if a.Replaced {
		said = append(said, c.replacedWords(a.By))
	}
	if a.Guests {
		add("Guests may join, who have no account that could be banned for good. Turn off guest access.")
	}
	switch {
	case a.Encrypted && a.History == event.HistoryVisibilityWorldReadable:
		add("It is encrypted, and yet set so that the whole internet may read it. Set who can read the history to members only.")
	case a.History == event.HistoryVisibilityWorldReadable && a.JoinRule != event.JoinRulePublic:
		add("Not everybody may join, and yet the whole internet may read it. If that is not meant, set who can read the history to members only.")
	}
	if a.ACL && a.Literals {
		add("Servers that are named by an IP address may take part, which only tests and attackers have. `enforcement.ip_literals: deny` in my configuration shuts them out.")
	}
	if a.Unread != "" {
		said = append(said, a.Unread)
	}
	return said
}

const mostAdmins = 5

// strangersOf are those who are not in this room, in words.
func strangersOf(all []Admin) (words []string) {
	for _, admin := range all {
		if !admin.Ours {
			words = append(words, text.Code(string(admin.User))+pick(LooksBridged(admin.User), " (which looks like an account of a bridge)", ""))
		}
	}
	return words
}

func (c *call) replacedWords(by id.RoomID) string {
	if by == "" {
		return "It was closed by an upgrade that names no new room. `!forseti rooms remove` stops protecting it."
	}
	protected := slices.ContainsFunc(c.names.Rooms(), func(r Room) bool { return r.ID == by })
	if protected {
		return fmt.Sprintf("It was upgraded to %s, which I protect. Nobody needs this one any more: `!forseti rooms remove` stops protecting it.", c.room(by))
	}
	return fmt.Sprintf("It was upgraded to %s, which I do not protect: %s.", c.roomLink(by, ""), text.Code("!forseti rooms add "+string(by)))
}

// LooksBridged tells whether a name is as bridges give them: it begins with an underscore, or
// ends in a long number behind one.
//
// https://spec.matrix.org/v1.16/application-service-api/#registration
func LooksBridged(u id.UserID) bool {
	const long = 5
	name := u.Localpart()
	if strings.HasPrefix(name, "_") {
		return true
	}
	i := strings.LastIndexByte(name, '_')
	return i > 0 && len(name)-i > long && strings.Trim(name[i+1:], "0123456789") == ""
}
