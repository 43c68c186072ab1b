package report

import (
	"cmp"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// tally counts endings. What happened to a user in a room is kept by name, all else by number.
type tally struct {
	users  map[line]map[id.UserID]places
	things map[line]map[id.RoomID]int
	shut   map[entry]places // ACL entries that came or went
}

type places map[id.RoomID]struct{}

// line is what is told together.
type line struct {
	verb action.Verb
	fate action.Fate
	why  string
}

// entry is a server in ACLs.
type entry struct {
	server string
	in     bool // let in again
	dry    bool
}

func (t *tally) add(e action.Ending) {
	l := line{verb: e.Action.Verb, fate: e.Fate}
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
	if t.users == nil {
		t.users = map[line]map[id.UserID]places{}
	}
	if t.users[l] == nil {
		t.users[l] = map[id.UserID]places{}
	}
	in := t.users[l][e.Action.User]
	if in == nil {
		in = places{}
		t.users[l][e.Action.User] = in
	}
	in[e.Action.Room] = struct{}{}
}

func (t *tally) server(e entry, room id.RoomID) {
	if t.shut == nil {
		t.shut = map[entry]places{}
	}
	if t.shut[e] == nil {
		t.shut[e] = places{}
	}
	t.shut[e][room] = struct{}{}
}

func (t *tally) empty() bool { return len(t.users)+len(t.things)+len(t.shut) == 0 }

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
	for l, users := range other.users {
		for u, in := range users {
			for room := range in {
				t.add(action.Ending{Action: action.Action{Verb: l.verb, Room: room, User: u}, Fate: l.fate, Why: l.why})
			}
		}
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
	for e, in := range other.shut {
		for room := range in {
			t.server(e, room)
		}
	}
}

// weight sorts decisions by what they mean to people: how many it happened to, then how many servers, then all else.
func (t *tally) weight() (people, servers, things int) {
	seen := map[id.UserID]struct{}{}
	for l, users := range t.users {
		if l.fate != action.Done && l.fate != action.Would {
			continue
		}
		for u := range users {
			seen[u] = struct{}{}
		}
	}
	for _, in := range t.things {
		for _, n := range in {
			things += n
		}
	}
	return len(seen), len(t.shut), things
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
	)
}

func rank(v action.Verb) int { return slices.Index(action.Verbs(), v) }
