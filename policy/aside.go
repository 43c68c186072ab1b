package policy

import "maunium.net/go/mautrix/id"

// Aside says which rules of a list that would ban are only shown: those about users, those about servers. Its exemptions
// are another matter: see [Index.SetExempting].
type Aside struct{ Users, Servers bool }

func (a Aside) covers(k Kind, r Recommendation) bool {
	return (r == Ban || r == Takedown) && (k == User && a.Users || k == Server && a.Servers)
}

// Of gives a rule of a list as it counts if that is set aside.
func (a Aside) Of(r Rule) Rule {
	r.Aside = a.covers(r.Kind, r.Recommendation)
	return r
}

// SetAside says which rules of a list are only shown: they are among its rules, and never decide. It is remembered also
// while the list is not watched. It gives the rules that changed by that, as they were and as they are.
func (x *Index) SetAside(room id.RoomID, a Aside) Delta {
	var d Delta
	before := x.asides[room]
	if before == a {
		return d
	}
	delete(x.asides, room)
	if a != (Aside{}) {
		x.asides[room] = a
	}
	l := x.lists[room]
	if l == nil {
		return d
	}
	l.aside = a
	x.weighed()
	for e := range l.rules() {
		was := before.covers(e.kind, e.recommendation)
		if was == e.aside() {
			continue
		}
		decided := !was && !e.held
		x.kinds[e.kind].globs.recount(e, decided)
		if e.kind == Server {
			x.moves.note(e, decided, e.decides())
		}
		now := e.rule()
		d.Added = append(d.Added, now)
		now.Aside = was
		d.Removed = append(d.Removed, now)
	}
	x.moves.short(x.size)
	d.sort()
	return d
}
