package policy

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// lookup finds the rules of one kind that match a subject.
type lookup struct {
	literals bag[uint64, *entry] // by hash of the folded entity
	filter   filter              // of those hashes
	hashes   bag[string, *entry]
	digests  filter // of the hashes of those
	globs    globs
}

// add adds a rule, and reports whether it has a pattern that none had.
func (k *lookup) add(e *entry) bool {
	switch e.form {
	case literal:
		key := hashOf(foldFor(e.kind, e.entity))
		k.literals.add(key, e)
		k.filter.add(key, len(k.literals.first), maps.Keys(k.literals.first))
	case hashed:
		k.hashes.add(e.entity, e)
		k.digests.add(hashOf(e.entity), len(k.hashes.first), k.digestKeys)
	case wild:
		return k.globs.add(e)
	}
	return false
}

// remove takes a rule out, and reports whether none has its pattern any more.
func (k *lookup) remove(e *entry) bool {
	switch e.form {
	case literal:
		k.literals.remove(hashOf(foldFor(e.kind, e.entity)), e)
	case hashed:
		k.hashes.remove(e.entity, e)
	case wild:
		return k.globs.remove(e)
	}
	return false
}

func (k *lookup) digestKeys(yield func(uint64) bool) {
	for hash := range k.hashes.first {
		if !yield(hashOf(hash)) {
			return
		}
	}
}

// named calls found for each rule that names a subject, be it hashed.
func (k *lookup) named(exact, folded string, found func(*entry)) {
	if key := hashOf(folded); k.filter.has(key) {
		k.literals.under(key, func(e *entry) {
			if e.covers(folded) {
				found(e)
			}
		})
	}
	if len(k.hashes.first) > 0 {
		k.hashes.under(HashOf(exact), found)
	}
}

// naming is the best of the rules that name a subject, be it hashed, and may decide. key is the hash of folded, and
// exact is empty if it is known that no hash is of it.
func (k *lookup) naming(exact, folded string, key, weights uint64) (best *entry) {
	if k.filter.has(key) {
		best = decider(&k.literals, key, folded, weights)
	}
	if exact != "" && len(k.hashes.first) > 0 {
		best = better(best, decider(&k.hashes, HashOf(exact), folded, weights))
	}
	return best
}

func decider[K comparable](b *bag[K, *entry], key K, folded string, weights uint64) *entry {
	one, others := b.get(key)
	if one == nil || !one.decides() || !one.covers(folded) {
		one = nil
	}
	if others == nil {
		return one
	}
	return better(one, deciding(others, folded, weights))
}

// matchesAny tells whether any of the globs matches.
func (k *lookup) matchesAny(folded string) bool {
	matched := false
	k.globs.candidates(folded, func(w *wildcard) { matched = matched || w.glob.Match(folded) })
	return matched
}

// server remembers its answers until a server rule changes: many members share few servers.
func (x *matcher) server(name string) *entry {
	h := hashesOf(name)
	if e := x.servers.get(h); e != nil {
		return *e
	}
	return *x.servers.put(h, x.best(Server, name, name))
}

// weighed has what is remembered of the best rules found anew: not the rules changed, but which of them decide.
func (x *matcher) weighed() {
	x.weights++
	x.servers.forget()
	x.last = asked{}
}

// best finds the deciding rule.
func (x *matcher) best(kind Kind, exact, folded string) *entry {
	if folded == "" {
		return nil
	}
	k := &x.kinds[kind]
	best := k.naming(exact, folded, hashOf(folded), x.weights)
	try := func(w *wildcard) { best = x.bestOf(best, w, folded) }
	k.globs.starting(folded, try)
	k.globs.within(folded, 0, len(folded), try)
	return x.bestOfRest(best, k, folded)
}

// bestOf is the best of a rule and those of a pattern, if it matches.
func (x *matcher) bestOf(best *entry, w *wildcard, folded string) *entry {
	if e := better(best, w.deciding(x.weights)); e != best && w.glob.Match(folded) {
		return e
	}
	return best
}

// bestOfRest is the best of a rule and those of the patterns that are held against every name.
func (x *matcher) bestOfRest(best *entry, k *lookup, folded string) *entry {
	looks := k.globs.rest.Match(folded, func(w *wildcard) {
		best = better(best, w.deciding(x.weights))
		x.looks += hitLooks
	})
	x.looks += looks
	return best
}

// Named gives the best of the rules that ban a user by name, be it hashed, though a pattern may decide: by the order of
// lists, or since it weighs more. It does not ask for exemptions.
func (x *matcher) Named(u id.UserID) (r Rule, ok bool) {
	k, folded := &x.kinds[User], glob.Fold(string(u))
	best := k.naming(string(u), folded, hashOf(folded), x.weights)
	if best != nil && best.rank() == Exempt {
		best = nil
		k.named(string(u), folded, func(e *entry) {
			if e.decides() && e.rank() != Exempt {
				best = better(best, e)
			}
		})
	}
	if best == nil {
		return r, false
	}
	return best.rule(), true
}

// Server gives the deciding rule about a server, whose name may have a port.
func (x *matcher) Server(name string) (r Rule, ok bool) {
	if e := x.server(ServerName(name)); e != nil {
		return e.rule(), true
	}
	return r, false
}

// Room gives the deciding rule about a room ID or alias.
func (x *matcher) Room(entity string) (r Rule, ok bool) {
	if e := x.best(RoomKind, entity, entity); e != nil {
		return e.rule(), true
	}
	return r, false
}

// Matching gives all rules in effect that match, the best first, those that cannot decide included.
func (x *matcher) Matching(kind Kind, entity string) []Rule {
	if kind >= kinds {
		return nil
	}
	exact, folded := subject(kind, entity)
	var found []*entry
	if folded != "" {
		take := func(e *entry) { found = append(found, e) }
		x.kinds[kind].named(exact, folded, take)
		x.kinds[kind].globs.candidates(folded, func(w *wildcard) {
			if w.glob.Match(folded) {
				w.each(take)
			}
		})
	}
	slices.SortFunc(found, compare)
	found = slices.Compact(found)
	rules := make([]Rule, len(found))
	for i, e := range found {
		rules[i] = e.rule()
	}
	return rules
}

// Servers gives the server rules that may decide, in no particular order.
func (x *matcher) Servers() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for e := range x.deciding {
			if !yield(e.rule()) {
				return
			}
		}
	}
}

// deciding gives the server rules that may decide.
func (x *matcher) deciding(yield func(*entry) bool) {
	k := &x.kinds[Server]
	for _, part := range []iter.Seq[*entry]{k.literals.all(), k.hashes.all(), k.globs.all()} {
		for e := range part {
			if e.decides() && !yield(e) {
				return
			}
		}
	}
}

func (d *Delta) sort() {
	byKey := func(a, b Rule) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.StateKey, b.StateKey))
	}
	slices.SortFunc(d.Removed, byKey)
	slices.SortFunc(d.Added, byKey)
}
