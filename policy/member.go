package policy

import (
	"strings"

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

// User gives the deciding rule about a user, which may be an exemption. Server rules do not count here.
func (x *Index) User(u id.UserID) (r Rule, ok bool) {
	folded := glob.Fold(string(u))
	colon := strings.IndexByte(folded, ':')
	if e := x.user(string(u), folded, colon, x.ending(folded, colon)); e != nil {
		return e.rule(), true
	}
	return r, false
}

// Member gives the deciding rule about a user, which may be an exemption, or if there is none, that about their server,
// as its kind tells.
func (x *Index) Member(u id.UserID) (r Rule, ok bool) {
	folded := glob.Fold(string(u))
	colon := strings.IndexByte(folded, ':')
	end := x.ending(folded, colon)
	e := x.user(string(u), folded, colon, end)
	if e == nil && end != nil {
		if age := x.servers.age + 1; end.asked != age {
			end.server, end.asked = x.server(ServerName(folded[colon+1:])), age
		}
		e = end.server
	}
	if e == nil {
		return r, false
	}
	return e.rule(), true
}

// ending gives what is remembered for the end of a user ID, until the next is asked for; nil if the ID has no colon.
func (x *Index) ending(folded string, colon int) *ending {
	if colon < 0 {
		return nil
	}
	end := folded[colon:]
	key := hashOf(end)
	if e := x.endings.get(key, end); e != nil {
		return e
	}
	var found ending
	x.kinds[User].globs.within(end, 0, len(end), func(w *wildcard) { found.tries = append(found.tries, w) })
	if len(found.tries) > mostRemembered {
		return &found
	}
	return x.endings.put(key, end, found)
}

// user finds the deciding rule about a user.
func (x *Index) user(exact, folded string, colon int, end *ending) *entry {
	if end == nil {
		return x.best(User, exact, folded)
	}
	k := &x.kinds[User]
	best := k.naming(exact, folded, x.weights)
	try := func(w *wildcard) { best = x.bestOf(best, w, folded) }
	k.globs.starting(folded, try)
	k.globs.within(folded, 0, colon, try)
	for _, w := range end.tries {
		try(w)
	}
	return x.bestOfRest(best, k, folded)
}
