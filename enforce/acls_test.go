package enforce

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/policy"
)

// A server whose name a hash hides is shut out when one of its users comes into view,
// also if a wider rule decides about it, which no ACL can hold for it would shut us out.
func TestRevealedBesideWiderRule(t *testing.T) {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	w.ApplyRule(testList, ruleEvent("server", "wide", "*.example", "m.ban"))
	hash := base64.StdEncoding.EncodeToString([]byte(policy.HashOf("hidden.example")))
	w.ApplyRule(theirs, stateEvent("m.policy.rule.server", "hash", "@author:list.example",
		map[string]any{"hashes": map[string]any{"sha256": hash}, "recommendation": "m.ban"}))
	carry(w, w.Keys())
	_, keys := w.Apply("!a:x", memberEvent("@user:hidden.example", "@user:hidden.example", event.MembershipJoin), now)
	for _, k := range keys {
		if k.Lane == action.ACLLane && w.Plan(k, now).Wanted() {
			return
		}
	}
	t.Error("the ACL is left as it was")
}

// What no ACL follows is told with its reason, and the guard refuses what any kind of
// homeserver would read as a lock-out.
func TestLeftOutOfACLs(t *testing.T) {
	w := NewWorld("@forseti:matrix.own.example", Settings{})
	newRoom(w, "!a:x")
	w.SetExempting(testList, true)
	for i, entity := range []string{"matrix.own.*", "own.example", "*.dyndns.example", "evil.example:8448", "evil example", "evil.example"} {
		_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", fmt.Sprint(i), entity, "m.ban"))
		w.Follow(slots...)
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("server", "good", "good.dyndns.example", "fi.mau.meowlnir.unban"))
	w.Follow(slots...)
	left := w.ACLs.LeftOut()
	for why, want := range map[acl.Reason][]string{
		acl.ShutsOut:  {"`matrix.own.*`", "our own server"},
		acl.Contained: {"`own.example`", "Dendrite", "would shut out `matrix.own.example` there"},
		acl.Exempted:  {"`*.dyndns.example`", "whom you exempt by `good.dyndns.example`"},
		acl.HasPort:   {"`evil.example:8448`", "Without the port it would"},
		acl.NotServer: {"`evil example`", "neither the name of a server"},
	} {
		words := LeftOutWords(why, left[why])
		for _, part := range want {
			if len(left[why]) != 1 || !strings.Contains(words, part) {
				t.Errorf("%v: %q, want %q", left[why], words, part)
			}
		}
	}
	many := LeftOutWords(acl.Contained, []acl.Dropped{{Entity: "a.b", Server: "x.a.b"}, {Entity: "b.c", Server: "b.c.d"}})
	if !strings.Contains(many, "the server rules `a.b` and `b.c`") || !strings.Contains(many, "they would shut out `b.c.d` and `x.a.b`") {
		t.Errorf("got %q", many)
	}
	p := w.Plan(Key{Lane: action.ACLLane, Room: "!a:x"}, now)
	if got := acl.Parse(p.Action.State.Content); !slices.Equal(got.Deny, []string{"evil.example"}) || w.Guard(p.Action) != nil {
		t.Errorf("planned %s", p.Action.State.Content)
	}
	for _, content := range []string{
		`{"allow":["*"],"deny":["own.example"],"allow_ip_literals":true}`, `{"allow":["*"],"deny":[null]}`, `{"allow":["*"],"Deny":["*"]}`,
		`{"allow":["MATRIX.own.example"]}`, `{"allow":["*"],"deny":["matrix.own.example"]}`, `{"allow":["*"],"deny":["matri\u212a*","*own.example"]}`,
	} {
		p.Action.State.Content = json.RawMessage(content)
		if err := w.Guard(p.Action); !errors.Is(err, ErrGuarded) {
			t.Errorf("%s passes: %v", content, err)
		}
	}
}

