package commands

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

func TestBan(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string // "" for nothing
		want []string
	}{
		{"ban @a:hs.example coc spam and lies", `rule user "@a:hs.example" in !coc:ours.example because "spam and lies", sure false`, []string{"now bans the user `@a:hs.example`"}},
		{"ban @a:hs.example COC", `rule user "@a:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban @a:hs.example #coc:ours.example spam", `rule user "@a:hs.example" in !coc:ours.example because "spam", sure false`, nil},
		{"ban @a:hs.example !coc:ours.example", `rule user "@a:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban @a:hs.example #other:ours.example spam", `rule user "@a:hs.example" in !coc:ours.example because "spam", sure false`, nil},
		{"ban @a:hs.example spam", `rule user "@a:hs.example" in !coc:ours.example because "spam", sure false`, nil},
		{"ban @a:hs.example", `rule user "@a:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban @a:hs.example \"coc\"", `rule user "@a:hs.example" in !coc:ours.example because "coc", sure false`, nil},
		{"ban @a:hs.example #spam again", `rule user "@a:hs.example" in !coc:ours.example because "#spam again", sure false`, nil},
		{"ban @a:hs.example coc -- --bad", `rule user "@a:hs.example" in !coc:ours.example because "--bad", sure false`, nil},
		{"ban `@a:hs.example` coc", `rule user "@a:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban https://matrix.to/#/%40a%3Ahs.example coc", `rule user "@a:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban bad.example coc", `rule server "bad.example" in !coc:ours.example because "", sure false`, []string{"server `bad.example`"}},
		{"ban bad.example:8448 coc", `rule server "bad.example" in !coc:ours.example because "", sure false`, []string{"port"}},
		{"ban hs coc", `rule server "hs" in !coc:ours.example because "", sure false`, nil},
		{"ban #bad:hs.example coc", `rule room "#bad:hs.example" in !coc:ours.example because "", sure false`, nil},
		{"ban @a:hs.example theirs spam", "", []string{"may not write to the list `theirs`"}},
		{"ban", "", []string{"missing: the entity", "Usage: `!forseti ban [entity]… [list] [reason…] [--for <time or good>] [--room <room>]… [--hash] [--redact] [--spare <user>]… [--into <list>] [--because <text>] [--dry-run] [--no-confirm]`", "Example: `!forseti ban"}},
		{"ban @foo", "", []string{"`@foo`", "`@foo:example.org`"}},
		{"ban @foo:", "", []string{"`@foo:example.org`"}},
		{"ban foo@bar.example", "", []string{"Did you mean `@foo:bar.example`?"}},
		{"ban foo:bar.example", "", []string{"`@foo:bar.example`"}},
		{"ban spammer", "", []string{"no user, server or room"}},
		{"ban coc @a:hs.example", "", []string{"`coc` is a list", "first whom"}},
		{"ban https://bad.example/x", "", []string{"write only its name: `bad.example`"}},
		{"ban https://matrix.to/#/!r:hs.example/$e", "", []string{"link to a message"}},
		{"ban @warden:ours.example", "", []string{"That is me"}},
		{"ban ours.example coc", "", []string{"our own server"}},
		{"ban *", "", []string{"our own server"}},
		{"ban *.example", "", []string{"our own server"}},
		{"ban @a:hs.example coc --no-confrim", "", []string{"Did you mean `--no-confirm`?", "write `--` before"}},
	} {
		var did []string
		if tc.did != "" {
			did = []string{tc.did}
		}
		a := expect(t, newWorld(), tc.line, did, tc.want...)
		if a.Ask {
			t.Errorf("%q asks", tc.line)
		}
	}
}

