package sanction

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
)

// take judges an offence and enters what follows, as if all could be done.
func (l *Ledger) take(o Offence, at time.Time) Verdict {
	v := l.Judge(o, at)
	v.Entry.Step = v.Step
	l.Enter(v.Entry)
	return v
}

// What each step begins with, one after the other.
func TestSteps(t *testing.T) {
	hours := func(n int) time.Time { return start.Add(time.Duration(n) * time.Hour) }
	type did struct {
		room  id.RoomID
		class Class
		at    time.Time
		want  Step
		lasts time.Duration // zero for good, or where nothing lasts
	}
	for name, story := range map[string][]did{
		"a note": {{"!a", Note, hours(0), Alert, 0}, {"!a", Note, hours(1), Alert, 0}, {"!a", Light, hours(2), Redact, 0}},
		"one light offence after another": {
			{"!a", Light, hours(0), Redact, 0}, {"!a", Light, hours(1), Warn, 0}, {"!a", Light, hours(2), Redact, 0},
			{"!a", Light, hours(3), Mute, time.Hour}, {"!a", Light, hours(4), Redact, 0}, {"!a", Light, hours(5), Kick, 0},
			{"!a", Light, hours(6), Redact, 0}, {"!a", Light, hours(7), Ban, 7 * day},
		},
		"light offences in two rooms": {{"!a", Light, hours(0), Redact, 0}, {"!b", Light, hours(1), Warn, 0}, {"!a", Light, hours(2), Warn, 0}},
		"a light offence each month":  {{"!a", Light, hours(0), Redact, 0}, {"!a", Light, hours(720), Redact, 0}, {"!a", Light, hours(1440), Redact, 0}},
		"a nuisance":                  {{"!a", Nuisance, hours(0), Warn, 0}, {"!a", Nuisance, hours(1), Mute, time.Hour}, {"!a", Nuisance, hours(2), Ban, 7 * day}},
		"spam, and again":             {{"!a", Spam, hours(0), Ban, 0}, {"!b", Spam, hours(1), ListBan, 0}, {"!c", Spam, hours(2), Ban, 0}},
		"spam, and long after":        {{"!a", Spam, hours(0), Ban, 0}, {"!a", Spam, hours(24 * 8), Ban, 0}},
		"spam in a burst":             {{"!a", Spam, start, Ban, 0}, {"!b", Spam, start.Add(time.Second), Ban, 0}, {"!a", Spam, start.Add(2 * time.Second), Redact, 0}},
		"attacks":                     {{"!a", Attack, hours(0), Ban, 0}, {"!b", Attack, hours(1), Ban, 0}, {"!a", Attack, hours(2), Ban, 0}, {"!a", Light, hours(3), Redact, 0}},
		"spam and attacks":            {{"!a", Attack, hours(0), Ban, 0}, {"!b", Spam, hours(1), Ban, 0}},
	} {
		t.Run(name, func(t *testing.T) {
			l := NewLedger()
			for n, d := range story {
				v := l.take(offence(d.room, id.EventID(fmt.Sprint("$", n)), d.class), d.at)
				ends := time.Time{}
				if d.lasts > 0 {
					ends = d.at.Add(d.lasts)
				}
				if v.Step != d.want || !v.Ends.Equal(ends) {
					t.Errorf("offence %d: %s until %v, want %s (%.1f points)", n, v.Step, v.Ends, d.want, v.Total)
				}
			}
		})
	}
}

// What moderators want to follow does, each time, but once for one thing.
func TestSetConsequence(t *testing.T) {
	l := NewLedger()
	at := start
	say := func(evt id.EventID, set Consequence, want Step, lasts time.Duration) {
		t.Helper()
		o := offence("!a", evt, Light)
		o.Set = set
		v := l.take(o, at)
		ends := time.Time{}
		if lasts > 0 {
			ends = at.Add(lasts)
		}
		if v.Step != want || !v.Ends.Equal(ends) {
			t.Errorf("%s: %s until %v", evt, v.Step, v.Ends)
		}
	}
	say("$1", Consequence{Step: Mute, Lasts: 2 * time.Hour}, Mute, 2*time.Hour)
	say("$1", Consequence{Step: Mute}, Redact, 0)
	at = at.Add(Burst)
	say("$2", Consequence{Step: Mute}, Redact, 0)
	at = at.Add(time.Second)
	say("$3", Consequence{Step: Mute}, Mute, time.Hour)
	say("$3", Consequence{Step: Ban}, Ban, 0)
	say("$4", Consequence{Step: Alert}, Alert, 0)
	at = at.Add(time.Hour)
	say("$5", Consequence{Step: Ban, Lasts: day}, Ban, day)
	at = at.Add(time.Hour)
	say("$6", Consequence{Step: Takedown}, Takedown, 0)
	o := offence("!a", "$6", Light)
	o.Trailing, o.Set = true, Consequence{Step: Ban}
	if v := l.Judge(o, at); v.Step != Redact {
		t.Errorf("what comes behind: %s", v.Step)
	}
}

