package enforce

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/acl"
	"forseti/internal/stretch"
	"forseti/policy"
)

// The fifth law for server ACLs: who is shut out by a change, on whatever homeserver, and
// which servers are let in again, is in its effect, by whichever way it comes in.
func TestEntriesAreDifferenceOfACLs(t *testing.T) {
	servers := []string{
		"evil.example", "*.example", "other.example", "mods.example", "*.*", "her.example", "her.ex", "o?her.e*", "v*l.example",
		"*hidden.example", "good.example", "",
	}
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 15)
		draw := func() *event.Event {
			return ruleEvent("server", fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "key")), rapid.SampledFrom(servers).Draw(t, "server"),
				rapid.SampledFrom([]string{"m.ban", "fi.mau.meowlnir.unban"}).Draw(t, "recommendation"))
		}
		lists := []id.RoomID{testList, theirs}
		for range rapid.IntRange(0, 6).Draw(t, "server rules") {
			settle(t, w, rapid.SampledFrom(lists).Draw(t, "list"), draw())
		}
		before := shared(w)
		_, slots, _ := w.ApplyRule(rapid.SampledFrom(lists).Draw(t, "of"), draw())
		if changed := shared(w); len(slots) > 0 && !slices.Equal(before.Deny, changed.Deny) {
			t.Fatalf("what waits denies %v, before %v", changed.Deny, before.Deny)
		}
		e := w.Scales.Weigh(slots...)
		w.Follow(slots...)
		after := shared(w)
		out, outBefore := keptOut(w, after, acl.Specification), keptOut(w, before, acl.Specification)
		for u := range out {
			if !outBefore[u] && !e.Everyone && !slices.Contains(e.Shut, u) && !slices.Contains(e.Banned, u) {
				t.Fatalf("%s is shut out, and not in %+v", u, e)
			}
		}
		for _, u := range e.Shut {
			if !out[u] || outBefore[u] {
				t.Fatalf("%s is not shut out by this, and in %+v", u, e)
			}
		}
		for u := range keptOut(w, after, acl.Dendrite) {
			if !keptOut(w, before, acl.Dendrite)[u] && !e.Everyone && !slices.Contains(slices.Concat(e.Shut, e.Banned, e.Parts), u) {
				t.Fatalf("%s is shut out where homeservers run Dendrite, and not in %+v", u, e)
			}
		}
		for u := range outBefore {
			matches := func(entry string) bool {
				return policy.Rule{Kind: policy.Server, Entity: entry}.Matches(policy.ServerOf(u))
			}
			if !out[u] && !slices.ContainsFunc(e.Allowed, matches) {
				t.Fatalf("the server of %s is let in again, and not in %+v", u, e)
			}
		}
	})
}

// crowdOf is a world in which many of one server are in a room.
func crowdOf(server string) *World {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	w.SetExempting(testList, true)
	for i := range 12 {
		u := id.UserID(fmt.Sprintf("@user%d:%s", i, server))
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	return w
}

// change has a list changed, and followed.
func change(w *World, list id.RoomID, events ...*event.Event) (e Effect) {
	for _, evt := range events {
		_, slots, _ := w.ApplyRule(list, evt)
		e = w.Scales.Weigh(slots...)
		w.Follow(slots...)
	}
	return e
}

// The ways in which a crowd is shut out by a rule that is about others.
func TestCrowdIsShutOut(t *testing.T) {
	const crowded = "bad.dyndns.example"
	exempt := func(entity, recommendation string) *event.Event {
		return ruleEvent("server", "spare", entity, recommendation)
	}
	for name, tt := range map[string]struct {
		effect func(*World) Effect
		shut   int
		parts  int
	}{
		"a rule for the server": {func(w *World) Effect { return change(w, theirs, ruleEvent("server", "1", crowded, "m.ban")) }, 12, 0},
		"a pattern that an exemption keeps out of the ACLs": {func(w *World) Effect {
			change(w, testList, exempt("good.dyndns.example", "fi.mau.meowlnir.unban"))
			return change(w, theirs, ruleEvent("server", "1", "*.dyndns.example", "m.ban"))
		}, 0, 0},
		"the end of that exemption": {func(w *World) Effect {
			change(w, testList, exempt("good.dyndns.example", "fi.mau.meowlnir.unban"))
			change(w, theirs, ruleEvent("server", "1", "*.dyndns.example", "m.ban"))
			return change(w, testList, exempt("", ""))
		}, 12, 0},
		"another in its place": {func(w *World) Effect {
			change(w, testList, exempt("good.dyndns.example", "fi.mau.meowlnir.unban"))
			change(w, theirs, ruleEvent("server", "1", "*.dyndns.example", "m.ban"))
			return change(w, testList, exempt("good.example", "fi.mau.meowlnir.unban"))
		}, 12, 0},
		"its list may exempt no more": {func(w *World) Effect {
			change(w, testList, exempt("good.dyndns.example", "fi.mau.meowlnir.unban"))
			change(w, theirs, ruleEvent("server", "1", "*.dyndns.example", "m.ban"))
			return w.Scales.PreviewExempting(testList, false)
		}, 12, 0},
		"its list is gone": {func(w *World) Effect {
			change(w, testList, exempt("good.dyndns.example", "fi.mau.meowlnir.unban"))
			change(w, theirs, ruleEvent("server", "1", "*.dyndns.example", "m.ban"))
			return w.Scales.PreviewDrop(testList)
		}, 12, 0},
		"a part of its name":        {func(w *World) Effect { return change(w, theirs, ruleEvent("server", "1", "s.ex", "m.ban")) }, 0, 12},
		"a pattern of a part of it": {func(w *World) Effect { return change(w, theirs, ruleEvent("server", "1", "ad.d*s.exam", "m.ban")) }, 0, 12},
		"its parent":                {func(w *World) Effect { return change(w, theirs, ruleEvent("server", "1", "dyndns.example", "m.ban")) }, 0, 12},
		"one that is not about it":  {func(w *World) Effect { return change(w, theirs, ruleEvent("server", "1", "else.example", "m.ban")) }, 0, 0},
		"a room that they meet it in": {func(w *World) Effect {
			w.HoldRoom("!a:x", true)
			change(w, theirs, ruleEvent("server", "1", crowded, "m.ban"))
			return w.Scales.SweepAtOnce("!a:x")
		}, 12, 0},
		"a rule that says it once more": {func(w *World) Effect {
			return change(w, theirs, ruleEvent("server", "1", crowded, "m.ban"), ruleEvent("server", "2", "*.dyndns.example", "m.ban"))
		}, 0, 0},
	} {
		w := crowdOf(crowded)
		e := tt.effect(w)
		if len(e.Shut) != tt.shut || len(e.Parts) != tt.parts || w.Settings.Limits.Wide(e) != (tt.shut+tt.parts > 0) || len(e.Hits) < tt.shut+tt.parts {
			t.Errorf("%s does %+v", name, e)
		}
	}
}

// Of many rules at once those are found that are a part of a name of somebody here.
func TestPartsInALongList(t *testing.T) {
	w := crowdOf("bad.dyndns.example")
	for _, n := range []int{10, 300} {
		var state []*event.Event
		for i := range n {
			state = append(state, ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("nowhere%d.example", i), "m.ban"))
		}
		state = append(state, ruleEvent("server", "part", "Dns.ex", "m.ban"))
		_, slots, _ := w.ReplaceRules(theirs, state)
		if e := w.Scales.Weigh(slots...); len(slots) != 1 || len(e.Parts) != 12 {
			t.Errorf("of %d rules, %v do %+v", n, slots, e)
		}
		w.DropRules(theirs)
	}
}

