package community_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/community"
	"forseti/internal/faults"
)

// acl is a room's server ACL, read as a server would.
func (f *fixture) acl(room id.RoomID) (acl.ACL, json.RawMessage) {
	f.t.Helper()
	var raw json.RawMessage
	if err := f.mod.StateEvent(f.t.Context(), room, event.StateServerACL, "", &raw); err != nil {
		return acl.Parse(nil), nil
	}
	return acl.Parse(raw), raw
}

// What moderators put into an ACL by hand stays there, whatever our rules add and
// take out again; so do keys that we do not know.
func TestHandMadeACLIsKept(t *testing.T) {
	f := newFixture(t, 1)
	f.state(f.rooms[0], "m.room.server_acl", "", map[string]any{
		"allow": []string{"*.example", "localhost"}, "deny": []string{"byhand.example", "both.example"}, "allow_ip_literals": false, "org.example.note": "ours",
	})
	f.rule(f.list, "server", "1", "evil.example")
	f.rule(f.list, "server", "2", "both.example")
	f.start()
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 3 })
	f.restart()
	f.rule(f.list, "server", "1", "")
	f.rule(f.list, "server", "2", "")
	f.eventually("let the server in", func() bool { return len(f.deny(f.rooms[0])) == 2 })
	now, raw := f.acl(f.rooms[0])
	if !slices.Equal(slices.Sorted(slices.Values(now.Deny)), []string{"both.example", "byhand.example"}) ||
		!slices.Equal(now.Allow, []string{"*.example", "localhost"}) || now.AllowIPLiterals || !strings.Contains(string(raw), `"org.example.note":"ours"`) {
		t.Errorf("the ACL is now %s", raw)
	}
}

// Rules that broader ones cover, or that match no server, cost no entry; exemptions
// open what they can.
func TestACLIsCanonical(t *testing.T) {
	f := newFixture(t, 1)
	for i, entity := range []string{"*.Evil.example", "a.evil.example", "b.evil.example", "evil.example", "EVIL.example", "port.example:8448"} {
		f.rule(f.list, "server", fmt.Sprint(i), entity)
	}
	f.state(f.list, "m.policy.rule.server", "good", map[string]any{"entity": "good.example", "recommendation": "fi.mau.meowlnir.unban"})
	f.rule(f.list, "server", "good too", "good.example")
	f.start()
	f.eventually("deny the servers", func() bool { return slices.Equal(f.deny(f.rooms[0]), []string{"*.evil.example", "evil.example"}) })
	f.settle()
	f.proxy.Forget()
	// Nothing is sent when nothing changes.
	f.rule(f.list, "server", "c", "c.evil.example")
	f.settle()
	f.settle()
	if sent := f.proxy.Requests(faults.ACL); len(sent) > 0 {
		t.Errorf("%d ACLs sent for nothing", len(sent))
	}
}

// No rule, however written, shuts out our own server or a moderator's, and what is
// in force stays whole.
func TestACLNeverShutsUsOut(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	f.remote(f.management, "@maria:friends.example", "join")
	for i, entity := range []string{"*", "local*", "LOCALHOST", "????host*", "friends.example", "*.example", "evil.test", "?*"} {
		f.rule(f.list, "server", fmt.Sprint(i), entity)
	}
	f.eventually("deny the other server", func() bool { return slices.Contains(f.deny(f.rooms[0]), "evil.test") })
	f.settle()
	now, raw := f.acl(f.rooms[0])
	for server, allowed := range map[string]bool{"localhost": true, "friends.example": true, "evil.test": false} {
		if now.Allows(server) != allowed {
			t.Errorf("%s may enter: %v, by %s", server, !allowed, raw)
		}
	}
}

// A hand-made ACL that would shut us out is not ours to mend or to make worse: it
// is reported.
func TestACLThatShutsUsOutIsReported(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	f.remote(f.management, "@maria:friends.example", "join")
	f.state(f.rooms[0], "m.room.server_acl", "", map[string]any{"allow": []string{"*"}, "deny": []string{"friends.*"}})
	f.rule(f.list, "server", "1", "evil.example")
	f.settle()
	f.hear("server ACL is left as it is", "friends.example")
	if denied := f.deny(f.rooms[0]); !slices.Equal(denied, []string{"friends.*"}) {
		t.Errorf("the ACL denies %q", denied)
	}
	f.settle()
	f.restart()
	f.settle()
	if n := f.times("left as it is"); n != 1 {
		t.Errorf("reported %d times", n)
	}
}

