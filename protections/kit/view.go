package kit

import (
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/learning"
	"forseti/rooms"
	"forseti/sanction/trust"
	"forseti/wire"
)

// View is a room as it was when something happened there: what came later in the
// same batch is not in it yet. It is good for one call of Check.
type View struct {
	room    *rooms.Room
	values  Values
	trust   *trust.Book
	at      time.Time
	scams   *Domains
	samples *learning.Book
	people  People
	self    id.UserID

	registrations *Registrations
	team          func() []Namesake
	// percent is how much of the usual is let pass.
	percent int
}

// Member is a user as a room sees them.
type Member struct {
	Membership event.Membership // "" if the room never heard of them
	Name       string           // as it is shown in the room
	Level      int64
	// Joined is when they last became a member, by our clock; of those who were there
	// before we looked it is what their homeserver says. Zero if they are no member.
	Joined time.Time
}

// ID is the room's ID.
func (v View) ID() id.RoomID { return v.room.ID() }

// Kind is the type of the room, as in m.space; "" of an ordinary one.
func (v View) Kind() string { return v.room.Kind() }

// Encrypted reports whether the room is.
func (v View) Encrypted() bool { return v.room.Encrypted() }

// Size is how many members there are.
func (v View) Size() int { return v.room.Count(event.MembershipJoin) }

// Member is what the room says of a user.
func (v View) Member(u id.UserID) Member {
	known, _ := v.room.Member(u)
	m := Member{Membership: known.Membership, Name: known.DisplayName, Level: v.room.Level(u)}
	if known.Membership == event.MembershipJoin {
		m.Joined = known.Changed
	}
	return m
}

// Trust is how far a user is trusted, by what is known of them in all rooms.
func (v View) Trust(u id.UserID) trust.Level { return v.trust.Level(u, v.at) }

// MayCallAll reports whether a user's @room rings for everybody in the room.
//
// https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels
func (v View) MayCallAll(u id.UserID) bool {
	const usual = 50
	levels, _, _ := v.room.PowerLevels()
	from, said := wire.Read(levels).Object("notifications").Integer("room")
	if !said {
		from = usual
	}
	return v.room.Level(u) >= from
}

// Scam reports whether a host is on the operator's list of those that cheat.
func (v View) Scam(host string) bool { return v.scams.Has(host) }

// KnowsScams reports whether there is such a list.
func (v View) KnowsScams() bool { return v.scams != nil }

// Learned is what is known of a message by those that moderators marked.
func (v View) Learned(m *content.Message) learning.Verdict { return v.samples.Judge(m) }

// LearnedPart is how much a part of what a message says has in common with a marked one, from 0 to 1.
func (v View) LearnedPart(said string) float64 { return v.samples.Alike(said) }

// Registers reports whether anybody can make an account at a server; known is false while it
// is asked.
func (v View) Registers(server string) (open, known bool) {
	return v.registrations.Open(server, v.at)
}

// Protected reports whether a room, by its ID or an address, is one of those that are
// protected together with this one.
func (v View) Protected(room string) bool {
	if strings.HasPrefix(room, "#") {
		return v.people.Addressed(room)
	}
	return v.people.Room(id.RoomID(room)) != nil
}

// Moderates reports whether a user may kick or ban in the room, and has rank there.
func (v View) Moderates(u id.UserID) bool {
	_, bans := v.room.Needs(u, rooms.PowerBan)
	return v.room.Moderates(u) || bans && v.room.Ranked(u)
}

// Vouches reports whether a user may answer for others: we, a moderator, or who is regular.
func (v View) Vouches(u id.UserID) bool {
	return u == v.self || v.people.Moderator(u) || v.Moderates(u) || v.Trust(u) >= trust.Regular
}

// Followed reports whether all that a member wrote in the room since they joined was heard
// by us: they came after we did.
func (v View) Followed(u id.UserID) bool {
	known, _ := v.room.Member(u)
	own, _ := v.room.Member(v.self)
	return known.Membership != event.MembershipJoin || known.Changed.After(own.Changed)
}

// Namesake is a member by name.
type Namesake struct {
	User id.UserID
	Name string
}

// mostModerators is how many moderators of a room are looked at.
const mostModerators = 100

// Moderators are who moderates the room, by the names that they have in it, and the
// community's, whatever rank they have here: of those who are not in the room, by the names
// that they have among themselves.
func (v View) Moderators() (all []Namesake) {
	add := func(u id.UserID) {
		if known, _ := v.room.Member(u); known.Membership == event.MembershipJoin && len(all) < mostModerators {
			all = append(all, Namesake{u, known.DisplayName})
		}
	}
	maker := v.room.Maker()
	levels, _, _ := v.room.PowerLevels()
	wire.Each(levels, func(name, value []byte) {
		if string(name) != "users" {
			return
		}
		wire.Each(value, func(name, _ []byte) {
			if u := id.UserID(name); u != maker && v.room.Moderates(u) {
				add(u)
			}
		})
	})
	if v.room.Moderates(maker) {
		add(maker)
	}
	if v.team == nil {
		return all
	}
	for _, m := range v.team() {
		switch known, _ := v.room.Member(m.User); {
		case len(all) >= mostModerators:
			return all
		case slices.ContainsFunc(all, func(o Namesake) bool { return o.User == m.User }):
		case known.Membership == event.MembershipJoin && known.DisplayName != "":
			all = append(all, Namesake{m.User, known.DisplayName})
		default:
			all = append(all, m)
		}
	}
	return all
}
