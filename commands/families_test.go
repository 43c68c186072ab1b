package commands

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/text"
)

// What the other commands do and say, good lines and bad ones.
func TestFamilies(t *testing.T) {
	for _, tc := range []struct {
		line string
		did  string
		want []string
	}{
		{"rooms", "", []string{"I protect 3 rooms:", "- [Dev \\*talk\\*](https://matrix.to/#/%21dev:ours.example?via=ours.example), 2 members. **Problem:** I need"}},
		{"rooms add !mods:ours.example", "", []string{"This is where you moderate"}},
		{"rooms add #new:hs.example", "protect !of#new:hs.example", []string{"Protecting [\\!of"}},
		{"rooms add https://matrix.to/#/!new:hs.example?via=a.example&via=b.example", "protect !new:hs.example a.example b.example", nil},
		{"rooms add matrix:r/new:hs.example", "protect !of#new:hs.example", nil},
		{"rooms add <!abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstu>", "", []string{"is no room"}},
		{"rooms add !abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq", "protect !abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq", nil},
		{"rooms add lobby", "", []string{"`lobby` is no room", "Usage"}},
		{"rooms add #lobby:ours.example", "", []string{"already", "[Lobby]"}},
		{"rooms add !lost:ours.example", "protect !lost:ours.example", []string{"I am back in [Lost]"}},
		{"rooms remove #lobby:ours.example", "", []string{"[Lobby]", "Stop protecting it?"}},
		{"rooms remove #lobby:ours.example --no-confirm", "unprotect !lobby:ours.example", []string{"No longer protecting"}},
		{"rooms remove #nothing:ours.example", "", []string{"do not protect"}},
		{"rooms remove", "", []string{"missing"}},
		{"rooms ad #new:hs.example", "", []string{"I do not know what to do with `ad`"}},

		{"evidence https://matrix.to/#/!lobby:example.org/$event", "evidence $event", []string{"`@spammer:example.org` sent a picture to", "> buy \\`this\\`\n> @room", "It carries a picture named `cat.png` (12 bytes), at `mxc://x/y`."}},
		{"evidence $event", "evidence $event", nil},
		{"evidence @user:example.org", "", []string{"I keep no message of `@user:example.org`"}},

		{"verify", "verify @mod:ours.example", []string{"I asked the devices of `@mod:ours.example` to verify me"}},
		{"verify @other:ours.example", "verify @other:ours.example", nil},
		{"verify @*:ours.example", "", []string{"is a pattern"}},
		{"devices", "", []string{"- ⚠ `ABC`, My \\*phone\\*: **cross-signed**", "- ✓ `BOT`, without a name: **verified**. This is me", text.Fold("Their keys, to compare by hand", "- `ABC`: `abcd efgh`\n- `BOT`: `ijkl`")}},
		{"devices block @other:ours.example ABC", "block @other:ours.example ABC", []string{"Blocked `ABC`"}},
		{"devices unblock @other:ours.example ABC", "unblock @other:ours.example ABC", []string{"no longer blocked"}},

		{"lists", "", []string{"I watch 2 lists", "`coc`, [Code of conduct]", "2 rules, I may write to it"}},
		{"list create spam our-spam", "create spam our-spam for @mod:ours.example; watch !made:ours.example", []string{"Made the list `spam`"}},
		{"list create spam #our-spam:ours.example", "create spam our-spam for @mod:ours.example; watch !made:ours.example", nil},
		{"list create spam #our-spam:else.example", "", []string{"my own server"}},
		{"list create spam", "create spam  for @mod:ours.example; watch !made:ours.example", nil},
		{"list create coc", "", []string{"already"}},
		{"list create a*b", "", []string{"shortcode"}},
		{"watch #bans:else.example", "watch !w:else.example", []string{"Watching the list", "3 rules", "moderators, whom I spare", "never shut out"}},
		{"watch #wide:else.example", "", []string{"40 present members in 2 rooms: `@a:b`, `@c:d` and 38 more", "shut out `evil.example`", "Watch it?"}},
		{"watch #wide:else.example --no-confirm", "watch !w:else.example", nil},
		{"watch #few:else.example", "", []string{"hit 1 present member in 1 room: `@a:b`", "Watch it?"}},
		{"watch #freeing:else.example", "", []string{"free 1 user: `@f:g` and let in again `bad.example`", "Watch it?"}},
		{"watch #own:else.example", "watch !w:else.example", []string{"our own list, so its exemptions count"}},
		{"watch #open:else.example", "watch !w:else.example", []string{"Others than moderators may write to it as well, so its exemptions do not count", "`!forseti list exempt <list> on`"}},
		{"watch #exempting:else.example", "watch !w:else.example", []string{"Its exemptions do not count", "not our own", "`!forseti list exempt <list> on`"}},
		{"watch #coc:ours.example", "", []string{"already"}},
		{"watch bans", "", []string{"`bans` is no room"}},
		{"unwatch theirs", "unwatch !theirs:else.example", []string{"No longer watching"}},
		{"unwatch \"their list\"", "unwatch !theirs:else.example", nil},
		{"unwatch #other:ours.example", "unwatch !coc:ours.example", nil},
		{"list exempt theirs on", "", []string{"would free 2 users: `@f:g` and `@h:i`", "Follow its exemptions?"}},
		{"list exempt theirs on --no-confirm", "exempt !theirs:else.example", []string{"are followed from now on"}},
		{"list exempt coc on", "", []string{"followed already"}},
		{"list exempt coc off", "ignore_exemptions !coc:ours.example", []string{"shown and not followed"}},
		{"list exempt theirs", "", []string{"missing"}},
		{"unwatch nothing", "", []string{"No list is called `nothing`", "`coc`, `theirs`"}},

		{"rules", "", []string{"3 rules in all lists:", "ban user `@*spam*:*` in `theirs`: spam"}},
		{"rules coc", "", []string{"2 rules in `coc`:", "!!theirs"}},
		{"rules theirs", "", []string{"2 rules in `theirs`", "`@kept:else.example` (no longer in the list)"}},
		{"rules foo", "", []string{"No list is called `foo`"}},
		{"rules matching @spam1:evil.example", "", []string{"2 rules match", "`@*spam*:*`", "`evil.example`"}},
		{"match @a:hs.example", "", []string{"No rule matches"}},
		{"rules matching members", "", []string{"2 present members", "`@spam1:evil.example` by ban user"}},

		{"protections", "", []string{"`flooding` is **off**: Bans who floods"}},
		{"protections show Flooding", "", []string{"`within` is `9s` (otherwise `5s`)", "`!forseti protections config set flooding messages <value>`"}},
		{"protections show floding", "", []string{"Did you mean `flooding`?"}},
		{"enable flooding", "enable flooding", []string{"now **on**"}},
		{"protections enable flooding", "enable flooding", nil},
		{"disable flooding", "", []string{"off already"}},
		{"protections shadow flooding --room !dev:ours.example", "shadow !dev:ours.example flooding", []string{"now **in shadow** in", "%21dev:ours.example"}},
		{"enable flood", "", []string{"Did you mean `flooding`?"}},
		{"enable flooding --room !dev:ours.example", "enable !dev:ours.example flooding", []string{"now **on** in", "%21dev:ours.example"}},
		{"enable flooding --room !dev:ours.example --room #lobby:ours.example", "enable !dev:ours.example flooding; enable !lobby:ours.example flooding", []string{"`flooding` is now **on** in [Dev", "`flooding` is now **on** in [Lobby"}},
		{"enable flooding --room !dev:ours.example --room !nowhere:hs", "", []string{"I protect no room"}},
		{"config set flooding messages 20 --room !dev:ours.example --room #lobby:ours.example", "configure !dev:ours.example flooding messages 20; configure !lobby:ours.example flooding messages 20", []string{"`messages` of `flooding` in [Lobby]"}},
		{"enable flooding --room !nowhere:hs", "", []string{"I protect no room"}},
		{"protections config set flooding Messages 20", "configure flooding messages 20", []string{"`messages` of `flooding`: `10` → `20`.", "`!forseti enable flooding`"}},
		{"config set flooding messages 20 --room !dev:ours.example", "configure !dev:ours.example flooding messages 20", []string{"`messages` of `flooding` in", "%21dev:ours.example", "`10` → `20`"}},
		{"config set flooding messages default", "configure flooding messages default", []string{"`20` → `10`"}},
		{"config set flooding exempt-rooms #lobby:ours.example !dev:ours.example", "configure flooding exempt-rooms !lobby:ours.example !dev:ours.example", []string{"`none` → `!lobby:ours.example !dev:ours.example`"}},
		{"config set flooding exempt-rooms https://matrix.to/#/!dev:ours.example", "configure flooding exempt-rooms !dev:ours.example", nil},
		{"config set flooding exempt-rooms #nothing:ours.example", "", []string{"I protect no room"}},
		{`config add flooding within /earn \$?\d{2,} (a|per) day/, ~free  coins, *x*`, `configure flooding within + /earn \$?\d{2,} (a|per) day/, ~free coins, *x*`, nil},
		{"config add flooding exempt-rooms #lobby:ours.example", "configure flooding exempt-rooms + !lobby:ours.example", []string{"`!lobby:ours.example` is in `exempt-rooms` of `flooding` now"}},
		{"protections config remove flooding exempt-rooms #lobby:ours.example", "configure flooding exempt-rooms - !lobby:ours.example", []string{"`!lobby:ours.example` is in `exempt-rooms` of `flooding` no more: `none`."}},
		{"config set flooding exempt-rooms none", "", []string{"`exempt-rooms` of `flooding` is `none` already."}},
		{"config set flooding mesages 20", "", []string{"Did you mean `messages`?"}},
		{"protections config set flooding messages", "", []string{"missing: the value"}},

		{"rule list", "", []string{"**on**: `!forseti rule add no-drive-by 'trust() < KNOWN' then redact`"}},
		{"rule show No-Drive-By", "", []string{"`no-drive-by` is **on**"}},
		{"rule show no-drive", "", []string{"Did you mean `no-drive-by`?"}},
		{"rule show rule:no-drive-by", "", []string{"`no-drive-by` is **on**"}},
		{"rule add other 'text.words > 5 && text.body == \"x\"' then redact, strike \"be kind\"", `rule other 'text.words > 5 && text.body == "x"' then redact, strike "be kind"`, []string{"`other` is on", "`!forseti rule test other`"}},
		{"rule add no-drive-by seen_before() then alert", "", []string{"There is a rule `no-drive-by` already", "`!forseti rule edit no-drive-by"}},
		{"rule add other seen_before() then nothing", "", []string{"At character 3"}},
		{"rule add other", "", []string{"missing: the what"}},
		{"rule edit no-drive-by seen_before() then alert", "rule no-drive-by seen_before() then alert", []string{"was `'trust() < KNOWN' then redact`, and is now `seen_before() then alert`"}},
		{"rule edit no-drive-by 'trust() < KNOWN' then redact", "", []string{"is so already"}},
		{"rule remove no-drive-by", "no_rule no-drive-by", []string{"is removed. This brings it back: `!forseti rule add no-drive-by"}},
		{"rule remove other", "", []string{"There is no rule `other`"}},
		{"rule shadow no-drive-by", "shadow rule:no-drive-by", []string{"`no-drive-by` is now **in shadow**"}},
		{"disable no-drive-by", "disable rule:no-drive-by", []string{"`no-drive-by` is now **off**"}},
		{"rule disable no-drive-by --room !dev:ours.example", "disable !dev:ours.example rule:no-drive-by", []string{"`no-drive-by` is now **off** in"}},
		{"rule test no-drive-by", "", []string{"would have hit 3 of the last 412 messages (since 1 January 00:00 UTC). Whose they were: 1 new, 1 regular. It is true of 4 besides, of moderators or others whom it leaves alone.", "`@a:b` (new) in", "… and 2 more"}},
		{"rule test seen_before() then alert", "", []string{"This rule would have hit nothing of the last 412 messages"}},
		{"rule test join.name == \"\" then alert", "", []string{"This rule would have hit 2 of the last 412 joins (since 1 January 00:00 UTC). Whose they were: 1 new, 1 regular", "`@a:b` (new) in", ", as `` `Admin` ``", "`@c:b` (regular) in", ", without a name"}},
		{"rule test nothing", "", []string{"There is no rule `nothing`"}},
		{"protections", "", []string{"And 1 rule of your own: `!forseti rule list`"}},

		{"status", "", []string{"Forseti 1\\.0, up for 1 day and 2 hours.", "Protecting 2 rooms with 5 members", "No protection is on", "1970-01-01 00:00 UTC"}},
		{"sync", "look", []string{"Read 2 rooms again: all is as it should be."}},
		{"limits", "", []string{"`members`: **25** who are present (otherwise 10)", "`percent`: **10** % of a room of 20 or more\n"}},
		{"limits set members 30", "members 30", []string{"Limit `members`: 25 → 30."}},
		{"limits set PERCENT 5%", "percent 5", []string{"Limit `percent`: 10 → 5."}},
		{"limits set members default", "members 0", []string{"25 → 10"}},
		{"limits set members 0", "", []string{"from 1 to 1000000"}},
		{"limits set percent 101", "", []string{"from 1 to 100"}},
		{"limits set percent many", "", []string{"`many`", "from 1 to 100"}},
		{"limits set within 30", "within 30", []string{"Limit `within`: 10 → 30."}},
		{"limits set within default", "within 0", []string{"10 → 10"}},
		{"limits set within 2000", "", []string{"from 1 to 1440"}},
		{"limits set rooms 5", "", []string{"no limit `rooms`", "`members`, `percent` and `within`"}},
		{"questions", "", []string{"1 question waits for ✅ or ❌", "The list coc has a new rule", "https://matrix.to/#/"}},
		{"release coc", "", []string{"got a no"}},
		{"release theirs", "", []string{"a new rule: `@a*:*`", "`@a:b`", "Follow it?"}},
		{"release theirs --no-confirm", "release !theirs:else.example", []string{"I follow now"}},
		{"limits set members", "", []string{"missing", "number"}},
		{"dry-run", "", []string{"Dry run is off"}},
		{"dry-run on", "dry_on", []string{"Dry run is on"}},
		{"dry-run off", "", []string{"off already"}},
		{"dry-run maybe", "", []string{"neither `on` nor `off`"}},

		{"", "", []string{"**Bans**", "**Bans**: `ban`, `takedown`, `unban`"}},
		{"HELP Ban", "", []string{"`!forseti ban [entity]…", "It asks first if"}},
		{"help !mod unban", "", []string{"`!forseti unban [entity]"}},
		{"help rules matching", "", []string{"`!forseti match"}},
		{"help bann", "", []string{"Did you mean `!forseti ban`?"}},
		{"bam @a:hs.example", "", []string{"Did you mean `!forseti ban`?"}},
		{"list make x", "", []string{"I know no command `list make`. There are `!forseti list create`", "and `!forseti lists`."}},
		{"alias", "", []string{"There are `!forseti alias add`, `!forseti alias move` and `!forseti alias remove`."}},
		{"directory list", "", []string{"There are `!forseti directory publish` and `!forseti directory unpublish`."}},
		{"list creat x", "", []string{"Did you mean `!forseti list create`?"}},
		{"lists show coc", "", []string{"I do not know what to do with `show`. Did you mean `!forseti list show`?"}},
		{"lists rules", "", []string{"I do not know what to do with `rules`"}},
		{"since 10m ban 100 spam", "", []string{"what to do with `ban`: `!forseti ban` stands on a line of its own."}},
		{"rules buy", "", []string{"No list is called `buy`.", "`!forseti rules --search buy` finds the rules"}},
		{"cases rude", "", []string{"!!not mine"}},
		{"room add #a:b", "", []string{"Did you mean `!forseti rooms add`?"}},
		{"xyzzyplugh", "", []string{"`!forseti help` lists them"}},
		{"status\nban @a:hs.example", "", []string{"only the first line"}},
	} {
		t.Run(tc.line, func(t *testing.T) {
			var did []string
			if tc.did != "" {
				did = strings.Split(tc.did, "; ")
			}
			w := newWorld()
			w.rule("!coc:ours.example", policy.User, "@a:calm.example")
			w.rule("!coc:ours.example", policy.Server, "evil.example")
			w.rule("!theirs:else.example", policy.User, "@*spam*:*")
			expect(t, w, tc.line, did, tc.want...)
		})
	}
}

