package policy

import (
	"fmt"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/stretch"
)

// What a list may be filled with to make every look at it dear. The first of asked is matched by rule 77, or by all.
var attacks = []struct {
	name, kind string
	entity     func(i int) string
	asked      []string
}{
	{"one name", "user", func(int) string { return "@victim:evil.example" },
		[]string{"@victim:evil.example", "@nobody:here.example"}},
	{"one pattern", "user", func(int) string { return "@*" },
		[]string{"@victim:evil.example", "no user at all"}},
	{"a shared beginning", "user", func(i int) string { return fmt.Sprintf("@spam%06d*:*", i) },
		[]string{"@spam000077x:evil.example", "@spammer:here.example"}},
	{"a shared end", "user", func(i int) string { return fmt.Sprintf("@*%06d.matrix.example", i) },
		[]string{"@x:h000077.matrix.example", "@nobody:here.matrix.example"}},
	{"255 bytes", "user", func(i int) string { return fmt.Sprintf("@%s%06d*:*", strings.Repeat("ab", 118), i) },
		[]string{"@" + strings.Repeat("ab", 118) + "000077x:x", "@" + strings.Repeat("ab", 121) + ":x.example"}},
	{"stars inside servers", "server", func(i int) string { return fmt.Sprintf("*evil*%06d*", i) },
		[]string{"xevilx000077x.example", "evil012.345.example"}},
	{"ordinary", "room", func(i int) string { return fmt.Sprintf("!room%06d:evil.example", i) },
		[]string{"!room000077:evil.example", "#room:here.example"}},
}

const (
	fewRules, manyRules = 1_000, 100_000
	// mostGrowth is how many times as much a thing may cost among a hundred times as many rules. What is a few times as
	// dear misses the processor's caches; what is a hundred times as dear looks at all of them.
	mostGrowth = 20
)

// TestCostOfRules shows how what each question and each change costs grows with the number of rules.
func TestCostOfRules(t *testing.T) {
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			few := costOfRules(t, fewRules, a.kind, a.entity, a.asked)
			for what, many := range costOfRules(t, manyRules, a.kind, a.entity, a.asked) {
				t.Logf("%-10s %8.0f, then %8.0f", what, few[what], many)
				// A microsecond is less than what the clock disturbs.
				if many > mostGrowth*few[what]+1000 {
					t.Errorf("%s costs %.0f among %d rules and %.0f among %d", what, few[what], fewRules, many, manyRules)
				}
			}
		})
	}
}

// costOfRules is what each question and each change costs, in nanoseconds of the processor; of what is about all rules,
// for each of them. Of questions it is how many patterns are tried.
func costOfRules(t *testing.T, n int, kind string, entity func(int) string, asked []string) map[string]float64 {
	t.Helper()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // it is not what is measured
	events := make([]*event.Event, n)
	for i := range events {
		events[i] = state("m.policy.rule."+kind, fmt.Sprint("key", i), fmt.Sprint("$", i), banContent(entity(i)))
	}
	k, _ := KindOf("m.policy.rule." + kind)
	costs := map[string]float64{}
	x := NewIndex()
	ask := func() (hits int) {
		for _, name := range asked {
			if _, hit := decide(x, k, name); hit {
				hits++
			}
			x.Member(id.UserID(name))
		}
		return hits
	}
	whole := func(what string, f func()) { costs[what] = float64(stretch.Once(f)) / float64(n) }
	whole("Read", func() {
		for g, more := NewReading(testList, events), true; more; {
			_, more = x.Read(g, 250)
			ask() // between two parts
		}
	})
	if hits := ask(); hits != 1 || x.Len() != n {
		t.Fatalf("%d of %d are matched by %d rules", hits, len(asked), x.Len())
	}
	for _, name := range asked {
		x.kinds[k].globs.candidates(name, func(*wildcard) { costs["tried for "+name[:8]]++ })
	}
	const times = 100
	each := func(what string, f func(i int)) {
		least := time.Hour
		for range 5 { // in one of which the collector rests
			least = min(least, stretch.Once(func() {
				for i := range times {
					f(i)
				}
			}))
		}
		costs[what] = float64(least) / times
	}
	eventID := func(i int) id.EventID { return id.EventID(fmt.Sprint("$", i)) }
	each("Rule", func(i int) { x.Rule(eventID(i)) })
	each("Held", func(i int) { x.Held(eventID(i)) })
	each("Hold", func(i int) { x.Hold(eventID(i), i%2 == 0) })
	fresh := 0
	each("Apply", func(i int) {
		fresh++
		evt := *events[i]
		evt.ID = id.EventID(fmt.Sprint("$fresh", fresh))
		x.Apply(testList, &evt)
	})
	redacted := n
	each("Redact", func(int) {
		redacted--
		x.Redact(testList, eventID(redacted))
	})
	whole("Named", func() { x.Named(id.UserID(asked[0])) })
	whole("Matching", func() { x.Matching(k, asked[0]) })
	whole("SetOrder", func() { x.SetOrder([]id.RoomID{testList}) })
	whole("exempting", func() { x.SetExempting(testList, true) })
	whole("Rules", func() {
		for range x.Rules("") {
		}
	})
	whole("Servers", func() {
		for range x.Servers() {
		}
	})
	whole("Replace", func() { x.Replace(testList, events[:n/2]) }) // the half of them is gone
	whole("Drop", func() { x.Drop(testList) })
	return costs
}

