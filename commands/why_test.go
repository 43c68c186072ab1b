package commands

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/sanction/trust"
)

type whyFake struct{ *world }

func (f whyFake) Standing(u id.UserID) Member { return f.standing[u] }

func (f whyFake) Matching(kind policy.Kind, entity string) []policy.Rule {
	return f.matching(kind, entity)
}

func (f whyFake) BansOf(id.UserID) []RoomBan { return f.bans }

func (f whyFake) Ordered(_ context.Context, rules []id.EventID) (map[id.EventID]id.UserID, error) {
	by := map[id.EventID]id.UserID{}
	for _, r := range rules {
		by[r] = f.ordered[r]
	}
	return by, f.fail
}

func (f whyFake) Notes(_ context.Context, u id.UserID) ([]MemberNote, error) {
	return f.notes[u], f.fail
}

func TestWhy(t *testing.T) {
	w := newWorld()
	w.standing = map[id.UserID]Member{
		"@old:hs.example":    {Past: trust.Past{Messages: 80.4, Days: 25.2, Rooms: 2}},
		"@pointed:hs.exampl": {Past: trust.Past{Messages: 80.4, Days: 25.2, Rooms: 2, Open: true}},
		"@mod:hs.example":    {Moderator: true},
		"@free:hs.example":   {Exempt: true},
		"@rude:hs.example": {Points: 42, Offences: []Offence{
			{At: time.Unix(0, 0), Room: "!lobby:ours.example", Protection: "flooding", Class: "attack", Step: "ban", Undone: true},
			{At: time.Unix(60, 0), Room: "!lobby:ours.example", Protection: "mentions", Class: "nuisance", Step: "mute"},
		}},
		"@busy:hs.example": {Points: 1, Offences: make([]Offence, 12)},
		"@once:hs.example": {Past: trust.Past{Messages: 1, Days: 1, Rooms: 1}},
	}
	for user, want := range map[string][]string{
		"@old:hs.example":      {"`@old:hs.example` is **trusted** here: of what they wrote, 80 messages on 25 days in 2 rooms count.", "No rule matches them."},
		"@pointed:hs.exampl":   {"is **known** here", "points against them have not faded"},
		"@mod:hs.example":      {"is **new** here: I know of nothing", "They are a moderator"},
		"@free:hs.example":     {"A list exempts them", "`exempt-listed`"},
		"@rude:hs.example":     {"They have 42 points by now, for:", "1970-01-01 00:01 UTC in", "mentions (nuisance, mute)", "flooding (attack, ban), undone"},
		"@busy:hs.example":     {"They have 1 point by now", "2 earlier offences"},
		"@once:hs.example":     {"1 message on 1 day in 1 room count"},
		"@spam1:evil.example":  {"2 rules match them:", "`@*spam*:*`", "`evil.example`"},
		"@spam9:other.example": {"1 rule matches them:", "`@*spam*:*`"},
	} {
		w.rules = nil
		w.rule("!coc:ours.example", policy.Server, "evil.example")
		w.rule("!theirs:else.example", policy.User, "@*spam*:*")
		expect(t, w, "why "+user, nil, want...)
	}
	expect(t, w, "why evil.example", nil, "is no user")
	expect(t, w, "why", nil, "missing: the user")
}

