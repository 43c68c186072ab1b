package commands

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// How a list is watched is said before, done with the watching, shown, and changed by watching
// again; a list that is watched as any other is not by writing that again.
func TestHowListsAreWatched(t *testing.T) {
	w := newWorld()
	expect(t, w, "watch #bans:else.example --no-acl --quiet", []string{`watch !w:else.example {"no_acl":true,"quiet":true}`},
		"its rules about servers are only shown and what it changes is summed up once an hour")
	expect(t, w, "watch #few:else.example --no-bans --priority 1", []string{`watch !w:else.example {"no_bans":true} as number 1`}, "its rules about users are only shown", "hit nobody")
	expect(t, w, "watch #bans:else.example --no-acl --all", nil, "`--all` ends the other options")
	expect(t, w, "watch #bans:else.example --priority 0", nil, "from 1 to 100")
	expect(t, w, "watch coc", nil, "I watch [Code of conduct]", "already.", "!!--all")
	expect(t, w, "watch coc --all", nil, "already.")
	expect(t, w, "watch nothing --quiet", nil, "`nothing` is no room")

	expect(t, w, "watch coc --quiet", []string{`watch_how !coc:ours.example {"quiet":true}`}, "is watched otherwise; what it changes is summed up once an hour.")
	expect(t, w, "watch #coc:ours.example --priority 7", []string{`watch_how !coc:ours.example as number 7`}, "it is number 2 of the lists")
	if a := expect(t, w, "watch theirs --no-bans", nil, "would be watched otherwise; its rules about users are only shown. That would free 1 user: `@f:g`."); a.Plan.Ask != "Watch it so?" || a.Plan.Weight.Freed != 1 {
		t.Errorf("asks %q, weighs %+v", a.Plan.Ask, a.Plan.Weight)
	}
	w.lists[1].How = HowWatched{NoACL: true, NoBans: true, Quiet: true}
	expect(t, w, "lists", nil, "1 rule, its rules about users and servers are only shown and what it changes is summed up once an hour")
	expect(t, w, "watch theirs", nil, "already; its rules about users and servers are only shown", "With `--all`, all of it counts again.")
	expect(t, w, "watch theirs --all", []string{"watch_how !theirs:else.example"}, "all of it counts, and is told at once")
	expect(t, w, "watch theirs --priority 1", []string{`watch_how !theirs:else.example {"no_acl":true,"no_bans":true,"quiet":true} as number 1`}, "it is number 1 of the lists", "!!all of it")
	// What is new in a list may wait for a yes; what there is now has one by this.
	if a := expect(t, w, "watch #few:else.example --no-bans --review", []string{`watch !w:else.example {"no_bans":true,"review":true}`}, "what is new in it waits for your yes"); !a.Plan.Steps[len(a.Plan.Steps)-1].Change.Sure {
		t.Errorf("what was shown waits, too: %+v", a.Plan.Steps)
	}
	expect(t, w, "watch coc --redact", []string{`watch_how !coc:ours.example {"redact":true}`}, "what newcomers wrote goes too whom its rules ban")
	if got := (HowWatched{Review: true, Redact: true}).flags(); got != "--review --redact" {
		t.Errorf("settings show %q", got)
	}
	expect(t, w, "watch coc --review", []string{`watch_how !coc:ours.example {"review":true}`}, "what is new in it waits for your yes")
	// What is only shown is said to be.
	r := w.rule("!theirs:else.example", policy.User, "@only-shown:else.example")
	w.rules[len(w.rules)-1].Aside = true
	expect(t, w, "rules theirs", nil, r.Entity, "(not followed: of this list rules about users are only shown)")
	expect(t, w, "unban "+r.Entity, nil, "is not banned")
}

// Whom a list would hit of one's own is said first and apart, with names; of very many the rest
// is folded, and the question stays small enough to be sent.
func TestPreviewOfWatching(t *testing.T) {
	a := expect(t, newWorld(), "watch #near:else.example", nil,
		"**1 user of our own servers**: `@us:ours.example`.",
		"**2 servers that people here are on** would be shut out: `big.example` (2 members) and `small.example` (1 member).",
		"They would hit 5 present members in 2 rooms", "More names", "`s149.example` and 50 more", "!!s151")
	for _, order := range [][2]string{{"of our own", "that people"}, {"that people", "They would"}, {"They would", "More names"}, {"More names", "Watch it?"}} {
		if strings.Index(a.Markdown, order[0]) > strings.Index(a.Markdown, order[1]) {
			t.Errorf("%s comes after %s", order[0], order[1])
		}
	}
	hostile := Effect{}
	for range 1000 {
		hostile.Denied = append(hostile.Denied, strings.Repeat("`<*>\u202e", 200))
	}
	if said := allNames(hostile); len(said) > mostFoldedNames+100 || len(said) < mostFoldedNames/10 {
		t.Errorf("%d bytes", len(said))
	}
}

// What ends no more by itself when a list is not watched any longer is said before: rules of
// ours for a time, and nobody else's.
func TestRulesForATimeOfAListThatGoes(t *testing.T) {
	w := newWorld()
	for i, sender := range []string{string(self), string(self), "@other:else.example"} {
		w.rule("!coc:ours.example", policy.User, "@timed"+strings.Repeat("x", i)+":else.example")
		r := &w.rules[len(w.rules)-1]
		r.Until, r.Sender = 4_000_000_000_000, id.UserID(sender)
	}
	a := expect(t, w, "unwatch coc", nil, "**2 rules are for a time, and it is I who ends them**", "they stay in the list for good", "@timed:else", "@timedx:else", "!!@timedxx")
	if a.Plan.Ask != "Stop watching it?" {
		t.Errorf("asks %q", a.Plan.Ask)
	}
	expect(t, w, "unwatch theirs", []string{"unwatch !theirs:else.example"}, "!!for a time")
}