// TestCostOfSubjects shows how what is asked about those in view grows with how many there are. All of their names begin
// alike, and all of their servers' names begin and end alike.
func TestCostOfSubjects(t *testing.T) {
	few := costOfSubjects(fewRules)
	for what, many := range costOfSubjects(manyRules) {
		t.Logf("%-20s %8.0f, then %8.0f", what, few[what], many)
		if many > mostGrowth*few[what]+1000 {
			t.Errorf("%s costs %.0f among %d users and %.0f among %d", what, few[what], fewRules, many, manyRules)
		}
	}
}

// costOfSubjects is what each thing costs in nanoseconds of the processor; of what has to look at all names, for each.
func costOfSubjects(n int) map[string]float64 {
	s := NewSubjects()
	user := func(i int) id.UserID { return id.UserID(fmt.Sprintf("@same%06d:hs%05d.example", i, i/20)) }
	for i := range n {
		s.Add(user(i))
	}
	costs := map[string]float64{}
	cost := func(what string, per int, f func()) {
		f() // what is kept for such questions is made by the first
		least := time.Hour
		for range 5 {
			least = min(least, stretch.Once(f))
		}
		costs[what] = float64(least) / float64(per)
	}
	const times = 100
	cost("Add and Remove", times, func() {
		for i := range times {
			s.Add(user(n + i))
			s.Remove(user(n + i))
		}
	})
	asks := func(what string, per int, r Rule) {
		cost(what, per, func() {
			for range times {
				for range s.Affected(r) {
				}
			}
		})
	}
	asks("a name", times, Rule{Kind: User, Entity: "@same000777:hs00038.example"})
	asks("a hash", times, Rule{Kind: User, Hash: HashOf("@same000777:hs00038.example")})
	asks("a server", times, Rule{Kind: Server, Entity: "hs00038.example"})
	asks("a server's users", times, Rule{Kind: User, Entity: "@*7:hs00038.example"})
	asks("a server by prefix", times, Rule{Kind: Server, Entity: "hs00038*"})
	asks("a server by suffix", times, Rule{Kind: Server, Entity: "*038.example"})
	asks("a server by piece", times*n, Rule{Kind: Server, Entity: "*s00038.e*"})
	asks("a prefix", times*n, Rule{Kind: User, Entity: "@same000777*:*"})
	asks("a piece", times*n, Rule{Kind: User, Entity: "@*me000777*:*"})
	var rules []Rule
	var names []string
	for i := range 1000 {
		rules = append(rules, Rule{Kind: User, Entity: fmt.Sprintf("@*me%06dx*:*", i)}, Rule{Kind: Server, Entity: fmt.Sprintf("*s%05d.f*", i)})
		names = append(names, fmt.Sprintf("s%05d.f", i))
	}
	cost("Covering", n, func() { s.Covering(rules) })
	cost("AffectedByAny", n, func() {
		for range s.AffectedByAny(rules) {
		}
	})
	cost("InServers", n, func() { s.InServers(names) })
	cost("Servers", n, func() {
		for range s.Servers() {
		}
	})
	return costs
}
