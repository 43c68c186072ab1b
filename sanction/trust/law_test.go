package trust

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

const (
	room  id.RoomID = "!room:hs"
	other id.RoomID = "!other:hs"
	user  id.UserID = "@u:hs"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// life is a community in which others talk, and what one user does in it.
type life struct {
	*Book
	now time.Time
	n   int
}

func newLife() *life { return &life{Book: NewBook(), now: start} }

// talk has others say something in a room.
func (l *life) talk(in id.RoomID) {
	for _, u := range []id.UserID{"@a:hs", "@b:hs", "@c:hs"} {
		l.says(u, in)
	}
}

// says gives the event that something was said in.
func (l *life) says(u id.UserID, in id.RoomID) id.EventID {
	l.n++
	evt := id.EventID(fmt.Sprint("$", l.n))
	l.Accept(Message{Room: in, User: u, Event: evt}, l.now)
	return evt
}

// days lets days go by, on each of which the user says so much.
func (l *life) days(n, messages int, in ...id.RoomID) {
	for range n {
		for _, r := range in {
			l.talk(r)
		}
		for m := range messages {
			l.says(user, in[m%len(in)])
		}
		l.now = l.now.Add(day)
	}
}

func (l *life) level() Level { return l.Level(user, l.now) }

func TestTrustGrows(t *testing.T) {
	for _, tc := range []struct {
		name           string
		days, messages int
		in             []id.RoomID
		want           Level
	}{
		{"nothing", 0, 0, nil, New},
		{"one day of much talk", 1, 500, []id.RoomID{room}, New},
		{"one day in many rooms", 1, 500, []id.RoomID{room, other, "!third:hs"}, New},
		{"two days", 2, 3, []id.RoomID{room}, Known},
		{"two days of a word each", 2, 1, []id.RoomID{room}, New},
		{"a week", 7, 5, []id.RoomID{room}, Known},
		{"ten days", 10, 5, []id.RoomID{room}, Regular},
		{"a week in two rooms", 7, 5, []id.RoomID{room, other}, Regular},
		{"ten days of a word each", 10, 1, []id.RoomID{room}, Known},
		{"a month", 30, 4, []id.RoomID{room}, Trusted},
	} {
		l := newLife()
		l.days(tc.days, tc.messages, tc.in...)
		if got := l.level(); got != tc.want {
			t.Errorf("%s: %v, %+v", tc.name, got, l.Past(user, l.now))
		}
	}
}

// Nothing that is done within a day makes anybody known, around midnight neither, in
// whatever rooms, and however often the clock is asked.
func TestNoBurstBuysTrust(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife()
		l.now = start.Add(time.Duration(rapid.IntRange(0, 24*60).Draw(rt, "begins")) * time.Minute)
		ends := l.now.Add(apart - time.Minute)
		for l.now.Before(ends) {
			in := rapid.SampledFrom([]id.RoomID{room, other, "!c:hs", "!d:hs"}).Draw(rt, "room")
			l.talk(in)
			for range rapid.IntRange(0, 30).Draw(rt, "messages") {
				l.says(user, in)
			}
			if p := l.Past(user, l.now); p.Level() != New || p.Messages > MostADay || p.Days > 1 {
				rt.Fatalf("at %s: %+v", l.now, p)
			}
			l.now = l.now.Add(time.Duration(rapid.IntRange(1, 300).Draw(rt, "pause")) * time.Minute)
		}
	})
}

// One who does all that another does, and more, is never trusted less.
func TestTrustIsMonotone(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife()
		const less = id.UserID("@less:hs")
		for range rapid.IntRange(1, 150).Draw(rt, "steps") {
			in := rapid.SampledFrom([]id.RoomID{room, other, "!c:hs", "!d:hs"}).Draw(rt, "room")
			l.talk(in)
			for n := range rapid.IntRange(0, 4).Draw(rt, "messages") {
				l.says(user, in)
				if n%2 == 0 && l.now.Hour() == start.Hour() { // so that the days of both begin alike
					l.says(less, in)
				}
			}
			l.now = l.now.Add(time.Duration(rapid.IntRange(0, 30).Draw(rt, "days")) * day / time.Duration(rapid.SampledFrom([]int{1, 1, 10}).Draw(rt, "part")))
			l.now = l.now.Truncate(day).Add(9 * time.Hour)
			if a, b := l.Past(less, l.now), l.Past(user, l.now); a.Level() > b.Level() || a.Messages > b.Messages || a.Days > b.Days || a.Rooms > b.Rooms {
				rt.Fatalf("%+v of less, %+v of more", a, b)
			}
		}
	})
}