// A list that fills the ACLs opens them: what it pushes out waits for a yes. The entries of
// our own lists stay, and to write those is asked about by nobody.
func TestFullACL(t *testing.T) {
	long := func(of string, i int) string { return fmt.Sprintf("%s%04d.%s.example", of, i, strings.Repeat("x", 50)) }
	full := func(w *World) {
		for i := range 850 {
			list, of := theirs, "theirs"
			if i < 50 {
				list, of = testList, "own"
			}
			w.ApplyRule(list, ruleEvent("server", fmt.Sprint(of, i), long(of, i), "m.ban"))
		}
	}
	w := crowdOf("good.example")
	full(w)
	if left := w.ACLs.excess(); len(left) > 0 {
		t.Fatalf("%d entries do not fit", len(left))
	}
	const third = id.RoomID("!third:list.example")
	followed, wide := 0, 0
	for i := range 60 {
		_, slots, _ := w.ApplyRule(third, ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("a%d.example", i), "m.ban"))
		e := w.Scales.Weigh(slots...)
		if len(e.Allowed) == 0 {
			w.Follow(slots...)
			followed++
		} else if wide++; len(e.Hits) != len(e.Allowed) {
			t.Fatalf("a budget would not count %+v", e)
		}
	}
	if left := w.ACLs.excess(); len(left) > 0 || followed == 0 || wide == 0 {
		t.Errorf("%d more were followed, %d wait; %d do not fit", followed, wide, len(left))
	}
	var waiting []Slot
	for h := range w.Book.Held(third) {
		waiting = append(waiting, h.Slot)
	}
	if e := w.Scales.Weigh(waiting...); !w.Settings.Limits.Wide(e) {
		t.Errorf("together they do %+v", e)
	}
	w.Follow(waiting...)
	left := w.ACLs.excess()
	for _, name := range left {
		if strings.HasPrefix(name, "own") {
			t.Errorf("%s of our own is pushed out", name)
		}
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("server", "new", long("own", 99), "m.ban"))
	if len(slots) > 0 || slices.Contains(w.ACLs.excess(), long("own", 99)) {
		t.Errorf("a rule of our own waits (%v), or is left out", slots)
	}
	if a := shared(w); !slices.Contains(a.Deny, long("own", 99)) || !slices.Contains(a.Deny, long("own", 0)) {
		t.Error("rules of our own are left out")
	}
	if len(left) == 0 {
		t.Error("nothing was pushed out")
	}
}

// What somebody else's glob covers so many entries that all of a full ACL would be made anew, only to know what fits then,
// is asked about, and nobody stands still for it.
func TestSweepingGlobsAreAsked(t *testing.T) {
	weigh := func(w *World, list id.RoomID, entity string) Effect {
		_, slots, _ := w.ApplyRule(list, ruleEvent("server", "one", entity, "m.ban"))
		return w.Scales.Weigh(slots...)
	}
	full := denying(1, 8000)
	planACLs(full, stretch.Processor)
	before := full.ACLs.excess()
	for entity, want := range map[string]bool{"*server*": true, "server12*.evil*.example": false, "new.example.net": false} {
		e := weigh(full, theirs, entity)
		if e.Sweeping != want || want && (!e.Always() || e.Nothing()) {
			t.Errorf("%s: %+v", entity, e)
		}
		if after := full.ACLs.excess(); !slices.Equal(after, before) {
			t.Errorf("%s: %d entries do not fit, before %d", entity, len(after), len(before))
		}
	}
	if e := weigh(full, testList, "*server*"); e.Sweeping {
		t.Errorf("of our own: %+v", e)
	}
	if e := weigh(denying(1, 100), theirs, "*server*"); e.Sweeping {
		t.Errorf("where there is room: %+v", e)
	}
}
