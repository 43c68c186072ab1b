package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

func ruledWorld() *world {
	w := newWorld()
	w.lists = append(w.lists, List{ID: "!spam:ours.example", Name: "Spam", Shortcode: "spam", Writable: true})
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.rule("!theirs:else.example", policy.User, "@locked:calm.example")
	w.rule("!coc:ours.example", policy.User, "@twice:calm.example")
	w.rule("!spam:ours.example", policy.User, "@twice:calm.example")
	w.rule("!coc:ours.example", policy.Server, "*.evil.example")
	w.banned["@held:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	return w
}

// A rule of a list goes and leaves the bans that it made; a rule of their own is another thing.
func TestRemoveListedRule(t *testing.T) {
	a := expect(t, ruledWorld(), "rule remove @held:calm.example", []string{"keep_bans !coc:ours.example @mod:ours.example $0", `remove "@held:calm.example" from !coc:ours.example`},
		"Removed 1 rule:", "stays banned until somebody lifts that: `@held:calm.example`.")
	if a.Plan.Ask != "" {
		t.Errorf("asks %q", a.Plan.Ask)
	}
	for line, did := range map[string][]string{
		"rule remove @twice:calm.example spam": {"keep_bans !spam:ours.example @mod:ours.example $3", `remove "@twice:calm.example" from !spam:ours.example`},
		"rule remove *.evil.example":           {"keep_bans !coc:ours.example @mod:ours.example $4", `remove "*.evil.example" from !coc:ours.example`},
		"rule remove no-drive-by":              {"no_rule no-drive-by"},
		"rule remove rule:no-drive-by":         {"no_rule no-drive-by"},
	} {
		expect(t, ruledWorld(), line, did)
	}
	for line, want := range map[string]string{
		"rule remove @twice:calm.example":         "Several lists have such a rule.",
		"rule remove @twice:calm.example none":    "No list is called `none`",
		"rule remove @locked:calm.example":        "may not write to the list `theirs`",
		"rule remove @nobody:calm.example":        "No list has a rule about exactly `@nobody:calm.example`",
		"rule remove @held:calm.example spam":     "The list `spam` has no rule about exactly",
		"rule remove no-drive-by coc":             "is a rule of your own, and stands in no list",
		"rule remove no-drive-bi":                 "Did you mean `no-drive-by`?",
		"rule remove @held":                       "`@held:example.org`",
		"rule edit @held:calm.example":            "Say what is to change",
		"rule edit no-drive-by":                   "an expression in quotes",
		"rule edit no-drive-by --for 7d":          "are for rules of lists",
		"rule edit @locked:calm.example --for 7d": "may not write",
	} {
		expect(t, ruledWorld(), line, nil, want)
	}
}

// A server's name may be that of a rule of their own: nobody removes the wrong one.
func TestRuleOfEitherKind(t *testing.T) {
	w := ruledWorld()
	w.rule("!coc:ours.example", policy.Server, "no-drive-by")
	expect(t, w, "rule remove no-drive-by", nil, "`!forseti rule remove rule:no-drive-by` for your own", "`!forseti rule remove no-drive-by <list>` for that of the list")
	expect(t, w, "rule edit no-drive-by", nil, "`!forseti rule edit rule:no-drive-by`")
	expect(t, w, "rule remove rule:no-drive-by", []string{"no_rule no-drive-by"})
	expect(t, w, "rule remove no-drive-by coc", []string{"keep_bans !coc:ours.example @mod:ours.example $5", `remove "no-drive-by" from !coc:ours.example`})
}

// Of a rule in a list only why and until when is changed, where and as what it stands.
func TestEditListedRule(t *testing.T) {
	w := ruledWorld()
	w.rules[0].Type, w.rules[0].Recommendation = "m.room.rule.user", policy.Takedown
	a := run(t, w, `rule edit @held:calm.example --reason "told twice" --for 7d`)
	if len(a.Plan.Steps) != 1 {
		t.Fatalf("%+v, %s", a.Plan, a.Markdown)
	}
	do := a.Plan.Steps[0].Do
	r := writtenBy(t, a.Plan)
	if do.Verb != action.WriteRule || do.State.Type.Type != "m.room.rule.user" || r.StateKey != "@held:calm.example" || r.Recommendation != policy.Takedown || r.Reason != "told twice" || r.Until == 0 {
		t.Errorf("wrote %+v", r)
	}
	if !strings.Contains(a.Markdown, "I changed the reason, which was: spam and it ends on 2027-01-22 08:00 UTC now, and was for good") {
		t.Errorf("said %q", a.Markdown)
	}
	expect(t, w, "rule edit @twice:calm.example spam --reason worse", []string{`rule user "@twice:calm.example" in !spam:ours.example because "worse", sure false`})
	expect(t, w, "rule edit @twice:calm.example spam --reason spam", nil, "It is so already")
	expect(t, w, "rule edit @twice:calm.example --reason worse", nil, "Several lists have such a rule.")
	expect(t, w, `rule edit @held:calm.example --reason ""`, []string{`rule m.room.rule.user "@held:calm.example" in !coc:ours.example because "", sure false`})
}
