package protections

import (
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func mentions() kit.Kind {
	m := &Mentions{
		users:     kit.Limit("users", 5, 1, 100, "How many users one message may call, by mentioning or linking to them."),
		named:     kit.Limit("named", 20, 1, 100, "How many users one message may name in any way, also by IDs in its text that call nobody."),
		handles:   kit.Number("handles", 20, 2, 200, "How many different words with an `@` before them one message may have.").Stricter(kit.Less),
		hidden:    kit.Number("hidden", 2, 0, 100, "How many users a message that is no reply may call without showing whom.").Stricter(kit.Less),
		bare:      kit.Number("bare", 2, 0, 100, "How many users a message may call that says nothing else.").Stricter(kit.Less),
		everybody: kit.Switch("everybody", true, "Whether it counts to call the whole room.").Stricter(kit.Later, kit.NoYes()...),
		total:     kit.Limit("total", 15, 2, 100, "How many different users one member may call in one room in the time `within`."),
		within:    kit.Duration("within", 10*time.Minute, time.Second, 24*time.Hour, "The time in which calls are counted together.").Stricter(kit.More),
	}
	return kit.Kind{
		Name:    "mentions",
		Summary: "Removes messages that call many users, or the whole room.",
		Details: "What counts is whom a message calls: those that it declares (`m.mentions`), and those that it links to, each once. " +
			"IDs in the text ring nowhere and stand in logs and in lists, so more of them are allowed, and so are handles as `@somebody`. " +
			"Whom it calls though neither their name nor their ID is shown is hidden; in a reply that is usual, for clients call all who are in the conversation. " +
			"`@room` counts if it would ring, and not if somebody asks what it is.\n\n" +
			"A message that calls four times as many as it may, and more than 20, is spam; all else is a nuisance, or light if nobody was called by it. " +
			"In `total` only different users count, so that talking with the same few is never too much; what waited while the bot was away is not counted together.\n\n" +
			"Regular members are left alone unless `exempt-trust` says otherwise: those who call many and mean harm come for it.",
		From:    sanction.Assault,
		Options: []kit.Option{m.users, m.named, m.handles, m.hidden, m.bare, m.everybody, m.total, m.within},
		Spares:  trust.Regular,
		New: func(g *kit.Given) kit.Protection {
			made := *m
			made.calls = kit.NewTable[kit.Place, []call](g)
			return &made
		},
	}
}

// Mentions finds messages that call many.
type Mentions struct {
	users, named, handles, hidden, bare kit.Typed[int]
	everybody                           kit.Typed[bool]
	total                               kit.Typed[int]
	within                              kit.Typed[time.Duration]

	calls *kit.Table[kit.Place, []call] // the oldest first
}

// call is that a user was called, last at a time.
type call struct {
	user id.UserID
	at   time.Time
}

var _ kit.Pardoner = (*Mentions)(nil)

// Pardon forgets whom a user has called.
func (m *Mentions) Pardon(p kit.Place) { m.calls.Drop(p) }

// bombs is how many users are called by what is no mistake.
const bombs = 20

// Check looks at whom a message calls.
func (m *Mentions) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Said {
		return nil
	}
	found, most := in.Message.Mentions(), m.users.In(room)
	switch {
	case found.Called > max(4*most, bombs):
		return in.Found(kit.Spam, "called %d users in one message", found.Called)
	case found.Called > most:
		return in.Found(kit.Nuisance, "called %d users in one message, and not %d at most", found.Called, most)
	case found.Rings && m.everybody.In(room):
		switch {
		case room.MayCallAll(in.Sender):
			return in.Found(kit.Nuisance, "called everybody in the room")
		case found.All:
			return in.Found(kit.Light, "tried to call everybody in the room, which rang nobody")
		}
	case found.Only && found.Called > m.bare.In(room):
		return in.Found(kit.Light, "called %d users and said nothing", found.Called)
	}
	if n := m.unseen(in, room, found); n > m.hidden.In(room) {
		return in.Found(kit.Nuisance, "called %d users whom the message does not show", n)
	}
	if n := m.lately(in, room, found); n > m.total.In(room) {
		return in.Found(kit.Nuisance, "called %d different users within %s", n, m.within.In(room))
	}
	if found.Count > m.named.In(room) {
		return in.Found(kit.Light, "named %d users in one message", found.Count)
	}
	if most := m.handles.In(room); handles(in.Message.Shown().String(), most) {
		return in.Found(kit.Light, "named more than %d users by handles", most)
	}
	return nil
}

// unseen is how many a message calls that is no reply, and does not show by ID or by the
// name that they have in the room.
func (m *Mentions) unseen(in kit.Signal, room kit.View, found *content.Mentions) (n int) {
	if len(found.Hidden) == 0 || in.Message.ReplyTo() != "" {
		return 0
	}
	shown := in.Message.Shown().Folded()
	for _, u := range found.Hidden {
		name := strings.TrimSpace(content.Fold(room.Member(u).Name))
		if name == "" || !strings.Contains(shown, name) {
			n++
		}
	}
	return n
}

// lately counts the different users whom one member has called.
func (m *Mentions) lately(in kit.Signal, room kit.View, found *content.Mentions) int {
	if found.Called == 0 || in.Backlog {
		return 0
	}
	who, within := kit.Place{Room: in.Room, User: in.Sender}, m.within.In(room)
	calls := m.calls.Keep(who, in.Arrived, within)
	before, n := in.Arrived.Add(-within), 0
	for _, c := range *calls {
		if c.at.After(before) {
			(*calls)[n] = c
			n++
		}
	}
	*calls = (*calls)[:n]
	for _, u := range found.Users[:min(found.Called, len(found.Users))] {
		*calls = called(*calls, call{u, in.Arrived})
	}
	n = len(*calls)
	// That there are too many is known by the newest.
	*calls = (*calls)[max(n-m.total.In(room)-1, 0):]
	bytes := 0
	for _, c := range *calls {
		bytes += callBytes + len(c.user)
	}
	m.calls.Resize(who, bytes)
	return n
}

// callBytes is about what a call costs besides the user's ID.
const callBytes = 48

func called(all []call, now call) []call {
	for i := range all {
		if all[i].user == now.user {
			all = append(all[:i], all[i+1:]...)
			break
		}
	}
	return append(all, now)
}

// handles tells whether a text has more than so many different words with an @ before
// them, as people are called elsewhere.
func handles(s string, most int) bool {
	var seen map[string]bool
	for i := 0; i < len(s); {
		at := strings.IndexByte(s[i:], '@')
		if at < 0 {
			return false
		}
		from := i + at + 1
		i = from
		for i < len(s) && (isWordByte(s[i])) {
			i++
		}
		// What goes on is an address, a package or an ID of ours.
		if i-from < 2 || from > 1 && isWordByte(s[from-2]) || i < len(s) && (s[i] == ':' || s[i] == '/' || s[i] == '.' && i+1 < len(s) && isWordByte(s[i+1])) {
			continue
		}
		if seen == nil {
			seen = map[string]bool{}
		}
		if seen[s[from:i]] = true; len(seen) > most {
			return true
		}
	}
	return false
}

func isWordByte(c byte) bool {
	return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c >= 0x80
}
