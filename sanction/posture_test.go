package sanction

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestPostures(t *testing.T) {
	w := Watch{Silence: 2 * time.Hour, Hours: Hours{23 * 60, 7 * 60}, Spoke: noon}
	expect := func(at time.Time, p Posture, from Source, changes time.Time) {
		t.Helper()
		s, next := w.At(at, time.UTC)
		if s.Posture != p || s.Source != from || !next.Equal(changes) {
			t.Errorf("at %s: %v by %s until %s, changes at %s", at, s.Posture, s.Source, s.Until, next)
		}
	}
	expect(noon, Calm, "", noon.Add(2*time.Hour))
	expect(noon.Add(2*time.Hour), Unattended, BySilence, noon.Add(11*time.Hour))
	w.Set(Ordered{Posture: Guarded, By: "@mod:hs", Until: noon.Add(4 * time.Hour)}, noon.Add(2*time.Hour))
	expect(noon.Add(2*time.Hour), Guarded, ByOrder, noon.Add(4*time.Hour))
	w.Raise(Ordered{Posture: Assault, Until: noon.Add(3 * time.Hour)}, noon.Add(2*time.Hour))
	expect(noon.Add(2*time.Hour), Assault, ByWave, noon.Add(3*time.Hour))
	w.Raise(Ordered{Posture: Guarded, Until: noon.Add(time.Hour)}, noon.Add(2*time.Hour)) // a smaller one shortens nothing
	expect(noon.Add(3*time.Hour), Guarded, ByOrder, noon.Add(4*time.Hour))
	expect(noon.Add(4*time.Hour), Unattended, BySilence, noon.Add(11*time.Hour))
	w.Heard(noon.Add(10*time.Hour + 50*time.Minute))
	expect(noon.Add(10*time.Hour+50*time.Minute), Calm, "", noon.Add(11*time.Hour))
	expect(noon.Add(11*time.Hour), Unattended, ByHours, noon.Add(12*time.Hour+50*time.Minute))
	w.Raise(Ordered{Posture: Assault, Until: noon.Add(20 * time.Hour)}, noon.Add(11*time.Hour))
	w.Set(Ordered{Posture: Calm, By: "@mod:hs", Until: time.Time{}}, noon.Add(12*time.Hour))
	expect(noon.Add(12*time.Hour), Unattended, ByHours, noon.Add(14*time.Hour))
	expect(noon.Add(19*time.Hour), Unattended, BySilence, noon.Add(35*time.Hour))
	w = Watch{}
	expect(noon, Calm, "", time.Time{})
	w.Set(Ordered{Posture: Assault, By: "@mod:hs", Until: time.Time{}}, noon)
	expect(noon.Add(1e6*time.Hour), Assault, ByOrder, time.Time{})
}

