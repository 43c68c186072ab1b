package acl

import (
	"encoding/json"

	"forseti/glob"
)

// Excess are the entries that do not fit into an ACL which nobody else has written to, in
// a room where nobody is.
func (c *Compiler) Excess() []string {
	c.refresh()
	return names(c.ranked[c.cut():])
}

// Beyond is how many entries Excess has, and gives some of them: those that would fit first.
func (c *Compiler) Beyond(some int) (n int, first []string) {
	c.refresh()
	left := c.ranked[c.cut():]
	return len(left), names(left[:min(some, len(left))])
}

// cut is from which entry on, as ranked, they do not fit.
func (c *Compiler) cut() int {
	if c.listed <= emptyRoom() {
		return len(c.ranked)
	}
	room := emptyRoom()
	for i, e := range c.ranked {
		if room -= int(e.size); room < 0 {
			return i
		}
	}
	return len(c.ranked)
}

// emptyRoom is how many bytes entries may have where there is nothing else.
func emptyRoom() int {
	d := draft{keys: map[string]json.RawMessage{}, allow: []string{"*"}, ip: true}
	content, err := d.encode()
	if err != nil {
		return 0 // there is nothing that it could fail by
	}
	return MaxContent - len(content) + 1 // the first entry needs no comma
}

// Outline is which entries fit, at some time.
type Outline struct {
	state  int64
	full   bool
	beyond entry           // if full, the first that did not fit
	out    map[string]bool // of those that were asked about, which did not
}

// Outline notes which entries fit, and of some names and globs whether they are left out.
func (c *Compiler) Outline(asked map[string]bool) Outline {
	c.refresh()
	cut := c.cut()
	c.fresh = nil
	o := Outline{state: c.state, full: cut < len(c.ranked), out: map[string]bool{}}
	if !o.full {
		return o
	}
	o.beyond = *c.ranked[cut]
	for name := range asked {
		text := normal(glob.Fold(name))
		if e := c.entries.get(text); e != nil && e.listed && byRank(e, &o.beyond) >= 0 {
			o.out[text] = true
		}
	}
	return o
}

// PushedOut are the entries that do not fit, and did before, or were not there.
func (c *Compiler) PushedOut(before Outline) (all []string) {
	c.refresh()
	left := c.ranked[c.cut():]
	for i, e := range left {
		if e.since > before.state {
			if !before.out[e.text] {
				all = append(all, e.text)
			}
			continue
		}
		if !before.full || byRank(e, &before.beyond) < 0 {
			all = append(all, e.text)
			continue
		}
		if c.began > before.state {
			continue
		}
		// None of those that follow fitted, but for what was not there.
		for _, e := range c.fresh {
			if e.listed && e.since > before.state && !before.out[e.text] && byRank(e, left[i]) > 0 {
				all = append(all, e.text)
			}
		}
		break
	}
	return all
}
