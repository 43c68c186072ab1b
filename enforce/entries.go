package enforce

import (
	"iter"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/glob"
	"forseti/policy"
)

// entries are what of the server ACLs changes may touch, as it is before them.
type entries struct {
	asked map[string]bool // entities
	stood map[string]bool // those of them that are entries
	full  bool            // not all entries may fit into one ACL
	fit   acl.Outline     // those that do, if full
}

// entriesBefore collects what of the ACLs changes may touch. It is called before they are
// followed.
func (c *Scales) entriesBefore(s *scale, changes []Held) *entries {
	e := &entries{asked: map[string]bool{}}
	var crowding []policy.Rule
	for i := range changes {
		h := &changes[i]
		if h.Kind != policy.Server || h.same() {
			continue
		}
		if c.book.crowds(h.New) {
			crowding = append(crowding, h.New)
		}
		for _, r := range []policy.Rule{h.Old, h.New} {
			switch {
			case bans(r):
				c.shutsOut(s, r)
				for _, name := range c.acls.serverNames(r) {
					e.asked[name] = true
				}
			case c.mayFree(s, r):
				for _, name := range c.exempted(r) {
					e.asked[name] = true
				}
			}
		}
	}
	e.stood = c.denials.entries(e.asked)
	e.full = len(crowding) > 0 && c.acls.mayOverflow(crowding...)
	if !e.full {
		return e
	}
	c.acls.compile()
	for name := range e.asked {
		if glob.Is(name) && c.acls.compiler.Sweeping(name) {
			// All would be made anew to know what else fits then, and again to take that back.
			s.Sweeping, e.full = true, false
			return e
		}
	}
	e.fit = c.acls.compiler.Outline(e.asked)
	return e
}

// entriesAfter notes which entries came into the ACLs, and which went out. It is called
// when the changes are followed.
func (c *Scales) entriesAfter(s *scale, before *entries) {
	stands := c.denials.entries(before.asked)
	var gone []string
	var parts []policy.Rule
	for name := range before.asked {
		rule := policy.Rule{Kind: policy.Server, Entity: name, Recommendation: policy.Ban}
		switch {
		case stands[name] && !before.stood[name]:
			s.Denied = append(s.Denied, name)
			parts = append(parts, contained(rule))
		case before.stood[name] && !stands[name] && (rule.IsGlob() || !c.denials.shut(policy.ServerName(name))):
			gone = append(gone, name)
		}
	}
	if before.full {
		denied := map[string]bool{} // and at once left out, which lets in nobody
		for _, name := range s.Denied {
			denied[acl.Normal(name)] = true
		}
		c.acls.compile()
		for _, name := range c.acls.compiler.PushedOut(before.fit) {
			if !denied[name] {
				gone = append(gone, name)
			}
		}
	}
	for _, name := range gone {
		s.Allowed = append(s.Allowed, name)
		s.Hits = append(s.Hits, Hit{Who: name})
		if policy.Broad(policy.Rule{Kind: policy.Server, Entity: name}) {
			s.Broad = append(s.Broad, name)
		}
	}
	c.parts(s, parts)
}

// parts counts who is present and shut out by homeservers that take an entry for a part of
// a name. If there are more than can be looked at, it is known already that they are many.
func (c *Scales) parts(s *scale, entries []policy.Rule) {
	if s.Bound > 0 {
		return
	}
	seen := map[id.UserID]bool{}
	for _, users := range [][]id.UserID{s.Banned, s.Shut} {
		for _, u := range users {
			seen[u] = true
		}
	}
	looked := 0
	for u := range inParts(c.census, c.denials, entries) {
		if looked++; len(s.Parts) > c.mostWeighed() || looked > mostTouched {
			s.Bound = max(c.census.present, s.Bound)
			return
		}
		if in := c.census.presentIn(u); !seen[u] && len(in) > 0 && !c.spared.has(u) && !c.denials.shut(policy.ServerOf(u)) {
			seen[u] = true
			s.Parts = append(s.Parts, u)
			s.hit(u, in)
		}
	}
}

// inParts gives whom entries shut out in part. Of a few it leaves out the servers that are
// shut out anyhow, of which each may have very many users.
func inParts(c *census, d *denials, entries []policy.Rule) iter.Seq[id.UserID] {
	const few = 16
	if len(entries) > few {
		return c.subjects.AffectedByAny(entries)
	}
	return func(yield func(id.UserID) bool) {
		for _, entry := range entries {
			for server := range c.subjects.ServersMatching(entry) {
				if c.servers[server] == 0 || d.shut(server) {
					continue
				}
				for u := range c.subjects.Affected(policy.Rule{Kind: policy.Server, Entity: server}) {
					if !yield(u) {
						return
					}
				}
			}
		}
	}
}

// exempted gives the entries that an exemption keeps out of the ACLs.
func (c *Scales) exempted(exemption policy.Rule) []string {
	entity := exemption.Entity
	if exemption.Hash != "" {
		if entity = c.acls.nameOf(exemption); entity == "" {
			entity = c.book.spelt(exemption.Hash)
		}
	}
	if entity == "" {
		return nil
	}
	c.acls.compile()
	return c.acls.compiler.Overlapping(entity)
}