// fact is what a plain model knows of an offence.
type fact struct {
	entry  Entry // whose Counts is what it was when it came
	raw    int   // its weight before its burst is looked at
	undone bool
}

type model struct {
	ladder Ladder
	facts  []fact
}

// counts is what of an offence counts: as much as it is worse than what was found before in the same event.
func (m *model) counts(i int) int {
	of, worst := m.facts[i].entry, 0
	for _, f := range m.facts[:i] {
		if f.entry.User == of.User && f.entry.Room == of.Room && f.entry.Event == of.Event && !f.undone {
			worst = max(worst, f.entry.Weight)
		}
	}
	return max(of.Weight-worst, 0)
}

func (m *model) points(u id.UserID, only Class, upTo int, at time.Time) (sum float64) {
	for i, f := range m.facts[:upTo] {
		if f.entry.User == u && !f.undone && at.Sub(f.entry.At) <= forgotten*m.ladder.halfLife && (only == Note || f.entry.Class == only) {
			sum += float64(m.counts(i)) / math.Pow(2, at.Sub(f.entry.At).Hours()/m.ladder.halfLife.Hours())
		}
	}
	return sum
}

// weight is what an offence adds: as much as it is worse than the rest of its burst.
func (m *model) weight(u id.UserID, protection string, raw int, at time.Time) int {
	var began time.Time
	worst := 0
	for _, f := range m.facts {
		if f.entry.User != u || f.entry.Protection != protection || f.undone {
			continue
		}
		if began.IsZero() || f.entry.At.After(began.Add(Burst)) {
			began, worst = f.entry.At, 0
		}
		worst += f.entry.Weight
	}
	if at.After(began.Add(Burst)) {
		return raw
	}
	return max(raw-worst, 0)
}

// step goes through what happened, from the beginning: a step is armed until it is taken,
// and again once points fell low, or what came since would bring it.
func (m *model) step(now Entry) Step {
	for s := ListBan; s > Redact; s-- {
		r := s.row()
		r.from = m.ladder.from[s]
		if r.from == 0 || s > m.ladder.ceiling || r.only != Note && now.Class != r.only {
			continue
		}
		armed, since := true, []int(nil)
		for i, f := range m.facts {
			if f.entry.User != now.User || f.undone {
				continue
			}
			if m.points(now.User, r.only, i, f.entry.At) < r.from*m.ladder.again {
				armed = true
			}
			if f.entry.Step >= s && (r.everywhere || f.entry.Room == now.Room) {
				armed, since = false, nil
			} else if r.only == Note || f.entry.Class == r.only {
				since = append(since, i)
			}
		}
		before := m.points(now.User, r.only, len(m.facts), now.At)
		if before+float64(now.Counts) < r.from {
			continue
		}
		fresh := float64(now.Counts)
		for _, i := range since {
			e := m.facts[i].entry
			if now.At.Sub(e.At) > forgotten*m.ladder.halfLife {
				continue
			}
			fresh += float64(m.counts(i)) / math.Pow(2, now.At.Sub(e.At).Hours()/m.ladder.halfLife.Hours())
		}
		if armed || before < r.from*m.ladder.again || fresh >= r.from {
			return s
		}
		if !r.everywhere {
			return Redact
		}
	}
	return None
}

