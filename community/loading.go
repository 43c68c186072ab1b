package community

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/loop"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/rooms"
	"forseti/store"
)

// loading is the protected rooms of which the stored state has yet to be taken in after a
// restart. Each is looked after as soon as it is there. What a batch of sync says waits for
// the rooms that it is about, which come first, and for those where whoever acts in it is
// a member, for what follows may be about all of them. What is weighed against every room
// waits for the last: lists, commands, server ACLs. So nothing is ever taken in of a room
// that is not there, and nothing is loosened because one is missing.
type loading struct {
	loop    *loop.Loop
	state   storedRooms
	places  *places
	intake  *intake
	invited *invitations

	rooms map[id.RoomID]string // which are not there, and for what they are held back
	line  []id.RoomID          // in which order they come
	waits []*waitFor
	there map[id.RoomID][]func(now time.Time) // what is done with each once it is there
	over  []func(now time.Time)               // and what with all of them
}

// storedRooms is what is stored of rooms.
type storedRooms interface {
	Of(ctx context.Context, room id.RoomID) iter.Seq2[store.StateRow, error]
	With(ctx context.Context, u id.UserID) ([]id.RoomID, error)
}

// waitFor is somebody who waits for rooms.
type waitFor struct {
	rooms []id.RoomID
	all   bool
	come  chan struct{}
}

// under reports whether a room is not there yet.
func (l *loading) under() bool { return len(l.rooms) > 0 }

// add has a room come later. It is left alone until then.
func (l *loading) add(room id.RoomID, word string) {
	l.rooms[room] = word
	l.line = append(l.line, room)
	l.places.protecting.rooms[room].loading = true
	l.intake.world.HoldRoom(room, true)
}

// whenOver has f done once all rooms are there.
func (l *loading) whenOver(f func(now time.Time)) {
	if l.under() {
		l.over = append(l.over, f)
		return
	}
	f(time.Now())
}

// whenThere has f done once a room is there.
func (l *loading) whenThere(room id.RoomID, f func(now time.Time)) {
	if l.missing(room) {
		l.there[room] = append(l.there[room], f)
		return
	}
	f(time.Now())
}

// run takes in one room after the other. do has something done by the owner.
func (l *loading) run(ctx context.Context, do func(context.Context, func()) error) error {
	for {
		var room id.RoomID
		if err := do(ctx, func() { room = l.next() }); err != nil || room == "" {
			return err
		}
		if err := l.load(ctx, room, do); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
}

// next is the room whose turn it is; "" if there is none.
func (l *loading) next() id.RoomID {
	if len(l.line) == 0 {
		return ""
	}
	room := l.line[0]
	l.line = l.line[1:]
	return room
}

// membersPart is how many members are taken in in one go.
const membersPart = 1000

type restored struct {
	user   id.UserID
	member rooms.Member
}

// load takes in a room, a part at a time.
func (l *loading) load(ctx context.Context, room id.RoomID, do func(context.Context, func()) error) error {
	now := time.Now()
	var state []*event.Event
	members := make([]restored, 0, membersPart)
	restore := func() {
		for _, m := range members {
			enforce.RestoreMember(l.intake.world, room, m.user, m.member)
		}
	}
	for row, err := range l.state.Of(ctx, room) {
		if err != nil {
			return err
		}
		u, m, ok := id.UserID(""), rooms.Member{}, false
		if row.Type == event.StateMember.Type {
			u, m, ok = restoredMember(row, now)
		}
		if !ok {
			if evt, is := storedState(row); is {
				state = append(state, evt)
			}
			continue
		}
		if members = append(members, restored{u, m}); len(members) == membersPart {
			if err := do(ctx, restore); err != nil {
				return err
			}
			members = members[:0]
		}
	}
	return do(ctx, func() {
		restore()
		l.come(room, state)
	})
}

// come takes in a room whose members are there.
func (l *loading) come(room id.RoomID, state []*event.Event) {
	now := time.Now()
	r, _ := l.places.roles(room)
	word, there := l.rooms[room], l.there[room]
	delete(l.rooms, room)
	delete(l.there, room)
	if w := r.protected; w != nil && w.loading {
		w.loading = false
		l.intake.restore(room, r, state, now)
		l.invited.loadIn(room, l.intake.world.Room(room))
		for _, f := range there {
			f(now)
		}
		l.intake.settle(room, w, word, now) // which may begin to ban and to free there
	}
	l.waits = slices.DeleteFunc(l.waits, func(w *waitFor) bool {
		if w.all && l.under() || slices.ContainsFunc(w.rooms, l.missing) {
			return false
		}
		close(w.come)
		return true
	})
	if !l.under() {
		over := l.over
		l.over = nil
		for _, f := range over {
			f(now)
		}
	}
}

func (l *loading) missing(room id.RoomID) bool {
	_, is := l.rooms[room]
	return is
}

// mostActors is in how many users' rooms is looked up; of more it is all of them.
const mostActors = 200

// wait waits until what a batch says can be taken in. It is not for the owner.
func (l *loading) wait(ctx context.Context, b *matrix.Batch) error {
	var w *waitFor
	var actors []id.UserID
	if err := l.loop.Do(ctx, func() { w, actors = l.needs(b) }); err != nil || w == nil {
		return err
	}
	if !w.all {
		for _, u := range actors {
			in, err := l.state.With(ctx, u)
			w.all = w.all || err != nil // whatever it is, rooms cannot be read either
			w.rooms = append(w.rooms, in...)
		}
	}
	if err := l.loop.Do(ctx, func() { l.await(w) }); err != nil {
		return err
	}
	select {
	case <-w.come:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// needs says for what a batch waits, with whom all the rooms are meant in which they are;
// nil if all is there.
func (l *loading) needs(b *matrix.Batch) (*waitFor, []id.UserID) {
	if !l.under() {
		return nil, nil
	}
	w := &waitFor{come: make(chan struct{}), all: b.Initial || len(b.AccountData)+len(b.Late) > 0}
	actors := map[id.UserID]bool{}
	for _, in := range b.Rooms {
		r, ours := l.places.roles(in.Room)
		switch {
		case !ours:
			continue
		case r.management || r.list != nil:
			w.all = true
		default:
			w.rooms = append(w.rooms, in.Room)
		}
		for _, events := range [][]*event.Event{in.State, in.Timeline} {
			for _, evt := range events {
				actors[evt.Sender] = true
				if evt.Type.Type == event.StateMember.Type && evt.StateKey != nil {
					actors[id.UserID(*evt.StateKey)] = true
				}
			}
		}
	}
	delete(actors, l.intake.world.Self())
	w.all = w.all || len(actors) > mostActors
	all := make([]id.UserID, 0, len(actors))
	for u := range actors {
		all = append(all, u)
	}
	return w, all
}

// await has the rooms that somebody waits for come first.
func (l *loading) await(w *waitFor) {
	w.rooms = slices.DeleteFunc(w.rooms, func(room id.RoomID) bool { return !l.missing(room) })
	if len(w.rooms) == 0 && (!w.all || !l.under()) {
		close(w.come)
		return
	}
	first := func(room id.RoomID) bool { return slices.Contains(w.rooms, room) }
	ahead := slices.DeleteFunc(slices.Clone(l.line), func(room id.RoomID) bool { return !first(room) })
	l.line = append(ahead, slices.DeleteFunc(l.line, first)...)
	l.waits = append(l.waits, w)
}
