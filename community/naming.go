package community

import (
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/text"
)

// names shows rooms and lists to moderators.
type names struct {
	world *enforce.World
	list  func(id.RoomID) *list // one that is watched; nil if it is none
	quiet func(id.RoomID) bool
	cases func(list id.RoomID, lifted bool) int64
}

var _ report.Names = names{}

// Room is a link to a room.
func (n names) Room(room id.RoomID) string {
	name := ""
	if r := n.world.Room(room); r != nil {
		name = r.Name()
	}
	return text.Room(room, name, n.world.Self().Homeserver())
}

// List is a link to a list, by its shortcode if it has one.
func (n names) List(room id.RoomID) string {
	name := ""
	if l := n.list(room); l != nil {
		if name = l.shortcode; text.OneLine(name) == "" {
			name = l.Name()
		}
	}
	return text.Room(room, name, n.world.Self().Homeserver())
}

// Quiet tells whether what a list changes is only summed up.
func (n names) Quiet(list id.RoomID) bool { return n.quiet(list) }

// Takedown tells whether a rule asks for more than a ban.
func (n names) Takedown(rule id.EventID) bool {
	r, ok := n.world.Rules.Rule(rule)
	return ok && r.Recommendation == policy.Takedown
}

// Bans gives the rule that bans a server, or a pattern of servers: of several the one that
// names it, else the first.
func (n names) Bans(server string) (cause action.Cause) {
	for _, r := range n.world.Rules.Matching(policy.Server, sampleOf(server)) {
		h, waits := n.world.Book.Waiting(enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
		if r.Aside || r.Recommendation != policy.Ban && r.Recommendation != policy.Takedown || waits && h.New.Event == r.Event {
			continue // an exemption, or one that is not followed
		}
		if cause == (action.Cause{}) || r.Entity == server {
			cause = enforce.CauseOf(r)
		}
	}
	return cause
}

// LetIn gives the rule that shut out a server until its end.
func (n names) LetIn(server string) (cause action.Cause) {
	if r, known := n.world.ACLs.Left(server); known {
		cause = enforce.CauseOf(r)
	}
	return cause
}

// Case is the number of the case of what the rules of a list do just now, or of what follows from their end.
func (n names) Case(list id.RoomID, lifted bool) int64 { return n.cases(list, lifted) }

// Shut gives the protected rooms whose ACL keeps out an entity, and those whose does not. What a pattern stands for is
// tried by one name of which nobody thinks.
func (n names) Shut(entity string) (in, out []id.RoomID) {
	server := sampleOf(entity)
	// Most rooms have the same ACL, which may hold thousands of entries.
	shuts := map[string]bool{}
	for room, r := range n.world.Rooms() {
		content, _, _ := r.ACL()
		shut, known := shuts[string(content)]
		if !known {
			shut = content != nil && !acl.Parse(content).Allows(server)
			shuts[string(content)] = shut
		}
		if shut {
			in = append(in, room)
		} else {
			out = append(out, room)
		}
	}
	return in, out
}

func sampleOf(entity string) string {
	var b []byte
	for i := range len(entity) {
		switch entity[i] {
		case '*':
			b = append(b, "x7q-sample"...)
		case '?':
			b = append(b, 'q')
		default:
			b = append(b, entity[i])
		}
	}
	return string(b)
}

// explain says why the homeserver did not do something, in words for moderators.
func explain(f *action.Failure) string {
	switch f.Kind {
	case action.RateLimited:
		return "the homeserver limits how fast I may act; it is done later"
	case action.Transient:
		return "the homeserver does not answer properly; I keep trying"
	case action.Broken:
		return "something in me broke over it; my log says more"
	case action.Forbidden:
		return "the homeserver refuses it (power level, membership, or a policy server)"
	case action.Gone:
		return "it is not there, or I am not in the room"
	case action.Already:
		return "that is so already"
	case action.TooLarge:
		return "it would be too large for an event"
	case action.Unsupported:
		return "this homeserver cannot do it"
	default:
		return "the homeserver does not accept it"
	}
}
