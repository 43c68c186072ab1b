package kit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

// hasty has something against all that is bad.
func hasty(in kit.Signal, _ kit.View) []kit.Finding {
	if in.What != kit.Said || !strings.HasPrefix(in.Message.Shown().String(), "bad") {
		return nil
	}
	return []kit.Finding{{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Light}}
}

// braking is a bench on which so many members are known and have written today, and what
// was told of brakes, which are heeded as the bot does.
func braking(t testing.TB, members int, values map[string]string) (b *kittest.Bench, pulled *[]kit.Brake, shadowed *int) {
	t.Helper()
	s := &sees{check: hasty}
	kind := s.kind("hasty")
	b = kittest.New(t, kind, values)
	for range 3 {
		for n := range max(members, 3) {
			for range 3 {
				if n < members || members < 3 && b.Now.Equal(kittest.Start) {
					b.Say(account(n), sure)
				}
			}
		}
		b.Pass(23 * time.Hour)
	}
	pulled, shadowed = new([]kit.Brake), new(int)
	standing := kit.Standing{Mode: kit.On, Values: values}
	b.Set.Braked = func(brake kit.Brake) {
		*pulled = append(*pulled, brake)
		standing = standing.Braked(brake.Room)
		b.Configure(standing)
	}
	b.Set.Shadowed = func(kit.Finding, time.Time) { *shadowed++ }
	return b, pulled, shadowed
}

// A protection that hits many who belong there stops before it does more, and says so.
func TestBrake(t *testing.T) {
	b, pulled, shadowed := braking(t, 10, nil)
	if got := b.Set.Trust.Level(account(0), b.Now); got != trust.Known {
		t.Fatalf("members are %v", got)
	}
	hit := 0
	for n := range 10 {
		for range 3 {
			hit += len(b.Say(account(n), "bad"))
			b.Pass(time.Second)
		}
	}
	if hit != 3*3 || len(*pulled) != 1 || *shadowed != 7*3 {
		t.Errorf("%d hits, %d in shadow, braked %v", hit, *shadowed, *pulled)
	}
	want := kit.Brake{Protection: "hasty", Room: kittest.RoomID, Why: "within a minute it would have hit 4 of the 10 members who are active there"}
	if (*pulled)[0] != want {
		t.Errorf("%+v", *pulled)
	}
	b.Configure(kit.Standing{Mode: kit.On})
	if got := b.Say(account(0), "bad"); len(got) != 1 {
		t.Errorf("switched on again: %v", got)
	}
}

func TestWhatPullsNoBrake(t *testing.T) {
	for _, tc := range []struct {
		name    string
		members int
		values  map[string]string
		says    func(b *kittest.Bench)
		pulls   bool
	}{
		{"a raid of newcomers", 10, nil, func(b *kittest.Bench) {
			for n := range 500 {
				b.Join(account(1000 + n))
				b.Say(account(1000+n), sure)
				b.Say(account(1000+n), "bad")
			}
		}, false},
		{"a raid of newcomers where nobody is known", 0, nil, func(b *kittest.Bench) {
			for n := range 500 {
				b.Join(account(1000 + n))
			}
			b.Pass(6 * 24 * time.Hour)
			for n := range 500 {
				b.Say(account(1000+n), "bad")
			}
		}, false},
		{"members of a week where nobody is known", 0, nil, func(b *kittest.Bench) {
			for n := range 5 {
				b.Join(account(1000 + n))
			}
			b.Pass(8 * 24 * time.Hour)
			for n := range 5 {
				b.Say(account(1000+n), "bad")
			}
		}, true},
		{"members of a week where others are known", 10, nil, func(b *kittest.Bench) {
			for n := range 50 {
				b.Join(account(1000 + n))
			}
			for range 8 {
				for n := range 10 {
					b.Say(account(n), sure)
				}
				b.Pass(23 * time.Hour)
			}
			for n := range 50 {
				b.Say(account(1000+n), "bad")
			}
		}, false},
		{"one member over and over", 10, nil, func(b *kittest.Bench) {
			for range 100 {
				b.Say(account(1), "bad")
			}
		}, false},
		{"two of two", 2, nil, func(b *kittest.Bench) { b.Say(account(0), "bad"); b.Say(account(1), "bad") }, false},
		{"all, but slowly", 10, nil, func(b *kittest.Bench) {
			for n := range 10 {
				b.Say(account(n), "bad")
				b.Pass(21 * time.Second)
			}
		}, false},
		{"all of a room that sets none", 10, map[string]string{"brake": "none"}, func(b *kittest.Bench) {
			for n := range 10 {
				b.Say(account(n), "bad")
			}
		}, false},
		{"half where more is allowed", 10, map[string]string{"brake": "50"}, func(b *kittest.Bench) {
			for n := range 5 {
				b.Say(account(n), "bad")
			}
		}, false},
		{"more than half where half is allowed", 10, map[string]string{"brake": "50"}, func(b *kittest.Bench) {
			for n := range 6 {
				b.Say(account(n), "bad")
			}
		}, true},
		{"members who wrote days ago", 10, nil, func(b *kittest.Bench) {
			b.Pass(48 * time.Hour)
			for n := range 4 {
				b.Say(account(n), "bad")
			}
		}, true},
	} {
		b, pulled, _ := braking(t, tc.members, tc.values)
		if tc.says(b); (len(*pulled) == 1) != tc.pulls || len(*pulled) > 1 {
			t.Errorf("%s: %v", tc.name, *pulled)
		}
	}
}

