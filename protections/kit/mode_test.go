package kit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// What earlier versions stored holds as it is, and what is stored now is read by them
// unless it is news to them.
func TestModesAreStored(t *testing.T) {
	for _, tc := range []struct {
		stored string
		want   kit.Mode
		wrong  bool
	}{
		{`true`, kit.On, false}, {`false`, kit.Off, false}, {`"shadow"`, kit.Shadow, false}, {`null`, kit.Off, false},
		{`"on"`, kit.Off, true}, {`1`, kit.Off, true}, {`{}`, kit.Off, true}, {`[true]`, kit.Off, true}, {`"`, kit.Off, true},
	} {
		var s kit.Standing
		err := json.Unmarshal([]byte(`{"enabled":`+tc.stored+`}`), &s)
		if (err != nil) != tc.wrong || s.Mode != tc.want {
			t.Errorf("%s is read as %v, %v", tc.stored, s.Mode, err)
		}
	}
	for _, general := range []kit.Mode{kit.Off, kit.Shadow, kit.On} {
		for _, here := range []kit.Mode{kit.Off, kit.Shadow, kit.On} {
			raw, err := json.Marshal(kit.Standing{}.WithMode("", general).WithMode(kittest.RoomID, here))
			var s kit.Standing
			if err != nil || json.Unmarshal(raw, &s) != nil {
				t.Fatalf("%s, %v", raw, err)
			}
			mine, _ := s.In(kittest.RoomID)
			others, _ := s.In(other)
			if mine != here || others != general {
				t.Errorf("%s is read as %v and %v", raw, mine, others)
			}
		}
	}
}

// In shadow it tells what it found, in the room where it is, and nothing may follow.
func TestShadowIsOnlyTold(t *testing.T) {
	s := &sees{check: everything}
	kind := s.kind("sees")
	b := kittest.New(t, kind, nil)
	var told []kit.Finding
	b.Set.Shadowed = func(f kit.Finding, at time.Time) {
		if !at.Equal(b.Now) {
			t.Errorf("told of %v", at)
		}
		told = append(told, f)
	}
	b.Configure(kit.Standing{Mode: kit.Shadow})
	if got := b.Say(user, "hello"); got != nil || len(told) != 1 || told[0].Protection != "sees" || told[0].Room != kittest.RoomID || told[0].Reason != "sees" {
		t.Errorf("found %v, told %v", got, told)
	}
	if b.Say(kittest.Moderator, "hello"); len(told) != 1 {
		t.Error("moderators are to be spared")
	}
	b.Configure(kit.Standing{Mode: kit.Shadow}.WithMode(kittest.RoomID, kit.On))
	if got := b.Say(user, "hello"); len(got) != 1 || len(told) != 1 {
		t.Errorf("on here: found %v, told %v", got, told)
	}
	b.Configure(kit.Standing{Mode: kit.On}.WithMode(kittest.RoomID, kit.Shadow))
	if got := b.Say(user, "hello"); got != nil || len(told) != 2 {
		t.Errorf("in shadow here: found %v, told %v", got, told)
	}
	b.Set.Shadowed = nil
	b.Say(user, "hello")
}

