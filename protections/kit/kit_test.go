package kit_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
	"forseti/sanction/trust"
)

const user = id.UserID("@u:hs")

// sees is a protection that has something against what its function says, and notes
// all that it is told.
type sees struct {
	given    *kit.Given
	check    func(in kit.Signal, room kit.View) []kit.Finding
	signals  []kit.Signal
	endings  []action.Ending
	findings []kit.Finding
	pardons  []kit.Place
}

func (s *sees) kind(name string, options ...kit.Option) kit.Kind {
	return kit.Kind{Name: name, Options: options, New: func(g *kit.Given) kit.Protection { s.given = g; return s }}
}

func (s *sees) Check(in kit.Signal, room kit.View) []kit.Finding {
	s.signals = append(s.signals, in)
	if s.check == nil {
		return nil
	}
	return s.check(in, room)
}

func (s *sees) Outcome(f kit.Finding, e action.Ending) {
	s.findings, s.endings = append(s.findings, f), append(s.endings, e)
}

func (s *sees) Pardon(p kit.Place) { s.pardons = append(s.pardons, p) }

// everything is found grave.
func everything(in kit.Signal, _ kit.View) []kit.Finding {
	if in.Event == nil {
		return nil
	}
	return []kit.Finding{{User: in.Sender, Offence: in.Event.ID, Events: []id.EventID{in.Event.ID}, Weight: kit.Attack, Why: "seen"}}
}

func TestWhoIsSpared(t *testing.T) {
	for _, tc := range []struct {
		name   string
		user   id.UserID
		levels map[id.UserID]int
		set    map[string]string
		ban    int // the level that a ban takes; 50 if it is not said
		spared bool
	}{
		{name: "anybody", user: user},
		{name: "the bot", user: kittest.Self, spared: true},
		{name: "a moderator", user: kittest.Moderator, spared: true},
		{name: "a moderator, whatever is set", user: kittest.Moderator, set: map[string]string{"spare-moderators": "no"}, spared: true},
		{name: "who may kick in the room", user: user, levels: map[id.UserID]int{user: 50}, spared: true},
		{name: "who may not", user: user, levels: map[id.UserID]int{user: 49}},
		{name: "who may kick, if it is set so", user: user, levels: map[id.UserID]int{user: 50}, set: map[string]string{"spare-moderators": "no"}},
		{name: "who stands as high as the bot", user: user, levels: map[id.UserID]int{user: 100}, set: map[string]string{"spare-moderators": "no"}, spared: true},
		{name: "who stands as high as a bot that may not even ban", user: user,
			levels: map[id.UserID]int{user: 25, kittest.Self: 25}, set: map[string]string{"spare-moderators": "no"}, spared: true},
		{name: "who may ban and not kick", user: user, levels: map[id.UserID]int{user: 40}, ban: 40, spared: true},
		{name: "who may ban and not kick, if it is set so", user: user, levels: map[id.UserID]int{user: 40}, ban: 40, set: map[string]string{"spare-moderators": "no"}},
		{name: "a user by name", user: user, set: map[string]string{"exempt-users": "@U:hs"}, spared: true},
		{name: "another by name", user: user, set: map[string]string{"exempt-users": "@u:hs.example @uu:hs"}},
		{name: "users by pattern", user: user, set: map[string]string{"exempt-users": "@x:y @*:hs"}, spared: true},
		{name: "a level", user: user, levels: map[id.UserID]int{user: 10}, set: map[string]string{"exempt-level": "10"}, spared: true},
		{name: "below that level", user: user, levels: map[id.UserID]int{user: 9}, set: map[string]string{"exempt-level": "10"}},
		{name: "no level", user: user, levels: map[id.UserID]int{user: 9}, set: map[string]string{"exempt-level": "none"}},
		{name: "whom a list exempts", user: "@listed:hs", spared: true},
		{name: "whom a list exempts, if it is set so", user: "@listed:hs", set: map[string]string{"exempt-listed": "no"}},
		{name: "a member of a room", user: user, set: map[string]string{"exempt-rooms": "!other:hs"}, spared: true},
		{name: "who was banned there", user: "@banned:hs", set: map[string]string{"exempt-rooms": "!other:hs"}},
		{name: "who is invited there", user: "@invited:hs", set: map[string]string{"exempt-rooms": "!other:hs"}},
		{name: "a member of a room that is not protected", user: user, set: map[string]string{"exempt-rooms": "!nowhere:hs"}},
		{name: "all of no rank, if the bot has none either", user: user, levels: map[id.UserID]int{kittest.Self: 0}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &sees{check: everything}
			b := kittest.New(t, s.kind("sees"), tc.set)
			b.Listed["@listed:hs"] = true
			b.Others[other] = rooms.New(other)
			for u, m := range map[id.UserID]event.Membership{user: event.MembershipJoin, "@banned:hs": event.MembershipBan, "@invited:hs": event.MembershipInvite} {
				b.Others[other].Restore(u, rooms.Member{Membership: m})
			}
			levels := map[id.UserID]int{kittest.Self: 100, kittest.Owner: 100}
			maps.Copy(levels, tc.levels)
			b.Levels(levels)
			if tc.ban > 0 {
				b.State(kittest.Owner, "m.room.power_levels", "", map[string]any{"users": levels, "ban": tc.ban})
			}
			s.signals = nil
			if got := b.Say(tc.user, "hello"); (got == nil) != tc.spared {
				t.Errorf("found %v", got)
			}
			if tc.spared && len(s.signals) > 0 {
				t.Error("was asked")
			}
		})
	}
}