// More server rules than an event holds: it is as full as it can be, the servers
// that are here come first, and moderators are told.
func TestACLFitsTheEvent(t *testing.T) {
	f := newFixture(t, 1)
	const rules = 3000
	present := id.UserID("@x:here-" + strings.Repeat("x", 100) + ".example")
	f.start()
	f.hear("Hello")
	f.remote(f.rooms[0], present, "join")
	// Put there by the proxy: to write them one by one takes minutes.
	f.proxy.On(faults.In(string(f.list), faults.FullState), faults.EditList(func(state []any) []any {
		for i := range rules {
			entity := fmt.Sprintf("evil-%04d.spam.example", i)
			if i == rules/2 {
				entity = strings.TrimPrefix(string(present), "@x:")
			}
			state = append(state, map[string]any{
				"type": "m.policy.rule.server", "state_key": entity, "event_id": fmt.Sprint("$", i), "sender": f.mod.UserID,
				"content": map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"},
			})
		}
		return state
	}))
	f.settle()
	f.eventually("deny what fits", func() bool { return len(f.deny(f.rooms[0])) > 1000 })
	f.hear("server ACL is full")
	now, raw := f.acl(f.rooms[0])
	if len(raw) > acl.MaxContent || len(raw) < acl.MaxContent*9/10 || len(now.Deny) >= rules {
		t.Errorf("the ACL has %d bytes and %d entries", len(raw), len(now.Deny))
	}
	if now.Allows(strings.TrimPrefix(string(present), "@x:")) || !now.Allows("localhost") {
		t.Error("a server that is here was left out")
	}
}

// Servers named by an IP address are kept out by setting.
func TestIPLiteralsBySetting(t *testing.T) {
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.Settings.IPLiterals = acl.IPDeny }
	f.rule(f.list, "server", "1", "evil.example")
	f.start()
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	if now, raw := f.acl(f.rooms[0]); now.Allows("192.0.2.1") || now.Allows("[2001:db8::1]:8448") || !now.Allows("localhost") {
		t.Errorf("the ACL is %s", raw)
	}
}

// Whom a server rule bans by setting is banned before the ACL shuts their server
// out: the other way round, that server would not hear of it.
func TestBanFirstACLSecond(t *testing.T) {
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.Settings.ServerMembers = true }
	f.start()
	f.hear("Hello")
	users := []id.UserID{"@a:evil.example", "@b:evil.example", "@c:evil.example"}
	f.remote(f.rooms[0], users[0], "join")
	f.remote(f.rooms[0], users[1], "invite")
	f.remote(f.rooms[0], users[2], "knock")
	f.rule(f.list, "server", "1", "evil.example")
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	for _, u := range users {
		if got := f.membership(f.rooms[0], u); got != event.MembershipBan {
			t.Errorf("%s is %s", u, got)
		}
	}
	acls, bans := f.proxy.Requests(faults.ACL), f.proxy.Requests(faults.Ban)
	if len(acls) != 1 || len(bans) != len(users) {
		t.Fatalf("%d ACLs, %d bans", len(acls), len(bans))
	}
	for _, ban := range bans {
		if !ban.Began.Before(acls[0].Began) {
			t.Error("the ACL came before a ban")
		}
	}
	f.rule(f.list, "server", "1", "")
	for _, u := range users {
		f.eventually("free "+string(u), func() bool { return f.membership(f.rooms[0], u) == event.MembershipLeave })
	}
	f.eventually("let the server in", func() bool { return len(f.deny(f.rooms[0])) == 0 })
}

// Without the setting, a server rule leaves members alone.
func TestServerRuleBansNobodyByDefault(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	f.remote(f.rooms[0], "@a:evil.example", "join")
	f.rule(f.list, "server", "1", "evil.example")
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	f.settle()
	if bans := f.proxy.Requests(faults.Ban); len(bans) > 0 {
		t.Errorf("%d bans", len(bans))
	}
}

// An ACL that was redacted shuts out everybody, which nobody may find out by
// chance; and ours is not one that we redact.
func TestRedactedACLIsReported(t *testing.T) {
	f := newFixture(t, 1)
	f.rule(f.list, "server", "1", "evil.example")
	f.start()
	f.eventually("deny the server", func() bool { return len(f.deny(f.rooms[0])) == 1 })
	f.settle() // the echo of ours has come
	f.synced(func(answer map[string]any) {
		faults.Timeline(answer, string(f.rooms[0]), map[string]any{
			"type": "m.room.server_acl", "state_key": "", "sender": f.mod.UserID, "event_id": "$blank", "content": map[string]any{},
		})
	})
	f.hear("server ACL is left as it is", "no server at all")
}
