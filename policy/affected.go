package policy

import (
	"index/suffixarray"
	"iter"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// Affected gives the users that a rule covers: by their ID for a user rule, by their server for a server rule. It looks
// for them as they are asked for, so that who wants a few pays for a few. At worst it looks at every name once.
func (s *Subjects) Affected(r Rule) iter.Seq[id.UserID] {
	switch {
	case r.Kind == Server:
		return s.onServers(s.ServersMatching(r))
	case r.Kind != User:
		return func(func(id.UserID) bool) {}
	case r.Hash != "":
		return s.hashed(r.Hash)
	case r.IsGlob():
		return s.globbed(glob.New(glob.Fold(r.Entity)))
	default:
		return s.named(glob.Fold(r.Entity))
	}
}

// AffectedByAny gives the users that at least one of the rules covers, each once. It looks at every name once at worst,
// however many rules there are.
func (s *Subjects) AffectedByAny(rules []Rule) iter.Seq[id.UserID] {
	if len(rules) == 1 {
		return s.Affected(rules[0])
	}
	return func(yield func(id.UserID) bool) {
		seen := make(map[id.UserID]struct{})
		for part := range s.parts(rules) {
			for u := range part {
				if _, twice := seen[u]; twice {
					continue
				}
				if seen[u] = struct{}{}; !yield(u) {
					return
				}
			}
		}
	}
}

// parts gives whom each rule affects; of the rules that all names have to be held against, all together.
func (s *Subjects) parts(rules []Rule) iter.Seq[iter.Seq[id.UserID]] {
	return func(yield func(iter.Seq[id.UserID]) bool) {
		var wide [kinds]lookup
		var some [kinds]bool
		var in shared
		all := s.wide(rules)
		for i, r := range rules {
			if all[i] {
				wide[r.Kind].add(newEntry(r, &in))
				some[r.Kind] = true
			} else if !yield(s.Affected(r)) {
				return
			}
		}
		if some[User] && !yield(s.everybody(&wide[User])) {
			return
		}
		if some[Server] {
			yield(s.onServers(s.everyServer(&wide[Server])))
		}
	}
}

// Covering tells of each rule whether it covers anybody. It looks at every name once at worst, however many rules there
// are.
func (s *Subjects) Covering(rules []Rule) []bool {
	found := make([]bool, len(rules))
	var wide [kinds]lookup
	var in shared
	var numbers [kinds]map[*entry]int
	all := s.wide(rules)
	for i, r := range rules {
		if all[i] {
			e := newEntry(r, &in)
			wide[r.Kind].add(e)
			if numbers[r.Kind] == nil {
				numbers[r.Kind] = make(map[*entry]int)
			}
			numbers[r.Kind][e] = i
			continue
		}
		for range s.Affected(r) {
			found[i] = true
			break
		}
	}
	mark := func(kind Kind, name string) {
		wide[kind].globs.candidates(name, func(w *wildcard) {
			if !found[numbers[kind][w.first]] && w.glob.Match(name) {
				w.each(func(e *entry) { found[numbers[kind][e]] = true })
			}
		})
	}
	if len(numbers[User]) > 0 {
		for _, n := range s.all {
			mark(User, n.folded)
		}
	}
	if len(numbers[Server]) > 0 {
		for name := range s.servers {
			mark(Server, name)
		}
	}
	return found
}

// wide tells which rules are to be held against all names at once: those that have to be anyhow, and all others that
// have to be held against more than a few, if that comes to more than all there are. Names may all begin alike, and so
// may rules.
func (s *Subjects) wide(rules []Rule) []bool {
	const few = 3
	all := make([]bool, len(rules))
	var crowded []int
	tries := 0
	for i, r := range rules {
		switch {
		case r.Kind >= RoomKind || !r.IsGlob():
		case r.Kind == Server:
			all[i] = true
		default:
			switch n := s.near(glob.New(glob.Fold(r.Entity))); {
			case n == len(s.all):
				all[i] = true
			case n > few:
				crowded = append(crowded, i)
				tries += n
			}
		}
	}
	if tries > len(s.all) {
		for _, i := range crowded {
			all[i] = true
		}
	}
	return all
}

// near is how many names globbed holds a pattern against at most.
func (s *Subjects) near(g glob.Pattern) int {
	head, tail := g.Head(), g.Tail()
	switch {
	case strings.Contains(tail, ":"):
		n := len(s.ported)
		for d := range s.namedAfter(tail) {
			n += len(d.users)
		}
		return min(n, len(s.all)-1)
	case len(head) >= gramSize:
		return min(len(s.starts[gram(head)]), len(s.all)-1)
	default:
		return len(s.all)
	}
}

func (s *Subjects) everybody(k *lookup) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		for _, n := range s.all {
			if k.matchesAny(n.folded) && !yield(n.who.id) {
				return
			}
		}
	}
}

