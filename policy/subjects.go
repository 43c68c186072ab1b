package policy

import (
	"iter"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Subjects is who is in view, and answers whom a rule affects. It is not safe for concurrent use, and must not be
// changed while one of its sequences is read.
type Subjects struct {
	counts  map[id.UserID]int      // in how many rooms
	mixed   map[string][]id.UserID // those with upper-case letters, by folded ID
	domains map[string]*domain     // by what follows the first colon, folded, port included
	ported  map[string]struct{}    // those domains that hold a colon
	servers map[string]*server
	names   names // folded IDs

	// Filled at the first hashed rule, since most communities never see one.
	userHashes   map[string]id.UserID
	serverHashes map[string]string
}

type domain struct {
	server string
	users  map[id.UserID]struct{}
}

type server struct {
	users   int
	domains map[string]struct{}
}

func NewSubjects() *Subjects {
	return &Subjects{
		counts:  make(map[id.UserID]int),
		mixed:   make(map[string][]id.UserID),
		domains: make(map[string]*domain),
		ported:  make(map[string]struct{}),
		servers: make(map[string]*server),
	}
}

// Len is the number of distinct users.
func (s *Subjects) Len() int { return len(s.counts) }

// Add counts a user once more: one who is in three rooms is added three times.
func (s *Subjects) Add(u id.UserID) {
	if u == "" {
		return
	}
	s.counts[u]++
	if s.counts[u] > 1 {
		return
	}
	folded := fold(string(u))
	if folded != string(u) {
		s.mixed[folded] = append(s.mixed[folded], u)
	}
	s.names.add(folded)
	if s.userHashes != nil {
		s.userHashes[HashOf(string(u))] = u
	}
	name := fold(domainOf(u))
	d := s.domains[name]
	if d == nil {
		d = &domain{server: ServerName(name), users: make(map[id.UserID]struct{})}
		s.domains[name] = d
		if strings.Contains(name, ":") {
			s.ported[name] = struct{}{}
		}
	}
	d.users[u] = struct{}{}
	if d.server == "" {
		return
	}
	srv := s.servers[d.server]
	if srv == nil {
		srv = &server{domains: make(map[string]struct{})}
		s.servers[d.server] = srv
		if s.serverHashes != nil {
			s.serverHashes[HashOf(d.server)] = d.server
		}
	}
	srv.users++
	srv.domains[name] = struct{}{}
}

// Remove takes back one Add. A user who is not in view is left alone.
func (s *Subjects) Remove(u id.UserID) {
	switch s.counts[u] {
	case 0:
		return
	case 1:
		delete(s.counts, u)
	default:
		s.counts[u]--
		return
	}
	if folded := fold(string(u)); folded != string(u) {
		s.removeMixed(folded, u)
	}
	s.names.remove()
	if s.userHashes != nil {
		delete(s.userHashes, HashOf(string(u)))
	}
	name := fold(domainOf(u))
	d := s.domains[name]
	delete(d.users, u)
	srv := s.servers[d.server]
	if len(d.users) == 0 {
		delete(s.domains, name)
		delete(s.ported, name)
		if srv != nil {
			delete(srv.domains, name)
		}
	}
	if srv == nil {
		return
	}
	srv.users--
	if srv.users == 0 {
		delete(s.servers, d.server)
		if s.serverHashes != nil {
			delete(s.serverHashes, HashOf(d.server))
		}
	}
}

func (s *Subjects) removeMixed(folded string, u id.UserID) {
	var kept []id.UserID
	for _, other := range s.mixed[folded] {
		if other != u {
			kept = append(kept, other)
		}
	}
	if len(kept) == 0 {
		delete(s.mixed, folded)
		return
	}
	s.mixed[folded] = kept
}

// Servers gives each server in the form of [ServerName] and the number of its users in view.
func (s *Subjects) Servers() iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for name, srv := range s.servers {
			if !yield(name, srv.users) {
				return
			}
		}
	}
}