// What somebody else did may be held against a user; against one who is spared it may not.
func TestSparedWhoeverSaysIt(t *testing.T) {
	for _, against := range []id.UserID{user, kittest.Moderator, kittest.Self, kittest.Owner, ""} {
		s := &sees{check: func(kit.Signal, kit.View) []kit.Finding { return []kit.Finding{{User: against, Offence: "$x"}} }}
		b := kittest.New(t, s.kind("sees"), nil)
		if got := b.Say("@somebody:hs", "look at that"); (len(got) == 1) != (against == user) {
			t.Errorf("against %q: %v", against, got)
		}
	}
}

func TestFindingsAreFilledIn(t *testing.T) {
	s := &sees{check: everything}
	b := kittest.New(t, s.kind("sees"), nil)
	f := b.Say(user, "hello")[0]
	if f.Protection != "sees" || f.Room != kittest.RoomID || f.Reason != "sees" {
		t.Errorf("%+v", f)
	}
	want := action.Cause{Kind: action.ByProtection, Protection: "sees", Event: "$1"}
	if f.Cause() != want {
		t.Errorf("cause %+v", f.Cause())
	}
}

// A protection hears what came of each of its findings, and no other does.
func TestOutcomes(t *testing.T) {
	for _, fate := range []action.Fate{action.Done, action.Refused, action.Dropped, action.Superseded, action.Would} {
		s, other := &sees{check: everything}, &sees{}
		b := kittest.New(t, s.kind("sees"), nil)
		b.Set.Use(other.kind("other"), kit.Standing{Mode: kit.On})
		ban := b.Seek(b.Say(user, "hello")[0])
		if got := b.Say(user, "more"); len(got) != 1 || !got[0].Trailing {
			t.Fatalf("while the ban is under way: %v", got)
		}
		b.End(ban, fate)
		if len(s.endings) != 1 || s.endings[0].Fate != fate || s.findings[0].Why != "seen" || s.findings[0].Offence != "$1" {
			t.Errorf("%s: heard %v of %v", fate, s.endings, s.findings)
		}
		if len(other.endings) != 0 {
			t.Errorf("%s: the other heard of it", fate)
		}
		if got := b.Say(user, "still"); len(got) != 1 || got[0].Trailing != (fate == action.Done) {
			t.Errorf("%s: what comes behind: %v", fate, got)
		}
	}
}

// One that is asked for by several protections ends for each of them.
func TestTwoProtectionsOneUser(t *testing.T) {
	a, z := &sees{check: everything}, &sees{check: everything}
	b := kittest.New(t, a.kind("a"), nil)
	b.Set.Use(z.kind("z"), kit.Standing{Mode: kit.On})
	found := b.Say(user, "hello")
	if len(found) != 2 || found[0].Protection != "a" || found[1].Protection != "z" {
		t.Fatalf("found %v", found)
	}
	first, second := b.Seek(found[0]), b.Seek(found[1])
	b.Set.Ended(action.Ending{Action: first, Fate: action.Refused}, b.Room, b.Now)
	got := b.Say(user, "more")
	if len(got) != 2 || got[0].Trailing || !got[1].Trailing {
		t.Errorf("one was refused: %v", got)
	}
	b.End(second, action.Done)
	b.Member(kittest.Owner, user, event.MembershipLeave)
	for _, f := range b.Say(user, "again") {
		if f.Trailing {
			t.Errorf("%s has not pardoned", f.Protection)
		}
	}
	if len(a.pardons) != 1 || len(z.pardons) != 1 {
		t.Errorf("pardons: %v, %v", a.pardons, z.pardons)
	}
}

// After a restart who was caught before is caught still.
func TestCaughtInAnEarlierRun(t *testing.T) {
	s := &sees{check: everything}
	b := kittest.New(t, s.kind("sees"), nil)
	b.Member(kittest.Self, user, event.MembershipBan)
	ban := action.Action{Verb: action.Ban, Room: kittest.RoomID, User: user, Cause: action.Cause{Kind: action.ByProtection, Protection: "sees", Event: "$before"}}
	b.Set.Ended(action.Ending{Action: ban, Fate: action.Done}, b.Room, b.Now)
	if got := b.Say(user, "more"); len(got) != 1 || !got[0].Trailing || got[0].Offence != "$before" {
		t.Errorf("got %v", got)
	}
}