func (s *Subjects) everyServer(k *lookup) iter.Seq[string] {
	return func(yield func(string) bool) {
		for name := range s.servers {
			if k.matchesAny(name) && !yield(name) {
				return
			}
		}
	}
}

func (s *Subjects) named(folded string) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		if _, ok := s.people[id.UserID(folded)]; ok && !yield(id.UserID(folded)) {
			return
		}
		for _, p := range s.mixed[folded] {
			if !yield(p.id) {
				return
			}
		}
	}
}

func (s *Subjects) hashed(hash string) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		if p := s.digests.user(s.all, hash); p != nil {
			yield(p.id)
		}
	}
}

// globbed looks where a match can be: at the users of the servers that the end of the pattern names, at those whose ID
// begins as the pattern does, or at all.
func (s *Subjects) globbed(g glob.Pattern) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		head, tail := g.Head(), g.Tail()
		switch {
		case strings.Contains(tail, ":"):
			for d := range s.ending(tail) {
				if !among(d.users, g, yield) {
					return
				}
			}
		case len(head) >= gramSize:
			among(s.starts[gram(head)], g, yield)
		default:
			for _, n := range s.all {
				if g.Match(n.folded) && !yield(n.who.id) {
					return
				}
			}
		}
	}
}

func among(people []*person, g glob.Pattern, yield func(id.UserID) bool) bool {
	for _, p := range people {
		if g.Match(p.folded) && !yield(p.id) {
			return false
		}
	}
	return true
}

// ending gives the domains of the IDs that may end with a tail that holds a colon. Either one of its colons is that
// before the domain, or all of it lies within a domain that has a port.
func (s *Subjects) ending(tail string) iter.Seq[*domain] {
	return func(yield func(*domain) bool) {
		for d := range s.namedAfter(tail) {
			if !yield(d) {
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

// namedAfter gives the domains that are what follows a colon of a tail, which may have thousands.
func (s *Subjects) namedAfter(tail string) iter.Seq[*domain] {
	return func(yield func(*domain) bool) {
		for i := max(0, len(tail)-1-s.longest); i < len(tail); i++ {
			if tail[i] != ':' {
				continue
			}
			if d := s.domains[tail[i+1:]]; d != nil && !yield(d) {
				return
			}
		}
	}
}

func (s *Subjects) onServers(names iter.Seq[string]) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		for name := range names {
			for _, d := range s.servers[name].domains {
				for _, p := range d.users {
					if !yield(p.id) {
						return
					}
				}
			}
		}
	}
}

// InServers tells of each text whether it is in the name of a server in view.
func (s *Subjects) InServers(texts []string) []bool {
	found := make([]bool, len(texts))
	if len(texts) == 0 {
		return found
	}
	names := s.byName.joined()
	holds := func(text string) bool { return strings.Contains(names, text) }
	const many = 100
	if len(texts) > many {
		index := suffixarray.New([]byte(names))
		holds = func(text string) bool { return len(index.Lookup([]byte(text), 1)) > 0 }
	}
	for i, text := range texts {
		found[i] = text != "" && holds(glob.Fold(text))
	}
	return found
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
			g := glob.New(glob.Fold(r.Entity))
			for srv := range s.byName.near(g) {
				if g.Match(srv.name) && !yield(srv.name) {
					return
				}
			}
		default:
			if name := glob.Fold(r.Entity); s.servers[name] != nil {
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
