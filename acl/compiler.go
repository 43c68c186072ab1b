package acl

import (
	"iter"
	"slices"

	"forseti/glob"
)

// Rule is a server rule that may decide: a deny, or with Allow an exemption.
type Rule struct {
	Entity string // server name or glob, as written
	Allow  bool
	// If not all denies fit into an ACL, those of our own lists are left out last, and of
	// those the latest last.
	Own bool
	At  int64 // when it was written
}

// claim is what an entry has against being left out.
type claim struct {
	own bool
	at  int64
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

// Compiler keeps the deny list that the rules make, so that all rooms share it and
// a changed rule costs little. It is not safe for concurrent use.
type Compiler struct {
	denies, exempts map[string]int // entity -> how many rules have it
	claims          map[string]claim
	protected       []string

	stale   bool // the fields below are behind
	fresh   *refreshing
	deny    []string
	cover   cover
	dropped []Dropped

	ranked   []string // deny, in the order in which it is to be kept if not all fits
	unranked bool     // that is behind
}

// NewCompiler returns a compiler that has no rules and protects nobody.
func NewCompiler() *Compiler {
	// Stale from the start: a first load of many rules is then sorted in once.
	return &Compiler{denies: map[string]int{}, exempts: map[string]int{}, claims: map[string]claim{}, stale: true}
}

// Add takes in a rule. Rules are counted: each Add wants its own Remove. What one of our
// own lists says of an entity holds until its last rule is removed.
func (c *Compiler) Add(r Rule) {
	entity, rules := normal(glob.Fold(r.Entity)), c.side(r)
	rules[entity]++
	c.unranked, c.fresh = true, nil
	if before := c.claims[entity]; r.Own && !r.Allow {
		c.claims[entity] = claim{true, max(before.at, r.At)}
	}
	if rules[entity] > 1 || c.stale {
		return
	}
	if r.Allow || glob.Is(entity) {
		c.stale = true
		return
	}
	if _, drop := c.objection(entity); drop {
		c.stale = true
		return
	}
	if at, found := slices.BinarySearch(c.deny, entity); !found && !c.cover.covers(entity) {
		c.deny = slices.Insert(c.deny, at, entity)
	}
}

// Remove takes out a rule that was added; others it ignores.
func (c *Compiler) Remove(r Rule) {
	entity, rules := normal(glob.Fold(r.Entity)), c.side(r)
	if rules[entity] == 0 {
		return
	}
	c.unranked, c.fresh = true, nil
	rules[entity]--
	if rules[entity] > 0 {
		return
	}
	delete(rules, entity)
	if !r.Allow {
		delete(c.claims, entity)
	}
	at, found := slices.BinarySearch(c.deny, entity)
	if c.stale || !found || r.Allow || glob.Is(entity) {
		c.stale = true
		return
	}
	c.deny = slices.Delete(c.deny, at, at+1)
}

// Protect replaces the servers that must never be shut out: our own and the
// moderators'.
func (c *Compiler) Protect(servers iter.Seq[string]) {
	var names []string
	for s := range servers {
		if name := subject(s); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if !slices.Equal(names, c.protected) {
		c.protected, c.stale, c.fresh = names, true, nil
	}
}

// Dropped are the rules that no room's ACL follows, sorted by entity.
func (c *Compiler) Dropped() []Dropped {
	c.refresh()
	return slices.Clone(c.dropped)
}

func (c *Compiler) side(r Rule) map[string]int {
	if r.Allow {
		return c.exempts
	}
	return c.denies
}

// objection says why a deny rule must be left out of every room's ACL.
func (c *Compiler) objection(entity string) (Dropped, bool) {
	if why := faulty(entity); why != "" {
		return Dropped{Entity: entity, Reason: why}, true
	}
	for _, p := range c.protected {
		switch {
		case !reaches(entity, p):
		case glob.Match(entity, p):
			return Dropped{Entity: entity, Reason: ShutsOut, Server: p}, true
		default:
			return Dropped{Entity: entity, Reason: Contained, Server: p}, true
		}
	}
	by := ""
	for e := range c.exempts {
		// The first by name, so that reports do not change with the map's order.
		if (by == "" || e < by) && faulty(e) == "" && overlap(entity, e) {
			by = e
		}
	}
	return Dropped{Entity: entity, Reason: Exempted, Server: by}, by != ""
}