func TestPanicStopsNobodyElse(t *testing.T) {
	one, two, three := &sees{check: everything}, &sees{check: func(kit.Signal, kit.View) []kit.Finding { panic("x") }}, &sees{check: everything}
	b := kittest.New(t, one.kind("one"), nil)
	b.Set.Use(two.kind("two"), kit.Standing{Mode: kit.On})
	b.Set.Use(three.kind("three"), kit.Standing{Mode: kit.On})
	var failed []string
	b.Set.Report = func(name string, err error) { failed = append(failed, name) }
	got := b.Say(user, "hello")
	if len(got) != 2 || got[0].Protection != "one" || got[1].Protection != "three" || !slices.Equal(failed, []string{"two"}) {
		t.Errorf("found %v, failed %v", got, failed)
	}
	b.Set.Report = nil
	b.Say(user, "hello")
}

// What is remembered of an event besides what protections find can fail like one of them: all the
// rest goes on, and it is told under a name of its own.
func TestPanicOfWhatRemembersStopsNothing(t *testing.T) {
	alerts := func(in kit.Signal, _ kit.View) []kit.Finding {
		return []kit.Finding{{Alert: true, Offence: in.Event.ID, Why: "odd"}}
	}
	b := kittest.New(t, (&sees{check: alerts}).kind("one"), nil)
	var failed []string
	b.Set.Report = func(name string, err error) { failed = append(failed, name) }
	heard := 0
	b.Set.After = func(in kit.Signal, _ kit.View) {
		if heard++; in.Message.Shown().String() == "poison" {
			panic("x")
		}
	}
	fine := b.Set.Trust
	for _, tc := range []struct {
		says  string
		trust *trust.Book
		want  []string
	}{
		{"hello", fine, nil}, {"poison", fine, []string{kit.Remembering}}, {"hello", fine, nil},
		{"a message of many words by which trust is earned", nil, []string{kit.Remembering, kit.Remembering}}, {"hello", fine, nil},
	} {
		before := heard
		failed = nil
		b.Set.Trust = tc.trust
		if got := b.Say(user, tc.says); len(got) != 1 || !slices.Equal(failed, tc.want) || heard != before+1 {
			t.Errorf("%s: found %v, failed %v, heard %d", tc.says, got, failed, heard-before)
		}
	}
}

func TestProtectionsComeAndGo(t *testing.T) {
	s := &sees{check: everything}
	kind := s.kind("sees")
	b := kittest.New(t, kind, nil)
	b.Seek(b.Say(user, "hello")[0])
	table := kit.NewTable[kit.Place, int](s.given)
	table.Keep(kit.Place{Room: kittest.RoomID, User: user}, b.Now, time.Hour)
	s.given.Wake(kittest.RoomID, b.Now.Add(time.Minute))
	b.Set.Use(kind, kit.Standing{})
	if got := b.Say(user, "hello"); got != nil {
		t.Errorf("switched off: %v", got)
	}
	if table.Len() != 0 || !b.Set.Due().IsZero() {
		t.Error("it is remembered, or waited for, what nobody needs")
	}
	if _, _, agree := b.Set.Remembered(); !agree {
		t.Error("the memory is not what it says")
	}
	b.Set.Use(kind, kit.Standing{}.WithMode(kittest.RoomID, kit.On))
	if got := b.Say(user, "hello"); len(got) != 1 {
		t.Errorf("switched on in this room: %v", got)
	}
	b.Set.Use(kind, kit.Standing{Mode: kit.On}.WithMode(kittest.RoomID, kit.Off))
	if got := b.Say(user, "hello"); got != nil {
		t.Errorf("switched off in this room: %v", got)
	}
}

func TestTicks(t *testing.T) {
	s := &sees{}
	s.check = func(in kit.Signal, room kit.View) []kit.Finding {
		switch in.What {
		case kit.Said:
			s.given.Wake(in.Room, in.Arrived.Add(time.Minute))
		case kit.Ticked:
			return []kit.Finding{{User: user, Offence: "$tick"}}
		}
		return nil
	}
	b := kittest.New(t, s.kind("sees"), nil)
	if !b.Set.Due().IsZero() || b.Tick() != nil {
		t.Error("a tick that nobody asked for")
	}
	b.Say(user, "hello")
	b.Pass(30 * time.Second)
	b.Say(user, "hello")
	if due := b.Set.Due(); !due.Equal(kittest.Start.Add(time.Minute)) {
		t.Errorf("due at %s", due)
	}
	if got := b.Set.Tick(b.Now, func(id.RoomID) *rooms.Room { return b.Room }); got != nil {
		t.Errorf("too early: %v", got)
	}
	if got := b.Tick(); len(got) != 1 || got[0].Room != kittest.RoomID || !b.Set.Due().IsZero() {
		t.Errorf("got %v", got)
	}
	b.Say(user, "hello")
	b.Set.Forget(kittest.RoomID)
	if !b.Set.Due().IsZero() {
		t.Error("a room that is gone is waited for")
	}
	b.Say(user, "hello")
	if got := b.Set.Tick(b.Now.Add(time.Hour), func(id.RoomID) *rooms.Room { return nil }); got != nil {
		t.Errorf("of a room that is gone: %v", got)
	}
}