// Affected gives the users that a rule covers: by their ID for a user rule, by their server for a server rule.
func (s *Subjects) Affected(r Rule) iter.Seq[id.UserID] {
	switch {
	case r.Kind == Server:
		return s.onServers(r)
	case r.Kind != User:
		return func(func(id.UserID) bool) {}
	case r.Hash != "":
		return s.hashed(r.Hash)
	case r.IsGlob():
		return s.globbed(newGlob(fold(r.Entity)))
	default:
		return s.named(fold(r.Entity))
	}
}

func (s *Subjects) named(folded string) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		if _, ok := s.counts[id.UserID(folded)]; ok && !yield(id.UserID(folded)) {
			return
		}
		for _, u := range s.mixed[folded] {
			if !yield(u) {
				return
			}
		}
	}
}

func (s *Subjects) hashed(hash string) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		if s.userHashes == nil {
			s.userHashes = make(map[string]id.UserID, len(s.counts))
			for u := range s.counts {
				s.userHashes[HashOf(string(u))] = u
			}
		}
		if u, ok := s.userHashes[hash]; ok {
			yield(u)
		}
	}
}

// globbed looks where a match can be: at the users of the servers that the end of the pattern names, or at those whose
// ID begins as the pattern does.
func (s *Subjects) globbed(g glob) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		if tail := g.tail(); strings.Contains(tail, ":") {
			s.globbedOn(g, s.ending(tail), yield)
			return
		}
		for folded := range s.names.startingWith(g.head(), s.hasFolded) {
			if !g.match(folded) {
				continue
			}
			for u := range s.named(folded) {
				if !yield(u) {
					return
				}
			}
		}
	}
}

func (s *Subjects) globbedOn(g glob, domains iter.Seq[*domain], yield func(id.UserID) bool) {
	for d := range domains {
		for u := range d.users {
			if g.match(fold(string(u))) && !yield(u) {
				return
			}
		}
	}
}

// ending gives the domains of the IDs that may end with a tail that holds a colon. Either one of its colons is that
// before the domain, or all of it lies within a domain that has a port.
func (s *Subjects) ending(tail string) iter.Seq[*domain] {
	return func(yield func(*domain) bool) {
		for i := range len(tail) {
			if tail[i] != ':' {
				continue
			}
			if d := s.domains[tail[i+1:]]; d != nil && !yield(d) {
				return
			}
		}
		for name := range s.ported {
			if strings.HasSuffix(name, tail) && !yield(s.domains[name]) {
				return
			}
		}
	}
}

func (s *Subjects) hasFolded(folded string) bool {
	if s.counts[id.UserID(folded)] > 0 {
		return true
	}
	return len(s.mixed[folded]) > 0
}

func (s *Subjects) onServers(r Rule) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		for name := range s.ServersMatching(r) {
			for domain := range s.servers[name].domains {
				for u := range s.domains[domain].users {
					if !yield(u) {
						return
					}
				}
			}
		}
	}
}

// ServersMatching gives the servers in view that a server rule covers.
func (s *Subjects) ServersMatching(r Rule) iter.Seq[string] {
	return func(yield func(string) bool) {
		if r.Kind != Server {
			return
		}
		switch {
		case r.Hash != "":
			if name, ok := s.serverByHash(r.Hash); ok {
				yield(name)
			}
		case r.IsGlob():
			g := newGlob(fold(r.Entity))
			for name := range s.servers {
				if g.match(name) && !yield(name) {
					return
				}
			}
		default:
			if name := fold(r.Entity); s.servers[name] != nil {
				yield(name)
			}
		}
	}
}

func (s *Subjects) serverByHash(hash string) (string, bool) {
	if s.serverHashes == nil {
		s.serverHashes = make(map[string]string, len(s.servers))
		for name := range s.servers {
			s.serverHashes[HashOf(name)] = name
		}
	}
	name, ok := s.serverHashes[hash]
	return name, ok
}
