package commands

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"forseti/commands/grammar"
	"forseti/policy"
)

// What the other commands do and say, good lines and bad ones.
func TestFamilies(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string
		want []string
	}{
		{"rooms", "", []string{"I protect 2 rooms:", "- [Dev \\*talk\\*](https://matrix.to/#/%21dev:ours.example?via=ours.example), 2 members. **Problem:** I need"}},
		{"rooms add #new:hs.example", "protect #new:hs.example []", []string{"Protecting [New]", "waits for a yes"}},
		{"rooms add https://matrix.to/#/!new:hs.example?via=a.example&via=b.example", "protect !new:hs.example [a.example b.example]", nil},
		{"rooms add matrix:r/new:hs.example", "protect #new:hs.example []", nil},
		{"rooms add <!abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu>", "", []string{"is no room"}},
		{"rooms add !abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq", "protect !abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq []", nil},
		{"rooms add lobby", "", []string{"`lobby` is no room", "Usage"}},
		{"rooms remove #lobby:ours.example", "unprotect #lobby:ours.example", []string{"No longer protecting"}},
		{"rooms remove", "", []string{"missing"}},
		{"rooms ad #new:hs.example", "", []string{"I do not know what to do with `ad`"}},

		{"evidence https://matrix.to/#/!lobby:example.org/$event", "evidence $event", []string{"`@spammer:example.org` wrote in", "> buy \\`this\\`\n> @room"}},
		{"evidence $event", "evidence $event", nil},
		{"evidence @user:example.org", "", []string{"is no message"}},

		{"verify", "verify @mod:ours.example", []string{"I asked the devices of `@mod:ours.example` to verify me"}},
		{"verify @other:ours.example", "verify @other:ours.example", nil},
		{"verify @*:ours.example", "", []string{"is a pattern"}},
		{"devices", "devices @mod:ours.example", []string{"`ABC`, My \\*phone\\*: **cross-signed**", "This is me"}},
		{"devices block @other:ours.example ABC", "block @other:ours.example ABC true", []string{"Blocked `ABC`"}},
		{"devices unblock @other:ours.example ABC", "block @other:ours.example ABC false", []string{"no longer blocked"}},

		{"lists", "", []string{"I watch 2 lists", "`coc`, [Code of conduct]", "2 rules, I may write to it"}},
		{"list create spam our-spam", "create spam our-spam for @mod:ours.example", []string{"Made the list `spam`"}},
		{"list create spam #our-spam:ours.example", "create spam our-spam for @mod:ours.example", nil},
		{"list create spam #our-spam:else.example", "", []string{"my own server"}},
		{"list create spam", "create spam  for @mod:ours.example", nil},
		{"list create coc", "", []string{"already"}},
		{"list create a*b", "", []string{"shortcode"}},
		{"watch #bans:else.example", "watch #bans:else.example []", []string{"Watching the list", "3 rules", "moderators, whom I spare", "never shut out"}},
		{"watch #wide:else.example", "", []string{"40 present members in 2 rooms", "Watch it?"}},
		{"watch #wide:else.example --no-confirm", "watch #wide:else.example []", nil},
		{"watch bans", "", []string{"`bans` is no room"}},
		{"unwatch theirs", "unwatch !theirs:else.example", []string{"No longer watching"}},
		{"unwatch \"their list\"", "unwatch !theirs:else.example", nil},
		{"list exempt theirs on", "", []string{"would free 20 members and hit 0 members who are here now. Shall I?"}},
		{"list exempt theirs on --no-confirm", "exempting theirs true", []string{"are followed"}},
		{"list exempt theirs off", "exempting theirs false", []string{"shown and not followed"}},
		{"list exempt theirs", "", []string{"missing"}},
		{"unwatch nothing", "", []string{"No list is called `nothing`", "`coc`, `theirs`"}},

		{"rules", "", []string{"3 rules in all lists:", "ban user `@*spam*:*` in `theirs`: spam"}},
		{"rules coc", "", []string{"2 rules in `coc`:", "!!theirs"}},
		{"rules foo", "", []string{"No list is called `foo`"}},
		{"rules matching @spam1:evil.example", "", []string{"2 rules match", "`@*spam*:*`", "`evil.example`"}},
		{"match @a:hs.example", "", []string{"No rule matches"}},
		{"rules matching members", "", []string{"2 present members", "`@spam1:evil.example` by ban user"}},

		{"protections", "", []string{"`flooding` is **off**: Bans who floods"}},
		{"protections show Flooding", "", []string{"`within` is `9s` (otherwise `5s`)", "`!forseti protections config set flooding messages <value>`"}},
		{"protections show floding", "", []string{"Did you mean `flooding`?"}},
		{"enable flooding", "enable flooding true", []string{"now **on**"}},
		{"protections enable flooding", "enable flooding true", nil},
		{"disable flooding", "", []string{"off already"}},
		{"protections config set flooding Messages 20", `configure flooding messages "20"`, []string{"`messages` of `flooding`: `10` → `20`.", "`!forseti enable flooding`"}},
		{"config set flooding mesages 20", "", []string{"Did you mean `messages`?"}},
		{"protections config set flooding messages", "", []string{"missing: the value"}},

		{"status", "", []string{"Forseti 1\\.0, up for 1 day and 2 hours.", "Protecting 2 rooms with 5 members", "No protection is on", "1970-01-01 00:00 UTC"}},
		{"sync", "look", []string{"Read 2 rooms again: all is as it should be."}},
		{"limits", "", []string{"`members`: **25** who are present (otherwise 10)", "`percent`: **10** % of a room of 20 or more\n"}},
		{"limits set members 30", "limits 30 members, 10 percent", []string{"Limit `members`: 25 → 30."}},
		{"limits set PERCENT 5%", "limits 25 members, 5 percent", []string{"Limit `percent`: 10 → 5."}},
		{"limits set members default", "limits 10 members, 10 percent", []string{"25 → 10"}},
		{"limits set members 0", "", []string{"from 1 to 1000000"}},
		{"limits set percent 101", "", []string{"from 1 to 100"}},
		{"limits set percent many", "", []string{"`many`", "from 1 to 100"}},
		{"limits set rooms 5", "", []string{"no limit `rooms`", "`members` and `percent`"}},
		{"limits set members", "", []string{"missing", "number"}},
		{"dry-run", "", []string{"Dry run is off"}},
		{"dry-run on", "dry run true", []string{"Dry run is on"}},
		{"dry-run off", "", []string{"off already"}},
		{"dry-run maybe", "", []string{"neither `on` nor `off`"}},

		{"", "", []string{"**Bans**", "`ban <entity> [list] [reason…]`"}},
		{"HELP Ban", "", []string{"`!forseti ban <entity>", "It asks first if"}},
		{"help !mod unban", "", []string{"`!forseti unban <entity>"}},
		{"help rules matching", "", []string{"`!forseti match"}},
		{"help bann", "", []string{"Did you mean `!forseti ban`?"}},
		{"bam @a:hs.example", "", []string{"Did you mean `!forseti ban`?"}},
		{"list make x", "", []string{"Did you mean `!forseti list"}},
		{"room add #a:b", "", []string{"Did you mean `!forseti rooms add`?"}},
		{"xyzzyplugh", "", []string{"`!forseti help` lists them"}},
		{"status\nban @a:hs.example", "", []string{"only the first line"}},
	} {
		t.Run(tc.line, func(t *testing.T) {
			var did []string
			if tc.did != "" {
				did = []string{tc.did}
			}
			b := newBot()
			b.rule("!coc:ours.example", policy.User, "@a:calm.example")
			b.rule("!coc:ours.example", policy.Server, "evil.example")
			b.rule("!theirs:else.example", policy.User, "@*spam*:*")
			expect(t, b, tc.line, did, tc.want...)
		})
	}
}