// Nothing that was seen in shadow counts against anybody later: once it is switched on
// again, it finds what it would find had it been off instead.
func TestShadowLeavesNoTrace(t *testing.T) {
	counting := func() kit.Kind {
		return kit.Kind{Name: "counting", New: func(g *kit.Given) kit.Protection {
			return &counting{given: g, sent: kit.NewWindow[kit.Place](g)}
		}}
	}
	rapid.Check(t, func(rt *rapid.T) {
		var benches []*kittest.Bench
		for range 2 {
			b := kittest.New(t, counting(), nil)
			loud := &sees{check: func(in kit.Signal, _ kit.View) []kit.Finding {
				if in.Message.Shown().String() != "bad" {
					return nil
				}
				return []kit.Finding{{User: in.Sender, Offence: in.Event.ID}}
			}}
			b.Set.Use(loud.kind("loud"), kit.Standing{Mode: kit.On})
			benches = append(benches, b)
		}
		modes := [2]kit.Mode{kit.On, kit.On}
		for step := range rapid.IntRange(1, 60).Draw(rt, "steps") {
			if rapid.IntRange(0, 8).Draw(rt, "switches") == 0 {
				modes = [2]kit.Mode{kit.On, kit.On}
				if rapid.Bool().Draw(rt, "down") {
					modes = [2]kit.Mode{kit.Shadow, kit.Off}
				}
				for i, b := range benches {
					b.Set.Use(counting(), kit.Standing{Mode: kit.On}.WithMode(kittest.RoomID, modes[i]))
				}
			}
			who := rapid.SampledFrom([]id.UserID{"@a:hs", "@b:hs"}).Draw(rt, "who")
			said := rapid.SampledFrom([]string{"good", "bad"}).Draw(rt, "said")
			pause := time.Duration(rapid.IntRange(0, 3).Draw(rt, "pause")) * time.Second
			ticks := rapid.IntRange(0, 3).Draw(rt, "ticks") == 0
			bans := rapid.IntRange(0, 5).Draw(rt, "bans") == 0
			var got [2][]string
			for i, b := range benches {
				b.Pass(pause)
				found := b.Say(who, said)
				if ticks {
					found = append(found, b.Set.Tick(b.Now, b.Find)...)
				}
				for _, f := range found {
					got[i] = append(got[i], f.Protection+" "+kittest.Describe(f))
				}
				if bans && len(found) > 0 && !found[0].Trailing {
					b.End(b.Seek(found[0]), action.Would)
				}
				if ticks && bans {
					b.Member(kittest.Owner, who, event.MembershipBan)
					b.Member(kittest.Owner, who, event.MembershipLeave)
				}
			}
			if !slices.Equal(got[0], got[1]) {
				rt.Fatalf("step %d, %v: after shadow %q, after off %q", step, modes, got[0], got[1])
			}
		}
	})
}

// counting finds every third message within five seconds, and who waits for its tick.
type counting struct {
	given *kit.Given
	sent  *kit.Window[kit.Place]
	last  id.UserID
}

func (c *counting) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if in.What == kit.Ticked {
		return []kit.Finding{{User: c.last, Offence: "$tick"}}
	}
	if !in.CountsAsMessage() {
		return nil
	}
	c.last = in.Sender
	c.given.Wake(in.Room, in.Arrived.Add(2*time.Second))
	n, over := c.sent.Add(kit.Place{Room: in.Room, User: in.Sender}, in, 5*time.Second, 2)
	if over == nil {
		return nil
	}
	return []kit.Finding{{User: in.Sender, Offence: id.EventID(fmt.Sprint(n)), Events: over, Weight: kit.Attack}}
}

func (c *counting) Pardon(p kit.Place) { c.sent.Forget(p) }

// What protections in shadow remember takes no space from those that are on.
func TestShadowCrowdsNobodyOut(t *testing.T) {
	s := &sees{}
	b := kittest.New(t, s.kind("on"), nil)
	table := kit.NewTable[kit.Place, int](s.given)
	table.Keep(kit.Place{User: user}, b.Now, time.Hour)
	shade := &sees{}
	b.Set.Use(shade.kind("shade"), kit.Standing{Mode: kit.Shadow})
	many := kit.NewTable[kit.Place, int](shade.given)
	for n := range 200_000 {
		many.Keep(kit.Place{User: id.UserID(fmt.Sprintf("@u%d:hs", n))}, b.Now, time.Hour)
	}
	if many.Len() >= 100_000 || table.Find(kit.Place{User: user}, b.Now) == nil {
		t.Errorf("%d entries of shadow", many.Len())
	}
}