// Whoever switches a protection in general hears where it was switched apart, and stays so.
func TestSwitchedApart(t *testing.T) {
	w := newWorld()
	w.protections[0].Rooms = []LocalProtection{{Room: "!lobby:ours.example", Mode: kit.On, Switched: true}, {Room: "!dev:ours.example"}}
	expect(t, w, "disable flooding", nil, "off already", "stays on in [", "%21lobby:ours.example")
	expect(t, w, "protections", nil, "`flooding` is **off**, and not in 1 room")
	expect(t, w, "protections show flooding", nil, "Set otherwise in", "%21lobby:ours.example", "on")
	expect(t, w, "disable flooding --room !lobby:ours.example", []string{"disable !lobby:ours.example flooding"}, "now **off** in")
	w.protections[0].Mode = kit.On
	expect(t, w, "disable flooding", []string{"disable flooding"}, "now **off**", "stays on in [")
	expect(t, w, "shadow flooding", []string{"shadow flooding"}, "now **in shadow**", "I say here what it would do", "stays on in [")
	w.protections[0].Mode = kit.Shadow
	expect(t, w, "protections", nil, "`flooding` is **in shadow**, and not in 1 room")
	expect(t, w, "config set flooding messages 20", []string{"configure flooding messages 20"}, "`10` → `20`.")
	expect(t, w, "shadow flooding", nil, "in shadow already")
	if said := run(t, w, "enable flooding").Markdown; strings.Contains(said, "stays") {
		t.Errorf("nothing stays otherwise: %s", said)
	}
}

