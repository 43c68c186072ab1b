package rooms_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

func TestAccessors(t *testing.T) {
	acl := state(bot, "m.room.server_acl", "", `{"allow":["*"]}`)
	r := room(
		create(`{"room_version":"12","additional_creators":["@bot:hs","@bot:hs"]}`),
		state(alice, "m.room.name", "", `{"name":" Lobby "}`),
		state(alice, "m.room.canonical_alias", "", `{"alias":"#lobby:hs"}`),
		state(alice, "m.room.join_rules", "", `{"join_rule":"public"}`),
		state(alice, "m.room.encryption", "", `{}`),
		state(alice, "m.room.tombstone", "", `{"replacement_room":"!next:hs"}`),
		state(alice, "m.room.name", "elsewhere", `{"name":"Not this"}`),
		acl,
	)
	if r.ID() != roomID || r.Name() != "Lobby" || r.Alias() != "#lobby:hs" || r.Version() != "12" ||
		!slices.Equal(r.Creators(), []id.UserID{alice, bot}) || !r.Encrypted() || r.JoinRule() != event.JoinRulePublic {
		t.Errorf("got %q %q %q %q %q %t %q", r.ID(), r.Name(), r.Alias(), r.Version(), r.Creators(), r.Encrypted(), r.JoinRule())
	}
	if next, ok := r.Tombstone(); next != "!next:hs" || !ok {
		t.Errorf("Tombstone = %q %t", next, ok)
	}
	if content, sender, event := r.ACL(); string(content) != `{"allow":["*"]}` || sender != bot || event != acl.ID {
		t.Errorf("ACL = %s %s %s", content, sender, event)
	}

	r = rooms.New(roomID)
	if r.Name() != string(roomID) || r.Alias() != "" || r.Version() != "" || r.Encrypted() || r.JoinRule() != event.JoinRuleInvite {
		t.Error("an unknown room has no state")
	}
	if content, _, _ := r.ACL(); content != nil {
		t.Errorf("ACL = %s, want none", content)
	}
	r.Apply(state(alice, "m.room.canonical_alias", "", `{"alias":"#lobby:hs"}`), now)
	if r.Name() != "#lobby:hs" {
		t.Errorf("Name = %q", r.Name())
	}
	r.Touch(now)
	r.Touch(now.Add(-time.Hour))
	if !r.Activity().Equal(now) {
		t.Errorf("Activity = %s", r.Activity())
	}
}

func TestReplace(t *testing.T) {
	stays, leaves := member(mallet, mallet, "join"), member(alice, alice, "join")
	stays.Timestamp = now.Add(-time.Hour).UnixMilli()
	acl := state(alice, "m.room.server_acl", "", `{"allow":["*"]}`)
	r := rooms.New(roomID)
	first := []*event.Event{acl, stays, leaves, create(`{"room_version":"11"}`)}
	if got := kinds(r.Replace(first, now)); got != "create acl membership membership" {
		t.Errorf("first look: %s", got)
	}
	if got := kinds(r.Replace(first, now)); got != "" {
		t.Errorf("second look: %s", got)
	}
	if m, _ := r.Member(mallet); !m.Changed.Equal(now.Add(-time.Hour)) {
		t.Errorf("found at the first look: Changed = %s", m.Changed)
	}

	later := now.Add(time.Minute)
	newcomer := member("@new:hs", "@new:hs", "join")
	newcomer.Timestamp = 1
	changes := r.Replace([]*event.Event{first[3], stays, newcomer}, later)
	if got := kinds(changes); got != "acl membership membership" {
		t.Errorf("third look: %s", got)
	}
	if got := changes[2].Move(); got != rooms.MembershipLost || changes[2].User != alice {
		t.Errorf("absent member: %s", got)
	}
	if m, _ := r.Member("@new:hs"); !m.Changed.Equal(later) {
		t.Errorf("a claimed date must not age a newcomer: Changed = %s", m.Changed)
	}
	if r.Count(event.MembershipJoin) != 2 || r.Present(alice) {
		t.Errorf("joined = %d, alice present = %t", r.Count(event.MembershipJoin), r.Present(alice))
	}
}

func TestRedact(t *testing.T) {
	acl := state(alice, "m.room.server_acl", "", `{"allow":["*"]}`)
	levels := power(`{"ban":30,"invite":40,"notifications":{"room":1}}`)
	rules := state(alice, "m.room.join_rules", "", `{"join_rule":"public","x":1}`)
	r := room(create(`{"room_version":"10"}`), acl, levels, rules)

	redaction := &event.Event{Type: event.Type{Type: "m.room.redaction"}, Redacts: acl.ID}
	if c := r.Apply(redaction, now); c.Kind != rooms.ACL {
		t.Errorf("kind = %q", c.Kind)
	}
	if content, _, evt := r.ACL(); string(content) != "{}" || evt != acl.ID {
		t.Errorf("ACL = %s of %s", content, evt)
	}
	if c := r.Apply(redaction, now); c.Kind != rooms.None {
		t.Errorf("redacted twice: %q", c.Kind)
	}
	r.Redact(levels.ID)
	r.Redact(rules.ID)
	ban, _ := r.Needs(bot, rooms.PowerBan)
	invite, _ := r.Needs(bot, rooms.PowerInvite)
	if ban != 30 || invite != 0 || r.JoinRule() != event.JoinRulePublic {
		t.Errorf("ban %d, invite %d, join rule %s", ban, invite, r.JoinRule())
	}
	if c := r.Redact("$unknown"); c.Kind != rooms.None {
		t.Errorf("unknown event: %q", c.Kind)
	}
}

func TestHugeTexts(t *testing.T) {
	r := room(state(mallet, "m.room.member", string(mallet),
		`{"membership":"join","displayname":"x`+strings.Repeat("€", 20_000)+`"}`))
	m, _ := r.Member(mallet)
	if got := len(m.DisplayName); got > 1024 || got < 1020 || strings.ContainsRune(m.DisplayName, '\uFFFD') {
		t.Errorf("display name has %d bytes", got)
	}
}

func kinds(changes []rooms.Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, string(c.Kind))
	}
	return strings.Join(out, " ")
}
