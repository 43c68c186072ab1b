package policy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	plainglob "github.com/gobwas/glob"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/internal/growth"
	"forseti/internal/stretch"
)

// scattered is patterns that have no piece of four bytes, or only such as very many have. They are made of names: most of
// their letters are stars.
func scattered(kind Kind) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		name := subjects[kind].Draw(t, "name")
		stays := rapid.SampledFrom([]string{"", "@", ":evil.org", ".org", "spam", "evil"}).Draw(t, "stays")
		at := strings.Index(name, stays)
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		var b strings.Builder
		for i, c := range name {
			switch n := r.IntN(8); {
			case i >= at && i < at+len(stays) || n < 3:
				b.WriteRune(c)
			case n < 4:
				b.WriteByte('?')
			case n < 7:
				b.WriteByte('*')
			}
		}
		return b.String() + rapid.SampledFrom([]string{"", "", "*"}).Draw(t, "end")
	})
}

// TestCrowdedIsTheNaiveScan holds the index against a look at each rule when there are so many that are alike that they
// share every place, or have none.
func TestCrowdedIsTheNaiveScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel()
		kind := rapid.SampledFrom([]Kind{User, User, Server}).Draw(t, "kind")
		for i, name := range rapid.SliceOfN(scattered(kind), 20, 250).Draw(t, "entities") {
			if name == "" {
				continue
			}
			room := testLists[i%2]
			if m.state[room] == nil {
				m.state[room] = make(map[[2]string]*event.Event)
			}
			m.events++
			advice := []string{"m.ban", "m.takedown", "fi.mau.meowlnir.unban", "m.hug"}[i*7%11%4]
			evt := state(ruleNames[i%3]+kind.String(), fmt.Sprint("many", i), fmt.Sprint("$", m.events), ruleContent(name, advice))
			m.state[room][slotOf(evt)] = evt
			m.x.Apply(room, evt)
			if i%3 == 0 {
				m.held[evt.ID] = m.x.Hold(evt.ID, true)
			}
		}
		for range rapid.IntRange(1, 12).Draw(t, "changes") {
			m.change(t)
			maps.DeleteFunc(m.held, func(e id.EventID, _ bool) bool { return !m.x.Held(e) })
			m.compare(t)
		}
	})
}

// scattering is how somebody makes many patterns that no piece of four bytes tells apart. The names asked about
// have little of what they demand, but for the last, which has all of it.
var scattering = []struct {
	name   string
	entity func(i int) string
	asked  []string
}{
	{"letters", func(i int) string { return "@*" + letters(i, "*") + ":*" }, namesAsked},
	{"letters at a server", func(i int) string { return "@*" + letters(i, "*") + ":matrix.example" }, namesAsked},
	{"an end", func(i int) string { return "*." + letters(i, "?*") }, namesAsked},
	{"questions", func(i int) string { return "@" + letters(i, "??") + ":*" }, namesAsked},
	{"pairs", func(i int) string { return "@*" + letters(i, "") + "*" + letters(i*7919, "")[:2] + "?:*" }, namesAsked},
	{"two letters", func(i int) string {
		return "@*" + strings.Join(strings.Split(fmt.Sprintf("%020b", i), ""), "*") + "*:*"
	},
		[]string{"@somebody:matrix.example", "@0110100:matrix.example", "@" + strings.Repeat("1", 120) + strings.Repeat("0", 120) + ":x"}},
}

var namesAsked = []string{"@somebody:matrix.example", "@a.b-c1957:hs.example.org",
	"@" + strings.Repeat("zyxwvutsrqponmlkjihgfedcba", 9) + ":matrix.example"}

// letters are four that hang on a number, with something between them.
func letters(i int, between string) string {
	var all []string
	for range 4 {
		all = append(all, string(rune('a'+i%26)))
		i /= 26
	}
	return strings.Join(all, between)
}

// newScattering is an index of patterns, and the same for gobwas.
func newScattering(n int, entity func(i int) string) (x *Index, plain []*plainglob.Pattern) {
	x = NewIndex()
	for i := range n {
		x.Apply(testList, state(userRule, fmt.Sprint(i), fmt.Sprint("$", i), banContent(entity(i))))
		plain = append(plain, gobwas(entity(i)))
	}
	return x, plain
}

// spent is what a thing takes, done so often that the clock sees it, in microseconds.
func spent(times int, f func()) float64 {
	took := stretch.Used(3, func() {
		for range times {
			f()
		}
	})
	return float64(took.Nanoseconds()) / float64(times) / 1000
}

// TestScatteredAreHeldTogether holds what a question costs among such patterns against trying each: a tenth of it, unless
// the name has all that they demand.
func TestScatteredAreHeldTogether(t *testing.T) {
	const n = 3_000
	for _, a := range scattering {
		x, plain := newScattering(n, a.entity)
		for i, name := range a.asked {
			index := spent(20, func() { anew(x).User(id.UserID(name)) })
			each := spent(1, func() {
				for _, p := range plain {
					p.Match(name)
				}
			})
			t.Logf("%s, %.12s: %.0f µs, each in turn %.0f", a.name, name, index, each)
			share := 0.1
			if i == len(a.asked)-1 {
				share = 1.5
			}
			if !growth.Raced && index > share*each+50 { // which is no matter
				t.Errorf("%s: among %d patterns, to ask about %s takes %.0f µs; each in turn %.0f", a.name, n, name, index, each)
			}
		}
	}
}

// BenchmarkScattered asks about a name among 50,000 such rules, beside gobwas that tries each in turn.
func BenchmarkScattered(b *testing.B) {
	for _, a := range scattering {
		x, plain := newScattering(50_000, a.entity)
		for i, name := range a.asked {
			b.Run(fmt.Sprint(a.name, "/", i), func(b *testing.B) {
				for b.Loop() {
					index := spent(100, func() { anew(x).User(id.UserID(name)) })
					each := spent(1, func() {
						for _, p := range plain {
							p.Match(name)
						}
					})
					b.ReportMetric(index, "µs/question")
					b.ReportMetric(each, "µs/gobwas")
					b.ReportMetric(index/each, "×gobwas")
				}
			})
		}
	}
}

// Who is asked about once more, as for each of their rooms, is not looked at again until rules change.
func TestAskedOnceMore(t *testing.T) {
	x, _ := newScattering(1_000, scattering[0].entity)
	for _, name := range scattering[0].asked {
		u, before := id.UserID(name), x.looks
		_, first := x.Member(u)
		looks := x.looks
		_, again := x.Member(u)
		_, alone := x.User(u)
		if again != first || alone != first || looks == before || x.looks != looks {
			t.Errorf("%.12s: %v, %v, %v; %d looks, then %d", name, first, again, alone, looks-before, x.looks-looks)
		}
		x.Hold("$1", !x.Held("$1"))
		if x.Member(u); x.looks == looks {
			t.Errorf("%.12s: rules changed, and it is not looked at again", name)
		}
	}
}
