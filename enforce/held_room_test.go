package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/policy"
)

// A room that waits for a moderator's yes is left alone: nobody is banned there, its ACL
// stays, and it counts for nothing in what a change would do. Once agreed to, it is as
// any other.
func TestHeldRoomIsLeftAlone(t *testing.T) {
	const user = id.UserID("@spam:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	for _, room := range []id.RoomID{"!a:x", "!b:x"} {
		newRoom(w, room)
		w.Apply(room, memberEvent(user, user, event.MembershipJoin), now)
	}
	w.HoldRoom("!b:x", true)
	rules := []*event.Event{ruleEvent("user", "1", string(user), "m.ban"), ruleEvent("server", "2", "evil.example", "m.ban")}
	const there = id.UserID("@spam:held.example") // and nowhere else
	w.Apply("!b:x", memberEvent(there, there, event.MembershipJoin), now)
	e := w.Scales.Preview([]policy.Rule{{Kind: policy.User, Entity: "@spam:*", Recommendation: policy.Ban}}, nil)
	if !slices.Equal(e.Banned, []id.UserID{user}) || e.Hit != 1 {
		t.Errorf("weighed as %q, %d in all", e.Banned, e.Hit)
	}
	for _, evt := range rules {
		_, slots, _ := w.ApplyRule(testList, evt)
		w.Follow(slots...)
	}
	if !w.Plan(memberKey("!a:x", user), now).Wanted() || !w.Plan(aclKey("!a:x"), now).Wanted() {
		t.Error("the other room is left alone, too")
	}
	if p := w.Plan(memberKey("!b:x", user), now); p.Action.Verb != "" {
		t.Errorf("plans to %s", p.Action.Verb)
	}
	if p := w.Plan(aclKey("!b:x"), now); p.Action.Verb != "" {
		t.Errorf("plans to %s", p.Action.Verb)
	}
	w.HoldRoom("!b:x", false)
	if !w.Plan(memberKey("!b:x", user), now).Wanted() || !w.Plan(aclKey("!b:x"), now).Wanted() {
		t.Error("is left alone for ever")
	}
}

// While a list cannot be read, none of our entries is taken out of an ACL, whatever the
// lists that can be read say, and they stay known as ours; once it can be read they are.
func TestUnreadListOpensNoACL(t *testing.T) {
	const room = id.RoomID("!a:x")
	w := NewWorld(self, Settings{})
	newRoom(w, room)
	deny := func(want ...string) Plan {
		t.Helper()
		p := w.Plan(aclKey(room), now)
		content, _, _ := w.Room(room).ACL()
		if p.Action.State != nil {
			content = p.Action.State.Content
		}
		got := acl.Parse(content).Deny
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("denies %q, want %q", got, want)
		}
		return p
	}
	rule := func(key, entity string) {
		_, slots, _ := w.ApplyRule(testList, ruleEvent("server", key, entity, "m.ban"))
		w.Follow(slots...)
	}
	rule("1", "evil.example")
	carry(w, w.Keys())
	w.SetUnread(theirs, true)
	rule("1", "")
	rule("2", "worse.example")
	if p := deny("evil.example", "worse.example"); !slices.Equal(p.Managed, []string{"evil.example", "worse.example"}) {
		t.Errorf("ours are %q", p.Managed)
	}
	carry(w, w.Keys())
	w.SetUnread(theirs, false)
	deny("worse.example")
}