// Each command that does something says so when that fails, and how far it came.
func TestFailures(t *testing.T) {
	for _, line := range []string{
		"ban @a:hs.example", "unban @a:hs.example", "kick @rude:calm.example", "redact @spam1:evil.example", "redact $e --room #lobby:ours.example",
		"rooms add #a:hs.example", "rooms remove #lobby:ours.example --no-confirm", "list create x", "watch #a:hs.example", "unwatch coc",
		"enable flooding", "config set flooding messages 3", "sync", "dry-run on",
	} {
		w := newWorld()
		w.banned["@a:hs.example"] = []id.RoomID{"!lobby:ours.example"}
		w.fail = errRefused
		if a := run(t, w, line); !strings.HasPrefix(a.Markdown, "I could not do that: the homeserver said `M_FORBIDDEN`: \\<b\\>no") {
			t.Errorf("%q: %s", line, a.Markdown)
		}
	}
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	w.rule("!coc:ours.example", policy.User, "@a:*")
	s := newSet(w)
	p := s.Plan(t.Context(), Request{Sender: mod}, "unban @a:hs.example --no-confirm")
	if a := s.Apply(t.Context(), p, &failingLater{executor{w}, 1}); !a.Failed || !strings.Contains(a.Markdown, "Done before that: removed the rule `@a:") {
		t.Errorf("%+v", a)
	}
}

