package acl

import (
	"math"
	"slices"
	"sort"

	"forseti/glob"
)

// refresh has the deny list follow the rules.
func (c *Compiler) refresh() {
	for c.Refresh(math.MaxInt) {
	}
}

// ofAGlob is for how many entries of the list a glob that comes or goes takes as long as one
// name does: its search reads few of them, but it may read all.
const ofAGlob = 400

// Refresh goes on with what Compile, Dropped and Excess need first, and reports whether
// more is left of that. It looks at up to about most entries, or does something once with all
// of them.
func (c *Compiler) Refresh(most int) (more bool) {
	dear := 1 + len(c.rows)/ofAGlob
	work := len(c.touched) + (c.touchedGlobs+len(c.touchedExempts))*dear
	switch {
	case c.making != nil:
		c.goOn(most)
	case !c.made, c.tooMuch(work):
		c.begin()
	case work > 0 || !slices.Equal(c.guarded, c.protected):
		c.follow(most)
	default:
		return false
	}
	return true
}

// tooMuch reports whether to do so much one by one takes longer than to make all anew, which
// is parted.
func (c *Compiler) tooMuch(work int) bool { return work > 2*len(c.rows)+1000 }

// mostReviewed is how many entries one change may touch. What touches more has all made anew,
// for which nobody need wait.
const mostReviewed = 2500

// Sweeping reports whether a name or glob covers so many entries that all is made anew if a rule for it comes or goes.
func (c *Compiler) Sweeping(entity string) bool {
	c.refresh()
	p, n := newPattern(normal(glob.Fold(entity))), 0
	c.rows.within(&p, func(*entry) { n++ })
	return n > mostReviewed
}

// follow takes in what changed, or some of it.
func (c *Compiler) follow(most int) {
	c.state++
	f := &following{Compiler: c}
	f.protect()
	dear := 1 + len(c.rows)/ofAGlob
	for text := range c.touchedExempts {
		if most <= 0 {
			break
		}
		delete(c.touchedExempts, text)
		if f.exempt(text); len(f.reviewed) > mostReviewed {
			c.begin()
			return
		}
		most -= dear
	}
	for most > 0 && len(c.touched) > 0 {
		e := c.touched[len(c.touched)-1]
		c.touched = c.touched[:len(c.touched)-1]
		if most--; e.wild {
			c.touchedGlobs--
			most -= dear
		}
		f.take(e)
	}
	f.settle()
}

// following is a change of the deny list that is under way.
type following struct {
	*Compiler
	reviewed   []*entry
	come, gone []*entry // among the rows
}

// review has an entry looked at before all is done.
func (f *following) review(e *entry) {
	if !e.review {
		e.review = true
		f.reviewed = append(f.reviewed, e)
	}
}

// protect follows a change of the protected servers.
func (f *following) protect() {
	if slices.Equal(f.guarded, f.protected) {
		return
	}
	var added []string
	for _, s := range f.protected {
		if _, found := slices.BinarySearch(f.guarded, s); !found {
			added = append(added, s)
		}
	}
	f.guarded = f.protected
	for i := range f.rows {
		e := f.rows[i].entry
		why, server := e.guardedBy(added)
		if e.guard != "" {
			why, server = e.guardedBy(f.guarded)
		}
		if why != e.guard || server != e.server {
			e.guardedFor(why, server)
			f.dropped = nil
			f.review(e)
		}
	}
}

// exempt follows an exemption that came, or is gone.
func (f *following) exempt(text string) {
	f.dropped = nil
	if faulty(text) != "" {
		return
	}
	at := sort.Search(len(f.exempting), func(i int) bool { return f.exempting[i].text >= text })
	was, is := at < len(f.exempting) && f.exempting[at].text == text, f.exempts[text] > 0
	if was == is {
		return
	}
	x := newPattern(text)
	if is {
		f.exempting = slices.Insert(f.exempting, at, &x)
	} else {
		f.exempting = slices.Delete(f.exempting, at, at+1)
	}
	f.overlapping(&x, func(e *entry) bool {
		c := e.counters()
		switch {
		case !is:
			if c.exempts--; c.exempter == text {
				c.exempter = ""
				for _, other := range f.exempting {
					if e.overlaps(other) {
						c.exempter = other.text
						break
					}
				}
			}
		case c.exempts == 0 || text < c.exempter:
			c.exempter = text
			fallthrough
		default:
			c.exempts++
		}
		f.review(e)
		return len(f.reviewed) <= mostReviewed // else all is made anew
	})
}

// overlapping gives the entries that match a server which an exemption matches, until found
// says no.
func (c *Compiler) overlapping(x *pattern, found func(e *entry) bool) {
	goesOn := true
	c.rows.within(x, func(e *entry) {
		if !e.wild && goesOn {
			goesOn = found(e)
		}
	})
	for i := 0; i < len(c.globs) && goesOn; i++ {
		if g := c.globs[i]; (x.wild || g.signs&^x.signs == 0) && g.overlaps(x) {
			goesOn = found(g.entry)
		}
	}
}

// exemptedBy counts the exemptions that an entry overlaps.
func (c *Compiler) exemptedBy(e *entry) {
	if e.exempts > 0 {
		e.counters().exempts = 0
	}
	for _, x := range c.exempting {
		if !e.overlaps(x) {
			continue
		}
		if by := e.counters(); by.exempts == 0 {
			by.exempts, by.exempter = 1, x.text
		} else {
			by.exempts++
		}
	}
}

