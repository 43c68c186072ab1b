package kit_test

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// counter finds who says more than most within a time.
type counter struct {
	sent   *kit.Window[kit.Place]
	within time.Duration
	most   int
}

func (c *counter) kind(name string) kit.Kind {
	return kit.Kind{Name: name, New: func(g *kit.Given) kit.Protection { c.sent = kit.NewWindow[kit.Place](g); return c }}
}

func (c *counter) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if !in.CountsAsMessage() {
		return nil
	}
	if _, over := c.sent.Add(kit.Place{Room: in.Room, User: in.Sender}, in, c.within, c.most); over != nil {
		return []kit.Finding{{User: in.Sender, Offence: in.Event.ID, Events: over, Weight: kit.Attack}}
	}
	return nil
}

func account(n int) id.UserID { return id.UserID(fmt.Sprintf("@u%d:hs", n)) }

// fits checks that a set remembers no more than it may, and all that it says.
func fits(t interface {
	Helper()
	Fatalf(string, ...any)
}, b *kittest.Bench, limit int) {
	t.Helper()
	bytes, entries, agree := b.Set.Remembered()
	// What was touched last stays, however large it is.
	if bytes > limit && entries > 1 || !agree {
		t.Fatalf("remembers %d bytes of %d in %d entries; its own sum agrees: %v", bytes, limit, entries, agree)
	}
}

func TestThousandsOfAccountsAreNotAllRemembered(t *testing.T) {
	const limit = 100_000
	c, other := &counter{within: time.Hour, most: 2}, &counter{within: time.Minute, most: 5}
	b := kittest.New(t, c.kind("one"), nil)
	b.Set.Use(other.kind("two"), kit.Standing{Mode: kit.On})
	b.Set.Limit(limit)
	for n := range 9000 {
		b.Pass(time.Millisecond)
		for _, f := range b.Say(account(n%4000), "a") {
			b.Seek(f)
		}
		if n%10 == 0 {
			fits(t, b, limit)
		}
	}
}

func TestMemoryOfOneInstantIsBounded(t *testing.T) {
	const limit = 20_000
	b := kittest.New(t, (&counter{within: time.Second, most: 2}).kind("counter"), nil)
	b.Set.Limit(limit)
	for n := range 1000 {
		b.Say(account(n), "a")
		fits(t, b, limit)
	}
}

// Whoever writes the most is the last to be forgotten.
func TestAFloodIsSeenInACrowd(t *testing.T) {
	b := kittest.New(t, (&counter{within: 5 * time.Second, most: 10}).kind("counter"), nil)
	b.Set.Limit(100_000)
	for n := range 5000 {
		b.Pass(time.Millisecond)
		b.Say(account(n), "a")
		if n%50 == 0 && b.Say("@spam:hs", "buy") != nil {
			return
		}
	}
	t.Error("not found")
}

// Those who were caught first are forgotten first, whatever else there is to remember.
func TestThoseCaughtLastAreRemembered(t *testing.T) {
	c := &counter{within: time.Second, most: 2}
	b := kittest.New(t, c.kind("counter"), nil)
	b.Set.Limit(60_000)
	for n := range 1000 {
		b.Pass(10 * time.Millisecond)
		for range 3 {
			for _, f := range b.Say(account(n), "a") {
				if !f.Trailing {
					b.Seek(f)
				}
			}
		}
		for recent := max(n-10, 0); recent < n; recent++ {
			if found := b.Say(account(recent), "a"); len(found) != 1 || !found[0].Trailing {
				t.Fatalf("user %d is forgotten when user %d writes", recent, n)
			}
		}
	}
}

func TestQuietWritersAreForgotten(t *testing.T) {
	c := &counter{within: 5 * time.Second, most: 10}
	b := kittest.New(t, c.kind("counter"), nil)
	for n := range 1000 {
		b.Say(account(n), "a")
	}
	b.Pass(time.Minute)
	b.Say("@last:hs", "a")
	if c.sent.Len() != 1 {
		t.Errorf("%d writers remembered", c.sent.Len())
	}
}

// One who is remembered by very long names, and by very many messages, is within the
// bound as well.
func TestLongNamesAndLongFloods(t *testing.T) {
	const limit = 200_000
	c := &counter{within: time.Hour, most: 1000}
	b := kittest.New(t, c.kind("counter"), nil)
	b.Set.Limit(limit)
	for n := range 1500 {
		evt := b.Message(id.UserID(fmt.Sprintf("@%0250d:hs", n%3)), "m.room.message", nil)
		evt.ID = id.EventID(fmt.Sprintf("$%0254d", n))
		b.Send(evt)
		fits(t, b, limit)
	}
}

// Of a flood that nobody stops, no more is kept than it takes to know it.
func TestFloodThatNobodyStops(t *testing.T) {
	b := kittest.New(t, (&counter{within: time.Hour, most: 10}).kind("counter"), nil)
	for range 1000 {
		b.Say(user, "a")
	}
	if bytes, _, _ := b.Set.Remembered(); bytes > 5000 {
		t.Errorf("remembers %d bytes", bytes)
	}
}

// A table is a map whose entries live for a time, as long as there is space.
func TestTableIsItsModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := &sees{}
		b := kittest.New(t, s.kind("sees"), nil)
		table := kit.NewTable[kit.Text, int](s.given)
		type kept struct {
			value   int
			expires time.Time
		}
		model := map[kit.Text]kept{}
		now := kittest.Start
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "pause")) * time.Second)
			key := rapid.SampledFrom([]kit.Text{"a", "b", "c"}).Draw(rt, "key")
			before, known := model[key]
			known = known && now.Before(before.expires)
			switch rapid.IntRange(0, 4).Draw(rt, "what") {
			case 0:
				table.Drop(key)
				delete(model, key)
			case 1:
				b.Check(kit.Signal{What: kit.Ticked, Arrived: now}) // sweeps
			case 2:
				table.Resize(key, rapid.IntRange(0, 100).Draw(rt, "bytes"))
			default:
				forSo := time.Duration(rapid.IntRange(1, 9).Draw(rt, "for")) * time.Second
				value := table.Keep(key, now, forSo)
				*value++
				if !known {
					before.value = 0
				}
				model[key] = kept{before.value + 1, now.Add(forSo)}
			}
			got, want := table.Find(key, now), model[key]
			if there := now.Before(want.expires); (got != nil) != there || there && *got != want.value {
				rt.Fatalf("%s is %v, want %+v", key, got, want)
			}
			fits(rt, b, 1<<30)
		}
	})
}