// A ledger is a plain model, over any story with restarts in it; points fade, and are never
// more than what was entered.
func TestLedgerIsAPlainModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, m, now := NewLedger(), &model{ladder: ladders(rt)}, start
		l.Ladder = m.ladder
		users := []id.UserID{"@a:hs", "@b:hs"}
		for n := range rapid.IntRange(1, 50).Draw(rt, "offences") {
			u := rapid.SampledFrom(users).Draw(rt, "user")
			switch rapid.IntRange(0, 9).Draw(rt, "what") {
			case 0: // a restart
				var stored []Entry
				for _, f := range m.facts {
					f.entry.Undone = f.undone
					stored = append(stored, f.entry)
				}
				l = NewLedger()
				l.Ladder = m.ladder
				l.Load(stored, now)
			case 1:
				if len(m.facts) > 0 {
					i := rapid.IntRange(0, len(m.facts)-1).Draw(rt, "undone")
					if l.Undo(m.facts[i].entry.ID) == m.facts[i].undone && now.Sub(m.facts[i].entry.At) <= m.ladder.Remembered() {
						rt.Fatal("undone twice, or not at all")
					}
					m.facts[i].undone = true
				}
			case 2:
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(30*day)).Draw(rt, "pause")))
			default:
				now = now.Add(time.Duration(rapid.Int64Range(0, int64(2*Burst)).Draw(rt, "pause")))
				class := rapid.SampledFrom([]Class{Note, Light, Light, Light, Nuisance, Spam, Attack}).Draw(rt, "class")
				o := offence(rapid.SampledFrom([]id.RoomID{"!a", "!b"}).Draw(rt, "room"), id.EventID(fmt.Sprint("$", n)), class)
				o.User, o.Cause.Protection = u, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(rt, "protection")
				o.Cause.Event = id.EventID(fmt.Sprint("$", rapid.IntRange(max(n-3, 0), n).Draw(rt, "event")))
				if _, known := l.Find(EntryID(o.Cause, o.Room)); known || slices.ContainsFunc(m.facts, func(f fact) bool { return f.entry.ID == EntryID(o.Cause, o.Room) }) {
					continue
				}
				before := l.Points(u, now)
				v := l.Judge(o, now)
				if l.Points(u, now) != before {
					rt.Fatal("to judge is to enter")
				}
				want := Entry{
					ID: v.Entry.ID, User: u, Room: o.Room, Protection: o.Cause.Protection, Class: class, At: now,
					Event: o.Cause.Event, Weight: m.weight(u, o.Cause.Protection, o.Weight, now),
				}
				m.facts = append(m.facts, fact{entry: want})
				want.Counts = m.counts(len(m.facts) - 1)
				m.facts = m.facts[:len(m.facts)-1]
				if want.Step = Alert; class != Note {
					want.Step = max(Redact, m.step(want))
				}
				want.Step = min(want.Step, m.ladder.ceiling)
				if v.Entry != want || v.Step != want.Step || !v.Fresh {
					rt.Fatalf("offence %d: %+v, want %+v", n, v, want)
				}
				l.Enter(v.Entry)
				m.facts = append(m.facts, fact{entry: want, raw: o.Weight})
				if again := l.Judge(o, now); again.Fresh || again.Step > base(class) && again.Step != Redact {
					rt.Fatalf("the same once more: %+v", again)
				}
			}
			for _, u := range users {
				if got, want := l.Points(u, now), m.points(u, Note, len(m.facts), now); math.Abs(got-want) > 1e-6 {
					rt.Fatalf("%s has %v points, want %v", u, got, want)
				}
			}
		}
	})
}

// story fills a ledger with what one user did up to a time.
func story(rt *rapid.T) (l *Ledger, now time.Time) {
	l, now = NewLedger(), start
	for n := range rapid.IntRange(0, 20).Draw(rt, "before") {
		now = now.Add(time.Duration(rapid.Int64Range(0, int64(5*day)).Draw(rt, "pause")))
		l.take(offence(rapid.SampledFrom([]id.RoomID{"!a", "!b"}).Draw(rt, "room"), id.EventID(fmt.Sprint("$", n)),
			rapid.SampledFrom([]Class{Note, Light, Nuisance, Spam, Attack}).Draw(rt, "class")), now)
	}
	return l, now
}

