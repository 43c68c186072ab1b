package enforce

import (
	"math"
	"slices"

	"forseti/acl"
	"forseti/policy"
)

// denials answers what of the server rules that are followed stands in ACLs, as long as
// nothing changes. An ACL cannot say "all of these but that one": what would keep out a
// server that is never shut out, or touches an exemption, does not stand there.
type denials struct {
	book   *Book
	spared *spared
	acls   *ACLs

	enters map[string]bool // entries that were asked about
	out    map[string]bool // servers that were
}

// changed forgets the answers.
func (d *denials) changed() {
	*d = denials{book: d.book, spared: d.spared, acls: d.acls, enters: map[string]bool{}, out: map[string]bool{}}
}

// shut reports whether a server is kept out.
func (d *denials) shut(server string) bool {
	is, known := d.out[server]
	if !known {
		is = slices.ContainsFunc(d.book.denying(server), func(r policy.Rule) bool {
			return slices.ContainsFunc(d.acls.serverNames(r), d.stands)
		})
		d.out[server] = is
	}
	return is
}

// stands reports whether an entity that a rule denies is an entry of ACLs.
func (d *denials) stands(entity string) bool {
	is, known := d.enters[entity]
	if !known {
		d.acls.follow(math.MaxInt)
		is = !d.guarded(entity) && !d.exempted(entity)
		d.enters[entity] = is
	}
	return is
}

func (d *denials) guarded(entity string) bool {
	for server := range d.spared.servers {
		if acl.Reaches(entity, server) {
			return true
		}
	}
	return false
}

// exempted reports whether an exemption keeps an entity out of ACLs.
func (d *denials) exempted(entity string) bool {
	for r := range d.acls.exemptions {
		if overlaps(entity, r) {
			return true
		}
	}
	return false
}

// entries are those of some entities that stand in ACLs.
func (d *denials) entries(of map[string]bool) map[string]bool {
	d.acls.follow(math.MaxInt)
	found := map[string]bool{}
	for name := range of {
		if d.acls.compiler.Denies(name) && d.stands(name) {
			found[name] = true
		}
	}
	return found
}

// overlaps reports whether an exemption keeps an entity out of ACLs.
func overlaps(entity string, exemption policy.Rule) bool {
	return exemption.Hash == "" && acl.Overlap(entity, exemption.Entity) || exemption.Matches(entity)
}

// contained is a server rule as homeservers read it that take an entry for a part of a
// name, as those that run Dendrite do.
func contained(r policy.Rule) policy.Rule {
	if r.Hash == "" {
		r.Entity = "*" + r.Entity + "*"
	}
	return r
}
