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

// Somebody can be exempt from one list alone, which writes no rule; others go on to count.
func TestExemptFromOneList(t *testing.T) {
	const theirs, user = id.RoomID("!theirs:else.example"), id.UserID("@rude:calm.example")
	w := newWorld()
	w.rule(theirs, policy.User, "@ru*:calm.example")
	expect(t, w, "exempt @rude:calm.example --from theirs", []string{"spare !theirs:else.example @rude:calm.example"}, "No rule of `theirs` bans `@rude:calm.example` here from now on", "!!stay banned")
	w.rule("!coc:ours.example", policy.User, string(user))
	expect(t, w, "exempt @rude:calm.example --from theirs", []string{"spare !theirs:else.example @rude:calm.example"}, "**They stay banned**", "`coc`")
	expect(t, w, "exempt @ru*:calm.example --from theirs", nil, "is no single user")
	expect(t, w, "exempt calm.example --from theirs", nil, "is no single user")
	expect(t, w, "exempt @rude:calm.example coc --from theirs", nil, "Leave one of the two out")
	expect(t, w, "exempt @rude:calm.example --from nothere", nil, "`!forseti lists`")
	expect(t, w, "exempt end @rude:calm.example --from theirs", nil, "is not exempt from `theirs` alone")
	for i, l := range w.lists {
		if l.ID == theirs {
			w.lists[i].Spares = []id.UserID{user}
		}
	}
	expect(t, w, "exempt @rude:calm.example --from theirs", nil, "exempt from `theirs` already")
	expect(t, w, "why @rude:calm.example", nil, "No rule of `theirs` bans them here, as a moderator said; `!forseti exempt end @rude:calm.example` ends that.")
	expect(t, w, "list show theirs", nil, "Its rules do not count for `@rude:calm.example`")
	if a := expect(t, w, "exempt end @rude:calm.example", nil, "`theirs` would count for `@rude:calm.example` again, and it would hit 1 present member", "Remove it?"); !a.Ask {
		t.Error("nobody is asked")
	}
	expect(t, w, "unexempt @rude:calm.example --from theirs --no-confirm", []string{"count_again !theirs:else.example @rude:calm.example"}, "`theirs` counts for `@rude:calm.example` again.")
	expect(t, w, "settings", nil, "exempt --from theirs")
}
