package policy

// moves are the server rules that came to decide or do so no more, in turn, for those who
// keep what follows from them. It is at most about twice as long as there are rules, or were
// when it was last asked for.
type moves struct {
	kept bool
	all  []move
	net  int // how many were left when it was last made short
}

type move struct {
	*entry
	in bool
}

// note takes in whether a rule decided before, and whether it does now.
func (m *moves) note(e *entry, was, is bool) {
	if m.kept && was != is {
		m.all = append(m.all, move{e, is})
	}
}

// short drops what came and went, if there is very much. It waits until that can be much: when
// a large list is dropped, no rule is left, and all that went is still to be told.
func (m *moves) short(rules int) {
	if len(m.all) < 1000+2*max(rules, m.net) {
		return
	}
	net := make(map[*entry]int, len(m.all))
	for _, one := range m.all {
		if net[one.entry]++; !one.in {
			net[one.entry] -= 2
		}
	}
	left := m.all[:0]
	for _, one := range m.all {
		if n := net[one.entry]; n != 0 {
			left = append(left, move{one.entry, n > 0})
			net[one.entry] = 0
		}
	}
	clear(m.all[len(left):])
	m.all, m.net = left, len(left)
}

// Recount has Moved give all server rules that may decide, as if they came just now, and from
// now on what comes and goes.
func (x *Index) Recount() {
	k := &x.kinds[Server]
	x.moves = moves{kept: true, all: make([]move, 0, len(k.literals.first)+len(k.hashes.first))}
	for e := range x.deciding {
		x.moves.all = append(x.moves.all, move{e, true})
	}
}

// Moved gives up to most server rules that came to decide since it was last called, or do so
// no more, in the order in which they did. There are none before Recount.
func (m *moves) Moved(most int, each func(r Rule, in bool)) (n int) {
	n = min(most, len(m.all))
	some := m.all[:n]
	if m.all = m.all[n:]; len(m.all) == 0 {
		m.all, m.net = nil, 0
	}
	for _, one := range some {
		r := one.rule()
		r.Aside = false // it decided, or does
		each(r, one.in)
	}
	return n
}

// Moves is how many rules Moved has to give.
func (m *moves) Moves() int { return len(m.all) }
