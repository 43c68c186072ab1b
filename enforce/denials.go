package enforce

import (
	"slices"

	"forseti/acl"
	"forseti/glob"
	"forseti/policy"
)

// denials answers what of the server rules that are followed stands in ACLs, as long as
// nothing changes. An ACL cannot say "all of these but that one": what would keep out a
// server that is never shut out, or touches an exemption, does not stand there.
type denials struct {
	book   *Book
	spared *spared
	acls   *ACLs

	enters     map[string]bool // entries that were asked about
	out        map[string]bool // servers that were
	exemptions []policy.Rule
	listed     bool // exemptions are complete
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
		is = !d.guarded(entity) && !slices.ContainsFunc(d.exempting(), func(r policy.Rule) bool { return overlaps(entity, r) })
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

func (d *denials) exempting() []policy.Rule {
	if !d.listed {
		for r := range d.book.servers {
			if frees(r) {
				d.exemptions = append(d.exemptions, r)
			}
		}
		d.listed = true
	}
	return d.exemptions
}

// entries are those of some entities that stand in ACLs.
func (d *denials) entries(of map[string]bool) map[string]bool {
	found := map[string]bool{}
	if d.few(of) {
		for name := range of {
			rules := d.book.denying(name)
			if slices.ContainsFunc(rules, func(r policy.Rule) bool { return slices.Contains(d.acls.serverNames(r), name) }) && d.stands(name) {
				found[name] = true
			}
		}
		return found
	}
	for r := range d.book.servers {
		if !bans(r) {
			continue
		}
		if r.Hash == "" { // nearly all, and to ask for their names takes longer
			if of[r.Entity] && d.stands(r.Entity) {
				found[r.Entity] = true
			}
			continue
		}
		for _, name := range d.acls.serverNames(r) {
			if of[name] && d.stands(name) {
				found[name] = true
			}
		}
	}
	return found
}

// few reports whether entities are few servers, which are found faster each by itself than
// by a look at all rules.
func (d *denials) few(entities map[string]bool) bool {
	if len(entities) > 16 {
		return false
	}
	for name := range entities {
		if glob.Is(name) || name != glob.Fold(name) {
			return false
		}
	}
	return true
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
