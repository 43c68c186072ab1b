package enforce

import (
	"math"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// Settings are what moderators and operators may set about planning.
type Settings struct {
	// ServerMembers also bans the members of a server that a rule denies.
	ServerMembers bool
	// RecentLeavers also bans users who match and left less than this ago.
	RecentLeavers time.Duration
	Limits        Limits
	IPLiterals    acl.IPPolicy
	// RoomModerators also acts by patterns on who may remove others
	// from a room. They are spared otherwise.
	RoomModerators bool
	// HideProfiles leaves names and pictures out of bans, and removes those that there were.
	HideProfiles bool
	// RemoveByBans says whether bans remove what was written, where that is to go.
	RemoveByBans RemoveByBans
}

// World is everything that a plan follows from: what the lists say, what the
// rooms' state says, and which of the bans there are ours. It is pure, and owned
// by one goroutine. Its methods that take in something new return the keys of
// the work that may follow from it, so that nothing else need be looked at.
type World struct {
	Settings Settings
	Rules    *policy.Index // what the lists say; not all of it need be followed
	Book     *Book
	Bans     *Bans
	ACLs     *ACLs
	Scales   *Scales
	Terms    *Terms

	spared  *spared
	census  *census
	plan    *planner
	guard   *guard
	backlog *backlog // touched, and not looked at yet
}

// NewWorld returns a world without rooms and rules.
func NewWorld(self id.UserID, s Settings) *World {
	w := &World{Settings: s, Book: newBook(), Bans: newBans(self), spared: newSpared(self), census: newCensus(self), backlog: newBacklog(), Terms: newTerms(self)}
	w.Rules = w.Book.rules
	w.ACLs = newACLs(&w.Settings, w.spared, w.Book, w.census)
	w.plan = &planner{settings: &w.Settings, spared: w.spared, book: w.Book, census: w.census, bans: w.Bans, acls: w.ACLs}
	w.Scales = &Scales{
		settings: &w.Settings, spared: w.spared, book: w.Book, census: w.census, bans: w.Bans, acls: w.ACLs, plan: w.plan,
		sweeps: map[id.RoomID]*sweep{}, denials: &denials{book: w.Book, spared: w.spared, acls: w.ACLs},
	}
	w.guard = &guard{spared: w.spared, census: w.census, lists: map[id.RoomID]bool{}}
	return w
}

// Self is who we are.
func (w *World) Self() id.UserID { return w.spared.self }

// Room is a protected room; nil if it is none.
func (w *World) Room(room id.RoomID) *rooms.Room { return w.census.rooms[room] }

// Rooms are the protected rooms. The map must not be changed.
func (w *World) Rooms() map[id.RoomID]*rooms.Room { return w.census.rooms }

// SetManagement says in which room we are commanded.
func (w *World) SetManagement(room id.RoomID) { w.guard.management = room }

// SetLists says which lists are watched: the rooms that rules may be written in.
func (w *World) SetLists(lists []id.RoomID) {
	clear(w.guard.lists)
	for _, list := range lists {
		w.guard.lists[list] = true
	}
}

// Subjects are the users in view of rules.
func (w *World) Subjects() *policy.Subjects { return w.census.subjects }

// Size is how many are in a protected room, or at its door.
func (w *World) Size(room id.RoomID) int {
	if r := w.census.rooms[room]; r != nil {
		return r.Size()
	}
	return 0
}

// Protect begins to look after a room, of which nothing is known yet.
func (w *World) Protect(room id.RoomID) { w.census.protect(room) }

// Unprotect forgets a room. What was done there stays done, and which of its deny entries are ours stays
// known: else they would be kept for ever, as somebody else's, once it is protected again.
func (w *World) Unprotect(room id.RoomID) {
	w.census.unprotect(room)
	delete(w.ACLs.lost, room)
	delete(w.ACLs.replaced, room)
}

// Guard looks at an action just before it is tried, wherever it came from. Its
// error is meant for moderators.
func (w *World) Guard(a action.Action) error { return w.guard.check(a) }

// Plan is what is left to do about a key. Keys of work that does not follow from
// rules plan to nothing.
func (w *World) Plan(k Key, now time.Time) Plan { return w.plan.of(k, now) }

// Desired returns the rule that decides about a user, and whether it bans.
func (w *World) Desired(u id.UserID) (policy.Rule, bool) { return w.plan.desired(u) }

// Apply takes in one event of a protected room.
func (w *World) Apply(room id.RoomID, evt *event.Event, at time.Time) (rooms.Change, []Key) {
	r := w.census.rooms[room]
	if r == nil {
		return rooms.Change{}, nil
	}
	w.census.heard(at)
	c := r.Apply(evt, at)
	return c, w.follow(r, c)
}

// Look takes in the whole state of a protected room, and returns what had changed
// unseen, and everything there that wants doing.
func (w *World) Look(room id.RoomID, state []*event.Event, at time.Time) ([]rooms.Change, []Key) {
	changes, keys, _ := w.ReadRoom(room, rooms.NewReading(state), math.MaxInt, at, func(string, string) bool { return false })
	return changes, keys
}

// ReadRoom is Look a part at a time: it takes in up to most members, and reports whether more
// are to come. What told is true of has been heard of since then, and stays as it is.
func (w *World) ReadRoom(room id.RoomID, g *rooms.Reading, most int, at time.Time, told func(kind, key string) bool) (changes []rooms.Change, keys []Key, more bool) {
	r := w.census.rooms[room]
	if r == nil {
		return nil, nil, false
	}
	w.census.heard(at)
	r.KeepLeavers(w.Settings.keepLeavers())
	changes, more = r.Read(g, most, at, told)
	for _, c := range changes {
		for _, k := range w.follow(r, c) {
			if k.Room != room { // what was seen here may matter elsewhere
				keys = append(keys, k)
			}
		}
	}
	if !more {
		keys = append(keys, w.plan.whole(w.backlog, room)...)
	}
	return changes, keys, more
}

// follow keeps what is derived from members in step with a change, and names the
// work that it may have made.
func (w *World) follow(r *rooms.Room, c rooms.Change) []Key {
	switch c.Kind {
	case rooms.Membership:
		return w.moved(r, c)
	case rooms.Levels, rooms.Create:
		w.Scales.powerMoved(r.ID())
		// Power gained makes possible what was refused; power given to a member
		// takes them out of reach.
		return w.plan.whole(w.backlog, r.ID())
	case rooms.ACL:
		return []Key{aclKey(r.ID())}
	default:
		return nil
	}
}

func (w *World) moved(r *rooms.Room, c rooms.Change) []Key {
	var acls []Key
	if w.census.moved(r, c.User, c.Before, c.After) {
		acls = w.ACLs.revealed(c.User)
	}
	w.Bans.moved(r.ID(), c.User, c.After)
	w.Scales.moved(r.ID(), c.User)
	if c.User == w.spared.self {
		w.Scales.powerMoved(r.ID())
		// In or out of the room: all of it has become possible, or none.
		return append(acls, w.plan.whole(w.backlog, r.ID())...)
	}
	return append(acls, memberKey(r.ID(), c.User))
}

// HoldRoom says whether rules must leave a room alone until a moderator has
// agreed to the first sweep.
func (w *World) HoldRoom(room id.RoomID, held bool) []Key {
	if held {
		w.census.held[room] = true
		return nil
	}
	delete(w.census.held, room)
	return w.plan.whole(w.backlog, room)
}

// SetUnread says whether nothing is known of a watched list. What it may have led
// to before stays as it is: unknown is not empty.
func (w *World) SetUnread(list id.RoomID, unread bool) []Key {
	if w.Book.unread[list] == unread {
		return nil
	}
	if unread {
		w.Book.unread[list] = true
		return nil
	}
	delete(w.Book.unread, list)
	return w.Again()
}

// RoomHeld reports whether a first sweep waits for a yes.
func (w *World) RoomHeld(room id.RoomID) bool { return w.census.held[room] }

// Moderator reports whether the user is a moderator.
func (w *World) Moderator(u id.UserID) bool { return w.spared.moderators[u] }

// SetModerator adds or removes a moderator. One who is no longer a moderator may
// be subject to a rule, and rules that their server kept out of the ACLs may be followed:
// those are awoken, and want weighing.
func (w *World) SetModerator(u id.UserID, is bool) []Key {
	if !w.spared.set(u, is) {
		return nil
	}
	w.Book.version++
	server := policy.ServerOf(u)
	if !is && !w.spared.server(server) {
		w.ACLs.unshielded(server)
	}
	keys := w.ACLs.keys()
	for v := range w.census.subjects.Affected(policy.Rule{Kind: policy.Server, Entity: server}) {
		keys = append(keys, w.census.keysOf(v)...)
	}
	return keys
}
