package policy

import (
	"cmp"
	"iter"
	"slices"

	"maunium.net/go/mautrix/id"
)

// lookup finds the rules of one kind that match a subject.
type lookup struct {
	literals bag[string] // by folded entity
	hashes   bag[string]
	globs    globs
}

func (k *lookup) add(e *entry) {
	switch e.form {
	case literal:
		k.literals.add(foldFor(e.Kind, e.Entity), e)
	case hashed:
		k.hashes.add(e.Hash, e)
	case wild:
		k.globs.add(e)
	}
}

func (k *lookup) remove(e *entry) {
	switch e.form {
	case literal:
		k.literals.remove(foldFor(e.Kind, e.Entity), e)
	case hashed:
		k.hashes.remove(e.Hash, e)
	case wild:
		k.globs.remove(e)
	}
}

// matches calls found for each rule that matches, perhaps more than once. A glob is only tried if wanted says so.
func (k *lookup) matches(exact, folded string, wanted func(*entry) bool, found func(*entry)) {
	if folded == "" {
		return
	}
	each := func(one *entry, others []*entry) {
		if one == nil {
			return
		}
		found(one)
		for _, e := range others {
			found(e)
		}
	}
	each(k.literals.get(folded))
	if len(k.hashes.first) > 0 {
		each(k.hashes.get(HashOf(exact)))
	}
	k.globs.candidates(folded, func(e *entry) {
		if wanted(e) && e.glob.match(folded) {
			found(e)
		}
	})
}

func (x *Index) decide(kind Kind, entity string) (Rule, bool) {
	exact, folded := subject(kind, entity)
	var best *entry
	better := func(e *entry) bool {
		return e.decides() && (best == nil || compare(e, best) < 0)
	}
	x.kinds[kind].matches(exact, folded, better, func(e *entry) {
		if better(e) {
			best = e
		}
	})
	if best == nil {
		return Rule{}, false
	}
	return best.Rule, true
}

// User gives the deciding rule about a user, which may be an exemption. Server rules do not count here.
func (x *Index) User(u id.UserID) (Rule, bool) { return x.decide(User, string(u)) }

// Server gives the deciding rule about a server, whose name may have a port.
func (x *Index) Server(name string) (Rule, bool) { return x.decide(Server, name) }

// Room gives the deciding rule about a room ID or alias.
func (x *Index) Room(entity string) (Rule, bool) { return x.decide(RoomKind, entity) }

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
		rules[i] = e.Rule
	}
	return rules
}

// Servers gives the server rules that may decide, in no particular order.
func (x *Index) Servers() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		k := &x.kinds[Server]
		for _, part := range []iter.Seq[*entry]{k.literals.all(), k.hashes.all(), k.globs.all()} {
			for e := range part {
				if e.decides() && !yield(e.Rule) {
					return
				}
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
