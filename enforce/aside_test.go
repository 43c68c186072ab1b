package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

// What is said of setting rules aside, and of following them again, is the difference between
// the plans.
func TestPreviewOfSettingAsideIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		aside := policy.Aside{Users: rapid.Bool().Draw(t, "users"), Servers: rapid.Bool().Draw(t, "servers")}
		bans, unbans := wanted(w)
		e := PreviewAside(w, testList, aside)
		SetAside(w, testList, aside)
		nowBans, nowUnbans := wanted(w)
		for u := range nowBans {
			if !bans[u] && !e.Everyone && !slices.Contains(e.Banned, u) {
				t.Fatalf("%s is banned, and not in %+v", u, e)
			}
		}
		for u := range nowUnbans {
			if !unbans[u] && !e.FreesEveryone && !slices.Contains(e.Freed, u) {
				t.Fatalf("%s is freed, and not in %+v", u, e)
			}
		}
		for r := range w.Rules.Rules(testList) {
			if r != aside.Of(r) || r.Aside && bansAnybody(w, r) {
				t.Fatalf("%+v counts", r)
			}
		}
	})
}

// bansAnybody reports whether a rule decides about somebody whom it covers.
func bansAnybody(w *World, r policy.Rule) bool {
	for u := range w.census.subjects.Affected(r) {
		if by, ok := w.Book.member(u); ok && by.Event == r.Event {
			return true
		}
	}
	return false
}

// Of a list whose rules about users are set aside nobody is banned, whose bans there were are
// lifted, and its servers are shut out all the same; and the other way round.
func TestSettingAside(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 100}})
	newRoom(w, "!a:x")
	var slots []Slot
	for _, evt := range []*struct{ kind, entity string }{{"user", "@spam1:evil.example"}, {"server", "other.example"}} {
		_, some, _ := w.ApplyRule(testList, ruleEvent(evt.kind, evt.entity, evt.entity, "m.ban"))
		slots = append(slots, some...)
	}
	w.Follow(slots...)
	is := func(user id.UserID, server string) {
		t.Helper()
		_, ban := w.Desired("@spam1:evil.example")
		w.Scales.denials.changed()
		if shut := w.Scales.denials.shut("other.example"); ban != (user != "") || shut != (server != "") {
			t.Errorf("banned: %v, shut out: %v", ban, shut)
		}
	}
	is("@spam1:evil.example", "other.example")
	SetAside(w, testList, policy.Aside{Users: true})
	is("", "other.example")
	SetAside(w, testList, policy.Aside{Servers: true})
	is("@spam1:evil.example", "")
	SetAside(w, testList, policy.Aside{Users: true, Servers: true})
	is("", "")
	// What comes now is shown, and waits for nobody.
	if _, slots, _ := w.ApplyRule(testList, ruleEvent("user", "all", "*", "m.ban")); len(slots) > 0 || w.Rules.LenOf(testList) != 3 {
		t.Errorf("a rule that does nothing waits")
	}
	if e := PreviewAside(w, testList, policy.Aside{}); !e.Everyone {
		t.Errorf("to follow a rule for everybody does %+v", e)
	}
	SetAside(w, testList, policy.Aside{})
	is("@spam1:evil.example", "other.example")
}
