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
	literals bag[uint64] // by hash of the folded entity
	filter   filter      // of those hashes
	hashes   bag[string]
	globs    globs
}

func (k *lookup) add(e *entry) {
	switch e.form {
	case literal:
		key := hashOf(foldFor(e.kind, e.entity))
		k.literals.add(key, e)
		k.filter.add(key, len(k.literals.first), maps.Keys(k.literals.first))
	case hashed:
		k.hashes.add(e.entity, e)
	case wild:
		k.globs.add(e)
	}
}

func (k *lookup) remove(e *entry) {
	switch e.form {
	case literal:
		k.literals.remove(hashOf(foldFor(e.kind, e.entity)), e)
	case hashed:
		k.hashes.remove(e.entity, e)
	case wild:
		k.globs.remove(e)
	}
}

// named calls found for each rule that names a subject, be it hashed.
func (k *lookup) named(exact, folded string, found func(*entry)) {
	if key := hashOf(folded); k.filter.has(key) {
		one, others := k.literals.get(key)
		for _, e := range append(others[:len(others):len(others)], one) {
			if e != nil && alike(e.entity, folded, e.kind) {
				found(e)
			}
		}
	}
	if len(k.hashes.first) > 0 {
		if one, others := k.hashes.get(HashOf(exact)); one != nil {
			found(one)
			for _, e := range others {
				found(e)
			}
		}
	}
}

// matches calls found for each rule that matches, perhaps more than once. A glob is only tried if wanted says so.
func (k *lookup) matches(exact, folded string, wanted func(*entry) bool, found func(*entry)) {
	if folded == "" {
		return
	}
	k.named(exact, folded, found)
	k.globs.candidates(folded, func(e *entry) {
		if wanted(e) && e.wild.glob.Match(folded) {
			found(e)
		}
	})
}

// matchesAny tells whether any of the globs matches.
func (k *lookup) matchesAny(folded string) bool {
	matched := false
	k.globs.candidates(folded, func(e *entry) { matched = matched || e.wild.glob.Match(folded) })
	return matched
}

// server remembers its answers until a server rule changes: many members share few servers.
func (x *Index) server(name string) *entry {
	key := hashOf(name)
	if e := x.servers.get(key, name); e != nil {
		return *e
	}
	return *x.servers.put(key, name, x.best(Server, name, name))
}

// best finds the deciding rule.
func (x *Index) best(kind Kind, exact, folded string) *entry {
	var best *entry
	better := func(e *entry) bool {
		return e.decides() && (best == nil || compare(e, best) < 0)
	}
	x.kinds[kind].matches(exact, folded, better, func(e *entry) {
		if better(e) {
			best = e
		}
	})
	return best
}

// Named gives the best of the rules that ban a user by name, be it hashed, though a pattern may decide: by the order of
// lists, or since it weighs more. It does not ask for exemptions.
func (x *Index) Named(u id.UserID) (r Rule, ok bool) {
	var best *entry
	x.kinds[User].named(string(u), glob.Fold(string(u)), func(e *entry) {
		if e.decides() && e.rank() != Exempt && (best == nil || compare(e, best) < 0) {
			best = e
		}
	})
	if best == nil {
		return r, false
	}
	return best.rule(), true
}

// Server gives the deciding rule about a server, whose name may have a port.
func (x *Index) Server(name string) (r Rule, ok bool) {
	if e := x.server(ServerName(name)); e != nil {
		return e.rule(), true
	}
	return r, false
}

// Room gives the deciding rule about a room ID or alias.
func (x *Index) Room(entity string) (r Rule, ok bool) {
	if e := x.best(RoomKind, entity, entity); e != nil {
		return e.rule(), true
	}
	return r, false
}

// Matching gives all rules in effect that match, the best first, those that cannot decide included.
func (x *Index) Matching(kind Kind, entity string) []Rule {
	if kind >= kinds {
		return nil
	}
	exact, folded := subject(kind, entity)
	var found []*entry
	x.kinds[kind].matches(exact, folded, func(*entry) bool { return true }, func(e *entry) {
		found = append(found, e)
	})
	slices.SortFunc(found, compare)
	found = slices.Compact(found)
	rules := make([]Rule, len(found))
	for i, e := range found {
		rules[i] = e.rule()
	}
	return rules
}

// Servers gives the server rules that may decide, in no particular order.
func (x *Index) Servers() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for e := range x.deciding {
			if !yield(e.rule()) {
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
