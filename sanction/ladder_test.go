package sanction

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// ladders draws a ladder as moderators could have it.
func ladders(rt *rapid.T) Ladder {
	for {
		written := map[string]string{}
		set := func(name string, values ...string) {
			if v := rapid.SampledFrom(append(values, "")).Draw(rt, name); v != "" {
				written[name] = v
			}
		}
		set("half-life", "1h", "36h", "90d")
		set("again", "10", "25%", "90")
		set("ceiling", "alert", "redact", "warn", "mute", "kick", "ban", "list-ban", "takedown")
		set("warn", "1", "5", "never")
		set("mute", "20", "30", "never")
		set("kick", "40", "never")
		set("ban", "60", "1000", "never")
		set("list-ban", "61", "never")
		set("mute-lasts", "1m", "30d")
		set("ban-lasts", "1h", "good")
		if l, err := ParseLadder(written); err == nil {
			return l
		}
	}
}

// What is read is what was written, and nothing that a community sets makes a harder step
// begin before a milder one.
func TestLadderIsWhatWasWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := ladders(rt)
		again, err := ParseLadder(l.Written())
		if err != nil || fmt.Sprint(again) != fmt.Sprint(l) {
			rt.Fatalf("%v, then %v (%v)", l, again, err)
		}
		last := rung{}
		for _, r := range l.rungs() {
			if r.from <= last.from || r.step <= last.step || r.step > l.ceiling || r.step == Takedown {
				rt.Errorf("%s from %v behind %s from %v", r.name, r.from, last.name, last.from)
			}
			last = r
		}
		for _, s := range l.Settings() {
			usual, err := l.With(strings.ToUpper(s.Name), " Default ")
			if err != nil {
				continue // what else is set does not go with it
			}
			if _, set := usual.Written()[s.Name]; set {
				rt.Errorf("%s is not the usual", s.Name)
			}
		}
	})
}

func TestLadderRefuses(t *testing.T) {
	for _, tc := range []struct{ name, value, want string }{
		{"half-life", "59m", "from 1h to 90d"}, {"half-life", "91d", "from 1h to 90d"}, {"half-life", "week", "such as 90m"}, {"half-life", "", "such as 90m"},
		{"again", "9", "from 10 to 90"}, {"again", "0.5", "whole number"},
		{"ceiling", "hang", "alert, redact, warn"}, {"ceiling", "ladder", "alert, redact"}, {"ceiling", "none", "alert, redact"},
		{"mute", "0", "from 1 to 1000, or never"}, {"mute", "-5", "from 1 to 1000"}, {"mute", "1001", "from 1 to 1000"}, {"mute", "1e2", "whole number"},
		{"mute", "15", "`warn` at 15"}, {"warn", "70", "`mute` would begin at 35 points and `warn` at 70"}, {"ban", "120", "`list-ban`"},
		{"mute-lasts", "31d", "from 1m to 30d"}, {"ban-lasts", "forever", "or good for good"},
		{"takedown", "200", "no setting `takedown`"}, {"redact", "1", "no setting"}, {"half-lif", "7d", "did you mean `half-life`?"},
		{"half-lif", "default", "did you mean"}, {"", "1", "no setting"}, {strings.Repeat("x", 900), "1", "…"},
		{"mute", strings.Repeat("9", 900), "…"},
	} {
		_, err := Usual().With(tc.name, tc.value)
		if err == nil || !strings.Contains(err.Error(), tc.want) || len(err.Error()) > 400 {
			t.Errorf("%.20s %.20s: %v", tc.name, tc.value, err)
		}
	}
	if l, err := Usual().With("warn", "NEVER"); err != nil || len(l.Settings()) != len(ladderRows()) || l.from[Warn] != 0 {
		t.Errorf("%+v, %v", l, err)
	}
	if w := Usual().Written(); len(w) != 0 {
		t.Errorf("the usual is set: %v", w)
	}
	if w := mustLadder(t, "half-life", "7d").Written(); len(w) != 0 {
		t.Errorf("what is usual is kept: %v", w)
	}
}

func mustLadder(t *testing.T, pairs ...string) Ladder {
	t.Helper()
	l := Usual()
	for i := 0; i < len(pairs); i += 2 {
		var err error
		if l, err = l.With(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// Above the ceiling nothing is done without a moderator, whatever asks for it; and below it
// what was taken is not taken over and over for want of more.
func TestCeiling(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := NewLedger()
		l.Ladder = ladders(rt)
		now := start
		for n := range rapid.IntRange(1, 40).Draw(rt, "offences") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(time.Hour)).Draw(rt, "pause")))
			o := offence("!a", id.EventID(fmt.Sprint("$", n)), rapid.SampledFrom([]Class{Note, Light, Nuisance, Spam, Attack}).Draw(rt, "class"))
			o.Set.Step = Step(rapid.IntRange(int(None), int(Takedown)).Draw(rt, "set"))
			o.Trailing = rapid.Bool().Draw(rt, "behind")
			v := l.take(o, now)
			if v.Step > l.Ladder.ceiling || v.Entry.Step > l.Ladder.ceiling {
				rt.Fatalf("%s above %s", v.Step, l.Ladder.ceiling)
			}
			if v.Step != Mute && v.Step != Ban && !v.Ends.IsZero() {
				rt.Fatalf("%s ends", v.Step)
			}
		}
	})
	l := NewLedger()
	l.Ladder = mustLadder(t, "ceiling", "mute")
	taken := map[Step]int{}
	for n := range 20 {
		taken[l.take(offence("!a", id.EventID(fmt.Sprint("$", n)), Light), start.Add(time.Duration(n)*time.Hour)).Step]++
	}
	if !maps.Equal(taken, map[Step]int{Redact: 14, Warn: 1, Mute: 5}) {
		t.Errorf("with a ceiling at a mute %v", taken)
	}
}

// What a community sets holds at once, for what was done before too: nothing is added up
// that would have to be added up anew.
func TestLadderHoldsForWhatWasDoneBefore(t *testing.T) {
	l := NewLedger()
	for n := range 3 {
		l.take(offence("!a", id.EventID(fmt.Sprint("$", n)), Light), start)
		l.take(offence("!a", id.EventID(fmt.Sprint("$more", n)), Light), start.Add(time.Duration(n+1)*time.Minute))
	}
	later := start.Add(2 * 24 * time.Hour)
	before := l.Points("@u:hs", later)
	l.Ladder = mustLadder(t, "half-life", "1d")
	if after := l.Points("@u:hs", later); after >= before/2 {
		t.Errorf("%v points, and with a shorter half-life %v", before, after)
	}
	l.Ladder = Usual()
	if again := l.Points("@u:hs", later); again != before {
		t.Errorf("%v points, and again %v", before, again)
	}
}