// failingLater does some things and then no more.
type failingLater struct {
	executor
	left int
}

func (f *failingLater) Do(ctx context.Context, a action.Action, sure bool) (action.Result, error) {
	if f.left == 0 {
		return action.Result{}, errRefused
	}
	f.left--
	return f.executor.Do(ctx, a, sure)
}

// told is an error of a desk that is a sentence already.
type told string

func (t told) Error() string    { return string(t) }
func (t told) Sentence() string { return string(t) }

func TestSentencesNeedNoWordsAround(t *testing.T) {
	w := newWorld()
	w.fail = told("I cannot <b>join</b> `#new:hs.example`")
	expect(t, w, "sync", []string{"look"}, "I cannot \\<b\\>join", "`#new:hs.example`.", "!!could not do that")
	w.fail = fmt.Errorf("write the rule: %w", w.fail)
	expect(t, w, "sync", []string{"look"}, "I could not do that: write the rule: I cannot")
}

func TestStatusSaysWhatWaitsForWhat(t *testing.T) {
	w := newWorld()
	w.status.Waiting, w.status.Waits = 72, "72 bans wait for the homeserver, which slows me down, about 4 minutes"
	expect(t, w, "status", nil, "- 72 bans wait for the homeserver, which slows me down, about 4 minutes", "!!72 things")
}

