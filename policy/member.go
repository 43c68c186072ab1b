package policy

import (
	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// ending is what hangs on the server of a user alone, and is the same for all its users.
type ending struct {
	tries  []*wildcard // the patterns that a user may match by the end of their ID, from the colon on
	server *entry      // the rule that decides about the server …
	asked  uint64      // … since its memory was of this age; 0 for never
}

// mostRemembered is how many patterns are remembered for a server. Of more the memory of all servers would be large.
const mostRemembered = 64

// asked is who was asked about last, until rules change or others decide. Whatever is to be done about a user is asked of
// each of their rooms in turn, and rules may have been written for it to be dear.
type asked struct {
	of     id.UserID
	rule   *entry // that decides
	member bool   // about their server too
}

// User gives the deciding rule about a user, which may be an exemption. Server rules do not count here.
func (x *matcher) User(u id.UserID) (r Rule, ok bool) {
	if x.last.of != u || u == "" {
		folded := glob.Fold(string(u))
		g := gistOf(folded)
		x.last = asked{of: u, rule: x.user(string(u), folded, &g, x.ending(folded, &g))}
	}
	if e := x.last.rule; e != nil && e.kind == User {
		return e.rule(), true
	}
	return r, false
}

// Member gives the deciding rule about a user, which may be an exemption, or if there is none, that about their server,
// as its kind tells.
func (x *matcher) Member(u id.UserID) (r Rule, ok bool) {
	if x.last.of != u || u == "" || !x.last.member && x.last.rule == nil {
		folded := glob.Fold(string(u))
		g := gistOf(folded)
		x.last = asked{u, x.member(string(u), folded, &g), true}
	}
	if e := x.last.rule; e != nil {
		return e.rule(), true
	}
	return r, false
}

func (x *matcher) member(exact, folded string, g *gist) *entry {
	end := x.ending(folded, g)
	e := x.user(exact, folded, g, end)
	if e == nil && end != nil {
		e = x.serverAt(folded[g.colon:], end)
	}
	return e
}

// ending gives what is remembered for the end of a user ID, until the next is asked for; nil if the ID has no colon.
func (x *matcher) ending(folded string, g *gist) *ending {
	if g.colon < 0 {
		return nil
	}
	end := folded[g.colon:]
	return x.endingOf(hashesOf(end), end)
}

func (x *matcher) endingOf(h hashes, end string) *ending {
	if e := x.endings.get(h); e != nil {
		return e
	}
	var found ending
	x.kinds[User].globs.within(end, 0, len(end), func(w *wildcard) { found.tries = append(found.tries, w) })
	if len(found.tries) > mostRemembered {
		return &found
	}
	return x.endings.put(h, found)
}

// serverAt finds the deciding rule about the server that an ID ends with.
func (x *matcher) serverAt(end string, known *ending) *entry {
	if age := x.servers.age + 1; known.asked != age {
		known.server, known.asked = x.server(ServerName(end[1:])), age
	}
	return known.server
}

// user finds the deciding rule about a user.
func (x *matcher) user(exact, folded string, g *gist, end *ending) *entry {
	if end == nil {
		return x.best(User, exact, folded)
	}
	k := &x.kinds[User]
	best := k.naming(exact, folded, g.key, x.weights)
	try := func(w *wildcard) { best = x.bestOf(best, w, folded) }
	if k.globs.mayBegin(g.first()) {
		k.globs.beginning(folded, try)
	}
	if k.globs.mayHold(folded, g) {
		k.globs.holders(folded, 0, int(g.colon), try)
	}
	for _, w := range end.tries {
		try(w)
	}
	return x.bestOfRest(best, k, folded)
}
