package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// tally counts endings: of users who and where, of all else how much where.
type tally struct {
	users  map[line]*crowd
	things map[line]map[id.RoomID]int
	shut   map[entry]struct{} // ACL entries that came or went …
	where  map[entry]places   // … and in which rooms, by their kind: there may be thousands of each
	found  []Finding          // what protections found, the first of it …
	unsaid int                // … and how much more
	idle   bool               // nothing is to be done about some of it
}

type places map[id.RoomID]struct{}

// crowd is who something happened to, where, and how often in all.
type crowd struct {
	users map[id.UserID]struct{}
	first []id.UserID // of the users, as they are named
	rooms places
	times int
}

func newCrowd() *crowd { return &crowd{users: map[id.UserID]struct{}{}, rooms: places{}} }

func (c *crowd) merge(other *crowd) {
	for u := range other.users {
		c.add(u)
	}
	maps.Copy(c.rooms, other.rooms)
	c.times += other.times
}

func (c *crowd) add(u id.UserID) {
	if _, known := c.users[u]; known {
		return
	}
	c.users[u] = struct{}{}
	c.first = insert(c.first, u, mostNames)
}

// insert keeps the first names of all, in order.
func insert[T ~string](first []T, name T, most int) []T {
	i, _ := slices.BinarySearch(first, name)
	if i == most {
		return first
	}
	first = slices.Insert(first, i, name)
	return first[:min(len(first), most)]
}

// line is what is told together.
type line struct {
	verb action.Verb
	fate action.Fate
	why  string
	of   action.Object // if it is not what the verb is mostly done to
	ban  bool          // it was done by the ban of who wrote it
}

// entry is a server in ACLs.
type entry struct {
	server string
	in     bool // let in again
	dry    bool
}

// kind is how the entry is told.
func (e entry) kind() entry { return entry{in: e.in, dry: e.dry} }

// entryKinds are how entries are told, in their order.
var entryKinds = [...]entry{{in: false, dry: false}, {in: true, dry: false}, {in: false, dry: true}, {in: true, dry: true}}

func (t *tally) add(e action.Ending) {
	l := line{verb: e.Action.Verb, fate: e.Fate, of: e.Action.Of, ban: e.Result.WithBan}
	if e.Fate != action.Done && e.Fate != action.Would {
		l.why = e.Why
	}
	if l.verb.Row().Words.Of != action.ToUser {
		if t.things == nil {
			t.things = map[line]map[id.RoomID]int{}
		}
		if t.things[l] == nil {
			t.things[l] = map[id.RoomID]int{}
		}
		t.things[l][e.Action.Room]++
		return
	}
	c := t.crowd(l)
	c.add(e.Action.User)
	c.rooms[e.Action.Room] = struct{}{}
	c.times++
}

func (t *tally) crowd(l line) *crowd {
	if t.users == nil {
		t.users = map[line]*crowd{}
	}
	if t.users[l] == nil {
		t.users[l] = newCrowd()
	}
	return t.users[l]
}

func (t *tally) server(e entry, room id.RoomID) {
	if t.shut == nil {
		t.shut, t.where = map[entry]struct{}{}, map[entry]places{}
	}
	t.shut[e] = struct{}{}
	k := e.kind()
	if t.where[k] == nil {
		t.where[k] = places{}
	}
	t.where[k][room] = struct{}{}
}

// noServers forgets what was counted of servers.
func (t *tally) noServers() { t.shut, t.where = nil, nil }

// count is how many actions one line stands for.
func (t *tally) count(l line) (n int) {
	if c := t.users[l]; c != nil {
		n = c.times
	}
	for _, times := range t.things[l] {
		n += times
	}
	return n
}

// lines are all lines but the servers, in their order.
func (t *tally) lines() []line {
	lines := slices.Collect(maps.Keys(t.users))
	for l := range t.things {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, inOrder)
	return lines
}

func (t *tally) empty() bool { return len(t.users)+len(t.things)+len(t.shut)+len(t.found) == 0 }

// has reports whether anything ended so.
func (t *tally) has(f action.Fate) bool {
	for l := range t.users {
		if l.fate == f {
			return true
		}
	}
	for l := range t.things {
		if l.fate == f {
			return true
		}
	}
	for e := range t.shut {
		if e.dry == (f == action.Would) && (f == action.Would || f == action.Done) {
			return true
		}
	}
	return false
}

// merge adds all of another tally.
func (t *tally) merge(other tally) {
	for _, f := range other.found {
		t.note(f)
	}
	t.unsaid += other.unsaid
	t.idle = t.idle || other.idle
	for l, more := range other.users {
		t.crowd(l).merge(more)
	}
	for l, in := range other.things {
		for room, n := range in {
			if t.things == nil {
				t.things = map[line]map[id.RoomID]int{}
			}
			if t.things[l] == nil {
				t.things[l] = map[id.RoomID]int{}
			}
			t.things[l][room] += n
		}
	}
	for e := range other.shut {
		for room := range other.where[e.kind()] {
			t.server(e, room)
			break
		}
	}
	for k, in := range other.where {
		maps.Copy(t.where[k], in)
	}
}

// weight sorts decisions by what they mean to people: how many it happened to, then how many servers, then all else.
func (t *tally) weight() (people, servers, things int) {
	for l, c := range t.users {
		if l.fate == action.Done || l.fate == action.Would {
			people = max(people, len(c.users))
		}
	}
	for _, in := range t.things {
		for _, n := range in {
			things += n
		}
	}
	return people, len(t.shut), things
}

func heavier(a, b *tally) int {
	p, s, n := a.weight()
	q, u, m := b.weight()
	return cmp.Or(cmp.Compare(q, p), cmp.Compare(u, s), cmp.Compare(m, n))
}

var fates = []action.Fate{action.Done, action.Would, action.Refused, action.Superseded, action.Dropped}

// inOrder sorts lines by how they ended, then as the table of verbs has them.
func inOrder(a, b line) int {
	return cmp.Or(
		cmp.Compare(slices.Index(fates, a.fate), slices.Index(fates, b.fate)),
		cmp.Compare(rank(a.verb), rank(b.verb)),
		strings.Compare(a.why, b.why),
		strings.Compare(string(a.of), string(b.of)),
		cmp.Compare(rankOf(a.ban), rankOf(b.ban)),
	)
}

func rankOf(later bool) int {
	if later {
		return 1
	}
	return 0
}

func rank(v action.Verb) int { return slices.Index(action.Verbs(), v) }
