package kit_test

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
)

// What is found in another room is held to who is spared there, and to how the protection
// is set there.
func TestFindingsOfOtherRooms(t *testing.T) {
	for _, tc := range []struct {
		name   string
		in     id.RoomID
		level  int // of the user in the other room
		mode   kit.Mode
		spread bool
		want   []string
	}{
		{name: "one", in: other, mode: kit.On, want: []string{"spam @u:hs $1: $1 in !other:hs"}},
		{name: "where the protection is off", in: other, mode: kit.Off},
		{name: "where it is in shadow", in: other, mode: kit.Shadow},
		{name: "where the user is spared", in: other, level: 50, mode: kit.On},
		{name: "in a room that is not protected", in: "!nowhere:hs", mode: kit.On},
		{name: "everywhere", spread: true, mode: kit.On, want: []string{"spam @u:hs $1: $1", "spam @u:hs $1: in !other:hs"}},
		{name: "everywhere but where it is off", spread: true, mode: kit.Off, want: []string{"spam @u:hs $1: $1"}},
		{name: "everywhere but where the user is spared", spread: true, level: 50, mode: kit.On, want: []string{"spam @u:hs $1: $1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
				f := kit.Finding{Room: tc.in, User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Spam, Everywhere: tc.spread}
				return []kit.Finding{f}
			}}
			b := kittest.New(t, s.kind("sees"), nil)
			b.Configure(kit.Standing{Mode: kit.On}.WithMode(other, tc.mode))
			b.Other(other).Restore(user, rooms.Member{Membership: event.MembershipJoin})
			b.Other("!empty:hs")
			b.Room.Restore(user, rooms.Member{Membership: event.MembershipJoin})
			if tc.level > 0 {
				levels := b.StateEvent(kittest.Owner, "m.room.power_levels", "", map[string]any{"users": map[id.UserID]int{kittest.Self: 100, user: tc.level}})
				b.Others[other].Apply(levels, b.Now)
			}
			var got []string
			for _, f := range b.Say(user, "buy") {
				if f.Points != kit.Spam.Weight() || f.Protection != "sees" {
					t.Errorf("%+v", f)
				}
				got = append(got, kittest.Describe(f))
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("found %q", got)
			}
		})
	}
}

// An alert is about the room; it names nobody who is spared, and is none if it would name
// nobody else.
func TestAlerts(t *testing.T) {
	for _, tc := range []struct {
		users []id.UserID
		want  []string
	}{
		{nil, []string{"alert odd:"}},
		{[]id.UserID{user, kittest.Moderator, "@v:hs"}, []string{"alert odd: `@u:hs` and `@v:hs`"}},
		{[]id.UserID{kittest.Moderator, kittest.Self}, nil},
	} {
		s := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
			return []kit.Finding{{Alert: true, Users: tc.users, User: in.Sender, Weight: kit.Attack, Events: []id.EventID{"$1"}, Why: "odd"}}
		}}
		b := kittest.New(t, s.kind("sees"), nil)
		var got []string
		for _, f := range b.Say(user, "a") {
			if got = append(got, kittest.Describe(f)); f.User != "" || f.Weight != kit.Note || f.Events != nil || f.Room != kittest.RoomID {
				t.Errorf("%+v", f)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("%v: %q", tc.users, got)
		}
	}
}

// What is only told is told of those with rank in a room, too, and of no moderator of ours.
func TestWhoIsToldOf(t *testing.T) {
	for u, told := range map[id.UserID]bool{user: true, kittest.Owner: true, "@mods:hs": true, kittest.Moderator: false, kittest.Self: false, "@named:hs": false, "@ranked:hs": false, "@listed:hs": false, "@there:hs": false} {
		s := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
			return []kit.Finding{{Alert: true, Users: []id.UserID{in.Sender}, Why: "odd"}}
		}}
		kind := s.kind("sees")
		kind.Tells = true
		b := kittest.New(t, kind, map[string]string{"exempt-users": "@named:hs", "exempt-level": "70", "exempt-rooms": "!other:hs"})
		b.Listed["@listed:hs"] = true
		b.Others["!other:hs"] = rooms.New("!other:hs")
		b.Others["!other:hs"].Restore("@there:hs", rooms.Member{Membership: event.MembershipJoin})
		b.Levels(map[id.UserID]int{kittest.Self: 60, kittest.Owner: 60, "@mods:hs": 50, "@ranked:hs": 70})
		if found := b.Say(u, "a"); (found != nil) != told {
			t.Errorf("of %s: %v", u, found)
		}
	}
}
