package enforce

import (
	"cmp"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/rooms"
)

// Ban is a ban of ours, as the journal has it.
type Ban struct {
	Event id.EventID // "" if not known: then any present ban that we sent
	Cause action.Cause
}

func byRule(b Ban) bool { return b.Cause.Kind == action.ByRule }

type place struct {
	room id.RoomID
	user id.UserID
}

// Bans is the book of bans that are ours.
type Bans struct {
	self id.UserID
	ours map[place]Ban
}

func newBans(self id.UserID) *Bans { return &Bans{self: self, ours: map[place]Ban{}} }

// Set records a ban of ours that the journal knows, or one just made.
func (b *Bans) Set(room id.RoomID, user id.UserID, ban Ban) { b.ours[place{room, user}] = ban }

// Of returns our ban of a user in a room.
func (b *Bans) Of(room id.RoomID, user id.UserID) (Ban, bool) {
	ban, ok := b.ours[place{room, user}]
	return ban, ok
}

// moved takes in what became of a member.
func (b *Bans) moved(room id.RoomID, user id.UserID, after rooms.Member) {
	at := place{room, user}
	ban, ok := b.ours[at]
	switch {
	case !ok:
	case after.Membership != event.MembershipBan || after.Sender != b.self:
		// Lifted, or made anew by somebody else: it is theirs to lift now.
		delete(b.ours, at)
	case after.Event != "":
		// The echo of our own ban tells which event it is; of two the later holds.
		ban.Event = after.Event
		b.ours[at] = ban
	}
}

// current reports whether what a room says of a user is a ban of ours that a rule made.
func (b *Bans) current(room id.RoomID, user id.UserID, m rooms.Member) (Ban, bool) {
	ban, ok := b.Of(room, user)
	if !ok || !byRule(ban) || m.Sender != b.self || ban.Event != "" && m.Event != "" && ban.Event != m.Event {
		return Ban{}, false
	}
	return ban, true
}

// byRules gives who is banned by us and by a rule, where that is.
func (b *Bans) byRules(yield func(id.UserID, Ban) bool) {
	for at, ban := range b.ours {
		if byRule(ban) && !yield(at.user, ban) {
			return
		}
	}
}

// Made is a ban of ours.
type Made struct {
	Room  id.RoomID
	User  id.UserID
	Event id.EventID // "" if not known
}

// ByRules gives the bans that rules made, in order.
func (b *Bans) ByRules() (all []Made) {
	for at, ban := range b.ours {
		if byRule(ban) {
			all = append(all, Made{at.room, at.user, ban.Event})
		}
	}
	slices.SortFunc(all, func(x, y Made) int { return cmp.Or(cmp.Compare(x.Room, y.Room), cmp.Compare(x.User, y.User)) })
	return all
}

// hold reports whether a rule of ours banned a user in any of some rooms.
func (b *Bans) hold(u id.UserID, in []*rooms.Room) bool {
	for _, r := range in {
		if ban, ok := b.Of(r.ID(), u); ok && byRule(ban) {
			return true
		}
	}
	return false
}
