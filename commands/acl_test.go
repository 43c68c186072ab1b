package commands

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

func TestACL(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.Server, "Evil.example")
	w.rule("!theirs:else.example", policy.Server, "evil.example")
	w.rule("!theirs:else.example", policy.Server, "*.worse.example")
	w.rule("!theirs:else.example", policy.User, "hand.example")
	w.acls = map[id.RoomID]ServerACL{
		"!lobby:ours.example": {Present: true, Allow: []string{"*"}, Deny: []string{"evil.example", "*.worse.example", "hand.example"}, By: self},
		"!dev:ours.example":   {Present: true, By: mod, Literals: true},
	}
	expect(t, w, "acl", nil, "[Lobby]", ": 3 entries shut out, 1 of them by hand", "**no server may take part**", "[Lost]", "every server may take part")
	expect(t, w, "acl #lobby:ours.example !dev:ours.example #lobby:ours.example", nil, "**[Lobby]", "**[Dev")
	expect(t, w, "acl #lobby:ours.example", nil, "3 entries shut out.", "By hand or by another bot, 1: `hand.example`.", "Put in:\n- `hand.example`, by `@friend:hs.example`, 2023-11-14", "By rules: 1 of `coc` and 2 of `theirs`.", "are shut out. It was last set by `@warden:ours.example`.")
	expect(t, w, "acl !dev:ours.example", nil, "**no server may take part**, for its `allow` is empty", "may take part. It was last set by `@mod:ours.example`")
	expect(t, w, "acl !lost:ours.example", nil, "no server ACL, so every server may take part")
	expect(t, w, "acl !else:ours.example", nil, "I protect no room")
	w.acls["!lobby:ours.example"] = ServerACL{Present: true, Allow: []string{"a.example", "b.example"}, Deny: []string{"x.example"}}
	expect(t, w, "acl", nil, "only servers that match `a.example` and `b.example` may take part, but for 1 entry")
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("s%d.example", i))
	}
	w.acls["!lobby:ours.example"] = ServerACL{Present: true, Allow: []string{"*"}, Deny: many}
	expect(t, w, "acl #lobby:ours.example", nil, "5000 entries", "4950 more")
}
