package acl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What would not fit after a change is told without making all anew, or it is said that it
// cannot be.
func TestExcessIf(t *testing.T) {
	told, full := 0, 0
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		some := func(n int) (rules []Rule) {
			for range n {
				r := Rule{Entity: fmt.Sprintf("s%d.%s.example", random.IntN(2000), strings.Repeat("x", 20+random.IntN(60)))}
				switch random.IntN(1000) {
				case 0:
					r.Entity = fmt.Sprintf("*.%s.example", strings.Repeat("x", 20+random.IntN(60)))
				case 1:
					r.Entity = "s1*" + r.Entity[2:]
				case 2:
					r.Entity = "good.org"
				case 3:
					r.Entity = `odd"é.example`
				}
				if random.IntN(10) == 0 {
					r.Own, r.At = true, random.Int64N(20)
				}
				rules = append(rules, r)
			}
			return rules
		}
		before := some(400 + random.IntN(1200))
		adds := some(random.IntN(30))
		var removes []Rule
		after := slices.Clone(before)
		for range random.IntN(5) {
			i := random.IntN(len(after))
			removes = append(removes, after[i])
			after = slices.Delete(after, i, i+1)
		}
		made := func(rules []Rule) *Compiler {
			c := NewCompiler()
			for _, r := range rules {
				c.Add(r)
			}
			c.Protect(slices.Values([]string{"good.org"}))
			return c
		}
		c := made(before)
		if len(c.Excess()) > 0 {
			full++
		}
		got, ok := c.ExcessIf(adds, removes)
		if !ok {
			continue
		}
		told++
		want := made(append(after, adds...)).Excess()
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d would not fit, and %d do not", seed, len(got), len(want))
		}
	}
	if told < 15 || full < 15 {
		t.Errorf("only %d are told, and %d were full", told, full)
	}
}

// An ACL is as full as it can be: the best of what is left out would be too much.
func TestFitFills(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 2))
		c := NewCompiler()
		for i := range 3000 {
			c.Add(Rule{Entity: fmt.Sprintf("s%d%s.example", i, strings.Repeat("x", random.IntN(10))), Own: random.IntN(3) == 0, At: random.Int64N(9)})
		}
		current := `{"allow":["*"],"deny":["hand.made","*.by.hand"]}`
		got, err := c.Compile(Room{Current: []byte(current[:len(current)*int(seed%2)])})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(got.Content); n > MaxContent || n < MaxContent-200 || len(got.Dropped) == 0 {
			t.Errorf("seed %d: %d bytes, %d dropped", seed, n, len(got.Dropped))
		}
		left := map[string]bool{}
		for _, d := range got.Dropped {
			left[d.Entity] = d.Reason == TooLong
		}
		for i, e := range c.rank() {
			if left[e] != (i >= len(got.Managed)) {
				t.Fatalf("seed %d: %s is left out (%t), the %d best are kept", seed, e, left[e], len(got.Managed))
			}
		}
	}
}