// However it goes, within a minute no more are hit than the brake allows of those who
// belong there, and without a brake that was pulled all is as if there were none.
func TestBrakeIsALimit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		members := rapid.IntRange(4, 15).Draw(rt, "members")
		share := rapid.IntRange(1, 100).Draw(rt, "share")
		b, pulled, _ := braking(t, members, map[string]string{"brake": fmt.Sprint(share)})
		for n := range members {
			b.Say(account(n), sure)
		}
		hits := map[id.UserID]time.Time{}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			u := account(rapid.IntRange(0, members-1).Draw(rt, "who"))
			found := b.Say(u, "bad")
			for range found {
				hits[u] = b.Now
			}
			if len(found) == 0 && len(*pulled) == 0 {
				rt.Fatal("it was let off, and no brake was pulled")
			}
			n := 0
			for _, at := range hits {
				if b.Now.Sub(at) < time.Minute {
					n++
				}
			}
			if n > max(2, share*members/100) {
				rt.Fatalf("%d of %d were hit within a minute", n, members)
			}
			b.Pass(time.Duration(rapid.IntRange(0, 15).Draw(rt, "pause")) * time.Second)
		}
	})
}

// One whose bans are lifted goes to shadow everywhere, unless it is set otherwise; a ban
// that ends by itself is no ban that was lifted.
func TestBrakeOfWhatIsUndone(t *testing.T) {
	for _, tc := range []struct {
		name            string
		bans, lifted    int
		values          map[string]string
		pause           time.Duration
		room, elsewhere kit.Mode
	}{
		{"two of two", 2, 2, nil, 0, kit.On, kit.On},
		{"three of ten", 10, 3, nil, 0, kit.On, kit.On},
		{"four of ten", 10, 4, nil, 0, kit.Shadow, kit.Shadow},
		{"four of ten that are old", 10, 4, nil, 8 * 24 * time.Hour, kit.On, kit.On},
		{"where more is allowed", 10, 4, map[string]string{"brake-undone": "60"}, 0, kit.On, kit.On},
		{"where all is allowed", 10, 10, map[string]string{"brake-undone": "none"}, 0, kit.On, kit.On},
	} {
		b, pulled, _ := braking(t, 0, tc.values)
		for n := range tc.bans {
			b.End(b.Seek(kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: account(n), Offence: id.EventID(fmt.Sprint("$o", n))}), action.Done)
		}
		b.End(b.Seek(kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: "@refused:hs", Offence: "$r"}), action.Refused)
		b.Pass(tc.pause)
		for n := range tc.lifted {
			p := kit.Place{Room: kittest.RoomID, User: account(n)}
			b.Member(kittest.Owner, p.User, event.MembershipLeave)
			b.Set.Undone(p, b.Now)
			b.Set.Undone(p, b.Now)
		}
		want := tc.room == kit.Shadow
		if (len(*pulled) == 1) != want || want && ((*pulled)[0].Room != "" || (*pulled)[0].Why != "of the last 10 times that it acted, 4 were undone by hand") {
			t.Errorf("%s: %+v", tc.name, *pulled)
		}
		if got := b.Say("@x:hs", "bad"); (len(got) == 1) == want {
			t.Errorf("%s: then found %v", tc.name, got)
		}
	}
	s := kit.Standing{Mode: kit.On}.WithMode(kittest.RoomID, kit.Off).WithMode(other, kit.On).Braked("")
	here, _ := s.In(kittest.RoomID)
	there, _ := s.In(other)
	if general, _ := s.In(""); general != kit.Shadow || here != kit.Off || there != kit.Shadow {
		t.Errorf("%v, %v, %v", general, here, there)
	}
	if mode, _ := (kit.Standing{}).Braked(other).In(other); mode != kit.Off {
		t.Errorf("what was off is %v", mode)
	}
}

