package acl

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// A list that is made a part at a time is the one that is made at once, and a change in the
// middle is not lost.
func TestRefreshInParts(t *testing.T) {
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 4))
		at, parts := NewCompiler(), NewCompiler()
		add := func() {
			r := Rule{Entity: fmt.Sprintf("%s%d.example%d.org", []string{"s", "*.", "s*", "bad name "}[random.IntN(4)], random.IntN(50), random.IntN(5)), Allow: random.IntN(30) == 0}
			at.Add(r)
			parts.Add(r)
		}
		for range 200 {
			add()
		}
		for _, c := range []*Compiler{at, parts} {
			c.Protect(slices.Values([]string{"s7.example1.org"}))
		}
		turns := 0
		for ; parts.Refresh(7); turns++ {
			if turns%20 == 19 && turns < 100 {
				add()
			}
		}
		if turns < 20 {
			t.Errorf("only %d parts", turns)
		}
		if !reflect.DeepEqual(at.Dropped(), parts.Dropped()) || !slices.Equal(names(at.deny), names(parts.deny)) || !slices.Equal(names(at.ranked), names(parts.ranked)) {
			t.Fatalf("seed %d: in parts it is another list", seed)
		}
	}
}
