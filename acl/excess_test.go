package acl

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// What a change pushes out is what does not fit after it and was not left out before.
func TestPushedOut(t *testing.T) {
	pushed := 0
	for seed := range uint64(60) {
		random := rand.New(rand.NewPCG(seed, 1))
		some := func(n int) (rules []Rule) {
			for range n {
				r := Rule{Entity: fmt.Sprintf("s%d.%s.example", random.IntN(2000), strings.Repeat("x", 20+random.IntN(60))), At: random.Int64N(1000)}
				switch random.IntN(200) {
				case 0:
					r.Entity = fmt.Sprintf("*.%s.example", strings.Repeat("x", 20+random.IntN(60)))
				case 1:
					r.Entity = "S1*" + r.Entity[2:]
				case 2:
					r.Entity = "good.org"
				case 3:
					r.Entity = `odd"é.example`
				case 4:
					r.Allow = true
				}
				r.Own = !strings.Contains(r.Entity, "*") && random.IntN(10) == 0
				rules = append(rules, r)
			}
			return rules
		}
		before := some(400 + random.IntN(800))
		c := fill(before)
		adds, removes := some(random.IntN(30)), before[:random.IntN(20)]
		asked := map[string]bool{}
		for _, r := range slices.Concat(adds, removes) {
			asked[r.Entity] = true
		}
		out := c.Excess()
		outline := c.Outline(asked)
		for _, r := range adds {
			c.Add(r)
		}
		for _, r := range removes {
			c.Remove(r)
		}
		var want []string
		for _, e := range c.Excess() {
			if !slices.Contains(out, e) {
				want = append(want, e)
			}
		}
		got := c.PushedOut(outline)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Fatalf("seed %d: %d are pushed out, want %d", seed, len(got), len(want))
		}
		pushed += len(want)
	}
	if pushed < 100 {
		t.Errorf("only %d were pushed out", pushed)
	}
}