// take follows what became of the rules for an entity.
func (f *following) take(e *entry) {
	e.touched, e.made = false, true
	f.review(e)
	is := e.denied()
	if is && !e.placed {
		if why := faulty(e.text); why != "" {
			e.guardedFor(why, "")
			is = false
		}
	}
	switch {
	case is && !e.placed:
		e.placed = true
		e.guardedFor(e.guardedBy(f.guarded))
		f.exemptedBy(e)
		e.by = 0
		f.cover.each(&e.pattern, false, func(*entry) bool { e.by++; return true })
		f.come = append(f.come, e)
	case e.placed && !is:
		e.placed = false
		f.gone = append(f.gone, e)
	}
}

// settle brings all in step with what was taken in.
func (f *following) settle() {
	c := f.Compiler
	isGlob := func(e *entry) bool { return !e.wild }
	c.rows = c.rows.update(f.gone, f.come, false)
	c.globs = c.globs.update(slices.DeleteFunc(slices.Clone(f.gone), isGlob), slices.DeleteFunc(slices.Clone(f.come), isGlob), true)
	for _, e := range f.gone {
		f.inherit(e)
	}
	// Of globs that are alike those go first, and come last, that are not looked at anyhow.
	going, coming := f.turned()
	if work := (len(going) + len(coming)) * (1 + len(c.rows)/ofAGlob); len(going)+len(coming) > 1 && c.tooMuch(work/10) {
		c.begin()
		return
	}
	for _, globs := range [][]*entry{going, coming} {
		for _, e := range globs {
			// What is reviewed grows by what is found to be covered, or no more.
			if f.look(e); len(f.reviewed) > mostReviewed+len(f.come)+len(f.gone) {
				c.begin()
				return
			}
		}
	}
	for i := 0; i < len(f.reviewed); i++ {
		f.inherit(f.reviewed[i])
	}
	f.list()
}

// turned notes of which entries it changed whether anything speaks against them, and gives
// the globs among those.
func (f *following) turned() (going, coming []*entry) {
	for _, e := range f.reviewed {
		is := e.admissible()
		switch {
		case is == e.admitted:
		case !e.wild:
			e.admitted = is
		case is:
			coming = append(coming, e)
		default:
			going = append(going, e)
		}
	}
	slices.SortFunc(going, func(a, b *entry) int { return byLength(b, a) })
	slices.SortFunc(coming, byLength)
	return going, coming
}

// admissible reports whether nothing speaks against an entry.
func (e *entry) admissible() bool { return e.placed && e.guard == "" && e.exempts == 0 }

// look begins to look at a glob, or looks at it no more.
func (f *following) look(g *entry) {
	change := f.cover.remove
	if g.admitted = !g.admitted; g.admitted {
		change = f.cover.add
	}
	come, gone := change(g)
	if gone != nil {
		f.rows.within(&gone.pattern, func(e *entry) {
			e.by--
			f.review(e)
		})
		gone.heirs = nil
		f.review(gone)
	}
	if come != nil {
		f.rows.within(&come.pattern, func(e *entry) {
			e.by++
			f.review(e)
			if e.heir {
				come.inherits().add(e.heirAt)
			}
		})
		f.review(come)
	}
}

// inherit tells the globs that cover an entry what its claim is.
func (f *following) inherit(e *entry) {
	is, at := e.admitted && e.placed && e.own.n > 0, e.own.newest()
	if is == e.heir && (!is || at == e.heirAt) {
		return
	}
	f.cover.each(&e.pattern, false, func(g *entry) bool {
		if e.heir {
			g.inherits().remove(e.heirAt)
		}
		if is {
			g.inherits().add(at)
		}
		f.review(g)
		return true
	})
	e.heir, e.heirAt = is, at
}

// inherits gives the claims of what a glob covers, to be changed.
func (e *entry) inherits() *dates {
	if e.heirs == nil {
		e.heirs = &dates{}
	}
	return e.heirs
}

// list has the lists follow.
func (f *following) list() {
	c := f.Compiler
	var in, out, ranked, unranked, objected, heard []*entry
	for _, e := range f.reviewed {
		e.review = false
		is := e.admitted && e.by == 0
		moved := e.listed && is && e.as != e.claim()
		if e.listed && (!is || moved) {
			unranked = append(unranked, e)
		}
		if is && (!e.listed || moved) {
			ranked = append(ranked, e)
		}
		switch {
		case is && !e.listed:
			in = append(in, e)
		case e.listed && !is:
			out = append(out, e)
		}
		switch against := e.denied() && !e.admitted; {
		case against && !e.objected:
			objected = append(objected, e)
		case e.objected && !against:
			heard = append(heard, e)
		}
		if e.objected || !e.admitted {
			c.dropped = nil
		}
		if !e.denied() && !e.placed {
			c.entries.drop(e)
		}
	}
	c.deny = update(c.deny, out, in, byText)
	c.objected = update(c.objected, heard, objected, byText)
	for _, e := range objected {
		e.objected = true
	}
	for _, e := range heard {
		e.objected = false
	}
	c.ranked = update(c.ranked, unranked, nil, byRank)
	for _, e := range unranked {
		c.listed -= int(e.size)
		e.listed = false
	}
	for _, e := range ranked {
		c.listed += int(e.size)
		e.listed, e.as, e.since = true, e.claim(), c.state
		c.fresh = append(c.fresh, e)
	}
	c.ranked = update(c.ranked, nil, ranked, byRank)
}

// mark is another at each call, for whoever marks entries by it.
func (c *Compiler) mark() int64 {
	c.marked++
	return c.marked
}
