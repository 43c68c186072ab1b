package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

// takeReviewed takes in an event of a list as its owner does: what need not wait is followed, and what was replaced ends.
func takeReviewed(w *World, evt *event.Event) (waits []Slot) {
	_, slots, _ := w.ApplyRule(testList, evt)
	free, waits := Review(w, slots)
	w.Follow(free...)
	LetGo(w, waits)
	return waits
}

// The law of a list that is reviewed: whatever its owner writes, nothing of it counts that no moderator agreed to and
// that was not there before; what the list no longer has counts no more; and a no stays one.
func TestNothingOfAReviewedListCountsUnasked(t *testing.T) {
	type gist struct{ entity, does string }
	gistOf := func(r policy.Rule) gist {
		switch {
		case bans(r):
			return gist{r.Entity + r.Hash, "bans"}
		case frees(r):
			return gist{r.Entity + r.Hash, "frees"}
		default:
			return gist{r.Entity + r.Hash, ""}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for _, u := range []id.UserID{"@spam1:evil.example", "@spam2:evil.example", "@bob:other.example"} {
			w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
		}
		agreed, refused := map[Slot]gist{}, map[Slot]gist{}
		for range rapid.IntRange(0, 3).Draw(t, "before") {
			_, slots, _ := w.ApplyRule(testList, drawRule(t))
			w.Follow(slots...)
		}
		for r := range w.Rules.Rules(testList) {
			agreed[slotOf(r)] = gistOf(r)
		}
		SetReviewed(w, testList, true)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			var waiting []Slot
			for h := range w.Book.Held(testList) {
				waiting = append(waiting, h.Slot)
			}
			slices.SortFunc(waiting, func(a, b Slot) int { return int(w.Book.waiting[a].Turn - w.Book.waiting[b].Turn) })
			switch {
			case len(waiting) > 0 && rapid.IntRange(0, 3).Draw(t, "answer") == 0:
				s := rapid.SampledFrom(waiting).Draw(t, "slot")
				if rapid.Bool().Draw(t, "yes") {
					agreed[s] = gistOf(w.Book.waiting[s].New)
					w.Follow(s)
				} else {
					refused[s] = gistOf(w.Book.waiting[s].New)
					w.Reject(s)
				}
			case rapid.IntRange(0, 3).Draw(t, "about nobody who is here") == 0:
				takeReviewed(w, ruleEvent("user", rapid.SampledFrom([]string{"0", "1", "2", "3"}).Draw(t, "their key"), "@absent:far.example", "m.ban"))
			default:
				takeReviewed(w, drawRule(t))
			}
			there := map[Slot]bool{}
			for r := range w.Rules.Rules(testList) {
				s := slotOf(r)
				there[s] = true
				if (bans(r) || frees(r)) && !w.Rules.Held(r.Event) && agreed[s] != gistOf(r) {
					t.Fatalf("%+v counts, and nobody agreed to it", r)
				}
				if h, waits := w.Book.Waiting(s); waits && refused[s] == gistOf(r) && !h.Rejected {
					t.Fatalf("%+v got a no, and waits again", r)
				} else if !waits || refused[s] != gistOf(r) {
					delete(refused, s)
				}
				if agreed[s] != gistOf(r) { // what comes back is new
					delete(agreed, s)
				}
			}
			for s := range agreed {
				if !there[s] {
					delete(agreed, s)
				}
			}
			for s := range refused {
				if !there[s] {
					delete(refused, s)
				}
			}
			for h := range w.Book.Held(testList) {
				if h.Old.Event != "" {
					t.Fatalf("%+v is followed, and its list no longer has it", h.Old)
				}
			}
			for _, u := range []id.UserID{"@spam1:evil.example", "@spam2:evil.example", "@bob:other.example"} {
				if r, ok := w.Book.member(u); ok && agreed[slotOf(r)] != gistOf(r) {
					t.Fatalf("%s is decided about by %+v", u, r)
				}
			}
		}
		// Reviewed no longer, all that got no answer is to be weighed.
		waited := 0
		for h := range w.Book.Held(testList) {
			if !h.Rejected {
				waited++
			}
		}
		if free := SetReviewed(w, testList, false); len(free) != waited {
			t.Fatalf("%d of %d are free", len(free), waited)
		}
	})
}

// What is weighed of a rule that another one replaced is what its end does.
func TestReplacedRuleOfAReviewedListIsWeighed(t *testing.T) {
	const one, two = id.UserID("@spam1:evil.example"), id.UserID("@spam2:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 100}})
	newRoom(w, "!a:x")
	for _, u := range []id.UserID{one, two} {
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "k", string(one), "m.ban"))
	w.Follow(slots...)
	carry(w, w.Keys())
	SetReviewed(w, testList, true)
	_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "k", string(two), "m.ban"))
	free, waits := Review(w, slots)
	if len(free) != 0 || len(waits) != 1 {
		t.Fatalf("%v may be weighed, %v waits", free, waits)
	}
	if e := WeighGone(w, waits); !slices.Equal(e.Freed, []id.UserID{one}) || e.Hit != 0 {
		t.Errorf("its end does %+v", e)
	}
	LetGo(w, waits)
	if _, banned := w.Desired(one); banned {
		t.Error("the rule that is gone counts")
	}
	if _, banned := w.Desired(two); banned {
		t.Error("the rule that waits counts")
	}
	// With another reason it is the same; what we wrote, and rules about rooms, wait for nobody.
	w.Follow(waits...)
	for _, evt := range []*event.Event{
		ruleEvent("user", "k", string(two), "org.matrix.mjolnir.ban"),
		stateEvent("m.policy.rule.user", "ours", self, map[string]any{"entity": one, "recommendation": "m.ban"}),
		ruleEvent("room", "r", "!bad:evil.example", "m.ban"),
	} {
		_, slots, _ := w.ApplyRule(testList, evt)
		if _, waits := Review(w, slots); len(waits) > 0 {
			t.Errorf("%v waits", evt.Content.Raw)
		}
	}
}