func TestBanAsks(t *testing.T) {
	for _, tc := range []struct {
		line string
		want []string
	}{
		{"ban @*:* coc", []string{"4 present members in 2 rooms: `@rude:calm.example`", "matches everyone**", "a moderator whom I spare here: `@mod:ours.example`"}},
		{"ban @* coc", []string{"matches everyone**"}},
		{"ban @*:ours.example coc", []string{"everyone on our own server", "`@mod:ours.example`", "hit nobody"}},
		{"ban @mod:ours.example coc", []string{"a moderator whom I spare"}},
		{"ban @?????:* coc", []string{"2 present members", "`@spam1:evil.example` and `@spam2:evil.example`", "Write the rule into `coc`?", "!!everyone", "!!moderator"}},
	} {
		w := newWorld()
		w.limit = 1
		a := expect(t, w, tc.line, nil, tc.want...)
		if !a.Ask {
			t.Errorf("%q was not asked about: %s", tc.line, a.Markdown)
		}
		if a := run(t, w, tc.line+" --no-confirm"); a.Ask || len(w.done) != 1 || !strings.Contains(w.done[0], "sure true") {
			t.Errorf("%q asks in spite of --no-confirm: %s, %q", tc.line, a.Markdown, w.done)
		}
		// A yes carries out what was shown.
		newSet(w).Apply(t.Context(), a.Plan, executor{w})
		if len(w.done) != 2 || w.done[0] != w.done[1] {
			t.Errorf("%q did %q", tc.line, w.done)
		}
	}
	for _, line := range []string{`ban @u:hs "cco rude"`, "ban @u:hs coc cco rude", "ban @u:hs rude", "ban @u:hs spam and lies"} {
		if a := run(t, newWorld(), line); a.Ask {
			t.Errorf("%q asks: %s", line, a.Markdown)
		}
	}
}

// A word that is nearly a list's name is not written into a reason that everybody reads:
// the list is asked about.
func TestNearlyAList(t *testing.T) {
	for line, did := range map[string]string{
		"ban @u:hs cco rude":        `rule user "@u:hs" in !coc:ours.example because "rude", sure true`,
		"ban @u:hs ccoc":            `rule user "@u:hs" in !coc:ours.example because "", sure true`,
		"exempt @u:hs ccoc a pity":  `rule user "@u:hs" in !coc:ours.example because "a pity", sure true`,
		"ban @u:hs coc.":            `rule user "@u:hs" in !coc:ours.example because "", sure true`,
		"ban @u:hs Code-of-conduct": `rule user "@u:hs" in !coc:ours.example because "", sure true`,
	} {
		w := newWorld()
		a := expect(t, w, line, nil, "There is no list `", "Did you mean `", "put the reason in quotes", "Write it into `")
		if !a.Ask {
			t.Errorf("%q was not asked about", line)
		}
		newSet(w).Apply(t.Context(), a.Plan, executor{w})
		if !slices.Equal(w.done, []string{did}) {
			t.Errorf("%q did %q", line, w.done)
		}
		expect(t, newWorld(), line+" --no-confirm", nil, "Did you mean `", "Usage:")
		expect(t, newWorld(), line+" --dry-run", nil, "Did you mean `", "Nothing was done")
	}
	// Of a list that I may not write to, nothing more is said than what was mistyped.
	expect(t, newWorld(), "ban @u:hs thiers rude", nil, "There is no list `thiers`. Did you mean `theirs`?")
	expect(t, newWorld(), "rules cco", nil, "No list is called `cco`. Did you mean `coc`?")
	expect(t, newWorld(), "unban @u:hs cco", nil, "No list is called `cco`. Did you mean `coc`?")
	expect(t, newWorld(), "unwatch cco", nil, "No list is called `cco`. Did you mean `coc`?")
}

// Who mends a pattern hears whom it does not meet any more, for they were freed a moment
// ago and are gone.
func TestBanOfWhoWasFreedAMomentAgo(t *testing.T) {
	for _, tc := range []struct {
		freed []id.UserID
		want  string
	}{
		{nil, "!!last hour"},
		{[]id.UserID{"@friend:calm.example"}, "!!last hour"},
		{[]id.UserID{"@spam07:evil.example"}, "`@spam07:evil.example` matches too. Their ban was lifted within the last hour, and they are not there now: I ban them if they come back."},
		{[]id.UserID{"@spam07:evil.example", "@spam08:evil.example"}, "`@spam07:evil.example` and `@spam08:evil.example` match too. Their bans were lifted within the last hour"},
	} {
		w := newWorld()
		w.freed = tc.freed
		expect(t, w, "ban @spam??:evil.example coc", []string{`rule user "@spam??:evil.example" in !coc:ours.example because "", sure false`}, tc.want)
	}
	w := newWorld()
	w.freed = []id.UserID{"@gone:evil.example"}
	expect(t, w, "ban @gone:evil.example coc", []string{`rule user "@gone:evil.example" in !coc:ours.example because "", sure false`},
		"The ban of `@gone:evil.example` was lifted within the last hour, and they are not there now: I ban them if they come back.")
}

