package enforce

import (
	"maps"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

// covers reports whether a rule would ban a user.
func covers(r policy.Rule, u id.UserID) bool {
	if r.Kind == policy.Server {
		return bans(r) && r.Matches(policy.ServerOf(u))
	}
	return bans(r) && r.Matches(string(u))
}

// What is held back leaves things as they were, whether it would ban or free: no
// ban and no unban comes of it, and no ACL changes. But what it takes the place of, if
// that waited too, was never followed, and holds no ban from now on.
func TestHeldChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		bans, unbans := wanted(w)
		before := acls(w)
		evt := drawRule(t)
		kind, _ := policy.KindOf(evt.Type.Type)
		waited, _ := w.Book.Waiting(Slot{testList, kind, *evt.StateKey})
		_, slots, _ := w.ApplyRule(testList, evt)
		nowBans, nowUnbans := wanted(w)
		for u := range nowBans {
			if !bans[u] {
				t.Fatalf("%s is to be banned by what is held", u)
			}
		}
		for u := range bans {
			if !nowBans[u] {
				t.Fatalf("%s is no longer to be banned, by what is held", u)
			}
		}
		for u := range nowUnbans {
			if !unbans[u] && !covers(waited.New, u) {
				t.Fatalf("%s is to be freed by what is held", u)
			}
		}
		if after := acls(w); len(slots) > 0 && !maps.Equal(before, after) {
			t.Fatalf("ACLs changed by what is held: %v, before %v", after, before)
		}
	})
}

// banned is a world in which a user was banned by a rule of a list.
func banned(t *testing.T) (*World, id.UserID) {
	t.Helper()
	const user = id.UserID("@spam1:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", string(user), "m.ban"))
	w.Follow(slots...)
	carry(w, w.Keys())
	if m, _ := w.Room("!a:x").Member(user); m.Membership != event.MembershipBan {
		t.Fatalf("the user is %s", m.Membership)
	}
	return w, user
}

// A rule that waits bans nobody, and frees nobody either: whom another rule banned
// stays banned until the answer.
func TestWaitingRuleHoldsBans(t *testing.T) {
	w, user := banned(t)
	_, wide, _ := w.ApplyRule(testList, ruleEvent("user", "wide", "@spam*", "m.ban"))
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", "", ""))
	w.Follow(slots...)
	if _, unbans := wanted(w); unbans[user] {
		t.Error("who is banned is freed while a rule about them waits")
	}
	if e := w.Scales.PreviewDrop(testList); !slices.Equal(e.Freed, []id.UserID{user}) {
		t.Errorf("without the list: %+v", e)
	}
	if _, unbans := wanted(w); unbans[user] {
		t.Error("a preview freed somebody")
	}
	w.Reject(wide...)
	if _, unbans := wanted(w); !unbans[user] {
		t.Error("a rule that got a no holds a ban")
	}
}

// A rule that waits holds bans only until its list takes it back, or writes another
// one in its place. So whom it alone still held are weighed as freed when the rule
// that banned them goes, and looked at when it goes itself.
func TestWaitingRuleTakenBack(t *testing.T) {
	for name, evt := range map[string]*event.Event{
		"taken back": ruleEvent("user", "wide", "", ""),
		"replaced":   ruleEvent("user", "wide", "@else*", "m.ban"),
	} {
		w, user := banned(t)
		w.ApplyRule(testList, ruleEvent("user", "wide", "@spam*", "m.ban"))
		_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", "", ""))
		if e := w.Scales.Weigh(slots...); !slices.Equal(e.Freed, []id.UserID{user}) {
			t.Errorf("%s: without the rule that is followed: %+v", name, e)
		}
		w.Follow(slots...)
		_, _, keys := w.ApplyRule(testList, evt)
		if got := describe(w, keys); len(got) != 1 || !slices.Equal(got, describe(w, w.Keys())) {
			t.Errorf("%s: incremental plan %v, full plan %v", name, got, describe(w, w.Keys()))
		}
	}
}

// Unknown is not empty: what a list led to stays while its rules are not known, and
// to drop it then frees whom it banned.
func TestUnreadListFreesNobody(t *testing.T) {
	w, user := banned(t)
	w.SetUnread(testList, true)
	_, slots, _ := w.ReplaceRules(testList, nil)
	w.Follow(slots...)
	if _, unbans := wanted(w); unbans[user] {
		t.Error("who is banned is freed by a list that cannot be read")
	}
	if e := w.Scales.PreviewDrop(testList); !slices.Equal(e.Freed, []id.UserID{user}) {
		t.Errorf("without the list: %+v", e)
	}
	w.SetUnread(testList, false)
	if _, unbans := wanted(w); !unbans[user] {
		t.Error("a list without rules holds a ban")
	}
}

// Who is to be banned already is not banned by a second rule, and what waits is
// over when its list takes it back, also if it is about nobody by then.
func TestWhatChangesNothingMore(t *testing.T) {
	const user = id.UserID("@spam1:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	state := newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "one", string(user), "m.ban"))
	w.Follow(slots...)
	_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "two", "@spam*", "m.ban"))
	if e := w.Scales.Weigh(slots...); len(slots) != 1 || !e.Nothing() {
		t.Errorf("a second rule does %+v", e)
	}
	w.Look("!a:x", state, now)
	w.ApplyRule(testList, ruleEvent("user", "two", "", ""))
	if h, waits := w.Book.Waiting(slots[0]); waits {
		t.Errorf("still waiting: %+v", h)
	}
}
