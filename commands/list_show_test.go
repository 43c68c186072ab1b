package commands

import (
	"errors"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// How a list stands: who may write there, what it says, what of it is dead, what came last.
func TestListShow(t *testing.T) {
	w := newWorld()
	expect(t, w, "list show coc", nil, "`coc`, ", "It has no rules.", "`@mod:ours.example` may. Its exemptions are followed.", "I read it as a whole on 2027-01-15 08:00 UTC")
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	w.rule("!coc:ours.example", policy.User, "@b*:hs.example")
	w.rule("!coc:ours.example", policy.Server, "evil.example.")
	w.rules[0].Until, w.rules[1].Recommendation, w.rules[1].Timestamp, w.rules[1].Sender = 1_900_000_000_000, policy.Takedown, 1_700_000_000_000, mod
	w.rules[2].Hash = ""
	a := expect(t, w, "list show #coc:ours.example", nil, "3 rules: about 2 users and 1 server; 2 bans and 1 takedown.", "1 pattern and 1 for a time",
		"1 rule can match nobody:", "ban server `evil.example.`", "Written last:")
	if _, last, _ := strings.Cut(a.Markdown, "Written last:"); !strings.HasPrefix(last, "\n- takedown user `@b*:hs.example`: spam, by `@mod:ours.example` on 2023-11-14 22:13 UTC") {
		t.Errorf("said last %q", last)
	}
	w.rules[0].Sender, w.rules[0].Timestamp, w.ordered = self, 1_700_000_000_000, map[id.EventID]id.UserID{w.rules[0].Event: mod}
	for _, line := range []string{"list show coc", "match @a:hs.example", "rules matching @a:hs.example", "why @a:hs.example"} {
		expect(t, w, line, nil, "`@a:hs.example`", ", by me, as `@mod:ours.example` said on 2023-11-14 22:13 UTC")
	}
	w.fail = errors.New("the database cannot be read")
	for _, line := range []string{"list show coc", "match @a:hs.example"} {
		expect(t, w, line, nil, "`@a:hs.example`", ", by me", "the database cannot be read")
	}
	w.fail = nil
	expect(t, w, "list show theirs", nil, "replaced by `!new:else.example`", "`!forseti upgrade !theirs:else.example`", "everybody who is in it may", "1 rule that it no longer has is followed")
	expect(t, w, "list show nothing", nil, "No list is called `nothing`")
}

// All lists at once say of each what it is about, and whether it can be relied on.
func TestListsSayHowTheyStand(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	w.rule("!coc:ours.example", policy.User, "@b*:hs.example")
	w.rule("!coc:ours.example", policy.Server, "evil.example.")
	a := expect(t, w, "lists", nil, "Read as a whole on 2027-01-15 08:00 UTC; about 2 users and 1 server; **1 can match nobody** (`!forseti list show !coc:ours.example`)",
		"**its room was replaced** (`!forseti upgrade !theirs:else.example`)")
	if n := strings.Count(a.Markdown, "can match nobody"); n != 1 {
		t.Errorf("%d lists have dead rules", n)
	}
}

// What a list is called stands in the list.
func TestListRename(t *testing.T) {
	w := newWorld()
	a := expect(t, w, "list rename coc code Code of *conduct*", []string{"set_state !coc:ours.example", "set_state !coc:ours.example"}, "has the shortcode `code` and the name `Code of *conduct*` now")
	if s := a.Plan.Steps; string(s[0].Do.State.Content) != `{"shortcode":"code"}` || s[0].Do.State.Type.Type != "org.matrix.mjolnir.shortcode" || string(s[1].Do.State.Content) != `{"name":"Code of *conduct*"}` {
		t.Errorf("%+v", s)
	}
	expect(t, w, "list rename coc coc Rules", []string{"set_state !coc:ours.example"}, "has the name `Rules` now")
	expect(t, w, "list rename coc coc", nil, "called that already")
	expect(t, w, "list rename coc theirs", nil, "There is a list called `theirs` already")
	expect(t, w, "list rename coc a/b", nil, "does not work as a shortcode")
}
