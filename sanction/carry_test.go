package sanction

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// unable is what cannot be done, and why.
type unable map[action.Verb]string

func (u unable) Hinders(a action.Action) string { return u[a.Verb] }

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func offence(room id.RoomID, evt id.EventID, c Class) Offence {
	return Offence{
		Room: room, User: "@u:hs", Events: []id.EventID{evt}, Class: c, Weight: c.Weight(), Reason: "flooding",
		Cause: action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: evt},
	}
}

func TestCarry(t *testing.T) {
	ends := start.Add(time.Hour)
	rule := func(all bool) action.Action {
		recommends := "m.ban"
		if all {
			recommends = "m.takedown"
		}
		return action.Action{Verb: action.WriteRule, Room: "!list:hs", State: &action.State{Type: event.StatePolicyUser, Key: recommends, Content: []byte(`{}`)}}
	}
	for _, tc := range []struct {
		name    string
		verdict Verdict
		set     func(o *Offence)
		unable  unable
		do, not []string
		taken   Step
	}{
		{"alert", Verdict{Step: Alert}, nil, nil, nil, nil, Alert},
		{"redact", Verdict{Step: Redact}, nil, nil, []string{"redact $1", "redact $2"}, nil, Redact},
		{"warn without words", Verdict{Step: Warn}, nil, nil, []string{"redact $1", "redact $2"}, nil, Warn},
		{"warn", Verdict{Step: Warn}, tell, nil, []string{"notify", "redact $1", "redact $2"}, nil, Warn},
		{"mute", Verdict{Step: Mute, Ends: ends}, tell, nil, []string{"mute until 01:00", "notify", "redact $1", "redact $2"}, nil, Mute},
		{"kick", Verdict{Step: Kick}, nil, nil, []string{"kick", "redact $1", "redact $2"}, nil, Kick},
		{"kick with words", Verdict{Step: Kick}, tell, nil, []string{"kick_tell", "redact $1", "redact $2"}, nil, Kick},
		{"ban", Verdict{Step: Ban}, nil, nil, []string{"ban", "redact $1", "redact $2"}, nil, Ban},
		{"ban for a time", Verdict{Step: Ban, Ends: ends}, nil, nil, []string{"ban until 01:00", "redact $1", "redact $2"}, nil, Ban},
		{"list-ban", Verdict{Step: ListBan}, func(o *Offence) { o.Rule = rule }, nil, []string{"ban", "write_rule m.ban", "redact $1", "redact $2"}, nil, ListBan},
		{"list-ban without a list", Verdict{Step: ListBan}, nil, nil, []string{"ban", "redact $1", "redact $2"}, nil, Ban},
		{"takedown", Verdict{Step: Takedown}, func(o *Offence) { o.Rule = rule }, nil, []string{"ban", "write_rule m.takedown", "redact $1", "redact $2"}, nil, Takedown},
		{"no power to ban", Verdict{Step: Ban}, nil, unable{action.Ban: "no power"}, []string{"redact $1", "redact $2"}, []string{"ban: no power"}, Redact},
		{"no power to remove", Verdict{Step: Ban}, nil, unable{action.Redact: "no power"}, []string{"ban"}, []string{"redact $1: no power", "redact $2: no power"}, Ban},
		{"no power at all", Verdict{Step: Mute}, nil, unable{action.Mute: "no", action.Redact: "no"}, nil, []string{"mute: no", "redact $1: no", "redact $2: no"}, Alert},
		{"nothing", Verdict{}, nil, nil, nil, nil, None},
	} {
		t.Run(tc.name, func(t *testing.T) {
			o := offence("!r:hs", "$1", Spam)
			o.Events = []id.EventID{"$1", "$2"}
			if tc.set != nil {
				tc.set(&o)
			}
			do, not, taken := Carry(o, tc.verdict, tc.unable)
			var did, hindered []string
			for _, a := range do {
				if a.Verb != action.WriteRule && (a.Room != o.Room || a.User != o.User || a.Reason != o.Reason || a.Cause != o.Cause) {
					t.Errorf("%+v", a)
				}
				if err := a.Check(); err != nil {
					t.Error(err)
				}
				did = append(did, named(a))
			}
			for _, h := range not {
				hindered = append(hindered, named(h.Action)+": "+h.Why)
			}
			if !slices.Equal(did, tc.do) || !slices.Equal(hindered, tc.not) || taken != tc.taken {
				t.Errorf("does %q, not %q, taken %s", did, hindered, taken)
			}
		})
	}
}

