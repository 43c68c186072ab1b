package enforce

import (
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
}

// Ban is a ban of ours, as the journal has it.
type Ban struct {
	Event id.EventID // "" if not known: then any present ban that we sent
	Cause action.Cause
}

type place struct {
	room id.RoomID
	user id.UserID
}

// World is everything that a plan follows from: what the lists say, what the
// rooms' state says, and which of the bans there are ours. It is pure, and owned
// by one goroutine. Its methods that take in something new return the keys of
// the work that may follow from it, so that nothing else need be looked at.
type World struct {
	Self id.UserID
	// Management is the room in which we are commanded.
	Management id.RoomID
	Settings   Settings
	Rules      *policy.Index // what the lists say; not all of it need be followed

	book       *book
	census     *census
	rooms      map[id.RoomID]*rooms.Room
	lists      map[id.RoomID]bool // that are watched
	subjects   *policy.Subjects   // everybody who may have to be banned or freed
	moderators map[id.UserID]bool
	ours       map[place]Ban
	managed    map[id.RoomID][]string
	backlog    []id.UserID // touched, and not looked at yet
	held       map[id.RoomID]bool
	unread     map[id.RoomID]bool // watched lists whose rules are not known
	known      map[string]string  // servers that hashed rules stand for
	reveals    []id.EventID       // hashed rules of which that became known
	compiler   *acl.Compiler
	compiled   bool

	// Of the rules that compiler was made from.
	hashed      bool
	serverRules int
}

// NewWorld returns a world without rooms and rules.
func NewWorld(self id.UserID, s Settings) *World {
	b := newBook()
	return &World{
		Self:       self,
		Settings:   s,
		Rules:      b.rules,
		book:       b,
		census:     newCensus(),
		rooms:      map[id.RoomID]*rooms.Room{},
		lists:      map[id.RoomID]bool{},
		subjects:   policy.NewSubjects(),
		moderators: map[id.UserID]bool{},
		ours:       map[place]Ban{},
		managed:    map[id.RoomID][]string{},
		held:       map[id.RoomID]bool{},
		unread:     map[id.RoomID]bool{},
		known:      map[string]string{},
		compiler:   acl.NewCompiler(),
	}
}

// Room is a protected room; nil if it is none.
func (w *World) Room(room id.RoomID) *rooms.Room { return w.rooms[room] }

// Rooms are the protected rooms. The map must not be changed.
func (w *World) Rooms() map[id.RoomID]*rooms.Room { return w.rooms }

// SetLists says which lists are watched: the rooms that rules may be written in.
func (w *World) SetLists(lists []id.RoomID) {
	clear(w.lists)
	for _, list := range lists {
		w.lists[list] = true
	}
}

// Subjects are the users in view of rules.
func (w *World) Subjects() *policy.Subjects { return w.subjects }

// Protect begins to look after a room, of which nothing is known yet.
func (w *World) Protect(room id.RoomID) {
	if w.rooms[room] == nil {
		w.rooms[room] = rooms.New(room)
	}
}

// Unprotect forgets a room. What was done there stays done.
func (w *World) Unprotect(room id.RoomID) {
	r := w.rooms[room]
	if r == nil {
		return
	}
	for u, m := range r.Members() {
		if inView(m) {
			w.subjects.Remove(u)
		}
	}
	w.census.left(r)
	delete(w.rooms, room)
	delete(w.managed, room)
	delete(w.held, room)
}

// Apply takes in one event of a protected room.
func (w *World) Apply(room id.RoomID, evt *event.Event, at time.Time) (rooms.Change, []Key) {
	r := w.rooms[room]
	if r == nil {
		return rooms.Change{}, nil
	}
	c := r.Apply(evt, at)
	return c, w.follow(r, c)
}

// Look takes in the whole state of a protected room, and returns what had changed
// unseen, and everything there that wants doing.
func (w *World) Look(room id.RoomID, state []*event.Event, at time.Time) ([]rooms.Change, []Key) {
	r := w.rooms[room]
	if r == nil {
		return nil, nil
	}
	var keys []Key
	changes := r.Replace(state, at)
	for _, c := range changes {
		for _, k := range w.follow(r, c) {
			if k.Room != room { // what was seen here may matter elsewhere
				keys = append(keys, k)
			}
		}
	}
	return changes, append(keys, w.RoomKeys(room)...)
}