// A ban that is asked about though it hits nobody now says why.
func TestBroadBansSayWhy(t *testing.T) {
	for line, want := range map[string]string{
		"ban *.com coc":               "**`*.com` could match nearly anybody who comes.**",
		"ban @a*:* coc":               "**`@a*:*` could match nearly anybody who comes.**",
		"ban *.evil.example coc":      "",
		"exempt *.com coc":            "**`*.com` could match nearly anybody who comes.**",
		"exempt *.evil.example coc":   "",
		"watch #broad:else.example":   "**`*.com` could match nearly anybody who comes.**",
		"list exempt theirs on":       "",
		"ban @spam*:evil.example coc": "",
	} {
		a := run(t, newWorld(), line)
		if want != "" && !(a.Ask && strings.Contains(a.Markdown, want)) {
			t.Errorf("%q asks: %v, without %q: %s", line, a.Ask, want, a.Markdown)
		}
		if want == "" && strings.Contains(a.Markdown, "nearly anybody") {
			t.Errorf("%q: %s", line, a.Markdown)
		}
	}
}

// Whom an exemption frees is not said to be banned.
func TestBanOfTheExempt(t *testing.T) {
	const ours, theirs = id.RoomID("!coc:ours.example"), id.RoomID("!theirs:else.example")
	exempts := func(w *world, list id.RoomID, kind policy.Kind, entity string) *policy.Rule {
		w.rule(list, kind, entity)
		r := &w.rules[len(w.rules)-1]
		r.Recommendation = policy.Exempt
		return r
	}
	const line = "ban @rude:calm.example coc spam"
	write := []string{`rule user "@rude:calm.example" in !coc:ours.example because "spam", sure false`}
	w := newWorld()
	exempts(w, ours, policy.User, "@rude:*")
	expect(t, w, line, write, "!!now bans", "now has a ban", "I ban them nowhere here", "exempt user `@rude:*` in `coc`", "`!forseti exempt end @rude:*`")
	w.rule(ours, policy.User, "@rude:calm.example")
	expect(t, w, line, nil, "such a rule already", "I ban them nowhere here", "`!forseti exempt end @rude:*`")
	expect(t, w, "ban @rude:calm.example coc worse", []string{`rule user "@rude:calm.example" in !coc:ours.example because "worse", sure false`}, "changed the reason", "I ban them nowhere here")
	// What does not count spares nobody.
	expect(t, w, "ban @u:hs coc spam", []string{`rule user "@u:hs" in !coc:ours.example because "spam", sure false`}, "now bans", "!!exempt")
	w = newWorld()
	r := exempts(w, theirs, policy.User, "@rude:calm.example")
	expect(t, w, line, write, "now bans", "!!exempt")
	// Elsewhere it can be ended for the whole list only.
	w.lists[1].Exempts = true
	expect(t, w, line, write, "I ban them nowhere here", "in `theirs`", "`!forseti list exempt`", "!!exempt end")
	w.waits = map[id.EventID]bool{r.Event: true}
	expect(t, w, line, write, "now bans", "!!exempt")
	// A server, one whose exemption has gone and is followed on, and a pattern.
	w = newWorld()
	exempts(w, ours, policy.Server, "bad.example")
	expect(t, w, "ban bad.example coc", []string{`rule server "bad.example" in !coc:ours.example because "", sure false`}, "!!now bans", "I do not shut it out here", "`!forseti exempt end bad.example`")
	w = newWorld()
	past := exempts(newWorld(), ours, policy.User, "@rude:calm.example")
	past.Event = "$past"
	w.past = []policy.Rule{*past}
	expect(t, w, line, write, "I ban them nowhere here", "Its end waits for a yes", "`!forseti questions`")
	w = newWorld()
	exempts(w, ours, policy.User, "@spam1:evil.example")
	expect(t, w, "ban @spam*:evil.example coc --no-confirm", []string{`rule user "@spam*:evil.example" in !coc:ours.example because "", sure true`},
		"Exemptions free 1 member of those who match: `@spam1:evil.example`", "`!forseti match`")
}

func TestBanThatIsThere(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	expect(t, w, "ban @a:hs.example coc spam", nil, "such a rule already")
	expect(t, w, "ban @a:hs.example coc more spam", []string{`rule user "@a:hs.example" in !coc:ours.example because "more spam", sure false`}, "changed the reason, which was: spam")
}

func TestBanWithOtherLists(t *testing.T) {
	w := newWorld()
	w.lists[1].Writable = true
	expect(t, w, "ban @a:hs.example spam", nil, "Which list?", "`coc`, `theirs`")
	w.lists[1].Shortcode = "coc"
	expect(t, w, "ban @a:hs.example coc", nil, "Several lists", "`!theirs:else.example`")
	w.lists = nil
	expect(t, w, "ban @a:hs.example", nil, "list create")
}

