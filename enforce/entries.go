package enforce

import (
	"forseti/acl"
	"forseti/policy"
)

// entries notes which entries changes bring into the server ACLs, and which they
// take out. It is called when they are followed.
func (c *Scales) entries(s *scale, changes []Held) {
	in, out, exempted := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for i := range changes {
		h := &changes[i]
		if h.Kind != policy.Server || h.same() {
			continue
		}
		for _, r := range []policy.Rule{h.Old, h.New} {
			comes := r == h.New
			switch {
			case bans(r) && !c.shutsOut(s, r):
				for _, name := range c.acls.serverNames(r) {
					if comes {
						in[name] = true
					} else {
						out[name] = true
					}
				}
			case !c.mayFree(s, r):
			case comes:
				c.exempted(r, exempted)
			default:
				c.exempted(r, in)
			}
		}
	}
	for name := range in {
		if !out[name] {
			s.Denied = append(s.Denied, name)
		}
	}
	left := c.denied(len(out) > 0)
	for name := range out {
		if !left[name] && ((policy.Rule{Entity: name}).IsGlob() || !c.shut(policy.ServerName(name))) {
			exempted[name] = true
		}
	}
	for name := range exempted {
		if in[name] {
			continue
		}
		s.Allowed = append(s.Allowed, name)
		s.Hits = append(s.Hits, Hit{Who: name})
		if r := (policy.Rule{Kind: policy.Server, Entity: name}); policy.Broad(r) {
			s.Broad = append(s.Broad, name)
		}
	}
}

// exempted collects the entries that an exemption keeps out of the ACLs: an ACL
// cannot say "all of these but that one".
func (c *Scales) exempted(exemption policy.Rule, names map[string]bool) {
	for r := range c.book.servers {
		if !bans(r) || c.ownServer(r) != "" {
			continue
		}
		for _, name := range c.acls.serverNames(r) {
			if exemption.Hash == "" && acl.Overlap(name, exemption.Entity) || exemption.Matches(name) {
				names[name] = true
			}
		}
	}
}

// denied are the entities of all server rules that ban, if they are wanted.
func (c *Scales) denied(wanted bool) map[string]bool {
	if !wanted {
		return nil
	}
	names := map[string]bool{}
	for r := range c.book.servers {
		if bans(r) {
			names[r.Entity] = true
		}
	}
	return names
}