// follow keeps what is derived from members in step with a change, and names the
// work that it may have made.
func (w *World) follow(r *rooms.Room, c rooms.Change) []Key {
	switch c.Kind {
	case rooms.Membership:
		return w.moved(r, c)
	case rooms.Levels, rooms.Create:
		// Power gained makes possible what was refused; power given to a member
		// takes them out of reach.
		return w.RoomKeys(r.ID())
	case rooms.ACL:
		return []Key{{Lane: action.ACLLane, Room: r.ID()}}
	default:
		return nil
	}
}

func (w *World) moved(r *rooms.Room, c rooms.Change) []Key {
	before, after := inView(c.Before), inView(c.After)
	w.census.moved(r, c.User, c.Before, c.After)
	var acls []Key
	switch {
	case after && !before:
		w.subjects.Add(c.User)
		acls = w.revealed(c.User)
	case before && !after:
		w.subjects.Remove(c.User)
	}
	at := place{r.ID(), c.User}
	if ban, ok := w.ours[at]; ok {
		switch {
		case c.After.Membership != event.MembershipBan || c.After.Sender != w.Self:
			// Lifted, or made anew by somebody else: it is theirs to lift now.
			delete(w.ours, at)
		case c.After.Event != "":
			// The echo of our own ban tells which event it is; of two the later holds.
			ban.Event = c.After.Event
			w.ours[at] = ban
		}
	}
	if c.User == w.Self {
		// In or out of the room: all of it has become possible, or none.
		return append(acls, w.RoomKeys(r.ID())...)
	}
	return append(acls, Key{Lane: action.MemberLane, Room: r.ID(), Subject: string(c.User)})
}

// inView reports whether a rule may concern the member: to ban, or to free.
func inView(m rooms.Member) bool { return m.Membership != "" }

// SetOurs records a ban of ours that the journal knows, or one just made.
func (w *World) SetOurs(room id.RoomID, user id.UserID, b Ban) { w.ours[place{room, user}] = b }

// Ours returns our ban of a user in a room.
func (w *World) Ours(room id.RoomID, user id.UserID) (Ban, bool) {
	b, ok := w.ours[place{room, user}]
	return b, ok
}

// SetManaged records which deny entries of a room's ACL are ours.
func (w *World) SetManaged(room id.RoomID, entries []string) { w.managed[room] = entries }

// Managed are the deny entries of a room's ACL that are ours.
func (w *World) Managed(room id.RoomID) []string { return w.managed[room] }

// HoldRoom says whether rules must leave a room alone until a moderator has
// agreed to the first sweep.
func (w *World) HoldRoom(room id.RoomID, held bool) []Key {
	if held {
		w.held[room] = true
		return nil
	}
	delete(w.held, room)
	return w.RoomKeys(room)
}

// SetUnread says whether nothing is known of a watched list. What it may have led
// to before stays as it is: unknown is not empty.
func (w *World) SetUnread(list id.RoomID, unread bool) []Key {
	if w.unread[list] == unread {
		return nil
	}
	if unread {
		w.unread[list] = true
		return nil
	}
	delete(w.unread, list)
	return w.Keys()
}

// RoomHeld reports whether a first sweep waits for a yes.
func (w *World) RoomHeld(room id.RoomID) bool { return w.held[room] }

// Moderator reports whether the user is a moderator.
func (w *World) Moderator(u id.UserID) bool { return w.moderators[u] }

// SetModerator adds or removes a moderator. One who is no longer a moderator may
// be subject to a rule.
func (w *World) SetModerator(u id.UserID, is bool) []Key {
	if w.moderators[u] == is {
		return nil
	}
	if is {
		w.moderators[u] = true
	} else {
		delete(w.moderators, u)
	}
	w.compiled = false
	keys := w.aclKeys()
	for v := range w.subjects.Affected(policy.Rule{Kind: policy.Server, Entity: policy.ServerOf(u)}) {
		keys = append(keys, w.keysOf(v)...)
	}
	return keys
}

// protected reports whether a server must never be shut out: it is our own, or a
// moderator's.
func (w *World) protected(server string) bool {
	for name := range w.protectedServers() {
		if name == server {
			return true
		}
	}
	return false
}

func (w *World) protectedServers() func(func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(policy.ServerOf(w.Self)) {
			return
		}
		for u := range w.moderators {
			if !yield(policy.ServerOf(u)) {
				return
			}
		}
	}
}
