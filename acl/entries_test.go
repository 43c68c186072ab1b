package acl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEntriesAreAMap holds what finds entries to a map, while thousands come and go.
func TestEntriesAreAMap(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var all entries
	want := map[string]*entry{}
	for step := range 60_000 {
		text := fmt.Sprint(r.IntN(5000 + 20_000*(step/20_000%2))) // twice as many come as go, and then they go again
		e := all.get(text)
		if e != want[text] {
			t.Fatalf("%q: got %v, want %v", text, e, want[text])
		}
		switch {
		case e == nil:
			e = &entry{pattern: newPattern(text)}
			all.add(e)
			want[text] = e
		case r.IntN(3) > 0:
			all.drop(e)
			all.drop(e)
			delete(want, text)
		}
		if all.len() != len(want) {
			t.Fatalf("%d entries, want %d", all.len(), len(want))
		}
	}
	found := slices.Collect(all.each())
	for _, e := range found {
		if want[e.text] != e {
			t.Fatalf("%q is there", e.text)
		}
	}
	if len(found) != len(want) || len(all.all) > 2*len(want)+1001 || len(all.table) > 8*len(all.all) {
		t.Errorf("%d entries of %d, in %d and %d places", len(found), len(want), len(all.all), len(all.table))
	}
}
