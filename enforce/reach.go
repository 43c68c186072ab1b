package enforce

import (
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
)

// Limits is the blast radius: what one change may do without a moderator's yes.
type Limits struct {
	Members int // present members in all
	Percent int // of the members of one room, if it has SmallRoom or more
}

// SmallRoom is the size up to which a share of a room says nothing.
const SmallRoom = 20

// Reach is what a change would do to those who are present now.
type Reach struct {
	Users   []id.UserID // who would be banned, or lose their server
	Rooms   int         // rooms they are in
	Servers int         // servers with members here that would be shut out
	Percent int         // the largest share of a room of SmallRoom or more
	Guarded []id.UserID // moderators and ourselves: they match and are spared
	// OwnServer is a server that is never shut out and that a server rule matches.
	OwnServer string
	// Everyone is set if a rule matches everybody, also who comes later.
	Everyone bool
}

// Wide reports whether a change goes beyond the limits. What matches everybody
// does so whoever is here now: the rest would be banned one by one as they come.
func (l Limits) Wide(r Reach) bool {
	return r.Everyone || len(r.Users) > l.Members || r.Percent > l.Percent
}

// Nobody has this name: what matches it matches everybody.
const (
	nobodysServer = "q7zk0wv3xj.q7zk0wv3xj"
	nobody        = "@q7zk0wv3xj:" + nobodysServer
)

// everyone reports whether a rule matches everybody. No ACL follows one about
// servers, which would shut us out too; but their members may be banned.
func everyone(r policy.Rule) bool {
	switch r.Kind {
	case policy.User:
		return r.Matches(nobody)
	case policy.Server:
		return r.Matches(nobodysServer)
	default:
		return false
	}
}

// Reach computes what rules would do, whether they are in the index or not yet.
// Only those count who are present and whom no exemption spares.
func (w *World) Reach(rules ...policy.Rule) Reach {
	var reach Reach
	hit := map[id.UserID]struct{}{}
	for _, r := range rules {
		if bans(r) {
			w.reachOf(r, hit, &reach)
		}
	}
	w.share(hit, &reach)
	slices.Sort(reach.Users)
	slices.Sort(reach.Guarded)
	reach.Guarded = slices.Compact(reach.Guarded)
	return reach
}

func (w *World) reachOf(r policy.Rule, hit map[id.UserID]struct{}, reach *Reach) {
	if everyone(r) && (r.Kind == policy.User || w.Settings.ServerMembers) {
		reach.Everyone = true
	}
	if r.Kind == policy.Server {
		for server := range w.subjects.ServersMatching(r) {
			if w.protected(server) {
				reach.OwnServer = server
				continue
			}
			reach.Servers++
		}
		for server := range w.protectedServers() {
			if r.Matches(server) {
				reach.OwnServer = server
			}
		}
	}
	for u := range w.subjects.Affected(r) {
		switch {
		case w.spared(u):
			reach.Guarded = append(reach.Guarded, u)
		case r.Kind == policy.Server && w.protected(policy.ServerOf(u)):
		case !w.exempt(u):
			hit[u] = struct{}{}
		}
	}
	// Moderators need not be in a protected room to be told.
	for u := range w.moderators {
		if r.Kind == policy.User && r.Matches(string(u)) {
			reach.Guarded = append(reach.Guarded, u)
		}
	}
}

func (w *World) exempt(u id.UserID) bool {
	if r, ok := w.Rules.User(u); ok {
		return r.Recommendation == policy.Exempt
	}
	r, ok := w.Rules.Server(policy.ServerOf(u))
	return ok && r.Recommendation == policy.Exempt
}

// share counts those of hit who are present, room by room.
func (w *World) share(hit map[id.UserID]struct{}, reach *Reach) {
	present := map[id.UserID]struct{}{}
	for _, r := range w.rooms {
		here := 0
		for u := range hit {
			if m, ok := r.Member(u); ok && m.Present() && r.CanBan(w.Self, u).OK() {
				present[u] = struct{}{}
				here++
			}
		}
		if here == 0 {
			continue
		}
		reach.Rooms++
		if all := members(r); all >= SmallRoom {
			reach.Percent = max(reach.Percent, (100*here+all-1)/all)
		}
	}
	for u := range present {
		reach.Users = append(reach.Users, u)
	}
}

// Sweep computes what the present rules would do in one room: the question that
// a newly protected room raises.
func (w *World) Sweep(room id.RoomID) Reach {
	var reach Reach
	r := w.rooms[room]
	if r == nil {
		return reach
	}
	for u, m := range r.Members() {
		if _, ban := w.Desired(u); ban && m.Present() && !w.spared(u) && r.CanBan(w.Self, u).OK() {
			reach.Users = append(reach.Users, u)
		}
	}
	slices.Sort(reach.Users)
	if len(reach.Users) > 0 {
		reach.Rooms = 1
	}
	if all := members(r); all >= SmallRoom {
		reach.Percent = (100*len(reach.Users) + all - 1) / all
	}
	return reach
}

// members counts who is in a room or at its door.
func members(r *rooms.Room) int {
	n := 0
	for _, m := range []event.Membership{event.MembershipJoin, event.MembershipInvite, event.MembershipKnock} {
		n += r.Count(m)
	}
	return n
}
