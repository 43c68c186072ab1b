package commands

import (
	"context"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/sanction/trust"
)

type whyFake struct{ *world }

func (f whyFake) Standing(u id.UserID) Member { return f.standing[u] }

func (f whyFake) Matching(kind policy.Kind, entity string) []policy.Rule {
	return f.matching(kind, entity)
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
