package acl

import (
	"slices"

	"forseti/glob"
)

// Excess are the entries that do not fit into an ACL which nobody else has written to, in
// a room where nobody is.
func (c *Compiler) Excess() []string {
	c.refresh()
	return beyond(c.rank())
}

// ExcessIf is Excess as it would be if some denies were added and others were removed. It
// is false if that takes a look at all rules.
func (c *Compiler) ExcessIf(adds, removes []Rule) ([]string, bool) {
	c.refresh()
	rules, claims := map[string]int{}, map[string]claim{}
	for _, r := range removes {
		if r.Own || r.Allow {
			return nil, false // what another rule claims for it is not known
		}
		rules[normal(glob.Fold(r.Entity))]--
	}
	for _, r := range adds {
		e := normal(glob.Fold(r.Entity))
		if r.Allow {
			return nil, false
		}
		if rules[e]++; r.Own {
			claims[e] = claim{true, max(claims[e].at, c.claims[e].at, r.At)}
		}
	}
	gone := map[string]bool{}
	var come []string
	for e, more := range rules {
		was, is := c.denies[e] > 0, c.denies[e]+more > 0
		_, stands := slices.BinarySearch(c.deny, e)
		switch _, claimed := claims[e]; {
		case was && !is && glob.Is(e):
			return nil, false // what it covers may come back
		case was && !is:
			gone[e] = true
		case stands && is && claimed:
			gone[e], come = true, append(come, e)
		case !was && is:
			if _, drop := c.objection(e); !drop && !c.cover.covers(e) {
				come = append(come, e)
			}
		}
	}
	return beyond(c.rankWith(come, gone, claims)), true
}

// rankWith ranks the entries without some, and with others, that claim what is said.
func (c *Compiler) rankWith(come []string, gone map[string]bool, claims map[string]claim) []string {
	cover := newCover(come)
	come = c.inOrder(slices.DeleteFunc(come, cover.covers), claims)
	all := make([]string, 0, len(c.deny)+len(come))
	for _, e := range c.rank() {
		if gone[e] || cover.covers(e) {
			continue
		}
		for len(come) > 0 && c.candidate(come[0], claims).compare(c.candidate(e, nil)) < 0 {
			all, come = append(all, come[0]), come[1:]
		}
		all = append(all, e)
	}
	return append(all, come...)
}

// beyond are those of ranked entries that do not fit.
func beyond(ranked []string) []string {
	d := newDraft(Room{})
	content, err := d.encode()
	if err != nil {
		return nil // there is nothing that strings could fail by
	}
	room := MaxContent - len(content) + 1 // the first entry needs no comma
	for i, e := range ranked {
		if room -= written(e); room < 0 {
			return ranked[i:]
		}
	}
	return nil
}
