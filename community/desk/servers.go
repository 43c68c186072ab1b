package desk

import (
	"context"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
)

// Servers is the desk for the servers that take part.
type Servers struct{ World World }

var _ commands.ServerDesk = Servers{}

// Now is the time.
func (Servers) Now() time.Time { return time.Now() }

// Servers gives the servers of which anybody is, was or is banned in the protected rooms, or
// in those that are named. Each room is a look of its own: there may be a million members.
func (d Servers) Servers(ctx context.Context, in []id.RoomID) ([]commands.ServerState, error) {
	if len(in) == 0 {
		d.World.See(func(w *enforce.World) { in = slices.Collect(maps.Keys(w.Rooms())) })
	}
	seen := serversSeen{of: map[string]*commands.ServerState{}, came: map[id.UserID]time.Time{}, banned: map[id.UserID]bool{}}
	for _, r := range in {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.World.See(func(w *enforce.World) {
			if known := w.Room(r); known != nil {
				seen.look(known)
			}
		})
	}
	return seen.states(d.Now()), nil
}

// serversSeen is what was seen of the rooms so far.
type serversSeen struct {
	of     map[string]*commands.ServerState
	came   map[id.UserID]time.Time // into the first of their rooms
	banned map[id.UserID]bool
}

func (s serversSeen) server(u id.UserID) *commands.ServerState {
	name := policy.ServerOf(u)
	of := s.of[name]
	if of == nil {
		of = &commands.ServerState{Server: name}
		s.of[name] = of
	}
	return of
}

func (s serversSeen) look(r *rooms.Room) {
	here := map[*commands.ServerState]bool{}
	for u, is := range r.Members() {
		of := s.server(u)
		if is.Sender == u && is.Changed.After(of.Moved) && (is.Membership == event.MembershipJoin || is.Membership == event.MembershipLeave) {
			of.Moved = is.Changed
		}
		switch is.Membership {
		case event.MembershipBan:
			s.banned[u] = true
		case event.MembershipJoin:
			here[of] = true
			if at, known := s.came[u]; !known || is.Changed.Before(at) {
				s.came[u] = is.Changed
			}
		}
	}
	for of := range here {
		of.Rooms++
	}
}

// states counts users, each once.
func (s serversSeen) states(now time.Time) (all []commands.ServerState) {
	const day = 24 * time.Hour
	for u, at := range s.came {
		of := s.server(u)
		of.Members++
		switch ago := now.Sub(at); {
		case ago <= day:
			of.Came++
		case ago <= 8*day:
			of.Before++
		}
	}
	for u := range s.banned {
		s.server(u).Banned++
	}
	for _, of := range s.of {
		all = append(all, *of)
	}
	return all
}
