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
	s     *Subjects
	left  int // of s.all: whoever leaves has their place taken by the last
	looks int // that Next may take
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
func (s *Subjects) Round() *Round { return &Round{s: s, left: len(s.all), looks: mostLooks} }

// Done tells whether there is nobody left to be looked at.
func (r *Round) Done() bool { return min(r.left, len(r.s.all)) == 0 }

// atOnce is of how many users it is found out at once who is near a rule, and inTurn how often before those are asked about.
const (
	atOnce = 64
	inTurn = 16
)

// mostLooks is how much Next looks at, in what [glob.Set.Match] counts in: some milliseconds. What is not counted is added:
// askLooks for whoever is asked about, and hitLooks for a pattern that covers a name, of whose rules it has to be found out
// which decides. A clock would know it better, and not say the same twice.
const (
	mostLooks = 1 << 19
	askLooks  = 1 << 11
	hitLooks  = 1 << 6
)

// Next looks at up to most users, and gives those about whom, or about whose homeserver, a rule of one of some indexes
// decides: those of whom [Index.Member] would give one. Who stops sooner goes on with whom comes after. Among rules that
// make it dear to look at a name, it looks at fewer, one at the least: it takes some milliseconds.
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
		looks := r.looks
		for to := max(0, r.left-most); r.left > to && looks > 0; {
			from, least := r.left, max(to, r.left-len(room))
			near := room[:0]
			for from > least && looks > 0 {
				begin, end := max(least, from-atOnce), from
				var some uint64
				some, from = nearAny(by, r.s, begin, end, &looks)
				looks -= askLooks * bits.OnesCount64(some)
				for ; some != 0; some &^= 1 << (bits.Len64(some) - 1) {
					near = append(near, int32(begin+bits.Len64(some)-1))
				}
			}
			for _, x := range by {
				x.fetch(r.s, near)
			}
			before := looked(by)
			for _, i := range near {
				r.left = int(i)
				if decidesAny(by, r.s, r.left) && !yield(r.s.all[r.left].who.id) {
					return
				}
				if looked(by)-before > r.looks { // nearly always it was found out above what it takes
					return
				}
			}
			r.left = from
		}
	}
}

// looked is how much some indexes have looked at.
func looked(by []*Index) (n int) {
	for _, x := range by {
		n += x.looks
	}
	return n
}

// nearAny has a bit for each of up to 64 users whom a rule may be about, and gives the first of those whom it came to: it
// begins with the last, and ends once it has looked at too much.
func nearAny(by []*Index, s *Subjects, from, to int, looks *int) (near uint64, cameTo int) {
	alone := uint64(0)
	for _, x := range by {
		some, one := x.near(s, from, to)
		near, alone = near|some, alone|one
	}
	for alone != 0 {
		i := bits.Len64(alone) - 1
		alone &^= 1 << i
		for _, x := range by {
			before := x.looks
			if x.nearAlone(s, from+i) {
				near |= 1 << i
			}
			*looks -= x.looks - before
		}
		if *looks <= 0 {
			return near &^ (1<<i - 1), from + i
		}
	}
	return near, from
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

// near has a bit for each of up to 64 users whom a rule may be about, as far as that is seen of all of them together, and
// one for each of whom more is to be looked at.
func (x *matcher) near(s *Subjects, from, to int) (near, alone uint64) {
	k, gists, names := &x.kinds[User], s.gists[from:to], s.all[from:to]
	near, alone = x.loud(gists)
	near |= k.filter.among(gists) | k.globs.amongBeginnings(gists)
	if len(k.hashes.first) > 0 {
		near |= k.digests.amongKeys(s.digests.among(s.all, from, to))
	}
	held, unsure := k.globs.amongHolders(gists)
	for near |= held; unsure != 0; unsure &= unsure - 1 {
		if i := bits.TrailingZeros64(unsure); k.globs.mayHold(names[i].folded, &gists[i]) {
			near |= 1 << i
		}
	}
	if k.globs.rest.Len() > 0 {
		alone = math.MaxUint64 >> (atOnce - len(gists))
	}
	return near, alone
}

// nearAlone looks at what may be dear: what nothing is known of yet, and patterns that are held against every name.
func (x *matcher) nearAlone(s *Subjects, i int) bool {
	home := x.homes.all[s.gists[i].home]
	if home == unknown {
		home = x.meet(s, i)
	}
	near := home == loud
	looks := x.kinds[User].globs.rest.Match(s.all[i].folded, func(*wildcard) {
		near = true
		x.looks += hitLooks
	})
	x.looks += looks
	return near
}

// loud has a bit for each of some users of whose homeserver something is known, and one for each of whose homeserver it is
// to be found out.
func (x *matcher) loud(gists []gist) (found, unmet uint64) {
	homes := x.homes.all
	for i := range gists {
		switch homes[gists[i].home] {
		case loud:
			found |= 1 << i
		case unknown:
			unmet |= 1 << i
		}
	}
	return found, unmet
}

// decides tells whether a rule decides about a user in view or their homeserver.
func (x *matcher) decides(s *Subjects, i int) bool {
	n, g, k, exact := &s.all[i], &s.gists[i], &x.kinds[User], ""
	if len(k.hashes.first) > 0 && k.digests.has(s.digests.among(s.all, i, i+1)[0]) {
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