// A mute that was a mistake counts as a ban that was.
func TestBrakeOfMutesThatAreUndone(t *testing.T) {
	b, pulled, _ := braking(t, 0, nil)
	for n := range 10 {
		f := kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: account(n), Offence: id.EventID(fmt.Sprint("$o", n))}
		b.End(action.Action{Verb: action.Mute, Room: f.Room, User: f.User, Cause: f.Cause()}, action.Done)
		b.End(action.Action{Verb: action.Mute, Room: f.Room, User: "@refused:hs", Cause: f.Cause()}, action.Refused)
	}
	for n := range 4 {
		if len(*pulled) > 0 {
			t.Fatalf("after %d: %+v", n, *pulled)
		}
		b.Set.Undone(kit.Place{Room: kittest.RoomID, User: account(n)}, b.Now)
	}
	if len(*pulled) != 1 || (*pulled)[0].Why != "of the last 10 times that it acted, 4 were undone by hand" {
		t.Errorf("%+v", *pulled)
	}
}

// Waves that were none are mistakes of their protection, too.
func TestBrakeOfWavesThatWereNone(t *testing.T) {
	for mistakes, want := range map[int]bool{2: false, 3: false, 4: true} {
		s := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
			return []kit.Finding{{Alert: true, Wave: true, Offence: in.Event.ID, Users: []id.UserID{in.Sender}, Why: "many came"}}
		}}
		b := kittest.New(t, s.kind("sees"), nil)
		var pulled []kit.Brake
		var told []id.EventID
		b.Set.Braked = func(k kit.Brake) { pulled = append(pulled, k) }
		for n := range 10 {
			found := b.Say(id.UserID(fmt.Sprint("@", n, ":hs")), "a")
			if len(found) != 1 {
				t.Fatalf("found %v", found)
			}
			told = append(told, found[0].Offence)
		}
		for _, of := range told[:mistakes] {
			b.Set.Undone(kit.Place{Room: kittest.RoomID, User: kit.Wave(of)}, b.Now)
		}
		if (len(pulled) == 1) != want {
			t.Errorf("%d of 10: %v", mistakes, pulled)
		}
	}
}