// Our own server, and that of a moderator, are not shut out by a rule that hides its name
// behind a hash either, nor are who is there banned for it.
func TestOwnServerByHash(t *testing.T) {
	const moderator, member = id.UserID("@mod:mods.example"), id.UserID("@member:own.example")
	for _, server := range []string{"own.example", "mods.example"} {
		w := NewWorld(self, Settings{ServerMembers: true})
		newRoom(w, "!a:x")
		w.SetModerator(moderator, true)
		for _, u := range []id.UserID{moderator, member} {
			w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
		}
		hash := base64.StdEncoding.EncodeToString([]byte(policy.HashOf(server)))
		_, slots, _ := w.ApplyRule(theirs, stateEvent("m.policy.rule.server", "hash", "@author:list.example",
			map[string]any{"hashes": map[string]any{"sha256": hash}, "recommendation": "m.ban"}))
		w.Follow(slots...)
		// And one that may be denied, so that there is an ACL.
		_, slots, _ = w.ApplyRule(theirs, ruleEvent("server", "evil", "evil.example", "m.ban"))
		w.Follow(slots...)
		p := w.Plan(Key{Lane: action.ACLLane, Room: "!a:x"}, now)
		if got := acl.Parse(p.Action.State.Content); !slices.Equal(got.Deny, []string{"evil.example"}) || w.Guard(p.Action) != nil {
			t.Errorf("%s: the ACL denies %v", server, got.Deny)
		}
		for _, u := range []id.UserID{self, moderator} {
			if p := w.Plan(Key{Lane: action.MemberLane, Room: "!a:x", Subject: string(u)}, now); p.Action.Verb != "" {
				t.Errorf("%s: %s of %s", server, p.Action.Verb, u)
			}
		}
	}
}

// Rooms that have the same ACL, and the same of it from us, hold it once; what one of them
// gets afterwards is its own.
func TestRoomsShareWhatIsLong(t *testing.T) {
	w := NewWorld(self, Settings{})
	content := func(deny string) map[string]any {
		return map[string]any{"allow": []string{"*"}, "deny": []string{deny}}
	}
	is := func(room id.RoomID, deny string) bool {
		got, _, _ := w.Room(room).ACL()
		return strings.Contains(string(got), deny)
	}
	var first json.RawMessage
	for _, room := range []id.RoomID{"!a:x", "!b:x", "!c:x"} {
		newRoom(w, room)
		w.Apply(room, stateEvent(aclType, "", self, content("evil.example")), now)
		w.ACLs.SetManaged(room, []string{"evil.example"})
		got, _, _ := w.Room(room).ACL()
		if first == nil {
			first = got
		}
		if !is(room, "evil.example") || &got[0] != &first[0] || &w.ACLs.Managed(room)[0] != &w.ACLs.Managed("!a:x")[0] {
			t.Errorf("%s has a copy", room)
		}
	}
	w.Apply("!b:x", stateEvent(aclType, "", self, content("other.example")), now)
	w.ACLs.SetManaged("!b:x", nil)
	if !is("!a:x", "evil.example") || !is("!b:x", "other.example") || w.ACLs.Managed("!b:x") != nil || len(w.ACLs.Managed("!a:x")) != 1 {
		t.Error("one changed with the other")
	}
}

// Which entries are ours is known also of a room that is protected anew: else they would stay when their rule goes.
func TestEntriesStayOursWhenARoomComesBack(t *testing.T) {
	w := NewWorld(self, Settings{})
	theirs := id.RoomID("!list:x")
	const room = "!a:x"
	again := func() {
		newRoom(w, room)
		w.Apply(room, stateEvent(aclType, "", self, map[string]any{"allow": []string{"*"}, "deny": []string{"by-hand.example", "evil.example"}}), now)
	}
	again()
	w.ACLs.SetManaged(room, []string{"evil.example"})
	_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", "evil", "evil.example", "m.ban"))
	w.Follow(slots...)
	w.Unprotect(room)
	again()
	if p := w.Plan(Key{Lane: action.ACLLane, Room: room}, now); p.Action.Verb != "" {
		t.Errorf("%+v", p)
	}
	w.DropRules(theirs)
	if got := acl.Parse(w.Plan(Key{Lane: action.ACLLane, Room: room}, now).Action.State.Content); !slices.Equal(got.Deny, []string{"by-hand.example"}) {
		t.Errorf("%v stays", got.Deny)
	}
}
