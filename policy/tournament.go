package policy

import (
	"math/bits"
	"strings"
)

// tournament knows which of a crowd of rules decides, whoever comes and goes: two play each other, and who wins goes on
// to the next round. Whoever writes fifty thousand rules for one name may take away and put back the best of them as
// often as they like.
type tournament struct {
	of      string
	weights uint64
	rounds  []*entry // who won, the last round first; the players are the second half
	changed []int    // places where another plays now
}

// change notes that another has a place, or nobody.
func (t *tournament) change(place int) {
	if t.rounds == nil {
		return
	}
	if t.changed = append(t.changed, place); len(t.changed) > len(t.rounds) {
		t.rounds, t.changed = nil, nil
	}
}

// winner is the best of the rules that may decide about a name; nil if none may. weights is the number of the last
// change of what decides.
func (t *tournament) winner(all []*entry, name string, weights uint64) *entry {
	if len(all) == 0 {
		return nil
	}
	room := len(t.rounds) / 2
	fits := len(all) <= room && room <= 4*len(all)
	if t.weights != weights || t.of != name || !fits {
		t.of, t.weights, t.changed = strings.Clone(name), weights, nil
		if !fits {
			room = 1 << bits.Len(uint(len(all)-1))
			t.rounds = make([]*entry, 2*room)
		}
		clear(t.rounds)
		for i, e := range all {
			t.rounds[room+i] = playing(e, name)
		}
		for i := room - 1; i > 0; i-- {
			t.rounds[i] = better(t.rounds[2*i], t.rounds[2*i+1])
		}
	}
	for _, place := range t.changed {
		at := room + place
		if at >= len(t.rounds) {
			continue // somebody who has gone again
		}
		if t.rounds[at] = nil; place < len(all) {
			t.rounds[at] = playing(all[place], name)
		}
		for at /= 2; at > 0; at /= 2 {
			t.rounds[at] = better(t.rounds[2*at], t.rounds[2*at+1])
		}
	}
	t.changed = t.changed[:0]
	return t.rounds[1]
}

// playing is a rule if it may decide about a name, and else nil.
func playing(e *entry, name string) *entry {
	if e.decides() && e.covers(name) {
		return e
	}
	return nil
}
