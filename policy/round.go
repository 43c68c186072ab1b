package policy

import (
	"iter"
	"math"
	"math/bits"
	"runtime"

	"maunium.net/go/mautrix/id"
)

// Round is a look at everybody in view, part by part. In between rules may change, and users come and go: it comes to all
// who are there from its beginning to its end, and holds them against the rules as they are then. It is no look at whom
// has come since.
type Round struct {
	s    *Subjects
	left int // of s.all: whoever leaves has their place taken by the last
}

// homes is what is known of the homeservers of users in view, by their numbers, as long as neither rules about servers nor
// patterns change, nor a number is given to another.
type homes struct {
	of                      *Subjects
	all                     []home
	servers, endings, moved uint64
}

// home is what is known of all users of a homeserver.
type home uint8

const (
	unknown home = iota
	quiet        // there is neither a rule about it, nor a pattern that a user may match by the end of their ID
	loud
)

// Round begins a look at everybody in view.
func (s *Subjects) Round() *Round { return &Round{s: s, left: len(s.all)} }

// Done tells whether there is nobody left to be looked at.
func (r *Round) Done() bool { return min(r.left, len(r.s.all)) == 0 }

// atOnce is of how many users it is found out at once who is near a rule, and inTurn how often before those are asked about.
const (
	atOnce = 64
	inTurn = 16
)

// Next looks at up to most users, and gives those about whom, or about whose homeserver, a rule of one of some indexes
// decides: those of whom [Index.Member] would give one. Who stops sooner goes on with whom comes after.
//
// Nearly always there is nobody, which is found out with what is kept of each name. All questions of one kind are asked one
// after the other, so that none waits for the memory that another one looks at.
func (r *Round) Next(most int, by ...*Index) iter.Seq[id.UserID] {
	return func(yield func(id.UserID) bool) {
		for _, x := range by {
			x.homes.renew(&x.matcher, r.s)
		}
		r.left = min(r.left, len(r.s.all))
		var room [inTurn * atOnce]int32
		for to := max(0, r.left-most); r.left > to; {
			from := max(to, r.left-len(room))
			near := room[:0]
			for end := r.left; end > from; end -= atOnce {
				near = nearAny(by, r.s, max(from, end-atOnce), end, near)
			}
			for _, x := range by {
				x.fetch(r.s, near)
			}
			for _, i := range near {
				r.left = int(i)
				if decidesAny(by, r.s, r.left) && !yield(r.s.all[r.left].who.id) {
					return
				}
			}
			r.left = from
		}
	}
}

// nearAny appends those of up to 64 users whom a rule may be about, the last first.
func nearAny(by []*Index, s *Subjects, from, to int, all []int32) []int32 {
	near := uint64(0)
	for _, x := range by {
		near |= x.near(s, from, to)
	}
	for near != 0 {
		last := bits.Len64(near) - 1
		near &^= 1 << last
		all = append(all, int32(from+last))
	}
	return all
}

// fetch has the memory be near that is needed to ask about some users, of all of them together: one after the other they
// would wait for it, and that is most of what it costs to ask.
func (x *matcher) fetch(s *Subjects, near []int32) {
	k, sum := &x.kinds[User], 0
	var rules [atOnce]*entry
	for len(near) > 1 && len(k.filter.bits) > 0 {
		some := near[:min(len(near), len(rules))]
		near = near[len(some):]
		for n, i := range some {
			rules[n] = nil
			if key := s.gists[i].key; k.filter.has(key) {
				rules[n], _ = k.literals.get(key)
			}
		}
		for n, i := range some {
			if e := rules[n]; e != nil && len(e.entity) > 0 && e.decides() {
				sum += int(e.entity[0]) + int(s.all[i].folded[0])
			}
		}
	}
	runtime.KeepAlive(sum)
}

func decidesAny(by []*Index, s *Subjects, i int) bool {
	for _, x := range by {
		if x.decides(s, i) {
			return true
		}
	}
	return false
}

// near has a bit for each of up to 64 users whom a rule may be about.
func (x *matcher) near(s *Subjects, from, to int) uint64 {
	k, gists, names := &x.kinds[User], s.gists[from:to], s.all[from:to]
	if len(k.hashes.first) > 0 {
		return math.MaxUint64 >> (atOnce - len(gists))
	}
	near := x.loud(s, from, to) | k.filter.among(gists) | k.globs.amongBeginnings(gists)
	held, unsure := k.globs.amongHolders(gists)
	for near |= held; unsure != 0; unsure &= unsure - 1 {
		if i := bits.TrailingZeros64(unsure); k.globs.mayHold(names[i].folded, &gists[i]) {
			near |= 1 << i
		}
	}
	for i := 0; i < len(names) && k.globs.rest.Len() > 0; i++ {
		k.globs.rest.Match(names[i].folded, func(*wildcard) { near |= 1 << i })
	}
	return near
}

// loud has a bit for each of some users of whose homeserver something is known.
func (x *matcher) loud(s *Subjects, from, to int) (found uint64) {
	gists, homes := s.gists[from:to], x.homes.all
	for i := range gists {
		at := homes[gists[i].home]
		if at == unknown {
			at = x.meet(s, from+i)
		}
		if at == loud {
			found |= 1 << i
		}
	}
	return found
}

// decides tells whether a rule decides about a user in view or their homeserver.
func (x *matcher) decides(s *Subjects, i int) bool {
	n, g := &s.all[i], &s.gists[i]
	exact := n.folded
	if len(x.kinds[User].hashes.first) > 0 {
		exact = string(n.who.id)
	}
	if x.homes.all[g.home] == quiet {
		return x.user(exact, n.folded, g, &ending{}) != nil
	}
	return x.member(exact, n.folded, g) != nil
}

// renew forgets what may not be so any more.
func (h *homes) renew(x *matcher, s *Subjects) {
	if h.of != s || h.servers != x.servers.age || h.endings != x.endings.age || h.moved != s.moved {
		clear(h.all)
		h.of, h.servers, h.endings, h.moved = s, x.servers.age, x.endings.age, s.moved
	}
	if more := len(s.homes) - len(h.all); more > 0 {
		h.all = append(h.all, make([]home, more)...)
	}
}

// meet finds out what is so of all users of somebody's homeserver.
func (x *matcher) meet(s *Subjects, i int) home {
	g, at := &s.gists[i], loud
	if g.home != noHome {
		known := x.endings.get(s.homes[g.home])
		if known == nil || known.asked != x.servers.age+1 {
			end := s.all[i].folded[g.colon:]
			known = x.endingOf(s.homes[g.home], end)
			x.serverAt(end, known)
		}
		if len(known.tries) == 0 && known.server == nil {
			at = quiet
		}
	}
	x.homes.all[g.home] = at
	return at
}