// Why somebody is banned: in which rooms, by whom, when, by which rule, and who wrote that.
func TestWhyBanned(t *testing.T) {
	w := newWorld()
	at := time.Unix(0, 0)
	w.bans = []RoomBan{
		{Room: "!lobby:ours.example", By: "@mod`*:ours.example", At: at, Reason: "*rude*"},
		{Room: "!dev:ours.example", By: self, At: at.Add(time.Hour), Reason: "spam", Cause: action.Cause{Kind: action.ByRule, List: "!coc:ours.example", Entity: "@bad*:*", Event: "$1"}},
		{Room: "!lost:ours.example", By: self, At: at.Add(time.Minute), Reason: "spam", Cause: action.Cause{Kind: action.ByRule, List: "!coc:ours.example", Entity: "@bad*:*", Event: "$2"}},
		{Room: "!a:ours.example", By: self, Cause: action.Cause{Kind: action.ByProtection, Protection: "flooding"}},
		{Room: "!b:ours.example", By: self, Cause: action.Cause{Kind: action.ByModerator, Moderator: mod}},
	}
	r := w.rule("!coc:ours.example", policy.User, "@bad*:*")
	w.rules[0].Sender, w.rules[0].Timestamp = mod, at.Add(time.Hour).UnixMilli()
	w.rules = append(w.rules, r)
	w.rules[1].Sender = self
	w.rules = append(w.rules, r)
	w.rules[2].Sender, w.rules[2].Timestamp, w.rules[2].Event = self, at.Add(time.Minute).UnixMilli(), "$ordered"
	w.ordered = map[id.EventID]id.UserID{"$ordered": mod}
	w.cases = []Case{
		{Number: 9, User: "@bad1:hs.example", Ordered: Ordered{OpenedBy: mod, Command: "ban"}, Reason: "spam", Opened: at},
		{Number: 8, User: "@other:hs.example", Ordered: Ordered{OpenedBy: "@bad1:hs.example", Command: "kick"}, Opened: at},
		{Number: 7, User: "@bad1:hs.example", Protection: "flooding", Opened: at},
	}
	w.standing = map[id.UserID]Member{"@bad1:hs.example": {Offences: []Offence{{At: at, Room: "!lobby:ours.example", Protection: "flooding", Case: 7}}}}
	said := expect(t, w, "why @bad1:hs.example", nil,
		"They are banned:\n- in [Lobby]", ", by `` @mod`*:ours.example ``, 1970-01-01 00:00 UTC: \\*rude\\*",
		"- in [Dev \\*talk\\*](https://matrix.to/#/%21dev:ours.example?via=ours.example) and [Lost](https://matrix.to/#/%21lost:ours.example?via=ours.example), by me, for the rule `@bad*:*` in `coc`, 1970-01-01 00:01 UTC: spam",
		", by me, by the protection `flooding`\n", ", by me, as `@mod:ours.example` said\n",
		"3 rules match them:\n- ban user `@bad*:*` in `coc`: spam, by `@mod:ours.example` on 1970-01-01 01:00 UTC\n- ban user `@bad*:*` in `coc`: spam, by me\n- ban user `@bad*:*` in `coc`: spam, by me, as `@mod:ours.example` said on 1970-01-01 00:01 UTC\n",
		"Cases of the last 30 days:\n- **9**, 1970-01-01 00:00 UTC: `@bad1:hs.example`, by `@mod:ours.example` with `ban`: spam", "!!**8**", "!!**7**")
	if w.sought != "cases @bad1:hs.example  since 1969-12-02 01:00:00" {
		t.Errorf("looked for %s", w.sought)
	}
	if bans, points := strings.Index(said.Markdown, "They are banned"), strings.Index(said.Markdown, "They have"); bans > points {
		t.Errorf("what is asked for mostly does not stand first:\n%s", said.Markdown)
	}
	w.cases = slices.Repeat(w.cases[:1], 7)
	expect(t, w, "why @bad1:hs.example", nil, "2 earlier: `!forseti cases @bad1:hs.example --since 30d`.")

	// What bans a user whom no rule matches is not to be guessed.
	w.banned["@held:hs.example"] = []id.RoomID{"!lobby:ours.example"}
	expect(t, w, "match @held:hs.example", nil, "No rule matches `@held:hs.example`.", "They are banned in [Lobby]", "`!forseti why @held:hs.example` says by whom")
	expect(t, w, "match @bad1:hs.example", nil, "spam, by `@mod:ours.example` on 1970-01-01 01:00 UTC")
	expect(t, w, "match @free:hs.example", nil, "!!banned")
}