// What is still wrong is not passed over.
func TestSyncSaysWhatIsWrong(t *testing.T) {
	w := newWorld()
	w.status.Problems = []string{"I am not in the list <b>x</b>"}
	expect(t, w, "sync", []string{"look"}, "Nothing new is to be done.", "not in the list \\<b\\>x", "!!as it should be")
}

// Looking never waits behind acting, and what may take long is passed.
func TestLanes(t *testing.T) {
	s := newSet(newWorld())
	for line, want := range map[string]Lane{
		"status": Looking, "rules": Looking, "": Looking, "help ban": Looking, "nonsense": Looking, "protections show flooding": Looking,
		"ban @a:b.example": Acting, "unban @a:b.example": Acting, "kick @a:b.example": Acting, "dry-run on": Acting,
		"redact $e --room #a:b": Acting, "redact https://matrix.to/#/!r:b/$e": Acting, "redact --room #a:b $e": Acting,
		"redact @a:b.example": Lasting, "redact @a:b.example --limit 10000": Lasting, "watch #a:b": Lasting, "rooms add #a:b": Lasting, "rooms remove #a:b": Lasting, "unwatch coc": Lasting, "sync": Lasting,
		Objection("no"): Looking,
	} {
		if got := s.Lane(line); got != want {
			t.Errorf("%q: lane %d, want %d", line, got, want)
		}
	}
}

