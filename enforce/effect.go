package enforce

import "maunium.net/go/mautrix/id"

// Effect is the difference between two plans: what a change would do to those who
// are here now, and whether it is as good as one for everybody.
type Effect struct {
	Users
	// Bound is set if the change touches more users than were looked at: those
	// above are some of them only, and no more than Bound.
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
	// Sweeping is set if it covers so many entries of server ACLs that are full that what fits beside
	// it is not known before it is done.
	Sweeping bool

	Hits []Hit // of all users above, and of Allowed: what a budget counts
}

// Users are whom a change would hit or free, sorted.
type Users struct {
	Banned []id.UserID // who are present and would be banned
	Shut   []id.UserID // who are present and whose server would be shut out
	// Later are present and spared for now only: the power to ban them is lacking, or
	// they moderate a room. Left are not present, but were lately, and would be banned.
	Later, Left []id.UserID
	// Parts are present, and only homeservers that run Dendrite would shut out their
	// servers: those take an entry of an ACL for a part of a name.
	Parts []id.UserID
	Freed []id.UserID // whose bans of ours would be lifted, or not be made any more
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
	return e.Always() || e.Bound > l.Members || e.Bound > 0 && l.Percent < 100 || e.Reach()+len(e.Freed) > l.Members || e.Percent > l.Percent || len(e.Allowed) > l.Members
}

// Reach is how many users a change is against, now or later.
func (e Effect) Reach() int { return e.Hit + len(e.Later) + len(e.Left) + len(e.Parts) }

// Always reports whether a change waits for a yes whatever the limits are.
func (e Effect) Always() bool {
	return e.Everyone || e.FreesEveryone || len(e.Broad) > 0 || e.Sweeping
}

// Nothing reports whether a change does nothing to anybody.
func (e Effect) Nothing() bool {
	return !e.Always() && e.Bound == 0 && e.Reach() == 0 && len(e.Freed) == 0 && len(e.Denied) == 0 && len(e.Allowed) == 0
}
