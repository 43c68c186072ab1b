package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
)

// Patterns that share every literal share a place, and rules with one pattern are tried as one; taking one away must leave
// the others to be found.
func TestSharedPlaces(t *testing.T) {
	for _, shape := range []string{"spam*", "*:evil.org", "*core*", "*a*", "%dspam*core*", "*core*:evil.org%d"} {
		var g globs
		var added []*entry
		for i := range 3 * fewInCrowd {
			entity := shape
			if strings.Contains(shape, "%d") {
				entity = strings.Replace(shape, "%d", strings.Repeat("?", i), 1) // which may share all but that
			}
			e := newEntry(Rule{Kind: User, Entity: entity, StateKey: fmt.Sprint(i)}, new(shared))
			added = append(added, e)
			g.add(e)
		}
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(added), func(i, j int) { added[i], added[j] = added[j], added[i] })
		for len(added) > 0 {
			gone := added[0]
			added = added[1:]
			g.remove(gone)
			seen := map[*entry]bool{}
			for e := range g.all() {
				seen[e] = true
			}
			if len(seen) != len(added) || seen[gone] {
				t.Fatalf("%s: %d rules instead of %d", shape, len(seen), len(added))
			}
			clear(seen)
			g.candidates("spam-core-a:evil.org", func(w *wildcard) {
				w.each(func(e *entry) { seen[e] = true })
			})
			if !strings.Contains(shape, "%d") && len(seen) != len(added) || seen[gone] {
				t.Fatalf("%s: %d candidates of %d", shape, len(seen), len(added))
			}
		}
	}
}

// A list of patterns alike in start or end must not make a lookup try them all.
func TestFewCandidates(t *testing.T) {
	shapes := []string{"@*:evil%d.org", "@spam%04d*:matrix.org", "@*word%04d*", "*%04dx.example.org", "@*:matrix.org", "*"}
	var g globs
	for i := range 12_000 {
		entity := shapes[i%len(shapes)]
		if strings.Contains(entity, "%") {
			entity = fmt.Sprintf(entity, i)
		}
		g.add(newEntry(Rule{Kind: User, Entity: entity}, new(shared)))
	}
	for _, u := range []string{"@someone:matrix.org", "@spam0001x:matrix.org", "@a:evil6.org", "@xword0002y:example.org"} {
		tried := 0
		g.candidates(u, func(*wildcard) { tried++ })
		if tried > 100 {
			t.Errorf("%s: %d of 12,000 rules' patterns tried", u, tried)
		}
	}
}

// A list may have any number of patterns that begin alike. They are counted, and a count that ran over would hide all.
func TestSieveDoesNotRunOver(t *testing.T) {
	const many = 1<<16 + 5
	var v strainer
	key := gram("@spa")
	all := func(yield func(uint32) bool) {
		for range v.size {
			if !yield(key) {
				return
			}
		}
	}
	for n := range many {
		if v.add(key, all); !v.has(key) || !hasAny(&v, "x@spam") {
			t.Fatalf("after %d times it is not there", n+1)
		}
	}
	for n := range many - 1 {
		if v.remove(); !v.has(key) || !hasAny(&v, "x@spam") {
			t.Fatalf("after %d removals of %d it is not there", n+1, many)
		}
	}
}

// What is remembered of servers stays within bounds, whoever asks for what, and is forgotten at once.
func TestMemo(t *testing.T) {
	var m memo[int]
	name := func(n int) hashes { return hashesOf(fmt.Sprint("server", n)) }
	for round := range 3 {
		lost := 0
		for i := range 4 * mostServers {
			if v := m.get(name(i)); v != nil {
				t.Fatalf("server %d was forgotten and is %d", i, *v)
			}
			if v := m.put(name(i), i*(round+1)); *v != i*(round+1) {
				t.Fatal("another answer")
			}
			if v := m.get(name(i)); v == nil || *v != i*(round+1) {
				t.Fatalf("server %d is not remembered", i)
			}
			if v := m.get(name(i / 2)); v == nil {
				lost++
			} else if *v != i/2*(round+1) {
				t.Fatalf("server %d is %d", i/2, *v)
			}
			if i == mostServers/4 && lost > i/4 {
				t.Errorf("of %d servers %d were forgotten", i, lost)
			}
		}
		if len(m.slots) > 2*mostServers || m.full > len(m.slots) {
			t.Errorf("%d places, %d of them full", len(m.slots), m.full)
		}
		m.forget()
	}
}

// Patterns that are tried for every name cost nothing while no rule of theirs may decide, and count at once when one may.
func TestWaitingPatternsAreNotTried(t *testing.T) {
	x := NewIndex()
	const n = 1000
	eventID := func(i int) id.EventID { return id.EventID(fmt.Sprint("$", i)) }
	for i := range n {
		entity := "@*" + strings.Join(strings.Split(fmt.Sprintf("%04d", i), ""), "*") + "*:*"
		x.Apply(testList, state(userRule, fmt.Sprint(i), string(eventID(i)), banContent(entity)))
		x.Hold(eventID(i), true)
	}
	globs := &x.kinds[User].globs
	tried := func() int { return globs.rest.Len() }
	if _, ok := x.User("@0123:x"); ok || tried() > 0 || globs.waiting.Len() != n {
		t.Errorf("%d of %d patterns are tried", tried(), globs.waiting.Len())
	}
	x.Hold("$123", false)
	if r, ok := x.User("@0123:x"); !ok || r.Event != "$123" || tried() != 1 {
		t.Errorf("%+v decides, %d patterns are tried", r, tried())
	}
	x.Redact(testList, "$123")
	if _, ok := x.User("@0123:x"); ok || tried() > 0 {
		t.Errorf("%d patterns are tried", tried())
	}
	x.Apply(testList, state(userRule, "again", "$again", banContent("@*0*1*2*4*:*"))) // a pattern that waits as another rule's
	if r, ok := x.User("@0124:x"); !ok || r.Event != "$again" || tried() != 1 {
		t.Errorf("%+v decides, %d patterns are tried", r, tried())
	}
	x.Redact(testList, "$again")
	if _, ok := x.User("@0124:x"); ok || tried() > 0 {
		t.Errorf("%d patterns are tried", tried())
	}
}