func tell(o *Offence) { o.Words = "why" }

func named(a action.Action) string {
	name := string(a.Verb)
	switch {
	case a.Event != "":
		name += " " + string(a.Event)
	case a.State != nil:
		name += " " + a.State.Key
	case !a.Expires.IsZero():
		name += " until " + a.Expires.Format("15:04")
	}
	return name
}

// The ladder goes up, step by step, and every step has a name and a place.
func TestLadder(t *testing.T) {
	seen := map[string]bool{}
	from := 0.0
	for i, r := range ladder() {
		if r.step != Step(i+1) || r.name == "" || seen[r.name] || strings.ContainsAny(r.name, " \t") {
			t.Errorf("row %d is %q", i, r.name)
		}
		seen[r.name] = true
		if r.from != 0 && r.from <= from {
			t.Errorf("%s begins at %v, which is not above the step before", r.name, r.from)
		}
		if from = max(from, r.from); r.timed == Usual().Ends(r.step, Light, start).IsZero() {
			t.Errorf("%s can end: %v", r.name, r.timed)
		}
		if ParseStep(r.name) != r.step || r.step.String() != r.name {
			t.Errorf("%s is read as %s", r.name, ParseStep(r.name))
		}
		if r.step > Ban && r.from != 0 && r.only != Spam {
			t.Errorf("%s is taken by itself for more than spam", r.name)
		}
	}
	if Takedown.row().from != 0 {
		t.Error("a takedown is taken by itself")
	}
	for i, c := range classes() {
		if c.class != Class(i) || ParseClass(c.name) != c.class || i > 0 && c.weight <= classes()[i-1].weight {
			t.Errorf("class %d is %+v", i, c)
		}
	}
	if Attack.Weight() < int(Ban.row().from) || Spam.Weight() < int(Ban.row().from) || Light.Weight() >= int(Warn.row().from) {
		t.Error("one spam or attack is not a ban, or one light offence a warning")
	}
	if ParseClass("of tomorrow") != Note || ParseStep("of tomorrow") != None || Class(99).Weight() != 0 {
		t.Error("what is unknown weighs something")
	}
}

func TestSpans(t *testing.T) {
	for written, want := range map[string]string{"90m": "1h30m", "1w": "7d", "25h": "1d1h", "1d12h": "1d12h", "0s": "0s", "3600s": "1h"} {
		d, ok := ParseSpan(written)
		if !ok || Span(d) != want {
			t.Errorf("%s: %s, %v", written, Span(d), ok)
		}
	}
	for _, written := range []string{"", "7", "d", "-1d", "1.5h", "1y", "9999999d", "999999w999999w", "1d ", "1d12", "٣d"} {
		if d, ok := ParseSpan(written); ok {
			t.Errorf("%q is %s", written, d)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		c := Consequence{Step: Step(rapid.IntRange(0, int(Takedown)).Draw(rt, "step"))}
		if c.Step.row().timed {
			c.Lasts = time.Duration(rapid.Int64Range(int64(shortest/time.Second), int64(longest/time.Second)).Draw(rt, "lasts")) * time.Second
		}
		if got, err := ParseConsequence(c.String()); err != nil || got != c {
			rt.Fatalf("%+v is written %s and read as %+v, %v", c, c, got, err)
		}
	})
}

func FuzzConsequence(f *testing.F) {
	f.Add("ban 7d")
	f.Fuzz(func(t *testing.T, written string) {
		c, err := ParseConsequence(written)
		if err != nil {
			if len(err.Error()) > 200 {
				t.Error("a long story")
			}
			return
		}
		if again, err := ParseConsequence(c.String()); err != nil || again != c {
			t.Errorf("%q is %+v, then %+v", written, c, again)
		}
	})
}