// What several protections find in one message is one offence, as bad as the worst of it: in
// whatever order, after a restart, and if some of it is undone.
func TestOneMessageIsOneOffence(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := NewLedger()
		class := map[string]Class{}
		var stored []Entry
		restart := func() {
			l = NewLedger()
			l.Load(stored, start)
		}
		worst := func() (points int) {
			for _, c := range class {
				points = max(points, c.Weight())
			}
			return points
		}
		for _, protection := range rapid.Permutation([]string{"a", "b", "c", "d", "e"}).Draw(rt, "protections") {
			o := offence("!a", "$1", rapid.SampledFrom([]Class{Note, Light, Light, Nuisance, Spam, Attack}).Draw(rt, "class"))
			o.Cause.Protection = protection
			class[protection] = o.Class
			v := l.take(o, start)
			if v.Total != float64(worst()) {
				rt.Fatalf("%v: %v points", class, v.Total)
			}
			if worst() <= Light.Weight() && v.Step > Redact {
				rt.Fatalf("%v: %s", class, v.Step)
			}
			if stored = append(stored, v.Entry); rapid.Bool().Draw(rt, "restart") {
				restart()
			}
		}
		for i, e := range stored {
			if !rapid.Bool().Draw(rt, "undone") {
				continue
			}
			l.Undo(e.ID)
			stored[i].Undone = true
			delete(class, e.Protection)
			if rapid.Bool().Draw(rt, "restart") {
				restart()
			}
			if got := l.Points(e.User, start); got != float64(worst()) {
				rt.Fatalf("%v are left: %v points", class, got)
			}
		}
		before := l.Points("@u:hs", start)
		for _, o := range []Offence{offence("!b", "$1", Light), offence("!a", "$2", Light)} { // another room, another message
			o.Cause.Protection = "f" + string(o.Room)
			if v := l.take(o, start); v.Entry.Counts != Light.Weight() {
				rt.Fatalf("%+v after %v", v, before)
			}
		}
	})
}

// What is set to follow is done once for one message in a room, whichever protections it is set for, also after a
// restart; and again for another message, in another room, and if it is more than was done.
func TestSetConsequenceOfOneMessage(t *testing.T) {
	set := func(protection, room, evt, follows string) Offence {
		o := offence(id.RoomID(room), id.EventID(evt), Light)
		o.Cause.Protection = protection
		o.Set, _ = ParseConsequence(follows)
		return o
	}
	for _, tc := range []struct {
		name string
		all  []Offence
		want []Step
		by   []string
	}{
		{"the same twice", []Offence{set("a", "!a", "$1", "mute 1h"), set("b", "!a", "$1", "mute 1h")}, []Step{Mute, Redact}, []string{"", "a"}},
		{"three", []Offence{set("a", "!a", "$1", "ban"), set("b", "!a", "$1", "kick"), set("c", "!a", "$1", "warn")}, []Step{Ban, Redact, Redact}, []string{"", "a", "a"}},
		{"more", []Offence{set("a", "!a", "$1", "warn"), set("b", "!a", "$1", "mute 1h")}, []Step{Warn, Mute}, []string{"", ""}},
		{"what is no step against anybody", []Offence{set("a", "!a", "$1", "redact"), set("b", "!a", "$1", "redact"), set("c", "!a", "$1", "alert")}, []Step{Redact, Redact, Alert}, []string{"", "", ""}},
		{"another room", []Offence{set("a", "!a", "$1", "ban"), set("b", "!b", "$1", "ban")}, []Step{Ban, Ban}, []string{"", ""}},
		{"another message", []Offence{set("a", "!a", "$1", "warn"), set("b", "!a", "$2", "warn")}, []Step{Warn, Warn}, []string{"", ""}},
		{"what is not known to be one", []Offence{set("a", "!a", "", "warn"), set("b", "!a", "", "warn")}, []Step{Warn, Warn}, []string{"", ""}},
		{"by the ladder after it", []Offence{set("a", "!a", "$1", "mute 1h"), set("b", "!a", "$1", "ladder")}, []Step{Mute, Redact}, []string{"", ""}},
	} {
		for _, restart := range []bool{false, true} {
			l := NewLedger()
			var stored []Entry
			for i, o := range tc.all {
				v := l.take(o, start)
				if v.Step != tc.want[i] || v.By != tc.by[i] {
					t.Errorf("%s, restart %v: %s of %s, by %q", tc.name, restart, v.Step, o.Cause.Protection, v.By)
				}
				if again := l.Judge(o, start.Add(time.Second)); again.Step > Redact {
					t.Errorf("%s: found again, %s", tc.name, again.Step)
				}
				if stored = append(stored, v.Entry); restart {
					l = NewLedger()
					l.Load(stored, start)
				}
			}
		}
	}
	l := NewLedger()
	l.take(set("a", "!a", "$1", "mute 1h"), start)
	l.NotTaken(EntryID(set("a", "!a", "$1", "").Cause, "!a"), action.Mute)
	if v := l.take(set("b", "!a", "$1", "mute 1h"), start); v.Step != Mute {
		t.Errorf("what was not done stands for another: %s", v.Step)
	}
	for _, tc := range []struct{ less, more Verdict }{
		{Verdict{Step: Warn}, Verdict{Step: Mute}},
		{Verdict{Step: Mute, Ends: start}, Verdict{Step: Mute, Ends: start.Add(time.Hour)}},
		{Verdict{Step: Ban, Ends: start}, Verdict{Step: Ban}},
	} {
		if tc.less.Compare(tc.more) >= 0 || tc.more.Compare(tc.less) <= 0 || tc.less.Compare(tc.less) != 0 {
			t.Errorf("%+v and %+v", tc.less, tc.more)
		}
	}
}