// What is not known yet is not said to be otherwise.
func TestBanBeforeTheListIsRead(t *testing.T) {
	w := newWorld()
	w.lists[0].Writable, w.lists[0].Unread = false, true
	expect(t, w, "ban @a:hs.example spam", nil, "not read the list", "in a moment")
	expect(t, w, "ban @a:hs.example coc spam", nil, "not read the list", "in a moment")
	w.lists[1].Writable = true
	expect(t, w, "ban @a:hs.example theirs spam", []string{`rule user "@a:hs.example" in !theirs:else.example because "spam", sure false`})
}

func TestBanInDryRunPreviews(t *testing.T) {
	w := newWorld()
	w.status.DryRun = true
	if a := expect(t, w, "ban @*:* coc", nil, "This is a dry run, so nothing was done.", "4 present members"); a.Ask {
		t.Error("a dry run asked")
	}
}

func TestUnban(t *testing.T) {
	const ours, theirs, user = "!coc:ours.example", "!theirs:else.example", "@a:hs.example"
	w := newWorld()
	expect(t, w, "unban @a:hs.example", nil, "is not banned")
	w.banned[user] = []id.RoomID{"!lobby:ours.example", "!dev:ours.example"}
	lifted := []string{`unban @a:hs.example in !lobby:ours.example because ""`, `unban @a:hs.example in !dev:ours.example because ""`}
	expect(t, w, "unban @a:hs.example", lifted, "in 2 rooms")
	expect(t, w, "unban @a:hs.example --invite", []string{
		lifted[0], `invite @a:hs.example in !lobby:ours.example because ""`, lifted[1], `invite @a:hs.example in !dev:ours.example because ""`,
	}, "in 2 rooms")
	w.rule(ours, policy.User, user)
	w.rule(ours, policy.Server, "hs.example")
	if a := expect(t, w, "unban @a:hs.example", append([]string{`remove "@a:hs.example" from ` + ours}, lifted...), "Removed 1 rule", "server is still shut out"); a.Ask {
		t.Error("asked about the literal rule of one user")
	}

	glob := w.rule(ours, policy.User, "@*:hs.example")
	w.banned["@b:hs.example"] = []id.RoomID{"!lobby:ours.example"}
	w.banned["@c:hs.example"] = []id.RoomID{"!lobby:ours.example"}
	freed := "free 3 users: `@a:hs.example`, `@b:hs.example` and `@c:hs.example`"
	if a := expect(t, w, "unban @a:hs.example", nil, "`@*:hs.example`", freed, "Remove them?"); !a.Ask {
		t.Error("removes a pattern without a word")
	}
	expect(t, w, "unban @a:hs.example --no-confirm", append([]string{`remove "@a:hs.example" from ` + ours, `remove "@*:hs.example" from ` + ours}, lifted...))
	// The pattern itself is asked about too, with whom that frees.
	w.rules = []policy.Rule{glob}
	if a := expect(t, w, "unban @*:HS.example", nil, freed, "Remove it?"); !a.Ask {
		t.Error("removes a pattern without a word")
	}
	expect(t, w, "unban @*:hs.example --no-confirm", []string{`remove "@*:hs.example" from ` + ours}, "Removed 1 rule")
	expect(t, w, "unban @*:hs.example --invite", nil, "Only users can be invited")

	w.rules = nil
	w.rule(ours, policy.User, user)
	w.rule(theirs, policy.User, "@a:*")
	if a := expect(t, w, "unban @a:hs.example", nil, "stays banned", "`@a:*` in `theirs`"); !a.Ask {
		t.Error("half an unban without a word")
	}
	expect(t, w, "unban @a:hs.example --no-confirm", []string{`remove "@a:hs.example" from ` + ours}, "stays banned", "!!Lifting")
	w.rules = w.rules[1:]
	expect(t, w, "unban @a:hs.example --no-confirm", nil, "stays banned", "Nothing was changed")

	w.rules = []policy.Rule{glob}
	w.fail = errRefused
	expect(t, w, "unban @a:hs.example --no-confirm", []string{`remove "@*:hs.example" from ` + ours}, "`M_FORBIDDEN`", `\<b\>no`)
}