// Whatever followed from a finding, it counts if moderators mark that as wrong: once, of whatever
// kind and in however many rooms it was.
func TestBrakeOfWhatIsMarkedAsWrong(t *testing.T) {
	for _, tc := range []struct {
		name  string
		verbs []action.Verb
		fate  action.Fate
		rooms []id.RoomID
		cases func(n int) int64 // of the nth offence
		users int
		wrong int // of twenty offences
		want  string
	}{
		{name: "removals", verbs: []action.Verb{action.Redact}, users: 20, wrong: 20, want: "20 times that it acted, 7"},
		{name: "removals of one user", verbs: []action.Verb{action.Redact}, users: 1, wrong: 20, want: "20 times that it acted, 7"},
		{name: "kicks", verbs: []action.Verb{action.Kick}, users: 20, wrong: 7, want: "20 times that it acted, 7"},
		{name: "kicks that say why", verbs: []action.Verb{action.TellOut}, users: 20, wrong: 7, want: "20 times that it acted, 7"},
		{name: "notices", verbs: []action.Verb{action.Notify}, users: 20, wrong: 7, want: "20 times that it acted, 7"},
		{name: "notices in the room", verbs: []action.Verb{action.NotifyHere}, users: 20, wrong: 7, want: "20 times that it acted, 7"},
		{name: "a removal and a mute of one message", verbs: []action.Verb{action.Redact, action.Mute, action.Notify}, users: 20, wrong: 6},
		{name: "all rooms at once", verbs: []action.Verb{action.Redact, action.Ban}, rooms: []id.RoomID{kittest.RoomID, other, "!third:hs"}, users: 20, wrong: 6},
		{name: "a burst", verbs: []action.Verb{action.Redact}, users: 1, cases: func(n int) int64 { return int64(1 + n/10) }, wrong: 20},
		{name: "bursts", verbs: []action.Verb{action.Redact}, users: 1, cases: func(n int) int64 { return int64(1 + n/4) }, wrong: 20, want: "5 times that it acted, 3"},
		{name: "what was not done", verbs: []action.Verb{action.Redact, action.Ban}, fate: action.Refused, users: 20, wrong: 20},
		{name: "what is no step against anybody", verbs: []action.Verb{action.Uninvite, action.GiveBack, action.Unmute, action.Ask}, users: 20, wrong: 20},
		{name: "six of twenty", verbs: []action.Verb{action.Redact}, users: 20, wrong: 6},
	} {
		b, pulled, _ := braking(t, 0, nil)
		causes := map[id.EventID]int64{}
		b.Set.Case = func(of action.Cause, _ id.RoomID) int64 { return causes[of.Event] }
		if tc.rooms == nil {
			tc.rooms = []id.RoomID{kittest.RoomID}
		}
		if tc.fate == "" {
			tc.fate = action.Done
		}
		offence := func(n int) kit.Finding {
			return kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: account(n % tc.users), Offence: id.EventID(fmt.Sprint("$o", n))}
		}
		for n := range 20 {
			f := offence(n)
			if tc.cases != nil {
				causes[f.Offence] = tc.cases(n)
			}
			for _, room := range tc.rooms {
				for _, verb := range tc.verbs {
					b.Set.Ended(action.Ending{Action: action.Action{Verb: verb, Room: room, User: f.User, Cause: f.Cause()}, Fate: tc.fate}, nil, b.Now)
				}
			}
			b.Set.Ended(action.Ending{Action: action.Action{Verb: action.Redact, Room: f.Room, User: f.User, Cause: action.Cause{Kind: action.ByModerator, Event: f.Offence}}, Fate: action.Done}, nil, b.Now)
		}
		for n := range tc.wrong {
			f := offence(n)
			f.Protection = "another"
			b.Set.Mistaken(f.Cause(), kit.Place{Room: f.Room, User: f.User}, b.Now)
			f.Protection = "hasty"
			for _, room := range tc.rooms {
				b.Set.Mistaken(f.Cause(), kit.Place{Room: room, User: f.User}, b.Now)
				b.Set.Undone(kit.Place{Room: room, User: f.User}, b.Now) // whose ban is lifted with it, as the room says then
			}
			if len(*pulled) > 0 {
				break
			}
		}
		switch {
		case tc.want == "" && len(*pulled) > 0, tc.want != "" && len(*pulled) != 1:
			t.Errorf("%s: %+v", tc.name, *pulled)
		case tc.want != "" && (*pulled)[0].Why != "of the last "+tc.want+" were undone by hand":
			t.Errorf("%s: %s", tc.name, (*pulled)[0].Why)
		}
		if got := b.Say("@x:hs", "bad"); (len(got) == 0) != (tc.want != "") {
			t.Errorf("%s: then found %v", tc.name, got)
		}
	}
}

// A ban that is lifted by hand says nothing of what was only removed.
func TestLiftedBanIsNoRemovalUndone(t *testing.T) {
	b, pulled, _ := braking(t, 0, nil)
	for n := range 10 {
		f := kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: account(n), Offence: id.EventID(fmt.Sprint("$o", n))}
		b.End(action.Action{Verb: action.Redact, Room: f.Room, User: f.User, Cause: f.Cause()}, action.Done)
		b.Set.Undone(kit.Place{Room: f.Room, User: f.User}, b.Now)
	}
	if len(*pulled) > 0 {
		t.Errorf("%+v", *pulled)
	}
}
