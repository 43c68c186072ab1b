package acl

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// An entry is covered if any other of the set covers it, and by nothing else.
func TestCoverIsAnyOfTheSet(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entry := rapid.Custom(func(t *rapid.T) string {
			return normal(rapid.StringMatching(`[ab*?.]{1,5}`).Draw(t, "entry"))
		})
		set := rapid.SliceOfN(entry, 1, 12).Draw(t, "set")
		e := rapid.OneOf(entry, rapid.SampledFrom(set)).Draw(t, "looked up")
		want := slices.ContainsFunc(set, func(g string) bool { return g != e && covers(g, e) })
		c, p := newCover(set), newPattern(e)
		if got := c.covers(&p); got != want {
			t.Fatalf("%q by %q: %v", e, set, got)
		}
	})
}

// Tens of thousands of globs, however much alike, are not compared each with each.
func TestAlikeGlobsAreCheap(t *testing.T) {
	for _, shape := range []string{"s%d.evil*.example", "evil*%d.example", "*evil%d*", "*evil%d*.example", "?%d*"} {
		c := NewCompiler()
		for i := range 20_000 {
			c.Add(Rule{Entity: fmt.Sprintf(shape, i)})
		}
		began := time.Now()
		if _, err := c.Compile(Room{}); err != nil {
			t.Errorf("%s: %v", shape, err)
		}
		if took := time.Since(began); took > 10*time.Second { // each with each takes minutes
			t.Errorf("%s took %s", shape, took)
		}
	}
}