// Without news it only fades, and in the end all is forgotten.
func TestTrustFades(t *testing.T) {
	l := newLife()
	l.days(60, 5, room, other)
	if l.level() != Trusted {
		t.Fatalf("%v", l.level())
	}
	before, seen := Trusted, map[Level]bool{}
	for range lasts * 7 {
		l.now = l.now.Add(day)
		level := l.level()
		if level > before {
			t.Fatalf("from %v to %v", before, level)
		}
		before, seen[level] = level, true
	}
	if before != New || len(seen) != len(Levels()) || l.Past(user, l.now.Add(7*day)) != (Past{}) {
		t.Errorf("in the end %v, after %v; %+v", before, seen, l.Past(user, l.now))
	}
	l.talk(room) // has those forgotten who are over
	l.talk(room)
	if l.members[user] != nil {
		t.Error("who is long gone is remembered")
	}
}

func TestWhereNothingIsEarned(t *testing.T) {
	for name, says := range map[string]func(l *life){
		"alone":           func(l *life) { l.says(user, "!mine:hs") },
		"with one friend": func(l *life) { l.says("@friend:hs", "!ours:hs"); l.says(user, "!ours:hs") },
		"with rank": func(l *life) {
			l.talk(room)
			l.n++
			l.Accept(Message{Room: room, User: user, Event: id.EventID(fmt.Sprint("$", l.n)), Own: true}, l.now)
		},
		"the same event again": func(l *life) { l.talk(room); l.Accept(Message{Room: room, User: user, Event: "$same"}, l.now) },
	} {
		l := newLife()
		for range 100 {
			for range 3 {
				says(l)
			}
			l.now = l.now.Add(day)
		}
		if got := l.level(); got != New {
			t.Errorf("%s: %v", name, got)
		}
	}
	// Where others talked long ago, nobody does.
	l := newLife()
	l.talk(room)
	l.now = l.now.Add(late * day)
	for range 100 {
		l.says(user, room)
		l.now = l.now.Add(day)
	}
	if got := l.level(); got != New {
		t.Errorf("in a room that all others left: %v", got)
	}
}

// What is removed later does not count, after a restart neither; what another removes in
// another room is none of it.
func TestRemovedCountsNoMore(t *testing.T) {
	l := newLife()
	var said []id.EventID
	for range 2 {
		l.talk(room)
		for range 3 {
			said = append(said, l.says(user, room))
		}
		l.now = l.now.Add(day)
	}
	for _, evt := range said {
		l.Removed(other, evt)
	}
	if l.level() != Known {
		t.Fatalf("%v", l.level())
	}
	l.restart()
	for _, evt := range said {
		l.Removed(room, evt)
		l.Removed(room, evt)
	}
	if p := l.Past(user, l.now); p.Messages != 0 || p.Days != 0 || p.Level() != New {
		t.Errorf("%+v", p)
	}
}

func TestOpenPoints(t *testing.T) {
	l := newLife()
	l.days(40, 5, room)
	open := false
	l.Open = func(u id.UserID, at time.Time) bool {
		if u != user || !at.Equal(l.now) {
			t.Errorf("asked about %s at %s", u, at)
		}
		return open
	}
	for _, open = range []bool{false, true, false} {
		if got, want := l.level(), map[bool]Level{false: Trusted, true: Known}[open]; got != want {
			t.Errorf("with open points, %v: %v", open, got)
		}
	}
}

// restart has what was stored, and nothing else, be known.
func (l *life) restart() {
	stored := l.Changed()
	l.Book = NewBook()
	for _, row := range stored {
		if row.Record != nil {
			l.Load(row, l.now)
		}
	}
}

// After a restart at any time, all goes on as if there had been none.
func TestRestartChangesNothing(t *testing.T) {
	users := []id.UserID{user, "@a:hs", "@b:hs", "@c:hs"}
	rapid.Check(t, func(rt *rapid.T) {
		l, again := newLife(), newLife()
		stored := map[string][]byte{}
		var said []id.EventID
		for step := range rapid.IntRange(1, 80).Draw(rt, "steps") {
			in := rapid.SampledFrom([]id.RoomID{room, other, "!c:hs"}).Draw(rt, "room")
			who := rapid.SampledFrom(users).Draw(rt, "user")
			for range rapid.IntRange(1, 3).Draw(rt, "messages") {
				said = append(said, l.says(who, in))
				again.says(who, in)
			}
			if rapid.IntRange(0, 5).Draw(rt, "removes") == 0 {
				evt := rapid.SampledFrom(said).Draw(rt, "which")
				for _, r := range []id.RoomID{room, other, "!c:hs"} {
					l.Removed(r, evt)
					again.Removed(r, evt)
				}
			}
			if rapid.IntRange(0, 2).Draw(rt, "stores") == 0 {
				for _, row := range again.Changed() {
					if stored[row.Entity] = row.Record; row.Record == nil {
						delete(stored, row.Entity)
					}
				}
				again.Book = NewBook()
				for name, record := range stored {
					again.Load(Row{name, record}, again.now)
				}
			}
			pause := time.Duration(rapid.IntRange(0, 60).Draw(rt, "hours")) * time.Hour
			l.now, again.now = l.now.Add(pause), again.now.Add(pause)
			for _, u := range users {
				if a, b := l.Past(u, l.now), again.Past(u, l.now); a != b {
					rt.Fatalf("step %d: %s has %+v, and after restarts %+v", step, u, a, b)
				}
			}
		}
	})
}