// What holds changes only at the times that are told; it is what is strictest; a restart
// changes nothing; and an order ends exactly when it was to.
func TestPostureLaws(t *testing.T) {
	minutes := func(rt *rapid.T, most int, label string) time.Duration {
		return time.Duration(rapid.IntRange(0, most).Draw(rt, label)) * time.Minute
	}
	rapid.Check(t, func(rt *rapid.T) {
		w, now := Watch{}, noon
		if rapid.Bool().Draw(rt, "hours") {
			w.Hours = Hours{rapid.IntRange(0, 1439).Draw(rt, "from"), rapid.IntRange(0, 1439).Draw(rt, "to")}
		}
		if rapid.Bool().Draw(rt, "silence") {
			w.Silence = minutes(rt, 600, "after") + time.Minute
		}
		w.Heard(now)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			p := rapid.SampledFrom(Postures()).Draw(rt, "posture")
			until := now.Add(minutes(rt, 900, "for") + time.Minute)
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				w.Set(Ordered{Posture: p, By: "@mod:hs", Until: until}, now)
				if s, _ := w.At(now, time.UTC); s.Posture < p {
					rt.Fatalf("ordered %v, holds %v", p, s.Posture)
				}
				alone := Watch{Order: w.Order}
				if s, _ := alone.At(until.Add(-1), time.UTC); s.Posture != p {
					rt.Fatalf("ordered %v, and before its end %v holds", p, s.Posture)
				}
				if s, next := alone.At(until, time.UTC); s.Posture != Calm || !next.IsZero() {
					rt.Fatalf("at its end %v holds", s.Posture)
				}
			case 1:
				before, _ := w.At(now, time.UTC)
				closes, calm := rapid.Bool().Draw(rt, "closes"), !w.Calmed.IsZero() && now.Sub(w.Calmed) < leftCalm
				w.Raise(Ordered{Posture: p, Until: until, Close: closes}, now)
				s, _ := w.At(now, time.UTC)
				switch {
				case calm && !s.Same(before):
					rt.Fatalf("calm was ordered, and a wave brings %+v", s)
				case calm:
				case s.Posture < max(before.Posture, p) || before.Close && !s.Close || closes && p != Calm && !s.Close:
					rt.Fatalf("a wave of %v: from %+v to %+v", p, before, s)
				}
			case 2:
				w.Heard(now)
				if s, _ := w.At(now, time.UTC); s.Source == BySilence {
					rt.Fatal("silent though somebody spoke")
				}
			}
			s, changes := w.At(now, time.UTC)
			end := changes
			if end.IsZero() {
				end = now.Add(100 * time.Hour)
			}
			for range 5 {
				at := now.Add(time.Duration(rapid.Int64Range(0, int64(end.Sub(now))-1).Draw(rt, "within")))
				if again, _ := w.At(at, time.UTC); !again.Same(s) {
					rt.Fatalf("%+v at %s, %+v at %s, told to change at %s", s, now, again, at, changes)
				}
			}
			raw, err := json.Marshal(w)
			var stored Watch
			if err != nil || json.Unmarshal(raw, &stored) != nil {
				rt.Fatal(err)
			}
			at := now.Add(minutes(rt, 3000, "later"))
			a, nextA := w.At(at, time.UTC)
			b, nextB := stored.At(at, time.UTC)
			if !a.Same(b) || !nextA.Equal(nextB) {
				rt.Fatalf("%+v, and after a restart %+v", a, b)
			}
			now = now.Add(minutes(rt, 300, "pause"))
		}
	})
}

// A wave that is over has no say in the next, and one that goes on is neither shortened nor
// made milder by another. What a moderator calmed stays calm for an hour.
func TestWavesRaise(t *testing.T) {
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	wave := func(p Posture, until int, closes bool) Ordered {
		return Ordered{Posture: p, Until: at(until), Close: closes}
	}
	w := Watch{}
	w.Raise(wave(Assault, 1, true), at(0))
	if s, changes := w.At(at(0), time.UTC); s.Posture != Assault || !s.Close || s.Source != ByWave || !changes.Equal(at(1)) {
		t.Fatalf("%+v, changes at %s", s, changes)
	}
	if s, _ := w.At(at(1), time.UTC); s.Posture != Calm || s.Close {
		t.Fatalf("over, and %+v", s)
	}
	w.Raise(wave(Guarded, 4, false), at(2))
	if s, _ := w.At(at(2), time.UTC); s.Posture != Guarded || s.Close {
		t.Errorf("what was over comes back: %+v", s)
	}
	w.Raise(wave(Assault, 3, true), at(2))
	if s, _ := w.At(at(3), time.UTC); s.Posture != Assault || !s.Close {
		t.Errorf("of two waves: %+v", s)
	}
	w.Set(Ordered{Posture: Calm, By: "@mod:hs"}, at(3))
	w.Raise(wave(Assault, 9, true), at(3).Add(leftCalm-1))
	if s, _ := w.At(at(3).Add(leftCalm-1), time.UTC); s.Posture != Calm || s.Close {
		t.Errorf("a moderator ordered calm, and it is %+v", s)
	}
	w.Raise(wave(Assault, 9, true), at(3).Add(leftCalm))
	if s, _ := w.At(at(5), time.UTC); s.Posture != Assault || !s.Close {
		t.Errorf("an hour later %+v", s)
	}
	// An order outlives the wave that it is stricter than, and closes nothing by itself.
	w = Watch{}
	w.Set(Ordered{Posture: Assault, By: "@mod:hs", Until: at(9)}, at(0))
	w.Raise(wave(Guarded, 1, true), at(0))
	if s, changes := w.At(at(0), time.UTC); s.Source != ByOrder || !s.Close || !changes.Equal(at(1)) {
		t.Errorf("%+v, changes at %s", s, changes)
	}
	if s, _ := w.At(at(1), time.UTC); s.Posture != Assault || s.Close {
		t.Errorf("%+v", s)
	}
}

