package enforce

import (
	"encoding/base64"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// A rule is weighed by whom it would hit now, and by whether it matches everybody.
func TestEffect(t *testing.T) {
	w := NewWorld("@bot:ours.example", Settings{ServerMembers: true, Limits: Limits{Members: 10, Percent: 10}})
	w.SetModerator("@mod:mods.example", true)
	state := []*event.Event{
		stateEvent("m.room.create", "", "@bot:ours.example", map[string]any{"room_version": "12"}),
		stateEvent("m.room.member", "@bot:ours.example", "@bot:ours.example", map[string]any{"membership": "join"}),
		stateEvent("m.room.member", "@mod:mods.example", "@mod:mods.example", map[string]any{"membership": "join"}),
	}
	for i := range 12 {
		user := fmt.Sprintf("@member%d:many.org", i)
		state = append(state, stateEvent("m.room.member", user, id.UserID(user), map[string]any{"membership": "join"}))
	}
	for _, user := range []string{"@one:few.net", "@two:few.net"} {
		state = append(state, stateEvent("m.room.member", user, id.UserID(user), map[string]any{"membership": "join"}))
	}
	w.Protect("!room:ours.example")
	w.Look("!room:ours.example", state, time.Now())

	for _, tt := range []struct {
		kind     policy.Kind
		entity   string
		users    int
		wide     bool
		everyone bool
		own      bool
		guarded  int
	}{
		{policy.Server, "*", 14, true, true, true, 2},
		{policy.Server, "*.org", 12, true, false, false, 0},
		{policy.Server, "many.org", 12, true, false, false, 0},
		{policy.Server, "few.net", 2, false, false, false, 0},
		{policy.Server, "ours.*", 0, true, false, true, 1},
		{policy.Server, "mods.example", 0, false, false, true, 1},
		{policy.User, "@*:*", 14, true, true, false, 2},
		{policy.User, "*", 14, true, true, false, 2},
		{policy.User, "@*:*.nowhere", 0, true, false, false, 0},
		{policy.User, "@*:few.net", 2, false, false, false, 0},
		{policy.User, "@one:few.net", 1, false, false, false, 0},
		{policy.User, "@mod:mods.example", 0, false, false, false, 1},
		{policy.RoomKind, "*", 0, false, false, false, 0},
	} {
		r := policy.Rule{Kind: tt.kind, Entity: tt.entity, Recommendation: policy.Ban}
		got := w.Scales.Preview([]policy.Rule{r}, nil)
		if got.Hit != tt.users || got.Everyone != tt.everyone || (got.OwnServer != "") != tt.own || len(got.Guarded) != tt.guarded {
			t.Errorf("%s %q does %+v", tt.kind, tt.entity, got)
		}
		if slices.Contains(got.Banned, "@bot:ours.example") || slices.Contains(got.Banned, "@mod:mods.example") {
			t.Errorf("%s %q would hit one of us", tt.kind, tt.entity)
		}
		if wide := w.Settings.Limits.Wide(got); wide != tt.wide {
			t.Errorf("%s %q wide: %v", tt.kind, tt.entity, wide)
		}
	}
	// Without bans of members a server rule is followed by ACLs alone, and those
	// never follow one that shuts us out.
	w.Settings.ServerMembers = false
	if got := w.Scales.Preview([]policy.Rule{{Kind: policy.Server, Entity: "*", Recommendation: policy.Ban}}, nil); got.Everyone || got.OwnServer == "" {
		t.Errorf("got %+v", got)
	}
}

// A hashed rule that turns out to be about somebody here is news, once, and can be
// held back like any other.
func TestAwokenRulesAreNews(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	hash := base64.StdEncoding.EncodeToString([]byte(policy.HashOf("hidden.example")))
	_, slots, _ := w.ApplyRule(theirs, stateEvent("m.policy.rule.server", "hash", "@author:list.example",
		map[string]any{"hashes": map[string]any{"sha256": hash}, "recommendation": "m.ban"}))
	w.Follow(slots...)
	if got := w.ACLs.Awoken(); len(got) > 0 {
		t.Fatalf("%v is news before anybody came", got)
	}
	w.Apply("!a:x", memberEvent("@user:hidden.example", "@user:hidden.example", event.MembershipJoin), now)
	news := w.ACLs.Awoken()
	if len(news) != 1 || w.Scales.WeighFollowed(news...).Hit != 1 {
		t.Fatalf("the news is %v", news)
	}
	s, _ := w.HoldBack(news[0].Event)
	if acls := acls(w); len(acls) > 0 {
		t.Errorf("it is held back, and the ACLs are to be %v", acls)
	}
	if e := w.Scales.Weigh(s); !slices.Equal(e.Denied, []string{"hidden.example"}) || e.Hit != 1 {
		t.Errorf("following it would do %+v", e)
	}
	w.Follow(s)
	if acls := acls(w); len(acls) != 1 {
		t.Errorf("it is followed, and the ACLs are to be %v", acls)
	}
}

// What loosens is weighed like what tightens, whatever it is called.
func TestLooseningIsWide(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	w.SetExempting(testList, true)
	follow := func(list id.RoomID, evt *event.Event) Effect {
		_, slots, _ := w.ApplyRule(list, evt)
		e := w.Scales.Weigh(slots...)
		w.Follow(slots...)
		return e
	}
	for i := range 12 {
		u := id.UserID(fmt.Sprintf("@crowd%d:many.example", i))
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	for i := range 12 {
		follow(testList, ruleEvent("server", fmt.Sprint("s", i), fmt.Sprintf("dead%d.example", i), "m.ban"))
	}
	follow(testList, ruleEvent("user", "crowd", "@crowd*:*", "m.ban"))
	carry(w, w.Keys())
	for _, tt := range []struct {
		name string
		evt  *event.Event
		wide bool
	}{
		{"an exemption for everybody", ruleEvent("user", "x", "@*:*", "fi.mau.meowlnir.unban"), true},
		{"it goes again", ruleEvent("user", "x", "", ""), false}, // nobody had been freed yet
		{"one for all servers", ruleEvent("server", "y", "*", "fi.mau.meowlnir.unban"), true},
		{"one for nobody here", ruleEvent("user", "z", "@friend:else.example", "fi.mau.meowlnir.unban"), false},
	} {
		if e := follow(testList, tt.evt); w.Settings.Limits.Wide(e) != tt.wide {
			t.Errorf("%s is wide: %v, by %+v", tt.name, !tt.wide, e)
		}
	}
	follow(testList, ruleEvent("server", "y", "", ""))
	if e := w.Scales.PreviewDrop(testList); len(e.Allowed) != 12 || len(e.Freed) != 12 || !w.Settings.Limits.Wide(e) {
		t.Errorf("without the list: %+v", e)
	}
	if e := follow(testList, ruleEvent("user", "crowd", "", "")); len(e.Freed) != 12 {
		t.Errorf("without the rule: %+v", e)
	}
	for i := range 12 {
		u := id.UserID(fmt.Sprintf("@crowd%d:many.example", i))
		w.Apply("!a:x", memberEvent(u, self, event.MembershipLeave), now)
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	follow(testList, ruleEvent("user", "spare", "@crowd*:*", "fi.mau.meowlnir.unban"))
	follow(testList, ruleEvent("user", "crowd", "@crowd*:*", "m.ban"))
	if e := follow(testList, ruleEvent("user", "spare", "", "")); len(e.Banned) != 12 {
		t.Errorf("an exemption that goes away bans %+v", e)
	}
}

// An exemption in a list that may not exempt frees nobody, and nobody is asked about
// it; to let the list exempt is as wide as what it says.
func TestForeignExemptionIsNone(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	_, banned, _ := w.ApplyRule(testList, ruleEvent("server", "1", "evil.example", "m.ban"))
	w.Follow(banned...)
	for _, kind := range []string{"user", "server"} {
		_, slots, _ := w.ApplyRule(theirs, ruleEvent(kind, "1", "*", "fi.mau.meowlnir.unban"))
		if len(slots) > 0 {
			t.Errorf("a %s exemption of somebody else's does %+v", kind, w.Scales.Weigh(slots...))
		}
	}
	_, slots, _ := w.ApplyRule(theirs, ruleEvent("user", "2", "@x:y", "m.ban"))
	w.Follow(slots...)
	_, slots, _ = w.ApplyRule(theirs, ruleEvent("user", "2", "*", "fi.mau.meowlnir.unban"))
	if e := w.Scales.Weigh(slots...); !e.Nothing() {
		t.Errorf("a ban that becomes one does %+v", e)
	}
	if e := w.Scales.PreviewExempting(theirs, true); !e.FreesEveryone || len(e.Allowed) != 1 {
		t.Errorf("to let the list exempt does %+v", e)
	}
	if e := w.Scales.PreviewList("!new:x", []policy.Rule{{Kind: policy.User, Entity: "*", Recommendation: policy.Exempt, RawRecommendation: "fi.mau.meowlnir.unban",
		List: "!new:x", Type: "m.policy.rule.user", StateKey: "1", Event: "$new"}}, true, policy.Aside{}); !e.FreesEveryone {
		t.Errorf("to watch a list that exempts does %+v", e)
	}
}

// What could match nearly any server waits, though it misses our own.
func TestBroadServersWait(t *testing.T) {
	w := NewWorld("@bot:localhost", Settings{Limits: Limits{Members: 10, Percent: 10}})
	for entity, wide := range map[string]bool{"*.*": true, "*.com": true, "*.evil.example": false, "evil.example": false} {
		e := w.Scales.Preview([]policy.Rule{{Kind: policy.Server, Entity: entity, Recommendation: policy.Ban}}, nil)
		if w.Settings.Limits.Wide(e) != wide {
			t.Errorf("%s is wide: %v", entity, !wide)
		}
	}
}

// A server rule that would shut us out is in no ACL: so it does nothing when it comes,
// nothing when it goes, and no exemption takes anything out because of it.
func TestServerRuleThatNoACLFollows(t *testing.T) {
	const user = id.UserID("@freed:other.example")
	for _, all := range []string{"*", self.Homeserver(), "*" + self.Homeserver()} {
		w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
		newRoom(w, "!a:x")
		w.Apply("!a:x", memberEvent(user, self, event.MembershipBan), now)
		w.Bans.Set("!a:x", user, Ban{Cause: action.Cause{Kind: action.ByRule, List: testList}})
		for _, content := range []string{"m.ban", ""} {
			entity := map[bool]string{true: all}[content != ""]
			_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", "all", entity, content))
			if e := w.Scales.Weigh(slots...); w.Settings.Limits.Wide(e) || len(e.Denied)+len(e.Allowed) > 0 {
				t.Errorf("%s, %q: does %+v", all, content, e)
			}
			w.Follow(slots...)
			if content == "" {
				continue
			}
			_, slots, _ = w.ApplyRule(testList, ruleEvent("server", "spare", "good.example", "fi.mau.meowlnir.unban"))
			if e := w.Scales.Weigh(slots...); !e.Nothing() {
				t.Errorf("%s: an exemption from it does %+v", all, e)
			}
			w.Follow(slots...)
		}
	}
}

// Who moderates a room and is named is freed there by a pattern in the place of the
// name, which spares them: also by one for everybody.
func TestPatternInPlaceOfNameFrees(t *testing.T) {
	const user = id.UserID("@helper:other.example")
	for _, pattern := range []string{"@help*", "*"} {
		w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
		newRoom(w, "!a:x")
		w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
		w.Apply("!a:x", levelsEvent(map[id.UserID]int{self: 100, user: 50}), now)
		_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", string(user), "m.ban"))
		w.Follow(slots...)
		if bans, _ := wanted(w); !bans[user] {
			t.Fatal("who is named is spared")
		}
		_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "1", pattern, "m.ban"))
		if e := w.Scales.Weigh(slots...); !slices.Equal(e.Freed, []id.UserID{user}) {
			t.Errorf("%s in the place of the name does %+v", pattern, e)
		}
		w.Follow(slots...)
		if bans, _ := wanted(w); bans[user] {
			t.Errorf("%s means who moderates the room", pattern)
		}
	}
}