// The heavier an offence, the more follows.
func TestMoreWeightIsNoMilder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, now := story(rt)
		o := offence("!a", "$new", rapid.SampledFrom([]Class{Light, Nuisance, Spam, Attack}).Draw(rt, "class"))
		o.Weight = rapid.IntRange(0, 200).Draw(rt, "weight")
		less := l.Judge(o, now)
		o.Weight += rapid.IntRange(0, 200).Draw(rt, "more")
		if more := l.Judge(o, now); more.Step < less.Step || more.Total < less.Total {
			rt.Fatalf("%s at %.1f points, and %s at %.1f", less.Step, less.Total, more.Step, more.Total)
		}
	})
}

// Points fade, and no clock makes them more: neither one that is set back or ahead, nor
// entries of the future.
func TestNoClockRaisesPoints(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l, now := story(rt)
		if rapid.Bool().Draw(rt, "restart") {
			ahead := time.Duration(rapid.Int64Range(0, int64(1000*day)).Draw(rt, "ahead"))
			stored := l.Of("@u:hs")
			for i := range stored {
				stored[i].At = stored[i].At.Add(ahead)
			}
			sum := 0
			for _, e := range stored {
				sum += e.Weight
			}
			l = NewLedger()
			l.Load(stored, now)
			if got := l.Points("@u:hs", now); got > float64(sum) {
				rt.Fatalf("%v points of %d", got, sum)
			}
			if got := l.Points("@u:hs", now.Add(30*Usual().halfLife)); got > 0.001*float64(sum) {
				rt.Fatalf("%v points do not fade", got)
			}
			return
		}
		last := l.Points("@u:hs", now)
		for range 10 {
			now = now.Add(time.Duration(rapid.Int64Range(int64(-100*day), int64(100*day)).Draw(rt, "jump")))
			if got := l.Points("@u:hs", now); got > last {
				rt.Fatalf("%v points, and then %v", last, got)
			} else {
				last = got
			}
		}
	})
}

// Around its threshold a step is not taken over and over: each time took its weight in
// what is new, or half of it where all had faded.
func TestNoFlapping(t *testing.T) {
	for pace := time.Hour; pace < 40*day; pace += 5 * time.Hour {
		l, taken := NewLedger(), map[Step]int{}
		const offences = 60
		for n := range offences {
			taken[l.take(offence("!a", id.EventID(fmt.Sprint("$", n)), Light), start.Add(time.Duration(n)*pace)).Step]++
		}
		for _, r := range ladder() {
			if r.step > Redact && float64(taken[r.step])*r.from/2 > offences*float64(Light.Weight()) {
				t.Errorf("one each %s: %v", Span(pace), taken)
			}
		}
	}
}

// What did not happen after all is due again.
func TestWhatWasNotTakenIsDueAgain(t *testing.T) {
	l := NewLedger()
	v := l.take(offence("!a", "$1", Attack), start)
	if l.NotTaken(v.Entry.ID, action.Mute) || l.NotTaken(v.Entry.ID, action.Redact) || l.NotTaken("unknown", action.Ban) {
		t.Error("something else")
	}
	if !l.NotTaken(v.Entry.ID, action.Ban) || l.NotTaken(v.Entry.ID, action.Ban) {
		t.Error("not once")
	}
	if v := l.take(offence("!a", "$1", Attack), start); v.Step != Ban || v.Fresh {
		t.Errorf("the same once more: %s", v.Step)
	}
	if v := l.take(offence("!a", "$1", Attack), start); v.Step != Redact {
		t.Errorf("and again: %s", v.Step)
	}
}

