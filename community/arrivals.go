package community

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
)

// arrivalDesk shows who came and went.
type arrivalDesk struct {
	loop       *loop.Loop
	world      *enforce.World
	protectors *protectors
}

var _ commands.ArrivalDesk = arrivalDesk{}

// moving is who came and went, as far as it was looked.
type moving struct {
	came  map[id.UserID]int             // into how many rooms
	first map[string]time.Time          // when the first of a server came
	stays map[string]map[id.UserID]bool // who was here before, by server
	gone  map[id.UserID]rooms.Move
}

// Since gives who came into the protected rooms since then. Each room is a look of its own:
// there may be a million members.
func (d arrivalDesk) Since(ctx context.Context, at time.Time, in []id.RoomID) (commands.Moves, error) {
	var all []id.RoomID
	d.loop.See(func() { all = slices.Collect(maps.Keys(d.world.Rooms())) })
	everywhere := len(in) == 0
	if everywhere {
		in = all
	}
	m := moving{came: map[id.UserID]int{}, first: map[string]time.Time{}, stays: map[string]map[id.UserID]bool{}, gone: map[id.UserID]rooms.Move{}}
	for _, r := range in {
		if err := ctx.Err(); err != nil {
			return commands.Moves{}, err
		}
		d.loop.See(func() {
			if known := d.world.Room(r); known != nil {
				m.look(known, d.world, at)
			}
		})
	}
	// Who stays is counted only for servers from which somebody came, and in all rooms: it is
	// whom it would hit as well to shut out the server.
	var moves commands.Moves
	by := map[string][]commands.Arrival{}
	d.loop.See(func() {
		for u, n := range m.came {
			server := policy.ServerOf(u)
			by[server] = append(by[server], commands.Arrival{User: u, Rooms: n, Trust: d.protectors.set.Trust.Level(u, time.Now())})
		}
	})
	for _, r := range all {
		d.loop.See(func() {
			if known := d.world.Room(r); known != nil {
				m.staying(known, d.world, by, at)
			}
		})
	}
	for _, server := range slices.Sorted(maps.Keys(by)) {
		came := by[server]
		if everywhere { // who only came into one more room did not come
			came = slices.DeleteFunc(came, func(a commands.Arrival) bool { return m.stays[server][a.User] })
		}
		if len(came) == 0 {
			continue
		}
		slices.SortFunc(came, func(a, b commands.Arrival) int { return cmp.Compare(a.User, b.User) })
		moves.Servers = append(moves.Servers, commands.ServerMoves{Server: server, Came: came, Began: m.first[server], Others: slices.Sorted(maps.Keys(m.stays[server]))})
	}
	for _, u := range slices.Sorted(maps.Keys(m.gone)) {
		switch m.gone[u] {
		case rooms.Banned:
			moves.Banned = append(moves.Banned, u)
		case rooms.Kicked:
			moves.Removed = append(moves.Removed, u)
		default:
			moves.Left = append(moves.Left, u)
		}
	}
	return moves, nil
}

// look takes in who came into one room, and went. What counts most is told of who did several. Moderators
// are no newcomers.
func (m moving) look(r *rooms.Room, world *enforce.World, at time.Time) {
	for u, is := range r.Members() {
		if u == world.Self() || is.Changed.Before(at) || is.Membership == event.MembershipJoin && world.Moderator(u) {
			continue
		}
		move := rooms.MoveNone
		switch is.Membership {
		case event.MembershipJoin:
			m.came[u]++
			if server := policy.ServerOf(u); m.first[server].IsZero() || is.Changed.Before(m.first[server]) {
				m.first[server] = is.Changed
			}
			continue
		case event.MembershipBan:
			move = rooms.Banned
		case event.MembershipLeave:
			move = rooms.Left
			if is.Sender != u {
				move = rooms.Kicked
			}
		default:
			continue
		}
		if was := m.gone[u]; was == rooms.MoveNone || was == rooms.Left || move == rooms.Banned {
			m.gone[u] = move
		}
	}
}

// staying notes who was here before, of the servers from which somebody came, and the moderators.
func (m moving) staying(r *rooms.Room, world *enforce.World, by map[string][]commands.Arrival, at time.Time) {
	for u, is := range r.Members() {
		if is.Membership != event.MembershipJoin || !is.Changed.Before(at) && !world.Moderator(u) {
			continue
		}
		if server := policy.ServerOf(u); by[server] != nil {
			if m.stays[server] == nil {
				m.stays[server] = map[id.UserID]bool{}
			}
			m.stays[server][u] = true
		}
	}
}

// Now is the time.
func (arrivalDesk) Now() time.Time { return time.Now() }
