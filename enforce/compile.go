package enforce

import (
	"math"

	"forseti/acl"
	"forseti/glob"
	"forseti/policy"
)

// building is the shared deny list in the making.
type building struct {
	compiler *acl.Compiler
	left     []acl.Rule // that are to be added
	exempts  bool       // some rules are exemptions
	hashed   bool       // some rules are hashed
	rules    int        // how many there are
}

// begin collects the rules that are followed.
func (a *ACLs) begin() *building {
	b := &building{compiler: acl.NewCompiler()}
	for r := range a.book.servers {
		b.hashed = b.hashed || r.Hash != ""
		b.exempts = b.exempts || frees(r)
		b.rules++
		b.left = a.rulesOf(r, b.left)
	}
	b.compiler.Protect(a.spared.servers)
	return b
}

// goOn adds up to most rules, or has the compiler do as much; it reports whether more is to
// be done.
func (a *ACLs) goOn(b *building, most int) (more bool) {
	if len(b.left) == 0 {
		return b.compiler.Refresh(most)
	}
	n := min(most, len(b.left))
	for _, r := range b.left[:n] {
		// Several rules may be about one server; the deciding one counts.
		if b.exempts && !glob.Is(r.Entity) {
			if best, ok := a.book.server(r.Entity); ok && frees(best) != r.Allow {
				continue
			}
		}
		b.compiler.Add(r)
	}
	b.left = b.left[n:]
	return true
}

// Prepare goes on bringing the shared deny list up to date, a part of most rules at a time,
// and reports whether more is to be done. What follows from it may be asked for at any time:
// then it is done at once.
func (a *ACLs) Prepare(most int) (more bool) {
	if a.compiled {
		return false
	}
	if a.building == nil {
		a.building = a.begin()
		return true
	}
	if a.goOn(a.building, most) {
		return true
	}
	b := a.building
	a.building, a.compiled = nil, true
	a.compiler, a.hashed, a.serverRules = b.compiler, b.hashed, b.rules
	return false
}

func (a *ACLs) compile() {
	for a.Prepare(math.MaxInt) {
	}
}

// excess are the entries of what is followed that do not fit into an ACL with nothing else
// in it.
func (a *ACLs) excess() []string {
	b := a.begin()
	for a.goOn(b, math.MaxInt) {
	}
	return b.compiler.Excess()
}

// rulesOf adds what a server rule says to ACLs.
func (a *ACLs) rulesOf(r policy.Rule, to []acl.Rule) []acl.Rule {
	if !bans(r) && !frees(r) {
		return to
	}
	says := acl.Rule{Entity: r.Entity, Allow: frees(r), Own: a.book.exempts[r.List], At: r.Timestamp}
	if r.Hash == "" {
		return append(to, says)
	}
	for _, name := range a.serverNames(r) {
		says.Entity = name
		to = append(to, says)
	}
	return to
}
