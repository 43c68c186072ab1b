package sanction

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// unable is what cannot be done, and why.
type unable map[action.Verb]string

func (u unable) Hinders(a action.Action) string { return u[a.Verb] }

func TestOf(t *testing.T) {
	cause := action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$2"}
	for _, tc := range []struct {
		name     string
		weight   Weight
		trailing bool
		unable   unable
		do, not  []string
	}{
		{"grave", Grave, false, nil, []string{"ban", "redact $1", "redact $2"}, nil},
		{"light", Light, false, nil, []string{"redact $1", "redact $2"}, nil},
		{"what comes behind", Grave, true, nil, []string{"redact $1", "redact $2"}, nil},
		{"no power to ban", Grave, false, unable{action.Ban: "no power"}, []string{"redact $1", "redact $2"}, []string{"ban: no power"}},
		{"no power to remove", Grave, false, unable{action.Redact: "no power"}, []string{"ban"}, []string{"redact $1: no power", "redact $2: no power"}},
		{"no power at all", Light, false, unable{action.Ban: "no", action.Redact: "no"}, nil, []string{"redact $1: no", "redact $2: no"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			do, not := Of(Offence{
				Room: "!r:hs", User: "@u:hs", Events: []id.EventID{"$1", "$2"}, Weight: tc.weight,
				Reason: "flooding", Cause: cause, Trailing: tc.trailing,
			}, tc.unable)
			var did, hindered []string
			name := func(a action.Action) string {
				if a.Room != "!r:hs" || a.User != "@u:hs" || a.Reason != "flooding" || a.Cause != cause {
					t.Errorf("%+v", a)
				}
				if err := a.Check(); err != nil {
					t.Error(err)
				}
				if a.Event == "" {
					return string(a.Verb)
				}
				return string(a.Verb) + " " + string(a.Event)
			}
			for _, a := range do {
				did = append(did, name(a))
			}
			for _, h := range not {
				hindered = append(hindered, name(h.Action)+": "+h.Why)
			}
			if !slices.Equal(did, tc.do) || !slices.Equal(hindered, tc.not) {
				t.Errorf("does %v, not %v", did, hindered)
			}
		})
	}
}
