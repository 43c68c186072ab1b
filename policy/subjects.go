package policy

import (
	"iter"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// Subjects is who is in view. It is not safe for concurrent use, and must not be changed while one of its sequences is
// read. What it answers is in affected.go.
type Subjects struct {
	people map[id.UserID]*person
	mixed  map[string][]*person // those with upper-case letters, by folded ID
	all    []named
	gists  []gist               // of those
	starts map[uint32][]*person // by the first bytes of the folded ID

	domains map[string]*domain  // by what follows the first colon, folded, port included
	ported  map[string]struct{} // those domains that hold a colon
	homes   []hashes            // of the ends of IDs, by the number of the domain
	free    []uint32            // numbers that no domain has any more
	moved   uint64              // how often there came one more
	longest int                 // bytes that the name of a domain had
	servers map[string]*server
	byName  sorted

	// Filled at the first hashed rule, since most communities never see one.
	digests      digests
	serverHashes map[string]string
}

// person is a user, and where they are found.
type person struct {
	id      id.UserID
	folded  string
	domain  *domain
	rooms   int // in how many
	inAll   int // places in the slices
	inStart int
	inHome  int
	inMixed int
}

// named holds the name itself, so that a search through all names touches nothing else.
type named struct {
	folded string
	who    *person
}

type domain struct {
	name   string
	number uint32
	server string
	users  []*person
}

// noHome is the number of the home of users whose ID has no colon.
const noHome = 0

type server struct {
	name    string
	back    string // the name from its end
	users   int
	domains map[string]*domain
}

func NewSubjects() *Subjects {
	return &Subjects{
		people:  make(map[id.UserID]*person),
		mixed:   make(map[string][]*person),
		starts:  make(map[uint32][]*person),
		homes:   make([]hashes, noHome+1),
		domains: make(map[string]*domain),
		ported:  make(map[string]struct{}),
		servers: make(map[string]*server),
		byName:  newSorted(),
	}
}

// Shared gives the copy of a user's ID that is kept here, if there is one: users are in many
// rooms.
func (s *Subjects) Shared(u id.UserID) id.UserID {
	if p := s.people[u]; p != nil {
		return p.id
	}
	return u
}

// Len is the number of distinct users.
func (s *Subjects) Len() int { return len(s.people) }

// Add counts a user once more: one who is in three rooms is added three times.
func (s *Subjects) Add(u id.UserID) {
	if u == "" {
		return
	}
	if p := s.people[u]; p != nil {
		p.rooms++
		return
	}
	p := &person{id: u, folded: glob.Fold(string(u)), rooms: 1}
	s.people[u] = p
	if p.folded != string(u) {
		p.inMixed = len(s.mixed[p.folded])
		s.mixed[p.folded] = append(s.mixed[p.folded], p)
	}
	start := startOf(p.folded)
	p.inStart = len(s.starts[start])
	s.starts[start] = append(s.starts[start], p)
	s.settle(p)
	g := gistOf(p.folded)
	if p.inAll = len(s.all); g.colon >= 0 {
		g.home = p.domain.number
	}
	s.all, s.gists = append(s.all, named{p.folded, p}), append(s.gists, g)
	s.digests.add(p)
}

// settle files a user under their server.
func (s *Subjects) settle(p *person) {
	name := glob.Fold(domainOf(p.id))
	d := s.domains[name]
	if d == nil {
		d = &domain{name: name, server: ServerName(name), number: s.number(":" + name)}
		s.domains[name] = d
		s.longest = max(s.longest, len(name))
		if strings.Contains(name, ":") {
			s.ported[name] = struct{}{}
		}
	}
	p.domain, p.inHome = d, len(d.users)
	d.users = append(d.users, p)
	if d.server == "" {
		return
	}
	srv := s.servers[d.server]
	if srv == nil {
		srv = &server{name: d.server, back: reversed(d.server), domains: make(map[string]*domain)}
		s.servers[d.server] = srv
		s.byName.add(srv)
		if s.serverHashes != nil {
			s.serverHashes[HashOf(d.server)] = d.server
		}
	}
	srv.users++
	srv.domains[name] = d
}

// number gives a domain, with which IDs end so, a number that none has.
func (s *Subjects) number(end string) uint32 {
	last := len(s.free) - 1
	if last < 0 {
		s.homes = append(s.homes, hashesOf(end))
		return uint32(len(s.homes) - 1)
	}
	n := s.free[last]
	s.free, s.homes[n] = s.free[:last], hashesOf(end)
	return n
}

// Remove takes back one Add. A user who is not in view is left alone.
func (s *Subjects) Remove(u id.UserID) {
	p := s.people[u]
	if p == nil {
		return
	}
	if p.rooms--; p.rooms > 0 {
		return
	}
	delete(s.people, u)
	if p.folded != string(u) {
		others := dropAt(s.mixed[p.folded], p.inMixed)
		if p.inMixed < len(others) {
			others[p.inMixed].inMixed = p.inMixed
		}
		shrink(s.mixed, p.folded, others)
	}
	s.digests.remove(p)
	s.all, s.gists = dropAt(s.all, p.inAll), dropAt(s.gists, p.inAll)
	if p.inAll < len(s.all) {
		s.all[p.inAll].who.inAll = p.inAll
	}
	start := startOf(p.folded)
	rest := dropAt(s.starts[start], p.inStart)
	if p.inStart < len(rest) {
		rest[p.inStart].inStart = p.inStart
	}
	shrink(s.starts, start, rest)
	s.unsettle(p)
}

func (s *Subjects) unsettle(p *person) {
	d := p.domain
	d.users = dropAt(d.users, p.inHome)
	if p.inHome < len(d.users) {
		d.users[p.inHome].inHome = p.inHome
	}
	srv := s.servers[d.server]
	if len(d.users) == 0 {
		delete(s.domains, d.name)
		s.free = append(s.free, d.number)
		s.moved++
		delete(s.ported, d.name)
		if srv != nil {
			delete(srv.domains, d.name)
		}
	}
	if srv == nil {
		return
	}
	if srv.users--; srv.users > 0 {
		return
	}
	delete(s.servers, d.server)
	s.byName.remove(srv)
	if s.serverHashes != nil {
		delete(s.serverHashes, HashOf(d.server))
	}
}

// dropAt puts the last one in the place of another.
func dropAt[T any](all []T, at int) []T {
	var none T
	last := len(all) - 1
	all[at], all[last] = all[last], none
	return all[:last]
}

func shrink[K comparable](of map[K][]*person, key K, rest []*person) {
	if len(rest) == 0 {
		delete(of, key)
		return
	}
	of[key] = rest
}

// startOf is the first four bytes of a name; of a shorter one all of it.
func startOf(name string) uint32 {
	if len(name) >= gramSize {
		return gram(name)
	}
	return gram((name + "\x00\x00\x00\x00")[:gramSize])
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
