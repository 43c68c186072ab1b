package commands

import (
	"testing"

	"forseti/policy"
)

func TestBan(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string // "" for nothing
		want []string
	}{
		{"ban @a:hs.example coc spam and lies", `rule user "@a:hs.example" in !coc:ours.example because "spam and lies", confirmed false`, []string{"now bans the user `@a:hs.example`"}},
		{"ban @a:hs.example COC", `rule user "@a:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban @a:hs.example #coc:ours.example spam", `rule user "@a:hs.example" in !coc:ours.example because "spam", confirmed false`, nil},
		{"ban @a:hs.example !coc:ours.example", `rule user "@a:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban @a:hs.example #other:ours.example spam", `rule user "@a:hs.example" in #other:ours.example because "spam", confirmed false`, nil},
		{"ban @a:hs.example spam", `rule user "@a:hs.example" in !coc:ours.example because "spam", confirmed false`, nil},
		{"ban @a:hs.example", `rule user "@a:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban @a:hs.example \"coc\"", `rule user "@a:hs.example" in !coc:ours.example because "coc", confirmed false`, nil},
		{"ban @a:hs.example #spam again", `rule user "@a:hs.example" in !coc:ours.example because "#spam again", confirmed false`, nil},
		{"ban @a:hs.example coc -- --bad", `rule user "@a:hs.example" in !coc:ours.example because "--bad", confirmed false`, nil},
		{"ban `@a:hs.example` coc", `rule user "@a:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban https://matrix.to/#/%40a%3Ahs.example coc", `rule user "@a:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban bad.example coc", `rule server "bad.example" in !coc:ours.example because "", confirmed false`, []string{"server `bad.example`"}},
		{"ban bad.example:8448 coc", `rule server "bad.example" in !coc:ours.example because "", confirmed false`, []string{"port"}},
		{"ban hs coc", `rule server "hs" in !coc:ours.example because "", confirmed false`, nil},
		{"ban #bad:hs.example coc", `rule room "#bad:hs.example" in !coc:ours.example because "", confirmed false`, nil},
		{"ban @a:hs.example theirs spam", "", []string{"may not write to the list `theirs`"}},
		{"ban", "", []string{"missing: the entity", "Usage: `!forseti ban <entity> [list] [reason…] [--no-confirm]`", "Example: `!forseti ban"}},
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
		a := expect(t, newBot(), tc.line, did, tc.want...)
		if (a.Follow == "$rule") != (tc.did != "") || a.Ask {
			t.Errorf("%q: follows %q, asks %v", tc.line, a.Follow, a.Ask)
		}
	}
}

func TestBanAsks(t *testing.T) {
	for _, tc := range []struct {
		line string
		want []string
	}{
		{"ban @*:* coc", []string{"4 present members in 2 rooms", "matches everyone**", "a moderator whom I spare here: `@mod:ours.example`"}},
		{"ban @* coc", []string{"matches everyone**"}},
		{"ban @*:ours.example coc", []string{"everyone on our own server", "`@mod:ours.example`", "hit nobody"}},
		{"ban @mod:ours.example coc", []string{"a moderator whom I spare"}},
		{"ban @?????:* coc", []string{"2 present members", "!!everyone", "!!moderator"}},
	} {
		b := newBot()
		b.limit = 1
		a := expect(t, b, tc.line, nil, tc.want...)
		if !a.Ask {
			t.Errorf("%q was not asked about: %s", tc.line, a.Markdown)
		}
		if a := run(t, b, tc.line+" --no-confirm"); a.Ask || a.Follow == "" {
			t.Errorf("%q asks in spite of --no-confirm: %s", tc.line, a.Markdown)
		}
		a = newSet().Run(t.Context(), Request{Bot: b, Sender: mod, Confirmed: true}, tc.line)
		if a.Ask || a.Follow == "" {
			t.Errorf("%q was confirmed and asks again: %s", tc.line, a.Markdown)
		}
		if len(b.done) != 2 {
			t.Errorf("%q did %q", tc.line, b.done)
		}
	}
}

