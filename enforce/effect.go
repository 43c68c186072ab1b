package enforce

import (
	"cmp"
	"iter"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
)

// Effect is the difference between two plans: what a change would do to those who
// are here now, and whether it is as good as one for everybody.
type Effect struct {
	Banned []id.UserID // who are present and would be banned, sorted
	Shut   []id.UserID // who are present and whose server would be shut out
	Freed  []id.UserID // whose bans of ours would be lifted, or not be made any more
	// Bound is set if the change touches more users than were looked at: the three
	// above hold some of them only, and no more than Bound.
	Bound int
	// Hit is how many present members are in Banned and Shut; if Everyone is set, all.
	Hit     int
	Rooms   int // that they are in
	Percent int // the largest share of a room of SmallRoom or more
	// Denied and Allowed are entries that come into server ACLs, and that go out.
	Denied, Allowed []string
	Guarded         []id.UserID // moderators and ourselves: they match and are spared
	OwnServer       string      // a server that is never shut out and that a rule matches
	Everyone        bool        // it bans everybody, also who comes later
	FreesEveryone   bool        // it frees everybody, or whom a rule for everybody banned
	Broad           []string    // entities that pin down neither a server nor a name

	Hits []Hit // of Banned, Shut, Freed and Allowed: what a budget counts
}

// Hit is one user or server that a change would hit or free.
type Hit struct {
	Who   string
	Rooms []id.RoomID // where they are present
}

// Limits is the blast radius: what changes may do without a moderator's yes.
type Limits struct {
	Members int // present members in all
	Percent int // of the members of one room, if it has SmallRoom or more
}

// SmallRoom is the size up to which a share of a room says nothing.
const SmallRoom = 20

// Wide reports whether a change goes beyond the limits by itself. What is for
// everybody is so whoever is here now: the rest would follow as they come.
func (l Limits) Wide(e Effect) bool {
	return e.Always() || e.Bound > l.Members || e.Bound > 0 && l.Percent < 100 || e.Hit+len(e.Freed) > l.Members || e.Percent > l.Percent || len(e.Allowed) > l.Members
}

// Always reports whether a change waits for a yes whatever the limits are.
func (e Effect) Always() bool {
	return e.Everyone || e.FreesEveryone || len(e.Broad) > 0
}

// Nothing reports whether a change does nothing to anybody.
func (e Effect) Nothing() bool {
	return !e.Always() && e.Bound == 0 && e.Hit == 0 && len(e.Freed) == 0 && len(e.Denied) == 0 && len(e.Allowed) == 0
}

// mostWeighed is how many users a change may touch and be weighed to the end. What
// touches more waits for a yes, unless the limits are wider: the owner must not
// stand still while a crowd is counted.
const mostWeighed = 500

func (w *World) mostWeighed() int {
	return max(mostWeighed, min(w.Settings.Limits.Members+1, 10*mostWeighed))
}

// standing is what the rules say of one user.
type standing struct {
	ban  bool // they are to be banned where they are …
	mild bool // … but not where they are moderators: it is a pattern that matches them
	shut bool // their server is denied
	held bool // a ban of ours is supported …
	firm bool // … and not only by what waits, which its list may take back at any time
}

func (w *World) standing(u id.UserID) standing {
	rule, ban := w.Desired(u)
	spared := w.spared(u)
	s := standing{ban: ban && !spared, mild: w.mild(rule, u), shut: !spared && w.shut(policy.ServerOf(u))}
	followed, decided := w.followed(u)
	s.firm = s.ban || followed
	s.held = s.firm || !decided && w.waitsFor(u)
	return s
}

// in reports whether they are to be banned in a room.
func (s standing) in(r *rooms.Room, u id.UserID) bool { return s.ban && !(s.mild && r.Moderates(u)) }

// mild reports whether a user is spared where they moderate: a pattern bans them, and
// no rule by name does.
func (w *World) mild(r policy.Rule, u id.UserID) bool {
	if !w.Settings.mild(r) {
		return false
	}
	_, named := w.book.named(u)
	return !named
}

// mild reports whether a rule spares the moderators of rooms: it does not name them.
func (s Settings) mild(r policy.Rule) bool {
	return !s.RoomModerators && (r.IsGlob() || r.Kind == policy.Server)
}