// Whatever a stored record holds, it is taken up or forgotten.
func FuzzLoad(f *testing.F) {
	l := newLife()
	l.days(20, 5, room, other)
	for _, row := range l.Changed() {
		f.Add(row.Entity, row.Record)
	}
	f.Fuzz(func(t *testing.T, entity string, record []byte) {
		l := newLife()
		l.Load(Row{entity, record}, l.now)
		l.days(2, 2, room)
		for _, row := range l.Changed() {
			l.Load(row, l.now)
		}
		for _, e := range l.members {
			for _, m := range e.Value.(*member).record.marks {
				for u := range l.marks {
					if u == m.event {
						l.members[l.marks[u]].Value.(*member).record.takeBack(m.event)
					}
				}
			}
		}
	})
}

// flood is a million senders with messages each, of a community whose members have
// talked for a month. Scaled down it is the same shape.
func flood(senders, messages int, limit int) (l *life, regulars []id.UserID) {
	l = newLife()
	l.Book = bounded(limit, 3*limit)
	for n := range 50 {
		regulars = append(regulars, id.UserID(fmt.Sprintf("@regular%d:hs", n)))
	}
	for range 30 {
		for _, u := range regulars {
			for range 4 {
				l.says(u, room)
			}
		}
		l.Changed()
		l.now = l.now.Add(day)
	}
	for m := range messages {
		for n := range senders {
			l.says(id.UserID(fmt.Sprintf("@sender-with-a-long-name-%d:%d.evil.example", n, n%1000)), room)
			if n%1000 == 0 {
				l.Changed() // as each batch is stored
			}
		}
		l.now = l.now.Add(time.Duration(m) * time.Minute)
	}
	return l, regulars
}

// What is remembered stays within its bounds, and those who have earned trust keep it,
// however many come.
func TestMemoryIsBounded(t *testing.T) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const limit = 1 << 20
	l, regulars := flood(20_000, 10, limit)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if l.newcomers.used > limit || l.known.used > 3*limit {
		t.Errorf("%d and %d bytes counted", l.newcomers.used, l.known.used)
	}
	if grown := int(after.HeapAlloc) - int(before.HeapAlloc); grown > 2*limit {
		t.Errorf("%d bytes in truth, %d counted, of %d members", grown, l.newcomers.used+l.known.used, l.Len())
	}
	for _, u := range regulars {
		if got := l.Level(u, l.now); got != Trusted {
			t.Fatalf("%s is %v", u, got)
		}
	}
	sum, names := 0, 0
	for e := l.newcomers.order.Front(); e != nil; e = e.Next() {
		sum, names = sum+e.Value.(*member).bytes, names+1
	}
	if sum != l.newcomers.used || names+l.known.order.Len() != l.Len() {
		t.Error("the books do not add up")
	}
	marked := 0
	for _, e := range l.members {
		marked += len(e.Value.(*member).record.marks)
	}
	if marked != len(l.marks) {
		t.Errorf("%d marks of %d", len(l.marks), marked)
	}
	runtime.KeepAlive(l)
}

// BenchmarkMillion is ten million messages by a million senders, and what is left of
// memory after it.
func BenchmarkMillion(b *testing.B) {
	for b.Loop() {
		l, _ := flood(1_000_000, 10, maxNewcomers)
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/(1<<20), "MiB")
		runtime.KeepAlive(l)
	}
}

// BenchmarkAccept is one message of a busy room.
func BenchmarkAccept(b *testing.B) {
	l, _ := flood(5000, 1, maxNewcomers)
	var users []id.UserID
	for n := range 5000 {
		users = append(users, id.UserID(fmt.Sprintf("@sender-with-a-long-name-%d:%d.evil.example", n, n%1000)))
	}
	n := 0
	for b.Loop() {
		n++
		l.Accept(Message{Room: room, User: users[n%len(users)], Event: "$an-event-of-the-usual-length-as-there-are-many"}, l.now)
	}
}

// BenchmarkLevel is what a protection pays to ask.
func BenchmarkLevel(b *testing.B) {
	l, regulars := flood(10, 1, maxNewcomers)
	for b.Loop() {
		l.Level(regulars[7], l.now)
	}
}

func TestRowsAreFew(t *testing.T) {
	l := newLife()
	rows := 0
	for range 10 {
		for range 200 {
			l.talk(room)
			rows += len(l.Changed())
		}
		l.now = l.now.Add(day)
	}
	if rows > 10*(3*MostADay+4) {
		t.Errorf("%d rows for 6000 messages of ten days", rows)
	}
	names := map[string]bool{}
	l.talk(other)
	for _, row := range l.Changed() {
		names[row.Entity] = true
	}
	l.Forget(other)
	if got := l.Changed(); len(got) != 1 || got[0].Entity != string(other) || got[0].Record != nil || !names[string(other)] {
		t.Errorf("%+v", got)
	}
	if l.Changed() != nil || !slices.Equal(Levels(), []Level{New, Known, Regular, Trusted}) {
		t.Error("what was handed out is handed out again")
	}
}
