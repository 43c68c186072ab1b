package acl

import (
	"fmt"
	"testing"
	"time"

	"forseti/internal/stretch"
)

const (
	fewRules, manyRules = 1_000, 100_000
	// mostGrowth is how many times as much a thing may cost among a hundred times as many rules. What misses the
	// processor's caches is a few times as dear; what looks at all of them is a hundred times as dear.
	mostGrowth = 20
	// onePass is the same for what may look at each entry once, if its owner wanted it so.
	onePass = 200
)

// TestCostOfRules shows how what each operation costs grows with the number of rules, with lists that were written to
// make it dear. What is about all rules counts for each of them.
func TestCostOfRules(t *testing.T) {
	odd := workload(manyRules)
	for _, name := range []string{"no ends", "long, and covers", "one name", "odd ones among others"} {
		entity := hostile[name]
		if entity == nil {
			entity = func(i int) string { return odd[i].Entity }
		}
		few := costs(t, fewRules, entity)
		among := costs(t, manyRules, entity)
		all := among["all rules"].least
		for what, many := range among {
			most := mostGrowth * few[what].least
			if few[what].pass {
				// What touches very many has all made anew, once for each of two changes.
				most = max(onePass*few[what].least, 3*manyRules*all)
			}
			t.Logf("%s: %-24s %9v, then %9v", name, what, few[what].least, many.least)
			// Less than a tenth of a millisecond is less than what the clock disturbs.
			if many.least > most+100*time.Microsecond {
				t.Errorf("%s: %s costs %v among %d rules, and %v among %d", name, what, few[what].least, fewRules, many.least, manyRules)
			}
		}
	}
}

type cost struct {
	least time.Duration
	pass  bool // it may look at each entry once
}

func costs(t *testing.T, n int, entity func(int) string) map[string]cost {
	t.Helper()
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = Rule{Entity: entity(i), At: int64(i)}
	}
	found := map[string]cost{}
	var c *Compiler
	found["all rules"] = cost{least: stretch.Used(1, func() {
		c = fill(rules)
		c.refresh()
	}) / time.Duration(n)}
	var first Result
	plan := func(room Room) Result {
		r, err := c.Compile(room)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	found["the first room"] = cost{least: stretch.Used(1, func() { first = plan(Room{}) }), pass: true}
	found["a room that is alike"] = cost{least: stretch.Used(3, func() { plan(Room{}) })}
	for what, r := range map[string]Rule{
		"a name": {Entity: "new.example.net", Own: true, At: 1 << 40}, "a glob": {Entity: "evil*77*.example"}, "a glob for much": {Entity: "*7*"},
		"an exemption": {Entity: "evil77.example", Allow: true}, "an exemption for much": {Entity: "*evil.example", Allow: true},
	} {
		found[what+" comes and goes"] = cost{pass: true, least: stretch.Used(1, func() {
			c.Add(r)
			c.refresh()
			c.Remove(r)
			c.refresh()
		})}
	}
	i := 0
	found["a room after a change"] = cost{least: stretch.Used(3, func() {
		i++
		c.Add(Rule{Entity: fmt.Sprintf("new%d.example.net", i)})
		plan(Room{Current: first.Content, Managed: first.Managed, Present: map[string]int{"evil.example": 1}})
	}), pass: true}
	found["a server that is protected"] = cost{least: stretch.Used(2, func() {
		i++
		c.Protect(func(yield func(string) bool) { yield(fmt.Sprintf("mods%d.example", i)) })
		c.refresh()
	}), pass: true}
	found["what is pushed out"] = cost{pass: true, least: stretch.Used(2, func() { c.PushedOut(c.Outline(nil)) })}
	found["what is left out"] = cost{pass: true, least: stretch.Used(2, func() { c.Excess(); c.Dropped() })}
	found["one entity"] = cost{least: stretch.Used(3, func() { c.Denies("evil77.example"); c.Size() })}
	found["what overlaps"] = cost{pass: true, least: stretch.Used(2, func() { c.Overlapping("evil77.example"); c.Overlapping("*evil.example") })}
	return found
}
