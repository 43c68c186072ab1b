package kit

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/rooms"
	"forseti/sanction/trust"
)

// People knows who is who, beyond what the room says in which something happened.
type People interface {
	// Moderator reports whether a user is a joined member of the management room.
	Moderator(u id.UserID) bool
	// Exempt reports whether a policy list exempts a user.
	Exempt(u id.UserID) bool
	// Room finds a protected room, nil if it is none.
	Room(room id.RoomID) *rooms.Room
	// Addressed reports whether a protected room has that address.
	Addressed(alias string) bool
	// PresentIn are the protected rooms where a user is present, as far as rooms were read.
	PresentIn(u id.UserID) []id.RoomID
}

// exemptions are the options by which every protection leaves people alone.
type exemptions struct {
	moderators Typed[bool]
	users      Typed[[]glob.Pattern]
	level      Typed[int]
	rooms      Typed[[]id.RoomID]
	listed     Typed[bool]
	trusted    Typed[trust.Level]
}

func newExemptions(spares trust.Level) exemptions {
	return exemptions{
		moderators: Switch("spare-moderators", true, "Whether who may kick or ban in a room is left alone there, also if they are not in the management room.").Stricter(Later, YesNo()...),
		users:      Users("exempt-users", "Users who are left alone, also by patterns such as `@*:example.org`.").Stricter(Shorter),
		level:      Level("exempt-level", "The power level in the room from which on its members are left alone."),
		rooms:      Rooms("exempt-rooms", "Protected rooms whose members are left alone in all others.").Stricter(Shorter),
		listed:     Switch("exempt-listed", true, "Whether a user is left alone whom a policy list exempts, by a rule about the user and not about their server.").Stricter(Later, YesNo()...),
		trusted:    Trust("exempt-trust", spares, "The level of trust from which on members are left alone.").Stricter(Later, "known", "regular", "trusted", none),
	}
}

func (e exemptions) options() []option {
	return []option{e.moderators.option, e.users.option, e.level.option, e.rooms.option, e.listed.option, e.trusted.option}
}

// everybodys are the options that all protections have.
func everybodys(spares trust.Level) []option {
	return append(newExemptions(spares).options(), consequence().option, points().option, tell().option, tellHere().option, brake().option, brakeUndone().option)
}

// Common are the settings that every protection has, by their defaults.
func Common() []Setting { return Kind{}.Settings(Standing{}, "") }

// sparing tells who is left alone. What it asks others it remembers for as long as one
// signal is looked at: there are many protections, and mostly one user.
type sparing struct {
	self   id.UserID
	people People
	by     exemptions
	trust  *trust.Book

	user   id.UserID
	known  bool
	always bool // whatever is set: the bot, and moderators
	listed bool
	rated  bool // level is known
	level  trust.Level
}

// Spares reports whether a protection, as it stands, leaves a user alone in a room, whether or not it runs there.
func (s *Set) Spares(kind Kind, standing Standing, room *rooms.Room, u id.UserID, at time.Time) bool {
	s.sparing.fresh()
	values, _ := kind.Read(standing, room.ID())
	return s.spared(&running{kind: kind}, room, u, View{values: values, at: at})
}

// fresh forgets what was asked.
func (s *sparing) fresh() { s.known = false }

// ask asks the others about a user, once.
func (s *sparing) ask(u id.UserID) {
	if s.known && s.user == u {
		return
	}
	s.user, s.known, s.rated = u, true, false
	s.always = u == s.self || s.people.Moderator(u)
	s.listed = !s.always && s.people.Exempt(u)
}

// hears reports whether a protection that only tells is to hear of what a user does: it
// hears of those with rank in the room, too.
func (s *sparing) hears(room *rooms.Room, u id.UserID, v Values, at time.Time) bool {
	s.ask(u)
	exempt := s.listed && s.by.listed.of(v)
	return !s.always && !exempt && !s.ranks(room, u, v) && !s.named(u, v) && !s.belongs(u, v) && !s.trusts(u, v, at)
}

// in reports whether a user is left alone in a room: the bot, moderators, who has rank
// and stands as high as the bot, and whom the settings exempt.
func (s *sparing) in(room *rooms.Room, u id.UserID, v Values, at time.Time) bool {
	if u == "" {
		return false
	}
	s.ask(u)
	switch {
	case s.always:
		return true
	case room.Ranked(u) && room.Level(u) >= room.Level(s.self):
		return true
	case s.by.moderators.of(v) && (room.Moderates(u) || s.bans(room, u)):
		return true
	case s.ranks(room, u, v):
		return true
	case s.listed && s.by.listed.of(v):
		return true
	default:
		return s.named(u, v) || s.belongs(u, v) || s.trusts(u, v, at)
	}
}

// trusts reports whether a user is trusted so far that they are left alone.
func (s *sparing) trusts(u id.UserID, v Values, at time.Time) bool {
	from := s.by.trusted.of(v)
	if from == trust.New {
		return false
	}
	if !s.rated {
		s.level, s.rated = s.trust.Level(u, at), true
	}
	return s.level >= from
}

// bans reports whether a user has rank and may ban in a room.
func (s *sparing) bans(room *rooms.Room, u id.UserID) bool {
	_, may := room.Needs(u, rooms.PowerBan)
	return may && room.Ranked(u)
}

// ranks reports whether a user has the level that exempts, if one does.
func (s *sparing) ranks(room *rooms.Room, u id.UserID, v Values) bool {
	from := s.by.level.of(v)
	return from > 0 && room.Level(u) >= int64(from)
}

func (s *sparing) named(u id.UserID, v Values) bool {
	patterns := s.by.users.of(v)
	if len(patterns) == 0 {
		return false
	}
	folded := glob.Fold(string(u))
	return slices.ContainsFunc(patterns, func(p glob.Pattern) bool { return p.Match(folded) })
}

// belongs reports whether a user is a member of one of the rooms that exempt.
func (s *sparing) belongs(u id.UserID, v Values) bool {
	for _, name := range s.by.rooms.of(v) {
		room := s.people.Room(name)
		if room == nil {
			continue
		}
		if m, _ := room.Member(u); m.Membership == event.MembershipJoin {
			return true
		}
	}
	return false
}