// A command does not pass the one that it takes back.
func TestTakingBackIsNotFaster(t *testing.T) {
	s := newSet(newWorld())
	for done, undone := range map[string]string{
		"rooms add #a:b": "rooms remove #a:b", "watch #a:b": "unwatch coc", "ban @a:b.example": "unban @a:b.example", "dry-run on": "dry-run off",
		"exempt @a:b.example": "exempt end @a:b.example", "enable flooding": "disable flooding", "list exempt coc on": "list exempt coc off",
	} {
		if s.Lane(done) != s.Lane(undone) {
			t.Errorf("%q and %q are in two lanes", done, undone)
		}
	}
}

// What a command is to do has the same IDs each time, and another command's has others.
func TestStepsAreNamedByTheirCommand(t *testing.T) {
	ids := map[string]int{}
	for _, event := range []id.EventID{"$1", "$1", "$2"} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: event}, "kick @*:evil.example --glob")
		for _, s := range p.Steps {
			ids[s.Want.ID]++
			if s.Want.Cause.Event != event || s.Want.Cause.Moderator != mod || s.Want.Cause.Kind != action.ByModerator {
				t.Errorf("%+v", s.Want.Cause)
			}
		}
	}
	if len(ids) != 6 {
		t.Errorf("%v", ids)
	}
}

// A yes to something small is none to something large.
func TestOutgrows(t *testing.T) {
	for _, tc := range []struct {
		now, agreed Weight
		want        bool
	}{
		{Weight{Hit: 31}, Weight{Hit: 31}, false},
		{Weight{Hit: 36}, Weight{Hit: 31}, false},
		{Weight{Hit: 200}, Weight{Hit: 31}, true},
		{Weight{Hit: 3}, Weight{Hit: 31}, false},
		{Weight{Freed: 9}, Weight{Freed: 1}, true},
		{Weight{Servers: 9}, Weight{Hit: 100}, true},
		{Weight{Everyone: true}, Weight{Hit: 31}, true},
		{Weight{Hit: 300}, Weight{Hit: 300, Everyone: true}, false},
	} {
		if got := tc.now.Outgrows(tc.agreed); got != tc.want {
			t.Errorf("%+v after %+v: %v", tc.now, tc.agreed, got)
		}
	}
}

func TestTimeRunsOut(t *testing.T) {
	w := newWorld()
	w.fail = fmt.Errorf("look: %w", context.DeadlineExceeded)
	expect(t, w, "sync", []string{"look"}, "took too long")
	w.fail = context.Canceled
	expect(t, w, "sync", []string{"look"}, "I was stopped")
}