// shut reports whether a server is denied.
func (w *World) shut(server string) bool {
	r, ok := w.book.server(server)
	return ok && bans(r) && !w.protected(server)
}

// weigh compares the plans before and after changes, which flip makes and takes
// back. Only those whom the changes touch are looked at, and no more of them than
// can be counted at once. Of supposed lists exemptions count that are not followed yet.
func (w *World) weigh(changes iter.Seq[Held], flip func(h *Held, after bool), supposed ...id.RoomID) Effect {
	s, looked := w.touched(changes, supposed)
	before := make(map[id.UserID]standing, len(s.users))
	for u := range s.users {
		before[u] = w.standing(u)
	}
	for i := range looked {
		flip(&looked[i], true)
	}
	for u := range s.users {
		w.tally(s, u, before[u], w.standing(u))
	}
	w.entries(s, looked)
	for i := range looked {
		flip(&looked[i], false)
	}
	return w.sum(s)
}

// scale is an effect in the making.
type scale struct {
	Effect
	users map[id.UserID]struct{}
	rooms map[id.RoomID]int // present members who are hit
	more  bool              // there are more users than are looked at
	// supposed are lists whose exemptions count, though they are not followed yet.
	supposed []id.RoomID
}

// touched collects whom changes touch, and gives those of the changes that matter.
func (w *World) touched(changes iter.Seq[Held], supposed []id.RoomID) (*scale, []Held) {
	s := &scale{users: map[id.UserID]struct{}{}, rooms: map[id.RoomID]int{}, supposed: supposed}
	var looked []Held
	most := w.mostWeighed()
	for h := range changes {
		if h.same() {
			continue
		}
		w.flags(s, &h)
		matters := h.Kind == policy.Server || s.Always()
		for _, r := range []policy.Rule{h.Old, h.New} {
			if bans(r) || frees(r) {
				matters = w.touch(s, r, r == h.New) || matters
			}
		}
		if matters {
			looked = append(looked, h)
		}
		if s.more || len(looked) > most {
			s.Bound = max(w.census.present, len(w.ours), len(looked))
			break
		}
	}
	return s, looked
}

// touch collects whom a rule covers, and reports whether there is anybody.
func (w *World) touch(s *scale, r policy.Rule, comes bool) (anybody bool) {
	most := w.mostWeighed()
	add := func(u id.UserID) bool {
		anybody = true
		if bans(r) && comes && w.spared(u) {
			s.Guarded = append(s.Guarded, u)
			return true
		}
		s.users[u] = struct{}{}
		s.more = len(s.users) > most
		return !s.more
	}
	switch {
	case s.Everyone && policy.Everyone(r) && bans(r) && comes:
		// All, of whom the census knows how many there are.
		return true
	case policy.Everyone(r) && bans(r) != comes:
		for at, ban := range w.ours { // whom it frees
			if byRule(ban) && !add(at.user) {
				break
			}
		}
		return true
	}
	for u := range w.subjects.Affected(r) {
		if !add(u) {
			break
		}
	}
	return anybody
}

// flags notes what a change is by its words alone.
func (w *World) flags(s *scale, h *Held) {
	if r := h.New; bans(r) {
		members := r.Kind == policy.User || w.Settings.ServerMembers
		s.Everyone = s.Everyone || members && policy.Everyone(r)
		if (members || !w.shutsOut(s, r)) && policy.Broad(r) {
			s.Broad = append(s.Broad, r.Entity)
		}
		for u := range w.moderators { // who need not be in a protected room to be told
			if r.Kind == policy.User && r.Matches(string(u)) {
				s.Guarded = append(s.Guarded, u)
			}
		}
	}
	switch {
	case bans(h.Old) && policy.Everyone(h.Old) && !(bans(h.New) && policy.Everyone(h.New)),
		w.mayFree(s, h.New) && policy.Everyone(h.New):
		s.FreesEveryone = true
	case w.mayFree(s, h.New) && policy.Broad(h.New):
		s.Broad = append(s.Broad, h.New.Entity)
	}
}

// mayFree reports whether a rule is an exemption that counts: in somebody else's list
// it is shown, and frees nobody.
func (w *World) mayFree(s *scale, r policy.Rule) bool {
	return frees(r) && (w.book.exempts[r.List] || w.book.kept.Exempting(r.List) || slices.Contains(s.supposed, r.List))
}

