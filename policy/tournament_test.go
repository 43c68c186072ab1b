package policy

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// Whoever comes and goes, the best of those who are there wins.
func TestTournament(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	l := &list{}
	c := &crowd[*entry]{}
	weights, most, name := uint64(0), 0, "a"
	for range 30_000 {
		if most = max(most, len(c.all)); len(c.all) == 0 || random.IntN(2) == 0 && len(c.all) < 200 || random.IntN(200) == 0 {
			for range 1 + random.IntN(3) {
				c.add(&entry{entity: []string{"a", "A", "b"}[random.IntN(3)], recommendation: Recommendation(random.IntN(4)), stateKey: fmt.Sprint(random.Int()), list: l})
			}
		} else {
			for range 1 + random.IntN(min(len(c.all), 3)) {
				c.remove(c.all[random.IntN(len(c.all))])
			}
		}
		switch random.IntN(50) {
		case 0:
			name = []string{"a", "b", "c"}[random.IntN(3)]
		case 1:
			for _, e := range c.all {
				e.held = random.IntN(2) == 0
			}
			weights++
		case 2:
			for len(c.all) > 3 {
				c.remove(c.all[0])
			}
		}
		if random.IntN(3) == 0 {
			continue // nobody asks
		}
		var want *entry
		for _, e := range c.all {
			if e.decides() && e.covers(name) {
				want = better(want, e)
			}
		}
		if got := deciding(c, name, weights); got != want {
			t.Fatalf("%+v wins of %d, want %+v", got, len(c.all), want)
		}
		if n := len(c.best.rounds); len(c.all) > 0 && (n > 16*len(c.all) || len(c.best.changed) > n) {
			t.Fatalf("%d rounds and %d changes for %d", n, len(c.best.changed), len(c.all))
		}
		if len(c.at) > len(c.all) {
			t.Fatalf("the places of %d are known, of %d", len(c.at), len(c.all))
		}
	}
	if most < 50 {
		t.Errorf("there were %d at most", most)
	}
}
