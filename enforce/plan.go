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

// planner compares what the rules say with what the rooms say.
type planner struct {
	settings *Settings
	spared   *spared
	book     *Book
	census   *census
	bans     *Bans
	acls     *ACLs
}

// of is what is left to do about a key. Keys of work that does not follow from
// rules plan to nothing.
func (p *planner) of(k Key, now time.Time) Plan {
	switch k.Lane {
	case action.MemberLane:
		return p.planMember(k.Room, id.UserID(k.Subject), now)
	case action.ACLLane:
		return p.acls.plan(k.Room)
	default:
		return Plan{}
	}
}

// roomKeys are the keys of a room of which something may be left to do.
func (p *planner) roomKeys(r *rooms.Room) []Key {
	var keys []Key
	for u, m := range r.Members() {
		if p.concerns(r.ID(), u, m) {
			keys = append(keys, memberKey(r.ID(), u))
		}
	}
	return append(keys, aclKey(r.ID()))
}

// whole gives the keys of a room of which something may be left to do; of a large one
// they come by Backlog.
func (p *planner) whole(b *backlog, room id.RoomID) []Key {
	r := p.census.rooms[room]
	switch {
	case r == nil:
		return nil
	case r.Len() > b.few:
		b.addRoom(room, false)
		return []Key{aclKey(room)}
	default:
		return p.roomKeys(r)
	}
}

// everybody has the members of all rooms looked at, room by room, also those of whom
// nothing is left to do: to list who is there would take as long as there are many.
func (p *planner) everybody(b *backlog) (keys []Key) {
	left := b.few
	for room, r := range p.census.rooms {
		if r.Len() > left {
			b.addRoom(room, true)
			continue
		}
		left -= r.Len()
		for u := range r.Members() {
			keys = append(keys, memberKey(room, u))
		}
	}
	return keys
}

// concerns reports whether something may be left to do about a user whom a room says
// something of.
func (p *planner) concerns(room id.RoomID, u id.UserID, m rooms.Member) bool {
	if left, settled := p.settled(room, u, m); settled {
		return left
	}
	_, ban := p.desired(u)
	return ban
}

// settled reports whether a user is banned in a room, so that it is seen without the rules
// whether something may be left to do.
func (p *planner) settled(room id.RoomID, u id.UserID, m rooms.Member) (left, settled bool) {
	_, ours := p.bans.Of(room, u)
	return ours, ours || m.Membership == event.MembershipBan // others are not ours to lift
}

// desired returns the rule that decides about a user, and whether it bans. An
// exemption of the user also spares from rules about their server.
func (p *planner) desired(u id.UserID) (r policy.Rule, ban bool) {
	r, ok := p.book.member(u)
	return p.desires(u, r, ok)
}

// desires is desired for whom it is known which rule decides about a user, if any.
func (p *planner) desires(u id.UserID, r policy.Rule, ok bool) (policy.Rule, bool) {
	switch {
	case !ok:
		return r, false
	case r.Kind == policy.User:
		return r, bans(r)
	case !p.settings.ServerMembers:
		return policy.Rule{}, false
	default:
		return r, bans(r) && !p.spared.server(policy.ServerOf(u))
	}
}

func (p *planner) planMember(room id.RoomID, u id.UserID, now time.Time) Plan {
	r := p.census.rooms[room]
	if r == nil {
		return Plan{}
	}
	m, _ := r.Member(u)
	if m.Membership == event.MembershipBan {
		return p.planUnban(r, u, m)
	}
	rule, ban := p.desired(u)
	if !ban || p.census.held[room] || p.spared.has(u) {
		return Plan{}
	}
	if p.settings.mild(rule) && r.Moderates(u) {
		// A pattern that matches them does not mean them; their name does.
		if rule, ban = p.book.named(u); !ban {
			return Plan{}
		}
	}
	left := m.Membership == event.MembershipLeave && p.settings.RecentLeavers > 0 &&
		now.Sub(m.Changed) < p.settings.RecentLeavers
	if !m.Present() && !left {
		return Plan{}
	}
	return Plan{
		Action: action.Action{
			Verb: action.Ban, Room: room, User: u, Reason: rule.Reason, Cause: CauseOf(rule),
		},
		Blocked: r.CanBan(p.spared.self, u),
	}
}

// planUnban lifts a ban that is ours by a rule, still the current one, and that
// no rule supports any more.
func (p *planner) planUnban(r *rooms.Room, u id.UserID, m rooms.Member) Plan {
	ours, ok := p.bans.current(r.ID(), u, m)
	if !ok || p.book.unread[ours.Cause.List] || p.book.supported(u) {
		return Plan{}
	}
	return Plan{
		Action: action.Action{
			Verb: action.Unban, Room: r.ID(), User: u, Reason: "no rule bans this user any more", Cause: ours.Cause,
		},
		Blocked: r.CanUnban(p.spared.self, u),
	}
}
