package commands

import (
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

func TestExempt(t *testing.T) {
	const ours, theirs, user = id.RoomID("!coc:ours.example"), id.RoomID("!theirs:else.example"), "@a:hs.example"
	w := newWorld()
	write := `rule user "@a:hs.example" in !coc:ours.example because "a friend", sure false`
	expect(t, w, "exempt @a:hs.example coc a friend", []string{write}, "`coc` now exempts the user `@a:hs.example`")
	if a := expect(t, w, "exempt @*:hs.example coc", nil, "Write the exemption into `coc`?"); !a.Ask {
		t.Error("a pattern is exempted unasked")
	}
	expect(t, w, "exempt #a:hs.example coc", nil, "ban nobody")
	expect(t, w, "exempt nonsense coc", nil, "no user, server or room")
	w.lists[0].Exempts = false
	expect(t, w, "exempt @a:hs.example coc", nil, "not followed here", "`!forseti list exempt`")
	w.lists[0].Exempts = true

	expect(t, w, "exempt end @a:hs.example", nil, "no exemption of the user")
	w.rule(ours, policy.User, user)
	w.rules[0].Recommendation = policy.Exempt
	expect(t, w, "exempt @a:hs.example coc spam", nil, "such an exemption already")
	expect(t, w, "exempt end @a:hs.example", []string{`remove "@a:hs.example" from !coc:ours.example`}, "Removed 1 exemption")
	expect(t, w, "unexempt @a:hs.example", []string{`remove "@a:hs.example" from !coc:ours.example`}, "Removed 1 exemption")
	// A ban is no exemption, and an exemption no ban.
	w.rule(ours, policy.User, "@b:hs.example")
	expect(t, w, "exempt end @b:hs.example", nil, "no exemption")
	expect(t, w, "exempt end @b:hs.example @c:hs.example", nil, "no exemption of the user `@b:hs.example`", "no exemption of the user `@c:hs.example`")
	expect(t, w, "unban @a:hs.example", nil, "is not banned")
	w.rule(ours, policy.User, "@d:hs.example")
	w.rules[len(w.rules)-1].Recommendation = policy.Exempt
	expect(t, w, "exempt end @a:hs.example @d:hs.example", []string{`remove "@a:hs.example" from !coc:ours.example`, `remove "@d:hs.example" from !coc:ours.example`}, "`@a:hs.example`", "`@d:hs.example`")
	w.rules[0].List = theirs
	expect(t, w, "exempt end @a:hs.example", nil, "may not write to", "`theirs`")
}
