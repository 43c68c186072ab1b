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

// Also if so much is touched by it that all is made anew.
func TestPushedOutByWhatCoversMuch(t *testing.T) {
	var before []Rule
	for i := range int64(8000) {
		before = append(before, Rule{Entity: fmt.Sprintf("s%d.%s.example", i, []string{"ver", "other"}[i%2]), At: i, Own: i%50 == 0})
	}
	c := fill(before)
	sweeping := Rule{Entity: "*.ver.*", At: 9000}
	if !c.Sweeping(sweeping.Entity) || c.Sweeping("s1*.ver.*") || c.Sweeping("s1.ver.example") {
		t.Fatal("what is sweeping?")
	}
	for _, change := range []struct {
		name string
		made func(Rule)
	}{{"comes", c.Add}, {"goes", c.Remove}} {
		left := map[string]bool{}
		out := c.Excess()
		for _, e := range out {
			left[e] = true
		}
		outline := c.Outline(map[string]bool{sweeping.Entity: true})
		change.made(sweeping)
		began := c.began
		var want []string
		for _, e := range c.Excess() {
			if !left[e] {
				want = append(want, e)
			}
		}
		got := c.PushedOut(outline)
		slices.Sort(got)
		slices.Sort(want)
		if c.began == began {
			t.Errorf("%s: not made anew", change.name)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %d are pushed out, want %d", change.name, len(got), len(want))
		}
		if change.name == "goes" && len(want) < 100 {
			t.Errorf("only %d were pushed out", len(want))
		}
	}
}