// Who is let off in a room begins anew there.
func TestUndoIn(t *testing.T) {
	l := NewLedger()
	a := l.take(offence("!a", "$1", Attack), start)
	l.take(offence("!b", "$2", Light), start.Add(time.Hour))
	if undone := l.UndoIn("@u:hs", "!a"); !slices.Equal(undone, []string{a.Entry.ID}) || l.UndoIn("@u:hs", "!a") != nil {
		t.Errorf("undone: %v", undone)
	}
	if got := l.Points("@u:hs", start.Add(time.Hour)); got != 10 {
		t.Errorf("%v points are left", got)
	}
	if v := l.take(offence("!a", "$3", Attack), start.Add(2*time.Hour)); v.Step != Ban {
		t.Errorf("the next attack: %s", v.Step)
	}
}

// However many accounts and offences: what is remembered has a bound.
func TestLedgerIsBounded(t *testing.T) {
	l := NewLedger()
	l.most = 1000
	for n := range 2 * l.most {
		o := offence("!a", id.EventID(fmt.Sprint("$", n)), Light)
		o.User = id.UserID(fmt.Sprint("@u", n, ":hs"))
		l.take(o, start)
	}
	for n := range 10 * mostOf {
		l.take(offence("!a", id.EventID(fmt.Sprint("$again", n)), Light), start.Add(time.Duration(n)*time.Minute))
	}
	if len(l.known) != l.most || l.order.Len() != l.most || len(l.of["@u:hs"]) != mostOf || len(l.of) > l.most {
		t.Errorf("%d known, %d in order, %d users, %d of one", len(l.known), l.order.Len(), len(l.of), len(l.of["@u:hs"]))
	}
	l.take(offence("!a", "$late", Light), start.Add(2*Usual().Remembered()))
	if len(l.known) != 1 || len(l.of) != 1 {
		t.Errorf("%d are remembered of what weighs nothing", len(l.known))
	}
}

// One offence has one name in a room, and no two have the same.
func TestEntryID(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []action.Cause{{Protection: "a", Event: "$1"}, {Protection: "a$", Event: "1"}, {Protection: "b", Event: "$1"}} {
		for _, room := range []id.RoomID{"!a", "!b"} {
			if name := EntryID(c, room); seen[name] || name != EntryID(c, room) {
				t.Errorf("%v", c)
			} else {
				seen[name] = true
			}
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	l := NewLedger()
	at := start
	for n := range mostOf {
		l.take(offence("!a", id.EventID(fmt.Sprint("$", n)), Light), at)
		at = at.Add(time.Minute)
	}
	o := offence("!a", "$new", Light)
	for b.Loop() {
		l.Judge(o, at)
	}
}

// Who was silenced lately is who was muted or banned for it, and whose offence counts.
func TestSilenced(t *testing.T) {
	l := NewLedger()
	now := time.Unix(1e9, 0)
	for n, e := range []Entry{
		{User: "@old:x", Class: Spam, Step: Ban, At: now.Add(-48 * time.Hour)},
		{User: "@mild:x", Class: Nuisance, Step: Ban, At: now},
		{User: "@alerted:x", Class: Spam, Step: Redact, At: now},
		{User: "@undone:x", Class: Spam, Step: Ban, At: now, Undone: true},
		{User: "@a:x", Class: Spam, Step: Mute, At: now},
		{User: "@b:x", Class: Attack, Step: Ban, At: now},
		{User: "@a:x", Class: Spam, Step: Ban, At: now},
	} {
		e.ID = fmt.Sprint(n)
		l.Enter(e)
	}
	if got := l.Silenced(Spam, now.Add(-time.Hour), 10); !slices.Equal(got, []id.UserID{"@a:x", "@b:x"}) {
		t.Errorf("%v", got)
	}
	if got := l.Silenced(Spam, now.Add(-time.Hour), 1); len(got) != 1 {
		t.Errorf("no bound: %v", got)
	}
}