// Each command that asks the bot to do something says so when that fails.
func TestFailures(t *testing.T) {
	for _, line := range []string{
		"ban @a:hs.example", "unban @a:hs.example", "kick @rude:calm.example", "redact @silent:hs.example", "redact $e --room #lobby:ours.example",
		"rooms add #a:hs.example", "rooms remove #a:hs.example", "list create x", "watch #a:hs.example", "unwatch coc",
		"enable flooding", "config set flooding messages 3", "sync", "dry-run on",
	} {
		b := newBot()
		b.fail = errRefused
		if a := run(t, b, line); !strings.HasPrefix(a.Markdown, "That did not work: the homeserver said `M_FORBIDDEN`: \\<b\\>no") {
			t.Errorf("%q: %s", line, a.Markdown)
		}
	}
}

// told is an error of a bot that is a sentence already.
type told string

func (t told) Error() string    { return string(t) }
func (t told) Sentence() string { return string(t) }

func TestSentencesNeedNoWordsAround(t *testing.T) {
	b := newBot()
	b.fail = told("I cannot <b>join</b> `#new:hs.example`")
	expect(t, b, "sync", []string{"look"}, "I cannot \\<b\\>join", "`#new:hs.example`.", "!!That did not work")
	b.fail = fmt.Errorf("write the rule: %w", b.fail)
	expect(t, b, "sync", []string{"look"}, "That did not work: write the rule: I cannot")
}

