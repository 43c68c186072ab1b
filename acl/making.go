package acl

import (
	"maps"
	"slices"
)

// making is the deny list that is made of all rules, a part at a time. What changes
// meanwhile is followed when it is made.
type making struct {
	step     int
	left     []*entry // of this step
	placed   []*entry
	listed   []*entry
	objected []*entry
	sorting  *sorting
}

// begin forgets the deny list, to make it of what the rules say now.
func (c *Compiler) begin() {
	for _, e := range c.touched {
		e.touched = false
	}
	c.touched, c.touchedGlobs = nil, 0
	clear(c.touchedExempts)
	c.guarded, c.exempting = c.protected, nil
	for _, text := range slices.Sorted(maps.Keys(c.exempts)) {
		if faulty(text) == "" {
			x := newPattern(text)
			c.exempting = append(c.exempting, &x)
		}
	}
	c.rows, c.globs, c.cover, c.deny, c.ranked, c.objected, c.dropped, c.listed = nil, nil, emptyCover(), nil, nil, nil, nil, 0
	c.state++
	c.made, c.fresh, c.began = false, nil, c.state
	n := c.entries.len()
	c.making = &making{left: make([]*entry, 0, n), placed: make([]*entry, 0, n), listed: make([]*entry, 0, n)}
	c.making.left = slices.AppendSeq(c.making.left, c.entries.each())
}

// goOn does a part of it.
func (c *Compiler) goOn(most int) {
	m := c.making
	if len(m.left) > 0 {
		n := min(most, len(m.left))
		for _, e := range m.left[:n] {
			switch m.step {
			case 0:
				c.admit(e)
			case 1:
				c.count(e)
			default:
				c.enlist(e)
			}
		}
		if m.left = m.left[n:]; len(m.left) > 0 {
			return
		}
	}
	if m.sorting != nil && m.sorting.goOn(most) {
		return
	}
	m.step++
	switch m.step {
	case 1, 2:
		m.left = m.placed
	case 3:
		m.sorting = sortBy(m.placed, beginning, byText, nil)
	case 4:
		c.rows = rowsOf(m.sorting.all(), false)
		var globs []*entry
		for i := range c.rows {
			e := c.rows[i].entry
			if e.wild {
				globs = append(globs, e)
			}
			if e.listed {
				c.deny = append(c.deny, e)
			}
		}
		c.globs = rowsOf(globs, true)
		m.sorting = sortBy(m.listed, standing, byRank, m.sorting)
	case 5:
		c.ranked = m.sorting.all()
		m.sorting = sortBy(m.objected, beginning, byText, m.sorting)
	default:
		c.objected = m.sorting.all()
		c.making, c.made = nil, true
	}
}

// admit finds out whether anything speaks against an entry.
func (c *Compiler) admit(e *entry) {
	if e.made {
		was := *e
		*e = entry{pattern: was.pattern, own: was.own, others: was.others, size: was.size, against: &stands, touched: was.touched}
		if was.listed { // as what, and since when, for whoever asks what a change pushed out
			e.as, e.since = was.as, was.since
		}
	}
	e.made = true
	if !e.denied() {
		if !e.touched {
			c.entries.drop(e)
		}
		return
	}
	if e.guardedFor(faulty(e.text), ""); e.guard != "" {
		e.objected = true
		c.making.objected = append(c.making.objected, e)
		return
	}
	e.guardedFor(e.guardedBy(c.guarded))
	c.exemptedBy(e)
	e.placed = true
	c.making.placed = append(c.making.placed, e)
	if e.guard != "" || e.exempts > 0 {
		e.objected = true
		c.making.objected = append(c.making.objected, e)
		return
	}
	if e.admitted = true; e.wild {
		c.cover.add(e)
	}
}

// count finds the globs that cover an entry.
func (c *Compiler) count(e *entry) {
	e.heir, e.heirAt = e.admitted && e.own.n > 0, e.own.newest()
	c.cover.each(&e.pattern, false, func(g *entry) bool {
		if e.by++; e.heir {
			g.inherits().add(e.heirAt)
		}
		return true
	})
}

// enlist puts an entry into the deny list if it belongs there.
func (c *Compiler) enlist(e *entry) {
	if e.admitted && e.by == 0 {
		if as := e.claim(); e.since == 0 || e.as != as {
			e.as, e.since = as, c.state
		}
		e.listed = true
		c.listed += int(e.size)
		c.making.listed = append(c.making.listed, e)
	}
}

// names are the texts of entries.
func names(entries []*entry) []string {
	all := make([]string, len(entries))
	for i, e := range entries {
		all[i] = e.text
	}
	return all
}
