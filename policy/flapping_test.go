package policy

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/growth"
)

// flapping is a list of n rules of each kind that comes and goes, in which everything is new each time.
func flapping(n, time int) (events []*event.Event) {
	for i := range n {
		kind, entity := "user", fmt.Sprintf("@spam%d-%d*:*", time, i)
		switch i % 6 {
		case 1:
			entity = "@victim:evil.example"
		case 2:
			entity = fmt.Sprintf("@user%d-%d:evil.example", time, i)
		case 3:
			kind, entity = "server", fmt.Sprintf("*.evil%d-%d.example", time, i)
		case 4:
			kind, entity = "server", fmt.Sprintf("evil%d-%d.example", time, i)
		case 5:
			entity = fmt.Sprintf("@*a*b%d-%d*", i, time)
		}
		events = append(events, state("m.policy.rule."+kind, fmt.Sprintf("key%d-%d", time, i), fmt.Sprintf("$%d-%d", time, i), banContent(entity)))
	}
	return events
}

// What comes and goes again and again leaves nothing behind: a list with ever new rules, a rule that is edited, blanked or
// held back, and those who are in view.
func TestFlappingIsNotRemembered(t *testing.T) {
	x, s := NewIndex(), NewSubjects()
	x.Recount()
	x.Replace("!stays:x", flapping(100, 0))
	look := func() {
		x.Moved(math.MaxInt, func(Rule, bool) {})
		anew(x).Member("@victim:evil.example")
		x.Server("www.evil1-9.example")
	}
	flap := func(from, to int) {
		for time := from; time < to; time++ {
			x.Replace(testList, flapping(500, time))
			look()
			for i := range 50 {
				content := banContent(fmt.Sprintf("@*flaps%d*:*", i))
				if i%2 == 1 {
					content = "{}"
				}
				x.Apply(testList, state("m.policy.rule.user", "flaps", fmt.Sprintf("$flaps%d-%d", time, i), content))
				x.Hold(id.EventID(fmt.Sprintf("$%d-4", time)), i%2 == 0)
				u := id.UserID(fmt.Sprintf("@User%d-%d:HS%d.example:%d", time, i, time, i))
				s.Add(u)
				for range s.Affected(Rule{Kind: User, Hash: HashOf(string(u))}) {
				}
				for range s.ServersMatching(Rule{Kind: Server, Hash: HashOf("x"), Entity: "*s*"}) {
				}
				s.Remove(u)
			}
			x.SetExempting(testList, time%2 == 0)
			x.Drop(testList)
			x.SetExempting(testList, false)
			if time%2 == 0 {
				look()
			}
		}
		look()
	}
	flap(1, 20)
	if n := growth.Kept(func() { flap(20, 100) }); n > 200_000 {
		t.Errorf("it leaves %d bytes", n)
	}
	if x.Len() != 100 || x.Moves() > 0 || s.Len() != 0 {
		t.Errorf("%d rules, %d moves and %d users are left", x.Len(), x.Moves(), s.Len())
	}
}

// BenchmarkFlapping has a list of very many rules come and go, and a rule among very many, which is the best of them.
func BenchmarkFlapping(b *testing.B) {
	const n = 10_000
	b.Run("a list", func(b *testing.B) {
		x := NewIndex()
		x.Recount()
		events := flapping(n, 1)
		for b.Loop() {
			x.Replace(testList, events)
			x.Drop(testList)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/rule")
	})
	for _, many := range []int{1000, 50_000} {
		b.Run(fmt.Sprint("a rule of ", many, " for one name"), func(b *testing.B) {
			x := NewIndex()
			for i := range many {
				x.Apply(testList, state("m.policy.rule.user", fmt.Sprint("key", i), fmt.Sprint("$", i), banContent("@victim:evil.example")))
			}
			flaps := []*event.Event{state("m.policy.rule.user", "a", "$a", banContent("@victim:evil.example")), state("m.policy.rule.user", "a", "$b", "{}")}
			for i := 0; b.Loop(); i++ {
				x.Apply(testList, flaps[i%2])
				anew(x).Member("@victim:evil.example")
			}
		})
	}
	b.Run("a piece of 255 bytes", func(b *testing.B) {
		x := newWorkload(n).index()
		flaps := []*event.Event{state("m.policy.rule.user", "a", "$a", banContent("@*"+strings.Repeat("ab", 120)+"*:*")), state("m.policy.rule.user", "a", "$b", "{}")}
		for i := 0; b.Loop(); i++ {
			x.Apply(testList, flaps[i%2])
			anew(x).Member("@victim:evil.example")
		}
	})
}