func TestTimeRunsOut(t *testing.T) {
	b := newBot()
	b.fail = fmt.Errorf("look: %w", context.DeadlineExceeded)
	expect(t, b, "sync", []string{"look"}, "took too long")
	b.fail = context.Canceled
	expect(t, b, "sync", []string{"look"}, "I was stopped")
}

func TestStatusTellsOfTrouble(t *testing.T) {
	b := newBot()
	b.status.Problems = []string{"I need more power in `#lobby`, <b>now</b>"}
	b.status.DryRun, b.status.Waiting, b.status.Questions = true, 1, 2
	expect(t, b, "status", nil, "dry run", "**To mend:**", "power in `#lobby`, \\<b\\>", "1 thing", "2 open questions")
}

func TestStatusSaysWhatWaitsForWhat(t *testing.T) {
	b := newBot()
	b.status.Waiting, b.status.Waits = 72, "72 bans wait for the homeserver, which slows me down, about 4 minutes"
	expect(t, b, "status", nil, "- 72 bans wait for the homeserver, which slows me down, about 4 minutes", "!!72 things")
}

// A look that found nothing to do is not well if something stands in the way.
func TestSyncTellsOfTrouble(t *testing.T) {
	b := newBot()
	b.status.Problems = []string{"I am not in the list `coc` any more."}
	expect(t, b, "sync", []string{"look"}, "**To mend:**", "not in the list `coc`", "!!all is as it should be")
}

func TestLongListsAreCut(t *testing.T) {
	b := newBot()
	for i := range 1000 {
		b.rule("!coc:ours.example", policy.User, fmt.Sprintf("@%s%04d:hs.example", strings.Repeat("<", 200), i))
	}
	a := expect(t, b, "rules", nil, "1000 rules", "more: narrow it down with `!forseti match <entity>`")
	if len(a.Markdown) > maxAnswer {
		t.Errorf("%d bytes", len(a.Markdown))
	}
	b.rules = nil
	for i := range 1000 {
		b.rule("!coc:ours.example", policy.User, fmt.Sprintf("@%04d:hs.example", i))
	}
	expect(t, b, "rules coc", nil, "0059", "!!0060", "… and 940 more")
}

func TestLongLine(t *testing.T) {
	expect(t, newBot(), "ban @a:hs.example "+strings.Repeat("a", 64<<10-18), nil, "64 kB long; a command may have at most 4 kB", "!!aaa")
	expect(t, newBot(), strings.Repeat("a ", grammar.MaxLine/2), nil, "I know no command")
}

func TestPanicIsAnswered(t *testing.T) {
	b := newBot()
	b.broken = true
	a := run(t, b, "rooms")
	if !strings.Contains(a.Markdown, "something broke") || !strings.Contains(a.Crash, "broken") {
		t.Errorf("%+v", a)
	}
}

func TestPhonesMakeDashesOfHyphens(t *testing.T) {
	expect(t, newBot(), "kick @*:evil.example —glob —dry-run", nil, "would kick 2")
	expect(t, newBot(), "kick @rude:calm.example – enough", []string{`kick @rude:calm.example glob false in "" because "– enough" by @mod:ours.example`})
}