func TestBanThatIsThere(t *testing.T) {
	b := newBot()
	b.rule("!coc:ours.example", policy.User, "@a:hs.example")
	expect(t, b, "ban @a:hs.example coc spam", nil, "such a rule already")
	expect(t, b, "ban @a:hs.example coc more spam", []string{`rule user "@a:hs.example" in !coc:ours.example because "more spam", confirmed false`})
}

func TestBanWithOtherLists(t *testing.T) {
	b := newBot()
	b.lists[1].Writable = true
	expect(t, b, "ban @a:hs.example spam", nil, "Which list?", "`coc`, `theirs`")
	b.lists[1].Shortcode = "coc"
	expect(t, b, "ban @a:hs.example coc", nil, "Several lists", "`!theirs:else.example`")
	b.lists = nil
	expect(t, b, "ban @a:hs.example", nil, "list create")
}

func TestBanInDryRunPreviews(t *testing.T) {
	b := newBot()
	b.status.DryRun = true
	if a := expect(t, b, "ban @*:* coc", nil, "Dry run: no rule was written.", "4 present members"); a.Ask {
		t.Error("a dry run asked")
	}
}

func TestUnban(t *testing.T) {
	const ours, theirs = "!coc:ours.example", "!theirs:else.example"
	b := newBot()
	expect(t, b, "unban @a:hs.example", []string{"unban @a:hs.example invite false"}, "is not banned")
	b.banned["@a:hs.example"] = 2
	expect(t, b, "unban @a:hs.example --invite", []string{"unban @a:hs.example invite true"}, "in 2 rooms")
	b.rule(ours, policy.User, "@a:hs.example")
	b.rule(ours, policy.Server, "hs.example")
	both := []string{`remove "@a:hs.example" from ` + ours, "unban @a:hs.example invite false"}
	if a := expect(t, b, "unban @a:hs.example", both, "Removed 1 rule", "server is still shut out"); a.Ask {
		t.Error("asked about the literal rule of one user")
	}

	glob := b.rule(ours, policy.User, "@*:hs.example")
	b.members["!lobby:ours.example"] = append(b.members["!lobby:ours.example"], "@b:hs.example")
	if a := expect(t, b, "unban @a:hs.example", nil, "`@*:hs.example`", "1 other present member", "Remove them?"); !a.Ask {
		t.Error("removes a pattern without a word")
	}
	expect(t, b, "unban @a:hs.example --no-confirm", []string{both[0], `remove "@*:hs.example" from ` + ours, both[1]})
	if a := expect(t, b, "unban @*:HS.example", []string{`remove "@*:hs.example" from ` + ours}); a.Ask {
		t.Error("asked about the very pattern that was named")
	}
	expect(t, b, "unban @*:hs.example --invite", nil, "single user")

	b.rules = b.rules[:1]
	b.rule(theirs, policy.User, "@a:*")
	if a := expect(t, b, "unban @a:hs.example", nil, "stays banned", "`@a:*` in `theirs`"); !a.Ask {
		t.Error("half an unban without a word")
	}
	expect(t, b, "unban @a:hs.example --no-confirm", both[:1], "stays banned", "!!Lifting")
	b.rules = b.rules[1:]
	expect(t, b, "unban @a:hs.example --no-confirm", nil, "stays banned", "Nothing was changed")

	b.rules = []policy.Rule{glob}
	b.fail = errRefused
	expect(t, b, "unban @a:hs.example --no-confirm", []string{`remove "@*:hs.example" from ` + ours},
		"`M_FORBIDDEN`", `\<b\>no`, "No ban was lifted")
}

func TestUnbanServer(t *testing.T) {
	b := newBot()
	expect(t, b, "unban bad.example", nil, "no ban rule for the server")
	expect(t, b, "unban *.bad.example", nil, "written exactly")
	b.rule("!coc:ours.example", policy.Server, "bad.example")
	expect(t, b, "unban bad.example", []string{`remove "bad.example" from !coc:ours.example`})
	b.status.DryRun = true
	expect(t, b, "unban bad.example", nil, "Dry run")
}