// One list can be named, and is the only one that is changed.
func TestUnbanFromOneList(t *testing.T) {
	const ours, theirs = "!coc:ours.example", "!theirs:else.example"
	w := newWorld()
	w.lists[1].Writable = true
	w.rule(ours, policy.User, "@a:hs.example")
	w.rule(theirs, policy.User, "@a:hs.example")
	w.banned["@a:hs.example"] = []id.RoomID{"!lobby:ours.example"}
	if a := expect(t, w, "unban @a:hs.example", nil, "`coc`", "`theirs`"); !a.Ask {
		t.Error("takes it out of two lists without a word")
	}
	expect(t, w, "unban @a:hs.example theirs", []string{`remove "@a:hs.example" from ` + theirs}, "Removed 1 rule", "stays banned", "in other lists", "`coc`", "!!Lifting")
	w.rules = w.rules[:1]
	expect(t, w, "unban @a:hs.example theirs", nil, "Nothing was changed", "Name the list")
	expect(t, w, "unban @a:hs.example coc", []string{`remove "@a:hs.example" from ` + ours, `unban @a:hs.example in !lobby:ours.example because ""`})
	expect(t, w, "unban @a:hs.example cco", nil, "No list is called `cco`")
	w.lists[1].Writable = false
	expect(t, w, "unban @a:hs.example theirs", nil, "may not write")
}

// A rule of somebody else that waits for a yes holds nobody; one that their list no longer
// has holds until a yes.
func TestUnbanWhatWaits(t *testing.T) {
	const ours, theirs, user = "!coc:ours.example", "!theirs:else.example", "@a:hs.example"
	w := newWorld()
	w.banned[user] = []id.RoomID{"!lobby:ours.example"}
	lifted := `unban @a:hs.example in !lobby:ours.example because ""`
	w.waits = map[id.EventID]bool{w.rule(theirs, policy.User, "@*:hs.example").Event: true}
	const waits = "1 rule waits for a yes, and would then ban `@a:hs.example`"
	expect(t, w, "unban @a:hs.example", []string{lifted}, waits, "`@*:hs.example` in `theirs`", "!!stays banned", "!!Nothing was changed")
	delete(w.banned, user)
	expect(t, w, "unban @a:hs.example", nil, "is not banned", waits)
	expect(t, w, "unban @*:hs.example", nil, "no ban rule", "1 rule waits for a yes")
	w.waits[w.rule(theirs, policy.Server, "hs.example").Event] = true
	expect(t, w, "unban @a:hs.example", nil, "!!still shut out")
	// What is ours to remove goes, also if nobody follows it yet.
	mine := w.rule(ours, policy.User, user)
	w.waits[mine.Event] = true
	expect(t, w, "unban @a:hs.example", []string{`remove "@a:hs.example" from ` + ours}, waits)

	w = newWorld()
	w.banned[user] = []id.RoomID{"!lobby:ours.example"}
	w.past = []policy.Rule{{Kind: policy.User, Entity: "@*:hs.example", Recommendation: policy.Ban, List: theirs, Event: "$past"}}
	expect(t, w, "unban @a:hs.example", nil, "stays banned", "whose end waits for a yes", "Nothing was changed", "`!forseti questions`", "!!owners")
	expect(t, w, "unban @*:hs.example", nil, "stays banned", "whose end waits for a yes")
	w.rule(ours, policy.User, user)
	if a := expect(t, w, "unban @a:hs.example", nil, "stays banned"); !a.Ask {
		t.Error("half an unban without a word")
	}
}

func TestUnbanServer(t *testing.T) {
	w := newWorld()
	expect(t, w, "unban bad.example", nil, "no ban rule for the server")
	expect(t, w, "unban *.bad.example", nil, "written exactly")
	w.rule("!coc:ours.example", policy.Server, "bad.example")
	expect(t, w, "unban bad.example", []string{`remove "bad.example" from !coc:ours.example`})
	w.status.DryRun = true
	expect(t, w, "unban bad.example", nil, "This is a dry run", "this rule has to go")
}

// banFake is what ban and unban see of a world.
type banFake struct{ *world }

func (f banFake) Rules(list id.RoomID) []policy.Rule { return f.rulesOf(list) }

func (f banFake) Kept(list id.RoomID) []policy.Rule {
	return slices.DeleteFunc(slices.Clone(f.past), func(r policy.Rule) bool { return list != "" && r.List != list })
}

func (f banFake) Matching(kind policy.Kind, entity string) []policy.Rule {
	return append(f.matching(kind, entity), slices.DeleteFunc(f.Kept(""), func(r policy.Rule) bool { return r.Kind != kind || !r.Matches(entity) })...)
}