func TestHours(t *testing.T) {
	for text, want := range map[string]Hours{
		"23:00-07:00": {23 * 60, 7 * 60}, "9:05-17:30": {9*60 + 5, 17*60 + 30}, "00:00 – 06:00": {0, 360},
	} {
		if h, ok := ParseHours(text); !ok || h != want {
			t.Errorf("%s: %v, %v", text, h, ok)
		}
		if h, ok := ParseHours(want.String()); !ok || h != want {
			t.Errorf("%s is not read again", want)
		}
	}
	for _, text := range []string{"", "23", "23:00", "24:00-07:00", "23:60-07:00", "-1:00-07:00", "07:00-07:00", "23:00-07:00 and more", "23:00-07:00-09:00", "a:b-c:d"} {
		if h, ok := ParseHours(text); ok {
			t.Errorf("%q: %v", text, h)
		}
	}
}

func TestPostureNames(t *testing.T) {
	before := 101
	for _, p := range Postures() {
		if q, ok := ParsePosture(" " + p.String() + " "); !ok || q != p || p.Says() == "" {
			t.Errorf("%v", p)
		}
		if p.Percent() >= before {
			t.Errorf("%v is no stricter than the one before it", p)
		}
		before = p.Percent()
	}
	if _, ok := ParsePosture("panic"); ok {
		t.Error("panic is one")
	}
}

// What a wave brought is ended, and what was ordered because of it; nothing else is, and the next wave
// within an hour brings nothing.
func TestEndWave(t *testing.T) {
	until, other := noon.Add(2*time.Hour), noon.Add(3*time.Hour)
	wave := Ordered{Posture: Guarded, Until: until, Close: true}
	for name, tc := range map[string]struct {
		w       Watch
		ordered time.Time
		ended   bool
		left    Posture
	}{
		"nothing":                    {},
		"a wave":                     {w: Watch{Wave: wave}, ended: true},
		"a wave that is over":        {w: Watch{Wave: Ordered{Posture: Guarded, Until: noon}}},
		"and what was ordered of it": {w: Watch{Wave: wave, Order: Ordered{Posture: Assault, Until: until}}, ordered: until, ended: true},
		"that alone":                 {w: Watch{Order: Ordered{Posture: Assault, Until: until}}, ordered: until, ended: true},
		"what was ordered otherwise": {w: Watch{Wave: wave, Order: Ordered{Posture: Assault, Until: other}}, ordered: until, ended: true, left: Assault},
		"what was ordered for good":  {w: Watch{Order: Ordered{Posture: Assault}}, left: Assault},
		"the clock":                  {w: Watch{Wave: wave, Hours: Hours{From: 11 * 60, To: 13 * 60}}, ended: true, left: Unattended},
	} {
		w := tc.w
		if ended := w.EndWave(tc.ordered, noon); ended != tc.ended {
			t.Errorf("%s: ended %v", name, ended)
		}
		if s, _ := w.At(noon, time.UTC); s.Posture != tc.left || s.Close {
			t.Errorf("%s: %+v is left", name, s)
		}
		w.Raise(Ordered{Posture: Assault, Until: other}, noon.Add(leftCalm-1))
		if s, _ := w.At(noon.Add(leftCalm-1), time.UTC); s.Source == ByWave {
			t.Errorf("%s: the next wave brings %+v", name, s)
		}
	}
}