func TestStatusTellsOfTrouble(t *testing.T) {
	w := newWorld()
	w.status.Problems = []string{"I need more power in `#lobby`, <b>now</b>"}
	w.status.DryRun, w.status.Waiting, w.status.Questions = true, 1, 2
	a := expect(t, w, "status", nil, "dry run", "**To mend:**", "power in `#lobby`, \\<b\\>", "1 thing", "2 open questions")
	if strings.Index(a.Markdown, "**To mend:**") > strings.Index(a.Markdown, "Protecting") {
		t.Errorf("what is wrong does not come first: %s", a.Markdown)
	}
}

func TestLongListsAreCut(t *testing.T) {
	w := newWorld()
	for i := range 1000 {
		w.rule("!coc:ours.example", policy.User, fmt.Sprintf("@%s%04d:hs.example", strings.Repeat("<", 200), i))
	}
	a := expect(t, w, "rules", nil, "1000 rules", "more: `!forseti rules --page 2`")
	if len(a.Markdown) > maxAnswer {
		t.Errorf("%d bytes", len(a.Markdown))
	}
	w.rules = nil
	for i := range 1000 {
		w.rule("!coc:ours.example", policy.User, fmt.Sprintf("@%04d:hs.example", i))
	}
	expect(t, w, "rules coc", nil, "0059", "!!0060", "940 more: `!forseti rules coc --page 2`")
}

// However many rules there are, each stands on one page, and those that are sought are found.
func TestRulesByPage(t *testing.T) {
	w := newWorld()
	for i := range 150 {
		w.rule("!coc:ours.example", policy.User, fmt.Sprintf("@%s%04d:hs.example", strings.Repeat("<", i), i))
	}
	w.rule("!coc:ours.example", policy.Server, "Evil.example")
	seen, next := map[string]int{}, "rules"
	command, server := regexp.MustCompile("`!forseti (rules [^`]*)`"), regexp.MustCompile(`\d{4}:hs`)
	for n := 0; next != ""; n++ {
		if n > 100 {
			t.Fatal("it has no end")
		}
		said := run(t, w, next).Markdown
		if len(said) > maxAnswer {
			t.Errorf("%s: %d bytes", next, len(said))
		}
		for _, id := range server.FindAllString(said, -1) {
			seen[id]++
		}
		if next = ""; command.MatchString(said) {
			next = command.FindStringSubmatch(said)[1]
		}
	}
	for i := range 150 {
		if n := seen[fmt.Sprintf("%04d:hs", i)]; n != 1 {
			t.Errorf("rule %d stands on %d pages", i, n)
		}
	}
	expect(t, w, "rules --kind server", nil, "1 rule in all lists", "Evil.example")
	expect(t, w, "rules --search evil coc", nil, "1 rule in `coc`", "Evil.example")
	expect(t, w, "rules --kind Users --search 001", nil, "11 rules", "0010:hs", "!!0020:hs")
	expect(t, w, "rules --kind user --page 2", nil, "th on")
	expect(t, w, "rules --search nothing", nil, "No rule in all lists is so")
	expect(t, w, "rules --kind server --page 3", nil, "they are on one page")
	expect(t, w, "rules --page 0", nil, "from 1 to")
	expect(t, w, "rules --kind people", nil, "`user`, `server` or `room`")
}

func TestLongLine(t *testing.T) {
	expect(t, newWorld(), "ban @a:hs.example "+strings.Repeat("a", 64<<10-18), nil, "64 kB long; a command may have at most 4 kB", "!!aaa")
	expect(t, newWorld(), strings.Repeat("a ", grammar.MaxLine/2), nil, "I know no command")
}

func TestPanicIsAnswered(t *testing.T) {
	w := newWorld()
	w.broken = true
	a := run(t, w, "rooms")
	if !strings.Contains(a.Markdown, "something broke") || !strings.Contains(a.Crash, "broken") {
		t.Errorf("%+v", a)
	}
}

func TestPhonesMakeDashesOfHyphens(t *testing.T) {
	expect(t, newWorld(), "kick @*:evil.example —glob —dry-run", nil, "would kick 2")
	expect(t, newWorld(), "kick @rude:calm.example – enough", []string{`kick @rude:calm.example in !lobby:ours.example because "– enough"`})
}
