package acl

import (
	"iter"
	"slices"
	"strings"

	"forseti/glob"
	"forseti/servername"
)

// Rule is a server rule that may decide: a deny, or with Allow an exemption.
type Rule struct {
	Entity string // server name or glob, as written
	Allow  bool
	// If not all denies fit into an ACL, those of our own lists are left out last, and the
	// oldest first.
	Own bool
	At  int64 // when it was written
}

// Reason is why a rule is not in the ACL.
type Reason string

// The reasons. A rule that a broader entry covers loses nothing and has none.
const (
	HasPort         Reason = "has a port, so it matches no server"
	NotServer       Reason = "is no server name or glob"
	ShutsOut        Reason = "would shut out a protected server"
	Contained       Reason = "is a part of the name of a protected server, which Dendrite would shut out"
	Exempted        Reason = "touches an exempted server"
	TooLong         Reason = "does not fit into the ACL"
	IPLiteralNeeded Reason = "would shut out a protected server that is an IP literal"
)

// Dropped is a rule, or the setting allow_ip_literals, that was not followed.
type Dropped struct {
	Entity string // lower case, wildcards in normal form
	Reason Reason
	Server string // the protected server or the exemption it ran into, if any
}

// Compiler keeps the deny list that the rules make, so that all rooms share it. A rule that
// comes or goes is held against those entries only that it may have to do with. It is not
// safe for concurrent use.
type Compiler struct {
	entries   entries        // by text, normal and in lower case
	exempts   map[string]int // how many rules say so
	protected []string       // sorted, as entries are held against them
	named     []string       // the same, and as they are written where that has capitals, which Dendrite minds
	size      int            // bytes of all that is denied

	// What of that the fields below do not follow yet.
	touched        []*entry
	touchedGlobs   int
	touchedExempts map[string]bool
	guarded        []string   // the protected servers that they do follow, …
	exempting      []*pattern // … and the exemptions, sorted
	making         *making
	made           bool

	state    int64 // grows with each change of them
	marked   int64
	rows     rows // all that is denied and makes sense
	globs    rows // of those
	cover    cover
	objected []*entry // what stands in no ACL, sorted
	deny     []*entry // what does: admitted, and covered by nothing
	ranked   []*entry // those in the order in which they are to be kept if not all fit
	listed   int      // their bytes
	fresh    []*entry // what was listed since the last Outline, …
	began    int64    // … or the state in which all was made anew

	dropped  []Dropped // made of objected when asked for
	answered answers
}

// NewCompiler returns a compiler that has no rules and protects nobody.
func NewCompiler() *Compiler {
	return &Compiler{exempts: map[string]int{}, touchedExempts: map[string]bool{}, cover: emptyCover()}
}

// Add takes in a rule. Rules are counted: each Add wants its own Remove.
func (c *Compiler) Add(r Rule) {
	text := normal(glob.Fold(r.Entity))
	if r.Allow {
		c.exempts[text]++
		c.touchedExempts[text] = true
		return
	}
	e := c.entries.get(text)
	if e == nil {
		e = &entry{pattern: newPattern(text), size: int32(written(text)), against: &stands}
		c.entries.add(e)
	}
	if !e.denied() {
		c.size += int(e.size)
	}
	if r.Own {
		e.own.add(r.At)
	} else {
		e.others.add(r.At)
	}
	c.touch(e)
}

// Remove takes out a rule that was added; others it ignores.
func (c *Compiler) Remove(r Rule) {
	text := normal(glob.Fold(r.Entity))
	if r.Allow {
		if n := c.exempts[text]; n > 1 {
			c.exempts[text]--
		} else if n == 1 {
			delete(c.exempts, text)
			c.touchedExempts[text] = true
		}
		return
	}
	e := c.entries.get(text)
	if e == nil {
		return
	}
	of := &e.others
	if r.Own {
		of = &e.own
	}
	if !of.remove(r.At) {
		return
	}
	if !e.denied() {
		c.size -= int(e.size)
	}
	c.touch(e)
}

func (c *Compiler) touch(e *entry) {
	if e.touched {
		return
	}
	e.touched = true
	c.touched = append(c.touched, e)
	if e.wild {
		c.touchedGlobs++
	}
}

// Protect replaces the servers that must never be shut out: our own and the
// moderators'.
func (c *Compiler) Protect(servers iter.Seq[string]) {
	var names, spelt []string
	for s := range servers {
		name := subject(s)
		if name == "" {
			continue
		}
		names = append(names, name)
		if written := servername.Host(s); written != name {
			spelt = append(spelt, written)
		}
	}
	slices.Sort(names)
	slices.Sort(spelt)
	c.protected = slices.Compact(names)
	c.named = slices.Concat(c.protected, slices.Compact(spelt))
}

// Size is how many bytes all that is denied would have in an ACL, also what is covered.
func (c *Compiler) Size() int { return c.size }

// Denies reports whether a rule denies this very entity, also if no ACL follows that.
func (c *Compiler) Denies(entity string) bool {
	e := c.entries.get(Normal(entity))
	return e != nil && e.denied()
}

// Overlapping gives the denied names and globs that match a server which another name or glob
// matches, but for those that would shut out a protected server.
func (c *Compiler) Overlapping(entity string) (all []string) {
	c.refresh()
	x := newPattern(Normal(entity))
	c.overlapping(&x, func(e *entry) bool {
		if e.guard != ShutsOut {
			all = append(all, e.text)
		}
		return true
	})
	return all
}

// Dropped are the rules that no room's ACL follows, sorted by entity. The slice must not be
// changed.
func (c *Compiler) Dropped() []Dropped {
	c.refresh()
	if c.dropped == nil {
		all := make([]Dropped, 0, len(c.objected))
		for _, e := range c.objected {
			all = append(all, e.objection())
		}
		for text := range c.exempts {
			if why := faulty(text); why != "" {
				all = append(all, Dropped{Entity: text, Reason: why})
			}
		}
		slices.SortFunc(all, func(a, b Dropped) int { return strings.Compare(a.Entity, b.Entity) })
		c.dropped = slices.Clip(slices.Compact(all))
	}
	return c.dropped
}

// objection says why a deny rule is left out of every room's ACL.
func (e *entry) objection() Dropped {
	if e.guard != "" {
		return Dropped{Entity: e.text, Reason: e.guard, Server: e.server}
	}
	return Dropped{Entity: e.text, Reason: Exempted, Server: e.exempter}
}

// guardedBy says which protected server an entry would shut out.
func (p *pattern) guardedBy(protected []string) (Reason, string) {
	for _, s := range protected {
		switch {
		case p.wild && !(strings.Contains(s, p.head) && strings.Contains(s, p.middle) && strings.Contains(s, p.tail)), !reaches(p.text, s):
		case glob.Match(p.text, s):
			return ShutsOut, s
		default:
			return Contained, s
		}
	}
	return "", ""
}
