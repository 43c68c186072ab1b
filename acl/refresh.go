package acl

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// refreshing is a shared list in the making.
type refreshing struct {
	entries []string // whose objections are to be looked for, and then whether they are covered
	deny    []string
	cover   cover
	covered bool // cover is made
	dropped []Dropped
}

// refresh builds the shared list anew. What is dropped goes first, for a glob that
// is left out covers nothing.
func (c *Compiler) refresh() {
	for c.Refresh(math.MaxInt) {
	}
}

// Refresh goes on with what Compile, Dropped and Excess need first, and reports whether
// more is left of that. It looks at up to most entries, or does something once with all of
// them.
func (c *Compiler) Refresh(most int) (more bool) {
	if !c.stale {
		if c.unranked {
			c.rank()
		}
		return false
	}
	f := c.fresh
	switch {
	case f == nil:
		c.fresh = &refreshing{entries: slices.Collect(maps.Keys(c.denies))}
		for e := range c.exempts {
			if why := faulty(e); why != "" {
				c.fresh.dropped = append(c.fresh.dropped, Dropped{Entity: e, Reason: why})
			}
		}
	case len(f.entries) > 0 && !f.covered:
		// Each is held against all exemptions.
		n := min(max(1, most/(1+len(c.exempts)/10)), len(f.entries))
		for _, e := range f.entries[:n] {
			if d, drop := c.objection(e); drop {
				f.dropped = append(f.dropped, d)
			} else {
				f.deny = append(f.deny, e)
			}
		}
		f.entries = f.entries[n:]
	case !f.covered:
		f.cover, f.covered = newCover(f.deny), true
		f.entries, f.deny = f.deny, make([]string, 0, len(f.deny))
	case len(f.entries) > 0:
		n := min(most, len(f.entries))
		for _, e := range f.entries[:n] {
			if !f.cover.covers(e) {
				f.deny = append(f.deny, e)
			}
		}
		f.entries = f.entries[n:]
	default:
		slices.Sort(f.deny)
		slices.SortFunc(f.dropped, func(a, b Dropped) int { return strings.Compare(a.Entity, b.Entity) })
		c.deny, c.cover, c.dropped = f.deny, f.cover, slices.Compact(f.dropped)
		c.stale, c.fresh, c.unranked = false, nil, true
	}
	return true
}