func (f banFake) Followed(r policy.Rule) (followed, listed bool) {
	return !f.waits[r.Event], !slices.ContainsFunc(f.past, func(past policy.Rule) bool { return past.Event == r.Event })
}

func (f banFake) PreviewApart(list id.RoomID, u id.UserID, is bool) (e Effect) {
	if banned := len(f.banned[u]) > 0; is && banned {
		e.Freed = []id.UserID{u}
	} else if !is && !banned {
		for _, r := range f.matching(policy.User, string(u)) {
			if r.List == list {
				f.wouldHit(r, &e)
			}
		}
	}
	return e
}

func (f banFake) Preview(adds, removes []policy.Rule) Effect { return f.preview(adds, removes) }

// Of a server that is shut out it is said that its members are not banned, and how they would be.
func TestMembersOfAServerStay(t *testing.T) {
	evil, pattern := entity{kind: policy.Server, name: "evil.example"}, entity{kind: policy.Server, name: "*.bad.example", glob: true}
	shut := Effect{Shut: []id.UserID{"@a:evil.example", "@b:evil.example"}}
	for said, of := range map[string]struct {
		es []entity
		e  Effect
	}{
		"2 members of it stay in the lists of members, and can neither write nor come in again. `!forseti ban @*:evil.example` bans them too.":                                       {[]entity{evil}, shut},
		"2 members of them stay in the lists of members, and can neither write nor come in again. `!forseti ban @*:evil.example` and `!forseti ban @*:*.bad.example` bans them too.": {[]entity{evil, pattern}, shut},
		"1 member of it stays in the lists of members, and can neither write nor come in again. `!forseti ban @*:*.bad.example` bans them too.":                                      {[]entity{pattern}, Effect{Shut: shut.Shut[:1]}},
		"": {[]entity{evil}, Effect{Banned: shut.Shut}}, // by the setting, or since nobody is there
	} {
		if got := staying(of.es, of.e); got != said {
			t.Errorf("%q, want %q", got, said)
		}
	}
	if got := staying([]entity{{kind: policy.User, name: "@a:evil.example"}}, shut); got != "" {
		t.Errorf("of a user: %q", got)
	}
}

// Whoever was hit by a pattern, or by a list that we may not write to, can be freed alone.
func TestUnbanNamesTheExemption(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@spam*:*")
	w.rule("!theirs:else.example", policy.User, "@listed:*")
	w.rule("!coc:ours.example", policy.User, "@alone:hs.example")
	const frees = "frees them alone and leaves the rules."
	expect(t, w, "unban @spamalot:hs.example", nil, "`!forseti exempt @spamalot:hs.example` "+frees+"\n\nRemove it?")
	expect(t, w, "unban @listed:hs.example", nil, "Nothing was changed. `!forseti exempt @listed:hs.example` "+frees+" Or ask the owners of these lists.")
	w.rule("!theirs:else.example", policy.User, "@alone:*")
	expect(t, w, "unban @alone:hs.example", nil, "stays banned all the same", "`!forseti exempt @alone:hs.example` "+frees)
	expect(t, w, "unban @spam*:*", nil, "!!exempt") // all whom it held are meant
	w.lists[0].Exempts = false
	expect(t, w, "unban @listed:hs.example", nil, "Nothing was changed. Ask the owners of these lists, or stop watching them.", "!!exempt")
}

func (f banFake) BannedIn(user id.UserID) []id.RoomID { return f.banned[user] }

func (f banFake) ListAt(_ context.Context, alias id.RoomAlias) (id.RoomID, error) {
	if alias == "#other:ours.example" {
		return "!coc:ours.example", nil
	}
	return "", refuse("There is no room %s.", text.Code(string(alias)))
}

func (f banFake) Now() time.Time { return time.UnixMilli(1_800_000_000_000) }

func (f banFake) Servers() (all []string) {
	for _, members := range f.members {
		for _, u := range members {
			all = append(all, policy.ServerOf(u))
		}
	}
	return all
}

func (f banFake) RoomBans(room id.RoomID) (all []policy.Rule) {
	for u, in := range f.banned {
		if slices.Contains(in, room) {
			all = append(all, policy.Rule{Kind: policy.User, Entity: string(u), Recommendation: policy.Ban, Reason: "by hand"})
		}
	}
	if len(all) > 0 {
		all = append(all, policy.Rule{Kind: policy.Server, Entity: "evil.example.", Recommendation: policy.Ban}, policy.Rule{Kind: policy.Server, Entity: "*.evil.example", Recommendation: policy.Ban})
	}
	return all
}
