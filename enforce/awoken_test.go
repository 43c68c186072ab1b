package enforce

import (
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/acl"
	"forseti/policy"
)

// shared is the ACL of a room in which nobody else wrote one.
func shared(w *World) acl.ACL {
	w.ACLs.compile()
	result, err := w.ACLs.compiler.Compile(acl.Room{})
	if err != nil {
		panic(err)
	}
	return acl.Parse(result.Content)
}

// keptOut gives the users who are present and not spared, whose servers an ACL keeps out on
// some kind of homeserver.
func keptOut(w *World, a acl.ACL, on ...acl.Homeserver) map[id.UserID]bool {
	out := map[id.UserID]bool{}
	for u := range w.census.some() {
		if w.spared.has(u) {
			continue
		}
		for _, h := range on {
			if !a.AllowsOn(h, policy.ServerOf(u)) {
				out[u] = true
			}
		}
	}
	return out
}

// What hid behind a moderator is weighed when they leave: whoever is banned or shut out
// by that, save they themselves, is in the effect of the rules that awoke, and nothing
// comes of those that are held back.
func TestModeratorLeaves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		const mod = id.UserID("@mod:mods.example")
		w.SetModerator(mod, true)
		w.ACLs.Awoken()
		bans, out := inPower(w), keptOut(w, shared(w), acl.Specification)
		w.SetModerator(mod, false)
		rules := w.ACLs.Awoken()
		held := describe(w, w.Keys())
		e := w.Scales.WeighFollowed(rules...)
		if got := describe(w, w.Keys()); !slices.Equal(got, held) {
			t.Fatalf("weighing left %v of %v", got, held)
		}
		weighed := slices.Concat(e.Banned, e.Shut, e.Later, e.Left)
		for u := range inPower(w) {
			if !bans[u] && u != mod && !slices.Contains(weighed, u) && !e.Everyone {
				t.Fatalf("%s is banned, and not in %+v", u, e)
			}
		}
		for u := range keptOut(w, shared(w), acl.Specification) {
			if !out[u] && u != mod && !slices.Contains(weighed, u) && !e.Everyone {
				t.Fatalf("%s is shut out, and not in %+v", u, e)
			}
		}
		for _, r := range rules {
			w.HoldBack(r.Event)
		}
		for u := range inPower(w) {
			if !bans[u] && u != mod {
				t.Fatalf("%s is banned by what is held back", u)
			}
		}
		for u := range keptOut(w, shared(w), acl.Specification) {
			if !out[u] && u != mod {
				t.Fatalf("%s is shut out by what is held back", u)
			}
		}
	})
}

func TestWhatHidBehindAModerator(t *testing.T) {
	const mod, other = id.UserID("@mod:big.com"), id.UserID("@other:big.com")
	for _, entity := range []string{"big.com", "*.com", "*ig.c*", "b?g.com"} {
		for _, members := range []bool{false, true} {
			w := NewWorld(self, Settings{ServerMembers: members, Limits: Limits{Members: 10, Percent: 10}})
			newRoom(w, "!a:x")
			w.SetModerator(mod, true)
			w.SetModerator(other, true)
			for i := range 12 {
				u := id.UserID(fmt.Sprintf("@user%d:big.com", i))
				w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
			}
			_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", "1", entity, "m.ban"))
			w.Follow(slots...)
			w.SetModerator(other, false)
			if e := w.Scales.WeighFollowed(w.ACLs.Awoken()...); e.Reach() > 0 {
				t.Errorf("%s: one of two moderators left, and %+v", entity, e)
			}
			w.SetModerator(mod, false)
			rules := w.ACLs.Awoken()
			if e := w.Scales.WeighFollowed(rules...); !w.Settings.Limits.Wide(e) || e.Hit != 12 {
				t.Errorf("%s: the moderator left, and %+v", entity, e)
			}
			for _, r := range rules {
				s, _ := w.HoldBack(r.Event)
				if h, waits := w.Book.Waiting(s); !waits || !h.Awoken {
					t.Errorf("%s: held back is %+v", entity, h)
				}
			}
			if bans, _ := wanted(w); len(bans) > 0 || len(acls(w)) > 0 {
				t.Errorf("%s is held back, and bans %v, ACLs %v", entity, bans, acls(w))
			}
		}
	}
}

// What its list has no more, and is followed on until a yes, is over when it would begin
// to do something.
func TestWhatIsGoneDoesNotAwake(t *testing.T) {
	const mod = id.UserID("@mod:big.com")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	w.SetModerator(mod, true)
	_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", "1", "*.com", "m.ban"))
	w.Follow(slots...)
	_, slots, _ = w.ApplyRule(theirs, ruleEvent("server", "1", "", ""))
	if len(slots) != 1 {
		t.Fatalf("the end of it waits as %v", slots)
	}
	w.SetModerator(mod, false)
	for _, r := range w.ACLs.Awoken() {
		w.HoldBack(r.Event)
	}
	if len(acls(w)) > 0 || w.Book.kept.Len() > 0 {
		t.Errorf("ACLs %v, kept %d", acls(w), w.Book.kept.Len())
	}
}
