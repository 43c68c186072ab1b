package kit_test

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// A pardon follows every lifted ban, whoever lifted it and however we learned of it:
// by an event, by a look at the whole room, or because we lifted it ourselves, before
// or after its echo. And who was not pardoned, and is banned or going to be, is not.
func TestPardonFollowsEveryLiftedBan(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &sees{check: everything}
		b := kittest.New(t, s.kind("sees"), nil)
		b.Join(user)
		truth := event.MembershipJoin // of the homeserver, which we may not know yet
		var open *action.Action       // a ban that is under way
		trailing := false             // what is wanted: whether words go as part of a ban
		change := func(m event.Membership) {
			before, _ := b.Room.Member(user)
			lifted := before.Membership == event.MembershipBan && m != event.MembershipBan
			truth = m
			trailing = trailing && !lifted
		}
		learn := map[string]func(by id.UserID, m event.Membership){
			"event": func(by id.UserID, m event.Membership) { b.Member(by, user, m) },
			"look": func(by id.UserID, m event.Membership) {
				look := []*event.Event{b.StateEvent(by, "m.room.member", string(user), map[string]any{"membership": m}),
					b.StateEvent(kittest.Self, "m.room.member", string(kittest.Self), map[string]any{"membership": "join"})}
				for _, c := range b.Room.Replace(look, b.Now) {
					b.Set.Follow(kittest.RoomID, c)
				}
			},
			"own write and its echo": func(_ id.UserID, m event.Membership) {
				b.Member(kittest.Self, user, m)
				b.Member(kittest.Self, user, m)
			},
		}
		for range rapid.IntRange(1, 40).Draw(rt, "steps") {
			b.Pass(time.Duration(rapid.IntRange(0, 10).Draw(rt, "pause")) * time.Second)
			how := learn[rapid.SampledFrom([]string{"event", "look", "own write and its echo"}).Draw(rt, "how")]
			switch rapid.SampledFrom([]string{"offend", "end", "ban", "unban", "rejoin", "leave", "forget"}).Draw(rt, "what") {
			case "offend":
				for _, f := range b.Say(user, "buy") {
					if f.Trailing != trailing {
						rt.Fatalf("trailing is %v, want %v", f.Trailing, trailing)
					}
					if !f.Trailing && open == nil && truth == event.MembershipJoin {
						open, trailing = new(b.Seek(f)), true
					}
				}
			case "end":
				if open == nil {
					break
				}
				fate := rapid.SampledFrom([]action.Fate{action.Done, action.Refused, action.Would, action.Dropped}).Draw(rt, "fate")
				b.Set.Ended(action.Ending{Action: *open, Fate: fate}, b.Room, b.Now)
				switch {
				case truth == event.MembershipBan:
					trailing = true // as it was wanted
				case fate == action.Done && trailing: // the room will say so
					change(event.MembershipBan)
					how(kittest.Self, event.MembershipBan)
				case fate != action.Done:
					trailing = false
				}
				open = nil
			case "ban":
				change(event.MembershipBan)
				how(kittest.Owner, event.MembershipBan)
			case "unban":
				if truth == event.MembershipBan {
					change(event.MembershipLeave)
					how(kittest.Owner, event.MembershipLeave)
				}
			case "rejoin":
				if truth == event.MembershipLeave {
					change(event.MembershipJoin)
					how(user, event.MembershipJoin)
				}
			case "forget": // a room that is read anew and says nothing of the user
				if truth == event.MembershipBan {
					change(event.MembershipLeave)
					for _, c := range b.Room.Replace([]*event.Event{b.StateEvent(kittest.Self, "m.room.member", string(kittest.Self), map[string]any{"membership": "join"})}, b.Now) {
						b.Set.Follow(kittest.RoomID, c)
					}
				}
			}
			if len(b.Say("@somebody:hs", "hello")) > 1 {
				rt.Fatal("somebody else was hit twice")
			}
		}
	})
}

// A ban that was lifted while nobody looked, as between two syncs or two runs, is known
// by the user being there, or not banned any more, after it was made.
func TestPardonOfABanThatWasNeverSeen(t *testing.T) {
	for _, m := range []event.Membership{event.MembershipLeave, event.MembershipInvite} {
		s := &sees{check: everything}
		b := kittest.New(t, s.kind("sees"), nil)
		b.Join(user)
		ban := b.Seek(b.Say(user, "buy")[0])
		b.Set.Ended(action.Ending{Action: ban, Fate: action.Done}, nil, b.Now)
		b.Member(kittest.Owner, user, m)
		b.Join(user)
		if got := b.Say(user, "thank you"); len(got) != 1 || got[0].Trailing || len(s.pardons) == 0 {
			t.Errorf("%s: %v, pardons %v", m, got, s.pardons)
		}
	}
	// One that has yet to be made is none.
	s := &sees{check: everything}
	b := kittest.New(t, s.kind("sees"), nil)
	b.Join(user)
	b.Seek(b.Say(user, "buy")[0])
	b.Member(user, user, event.MembershipLeave)
	b.Join(user)
	if got := b.Say(user, "more"); len(got) != 1 || !got[0].Trailing {
		t.Errorf("who comes and goes before their ban: %v", got)
	}
}

var _ kit.Hearer = (*sees)(nil)