// shutsOut reports whether a server rule matches a server that is never shut out:
// no ACL follows it.
func (w *World) shutsOut(s *scale, r policy.Rule) bool {
	if r.Kind != policy.Server {
		return false
	}
	for server := range w.protectedServers() {
		if r.Matches(server) {
			s.OwnServer = server
			return true
		}
	}
	return false
}

// tally counts what becomes of one user.
func (w *World) tally(s *scale, u id.UserID, before, after standing) {
	switch {
	case after.ban && (!before.ban || before.mild && !after.mild):
		in := slices.DeleteFunc(w.present(u, true), func(room id.RoomID) bool {
			r := w.rooms[room]
			return before.in(r, u) || !after.in(r, u)
		})
		if len(in) > 0 {
			s.Banned = append(s.Banned, u)
			s.hit(u, in)
		}
	case after.shut && !before.shut && w.census.isPresent(u):
		in := w.present(u, false)
		s.Shut = append(s.Shut, u)
		s.hit(u, in)
	case before.held && !after.firm && w.holds(u), w.lets(u, before, after):
		s.Freed = append(s.Freed, u)
		s.Hits = append(s.Hits, Hit{Who: string(u)})
	}
}

// lets reports whether a user, who is present, is not to be banned any more in a room.
func (w *World) lets(u id.UserID, before, after standing) bool {
	return before.ban && slices.ContainsFunc(w.present(u, true), func(room id.RoomID) bool {
		r := w.rooms[room]
		return before.in(r, u) && !after.in(r, u)
	})
}

func (s *scale) hit(u id.UserID, in []id.RoomID) {
	s.Hits = append(s.Hits, Hit{string(u), in})
	for _, room := range in {
		s.rooms[room]++
	}
}

// present are the rooms where a user is present and that rules are followed in; if
// able is set, only those where we can ban them.
func (w *World) present(u id.UserID, able bool) (in []id.RoomID) {
	for _, r := range w.census.of(u) {
		if r.Present(u) && !w.held[r.ID()] && (!able || r.CanBan(w.Self, u).OK()) {
			in = append(in, r.ID())
		}
	}
	return in
}

// holds reports whether a user is banned anywhere by a rule and by us.
func (w *World) holds(u id.UserID) bool {
	for _, r := range w.census.of(u) {
		if ban, ok := w.ours[place{r.ID(), u}]; ok && byRule(ban) {
			return true
		}
	}
	return false
}

// sum makes numbers of what was found.
func (w *World) sum(s *scale) Effect {
	e := &s.Effect
	e.Hit = len(e.Banned) + len(e.Shut)
	e.Rooms = len(s.rooms)
	for room, hit := range s.rooms {
		if all := members(w.rooms[room]); all >= SmallRoom {
			e.Percent = max(e.Percent, (100*hit+all-1)/all)
		}
	}
	if e.Everyone {
		w.everyone(e)
	}
	for _, users := range []*[]id.UserID{&e.Banned, &e.Shut, &e.Freed, &e.Guarded} {
		slices.Sort(*users)
		*users = slices.Compact(*users)
	}
	for _, names := range []*[]string{&e.Denied, &e.Allowed, &e.Broad} {
		slices.Sort(*names)
		*names = slices.Compact(*names)
	}
	slices.SortFunc(e.Hits, func(a, b Hit) int { return cmp.Compare(a.Who, b.Who) })
	return *e
}

// everyone fills in the effect of a rule for everybody: all are hit, some are named.
func (w *World) everyone(e *Effect) {
	const named = 20
	e.Hit, e.Rooms = w.census.present, len(w.rooms)
	e.Guarded = append(slices.Collect(maps.Keys(w.moderators)), w.Self)
	for u := range w.moderators {
		if w.census.isPresent(u) {
			e.Hit--
		}
	}
	if w.census.isPresent(w.Self) && !w.moderators[w.Self] {
		e.Hit--
	}
	for u := range w.census.some() {
		if len(e.Banned) >= named || len(e.Banned) >= e.Hit {
			break
		}
		if !w.spared(u) && !slices.Contains(e.Banned, u) {
			e.Banned = append(e.Banned, u)
		}
	}
	if e.Hit > 0 {
		e.Percent = 100
	}
}
