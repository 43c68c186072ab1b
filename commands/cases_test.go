package commands

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

type caseFake struct{ *world }

// caseOfTest is case 12 as it is while nobody has looked at it.
func caseOfTest() Case {
	at := time.Unix(0, 0)
	return Case{
		Number: 12, User: "@rude`*:hs", Protection: "flooding", Reason: "@room *flood*", Opened: at, Decided: "automatic", At: at,
		Offences: []Offence{{At: at, Room: "!lobby:ours.example", Protection: "flooding", Class: "attack", Step: "ban"}},
		Did: []Deed{
			{At: at, Did: "Banned", Room: "!lobby:ours.example", Count: 1}, {At: at, Did: "Removed", Room: "!lobby:ours.example", Count: 7, State: "not done, \\*no\\*"},
		},
		Ordered: Ordered{Told: Telling{"!mods:ours.example", "$told"}}, Events: []id.EventID{"$evil"}, Notes: []CaseNote{{By: mod, At: at, Text: "known as *other*"}},
	}
}

func (f caseFake) Case(_ context.Context, n int) (Case, bool, error) {
	c := caseOfTest()
	switch c.Number = n; n {
	case 12:
	case 13:
		c.Decided, c.Appeal = "", "I did *nothing*\n@room"
	case 14:
		c.Decided, c.DecidedBy, c.Answer = CaseOverturned, mod, "sorry"
	case 16: // a command's
		c.Protection, c.OpenedBy, c.DecidedBy, c.Command, c.User, c.About, c.Events, c.Offences = "", mod, mod, "ban", "", []string{"@spam*:evil.example", "evil.example"}, nil, nil
		for _, of := range f.cases {
			if of.Number == n {
				c.Changed = of.Changed
			}
		}
		c.Going = f.going
	case 17, 18, 19, 20:
		event := map[int]id.EventID{17: "$lockdown", 19: "$unlock"}[n]
		c = Case{Number: n, Ordered: Ordered{OpenedBy: mod, Command: pick(n >= 19, "unlock", "lockdown"), Event: cmp.Or(event, "$another")}}
	case 15:
		c.Offences[0].Undone = true
	default:
		return Case{}, false, f.fail
	}
	return c, true, f.fail
}

func (f caseFake) Appeals(context.Context) ([]Case, error) {
	c, _, err := f.Case(context.Background(), 13)
	return []Case{c}, err
}

func (caseFake) Now() time.Time { return time.Unix(0, 0).Add(time.Hour) }

func (f caseFake) Cases(_ context.Context, s Sought) ([]Case, error) {
	f.sought = fmt.Sprintf("cases %s %s since %s", s.User, s.Room, s.Since.UTC().Format(time.DateTime))
	return f.cases, f.fail
}

func (f caseFake) History(_ context.Context, s Sought) ([]Deed, error) {
	f.sought = fmt.Sprintf("history %s %s since %s", s.User, s.Room, s.Since.UTC().Format(time.DateTime))
	return f.deeds, f.fail
}

func (f caseFake) Acts(context.Context, int) ([]Act, error) { return f.acts, f.fail }

func (f caseFake) Events(_ context.Context, n int, u id.UserID) ([]id.EventID, error) {
	if n == 12 || u == "@spammer:example.org" {
		return []id.EventID{"$2", "$1"}, f.fail
	}
	return nil, f.fail
}

func TestCases(t *testing.T) {
	for line, want := range map[string]struct {
		says  []string
		kind  ChangeKind
		value string
	}{
		"case 12": {[]string{"**Case 12**: `` @rude`*:hs ``", "flooding", `@room \*flood\*`, "attack, ban", "Banned in ", `Removed (7 times) in `, `: not done, \*no\*`, "`!forseti evidence $evil`",
			`known as \*other\*`, "[Where it was told](https://matrix.to/#/", "I decided it by myself. `!forseti case 12 overturn` takes it back"}, "", ""},
		"case 13":                             {[]string{"They have appealed, and wait", `> I did \*nothing\*`}, "", ""},
		"case 14":                             {[]string{"It was overturned by", "They were answered:"}, "", ""},
		"case 15":                             {[]string{"It was undone, and counts no more."}, "", ""},
		"case 99":                             {[]string{"There is no case 99, nor any other yet."}, "", ""},
		"case 0":                              {[]string{"is no number of a case"}, "", ""},
		"case #x":                             {[]string{"is no number of a case"}, "", ""},
		"case 12 hang them":                   {[]string{"`hang` is nothing to do with a case. There are `uphold`, `overturn`, `note` and `reason`."}, "", ""},
		"case 12 overturn Sorry, *our* fault": {[]string{"Case 12 is overturned: it counts no more"}, OverturnCase, "Sorry, *our* fault"},
		"case 13 OVERTURN":                    {[]string{"They are told."}, OverturnCase, ""},
		"case 13 uphold":                      {[]string{"Case 13 is upheld: it stays as it is. They are told."}, UpholdCase, ""},
		"case 14 overturn":                    {[]string{"was overturned already"}, "", ""},
		"case 14 uphold":                      {[]string{"is not done again by itself"}, "", ""},
		"case 12 note":                        {[]string{"`!forseti case 12 note <text>`"}, "", ""},
		"case 12 note a friend":               {[]string{"I noted that on case 12."}, NoteCase, "a friend"},
		"appeals":                             {[]string{"1 appeal waits for your answer:", "case 13, "}, "", ""},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		for _, words := range want.says {
			if !strings.Contains(p.Answer, words) {
				t.Errorf("%s: %q is not in\n%s", line, words, p.Answer)
			}
		}
		switch {
		case want.kind == "" && len(p.Steps) > 0:
			t.Errorf("%s: acts: %+v", line, p.Steps)
		case want.kind != "" && (len(p.Steps) != 1 || p.Steps[0].Change.Kind != want.kind || p.Steps[0].Change.Value != want.value || p.Steps[0].Change.User != mod || p.Writes() != (want.kind == OverturnCase)):
			t.Errorf("%s: %+v", line, p)
		}
	}
}
