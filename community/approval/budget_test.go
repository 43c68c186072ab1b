package approval

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const list = id.RoomID("!list:x")

// However changes are cut into pieces, a list never does more within the window
// than the limits say, and what goes ahead is never kept back for older things; a restart
// changes nothing.
func TestBudgetBoundsTheWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := NewBudget()
		l := Limits{Members: rapid.IntRange(1, 6).Draw(t, "members"), Percent: 100, Within: time.Minute}
		type event struct {
			at  time.Time
			who string
		}
		var done []event
		rows := map[string][]byte{} // what is stored
		now := start
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			if rapid.IntRange(0, 5).Draw(t, "restart") == 0 {
				b = NewBudget()
				for _, raw := range rows {
					var s Spent
					if err := json.Unmarshal(raw, &s); err != nil {
						t.Fatal(err)
					}
					b.Load(list, s)
				}
			}
			var c Cost
			for range rapid.IntRange(0, 4).Draw(t, "hits") {
				c.Hits = append(c.Hits, Hit{Who: fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "who"))})
			}
			window := map[string]bool{}
			for _, e := range done {
				if now.Sub(e.at) < l.Within {
					window[e.who] = true
				}
			}
			for _, h := range c.Hits {
				window[h.Who] = true
			}
			want := len(window) <= l.Members || len(c.Hits) == 0
			if got := b.Allows(list, c, l, now); got != want {
				t.Fatalf("allows %v with %d of %d in the window", got, len(window), l.Members)
			}
			if !b.Allows("!other:x", Cost{Hits: []Hit{{Who: "a"}}}, l, now) {
				t.Fatal("one list pays for another")
			}
			if want {
				for _, s := range b.Spend(list, c, l, now) {
					raw, err := json.Marshal(s.Spent)
					if err != nil {
						t.Fatal(err)
					}
					rows[s.Who] = raw
				}
				for _, h := range c.Hits {
					done = append(done, event{now, h.Who})
				}
			}
			for _, s := range b.Ended() {
				delete(rows, s.Who)
			}
			for who := range rows {
				if !slices.ContainsFunc(done, func(e event) bool { return e.who == who && now.Sub(e.at) < l.Within }) && len(c.Hits) > 0 {
					t.Fatalf("%s is stored for ever", who)
				}
			}
		}
	})
}

// Single bans of a room's members add up to a share of it, though the room shrinks.
func TestBudgetOfARoom(t *testing.T) {
	b := NewBudget()
	l := Limits{Members: 100, Percent: 10, Within: time.Minute}
	room := id.RoomID("!room:x")
	cost := func(i int) Cost {
		return Cost{
			Hits:  []Hit{{Who: fmt.Sprint(i), Rooms: []id.RoomID{room}}},
			Sizes: map[id.RoomID]int{room: 50 - i},
		}
	}
	for i := range 5 {
		if !b.Allows(list, cost(i), l, start) {
			t.Fatalf("number %d of 50 is held back", i+1)
		}
		b.Spend(list, cost(i), l, start)
	}
	if b.Allows(list, cost(5), l, start) {
		t.Error("a sixth of 50 goes ahead, at 10 %")
	}
	if !b.Allows(list, cost(4), l, start) {
		t.Error("who was hit already counts twice")
	}
	b.Over(list, start.Add(time.Hour))
	switch {
	case b.Allows(list, cost(0), l, start.Add(59*time.Minute)):
		t.Error("a list that used its budget up goes on")
	case !b.Allows(list, Cost{}, l, start):
		t.Error("what hits nobody waits")
	case !b.Allows(list, cost(0), l, start.Add(time.Hour)):
		t.Error("a budget is used up for ever")
	}
	b.Forget(list)
	if !b.Allows(list, cost(5), l, start) {
		t.Error("after a yes the budget does not begin anew")
	}
}

// An expected write is taken once, only as it was agreed to, and not for ever.
func TestExpected(t *testing.T) {
	e := NewExpected()
	w := Write{list, "m.policy.rule.user", "key", "@a:x ban"}
	e.Add(w, start)
	other := w
	other.Content = "@*:* ban"
	switch {
	case e.Take(other, start):
		t.Error("another write is taken for it")
	case !e.Take(w, start.Add(time.Minute)):
		t.Error("it is not known any more")
	case e.Take(w, start.Add(time.Minute)):
		t.Error("it is taken twice")
	}
	e.Add(w, start)
	if e.Take(w, start.Add(keepExpected)) {
		t.Error("it is kept for ever")
	}
	e.Add(w, start)
	e.Add(other, start.Add(keepExpected))
	if e.Len() != 1 {
		t.Errorf("%d writes are expected: one leaked", e.Len())
	}
	e.Forget(other)
	if e.Len() != 0 {
		t.Error("a write that failed is expected")
	}
}

func TestAnswer(t *testing.T) {
	for sign, want := range map[string][2]bool{
		"✅": {true, true}, "✅\ufe0f": {true, true}, "❌": {false, true}, "❌\ufe0f": {false, true},
		"👍": {}, "👍🏽": {}, "👎": {}, "": {}, "✔️": {}, "yes": {}, "✅✅": {}, "☑": {}, "✅ of course": {},
	} {
		if agreed, ok := Answer(sign); agreed != want[0] || ok != want[1] {
			t.Errorf("%q reads as %v, %v", sign, agreed, ok)
		}
	}
}

func TestWord(t *testing.T) {
	for said, want := range map[string]string{
		"yes": Yes, "Yes.": Yes, " YES! ": Yes, "no": No, "No.\n": No, "✅": Yes, "✅\ufe0f": Yes, "❌": No, "yes please": "more", "No, wait": "more", "yes no": "more", "yes, ✅": "more",
		"": "", "yes?": "", "no?": "", "nobody": "", "yesterday": "", "👍": "", "ok": "", "✅ of course": "", "not yes": "", "y": "", "..!": "",
	} {
		sign, begun := Word(said)
		if got := cmp.Or(sign, map[bool]string{true: "more"}[begun]); got != want {
			t.Errorf("%q reads as %q", said, got)
		}
	}
}

// Who was hit in a room and is hit again by a change that names no room was hit there all the same.
func TestBudgetKeepsWhereSomebodyWasHit(t *testing.T) {
	b := NewBudget()
	l := Limits{Members: 100, Percent: 10, Within: time.Minute}
	room := id.RoomID("!room:x")
	sizes := map[id.RoomID]int{room: 20}
	b.Spend(list, Cost{Hits: []Hit{{Who: "a", Rooms: []id.RoomID{room}}}, Sizes: sizes}, l, start)
	b.Spend(list, Cost{Hits: []Hit{{Who: "a"}}, Sizes: sizes}, l, start)
	b.Spend(list, Cost{Hits: []Hit{{Who: "b", Rooms: []id.RoomID{room}}}, Sizes: sizes}, l, start)
	if b.Allows(list, Cost{Hits: []Hit{{Who: "c", Rooms: []id.RoomID{room}}}, Sizes: sizes}, l, start) {
		t.Error("three of 22 are within a tenth")
	}
}
