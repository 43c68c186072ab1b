package enforce

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// Plan is what is left to do about one key: the difference between what the
// rules say and what the room says.
type Plan struct {
	// Action is wanted if its Verb is set.
	Action action.Action
	// Blocked is what stands in the way of Action; it must not be tried until the
	// room changes.
	Blocked rooms.Refusal
	// Managed goes with an ACL: the deny entries that are ours once it is sent.
	Managed []string
	// Problem is why no good ACL could be made, in words.
	Problem string
}

// Wanted reports whether there is something to do that can be done.
func (p Plan) Wanted() bool { return p.Action.Verb != "" && p.Blocked.OK() }

// Plan is what is left to do about a key. Keys of work that does not follow from
// rules plan to nothing.
func (w *World) Plan(k Key, now time.Time) Plan {
	switch k.Lane {
	case action.MemberLane:
		return w.planMember(k.Room, id.UserID(k.Subject), now)
	case action.ACLLane:
		return w.planACL(k.Room)
	default:
		return Plan{}
	}
}

// Keys are all keys of which something may be left to do: a full look.
func (w *World) Keys() []Key {
	var keys []Key
	for room := range w.rooms {
		keys = append(keys, w.RoomKeys(room)...)
	}
	return keys
}

// RoomKeys are the keys of one room of which something may be left to do.
func (w *World) RoomKeys(room id.RoomID) []Key {
	r := w.rooms[room]
	if r == nil {
		return nil
	}
	keys := []Key{{Lane: action.ACLLane, Room: room}}
	for u, m := range r.Members() {
		_, ours := w.ours[place{room, u}]
		if m.Membership == event.MembershipBan && !ours {
			continue // not ours to lift
		}
		if _, ban := w.Desired(u); ban || ours {
			keys = append(keys, Key{Lane: action.MemberLane, Room: room, Subject: string(u)})
		}
	}
	return keys
}

// Desired returns the rule that decides about a user, and whether it bans. An
// exemption of the user also spares from rules about their server.
func (w *World) Desired(u id.UserID) (r policy.Rule, ban bool) {
	if r, ok := w.book.user(u); ok {
		return r, bans(r)
	}
	if !w.Settings.ServerMembers {
		return policy.Rule{}, false
	}
	server := policy.ServerOf(u)
	r, ok := w.book.server(server)
	return r, ok && bans(r) && !w.protected(server)
}

// keysOf are the keys of one user wherever a room says something of them.
func (w *World) keysOf(u id.UserID) []Key {
	in := w.census.of(u)
	keys := make([]Key, len(in))
	for i, r := range in {
		keys[i] = Key{Lane: action.MemberLane, Room: r.ID(), Subject: string(u)}
	}
	return keys
}

func frees(r policy.Rule) bool { return r.Recommendation == policy.Exempt }

func bans(r policy.Rule) bool {
	return r.Recommendation == policy.Ban || r.Recommendation == policy.Takedown
}

func (w *World) planMember(room id.RoomID, u id.UserID, now time.Time) Plan {
	r := w.rooms[room]
	if r == nil {
		return Plan{}
	}
	m, _ := r.Member(u)
	if m.Membership == event.MembershipBan {
		return w.planUnban(r, u, m)
	}
	rule, ban := w.Desired(u)
	if !ban || w.held[room] || w.spared(u) {
		return Plan{}
	}
	if w.Settings.mild(rule) && r.Moderates(u) {
		// A pattern that matches them does not mean them; their name does.
		if rule, ban = w.book.named(u); !ban {
			return Plan{}
		}
	}
	left := m.Membership == event.MembershipLeave && w.Settings.RecentLeavers > 0 &&
		now.Sub(m.Changed) < w.Settings.RecentLeavers
	if !m.Present() && !left {
		return Plan{}
	}
	return Plan{
		Action: action.Action{
			Verb: action.Ban, Room: room, User: u, Reason: rule.Reason, Cause: CauseOf(rule),
		},
		Blocked: r.CanBan(w.Self, u),
	}
}

// planUnban lifts a ban that is ours by a rule, still the current one, and that
// no rule supports any more.
func (w *World) planUnban(r *rooms.Room, u id.UserID, m rooms.Member) Plan {
	ours, ok := w.ours[place{r.ID(), u}]
	switch {
	case !ok, ours.Cause.Kind != action.ByRule, m.Sender != w.Self:
		return Plan{}
	case ours.Event != "" && m.Event != "" && ours.Event != m.Event:
		return Plan{}
	case w.unread[ours.Cause.List], w.supported(u):
		return Plan{}
	}
	return Plan{
		Action: action.Action{
			Verb: action.Unban, Room: r.ID(), User: u, Reason: "no rule bans this user any more", Cause: ours.Cause,
		},
		Blocked: r.CanUnban(w.Self, u),
	}
}

// supported reports whether any rule still holds a ban. It asks more widely than
// Desired: a rule that waits for approval does not ban anyone, but neither does
// it free anyone; and a server rule holds the bans it once made, also after the
// setting was changed.
func (w *World) supported(u id.UserID) bool {
	holds, decided := w.followed(u)
	return holds || !decided && w.waitsFor(u)
}

// followed reports whether a rule that is followed decides about a user's bans, and
// whether it holds them.
func (w *World) followed(u id.UserID) (holds, decided bool) {
	r, ok := w.book.user(u)
	if !ok {
		r, ok = w.book.server(policy.ServerOf(u))
	}
	return ok && bans(r), ok
}

// waitsFor reports whether a rule that waits for a yes would ban a user.
func (w *World) waitsFor(u id.UserID) bool {
	return w.heldRule(policy.User, string(u)) || w.heldRule(policy.Server, policy.ServerOf(u))
}

// heldRule reports whether a rule that waits for a yes would ban.
func (w *World) heldRule(kind policy.Kind, entity string) bool {
	if len(w.book.waiting) == 0 {
		return false
	}
	for _, r := range w.Rules.Matching(kind, entity) {
		if h := w.book.waiting[slotOf(r)]; bans(r) && h != nil && h.New.Event == r.Event && !h.Rejected {
			return true
		}
	}
	return false
}

// CauseOf is a rule as a cause.
func CauseOf(r policy.Rule) action.Cause {
	entity := r.Entity
	if entity == "" {
		entity = "(hashed)"
	}
	return action.Cause{Kind: action.ByRule, List: r.List, Rule: r.Event, Entity: entity}
}
