package policy

import (
	"fmt"
	"testing"
)

// Patterns that share every literal share a place; taking one away must leave the others to be found.
func TestSharedPlaces(t *testing.T) {
	for _, shape := range []string{"spam*", "*:evil.org", "*core*", "*a*"} {
		var g globs
		one := newEntry(Rule{Kind: User, Entity: shape, StateKey: "1"}, new(shared))
		two := newEntry(Rule{Kind: User, Entity: shape, StateKey: "2"}, new(shared))
		three := newEntry(Rule{Kind: User, Entity: shape, StateKey: "3"}, new(shared))
		for _, e := range []*entry{one, two, three} {
			g.add(e)
		}
		for i, gone := range []*entry{two, one, three} {
			g.remove(gone)
			seen := map[*entry]bool{}
			g.candidates("spam-core-a:evil.org", func(e *entry) { seen[e] = true })
			if len(seen) != 2-i || seen[gone] {
				t.Errorf("%s: %d candidates after %d removals", shape, len(seen), i+1)
			}
		}
	}
}

// A list of patterns alike in start or end must not make a lookup try them all.
func TestFewCandidates(t *testing.T) {
	shapes := []string{"@*:evil%d.org", "@spam%04d*:matrix.org", "@*word%04d*", "*%04dx.example.org"}
	var g globs
	for i := range 8000 {
		entity := fmt.Sprintf(shapes[i%len(shapes)], i)
		g.add(newEntry(Rule{Kind: User, Entity: entity}, new(shared)))
	}
	for _, u := range []string{"@someone:matrix.org", "@spam0001x:matrix.org", "@a:evil4.org", "@xword0002y:example.org"} {
		tried := 0
		g.candidates(u, func(*entry) { tried++ })
		if tried > 100 {
			t.Errorf("%s: %d of 8000 patterns tried", u, tried)
		}
	}
}
