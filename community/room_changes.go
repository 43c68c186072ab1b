package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
)

// roomChanges are what commands change of which rooms are protected.
type roomChanges struct {
	loop       *loop.Loop
	log        zerolog.Logger
	visits     *visits
	account    *accountWrites
	protecting *protecting
	posture    *postures
}

func (r *roomChanges) change(ctx context.Context, by run, c commands.Change) error {
	switch c.Kind {
	case commands.Protect:
		return r.protect(ctx, by, c.Room, c.Via)
	case commands.Unprotect:
		return r.unprotect(ctx, by, c.Room)
	case commands.LockRoom:
		return r.lock(by, c)
	case commands.UnlockRoom:
		r.unlock(by, c)
		return nil
	case commands.RelockRoom:
		r.loop.See(func() { r.latch(c).relock(c.Room, id.EventID(c.Name), by.command, time.Now()) })
		return nil
	case commands.Enter:
		return r.visits.join(ctx, by, c.Room, c.Via)
	default:
		return r.visits.leave(ctx, by, c.Room)
	}
}

// protect joins a room and looks after it.
func (r *roomChanges) protect(ctx context.Context, by run, room id.RoomID, via []string) error {
	if err := r.visits.join(ctx, by, room, via); err != nil {
		return err
	}
	r.loop.See(func() {
		r.protecting.newcomers[room] = by.command != ""
		r.protecting.speaker.report.Replies.Place(by.command, room, time.Now())
	})
	defer r.loop.See(func() { delete(r.protecting.newcomers, room) })
	err := r.account.save(ctx, by, typeProtectedRooms, "rooms", func(rooms []json.RawMessage) []json.RawMessage {
		if slices.ContainsFunc(rooms, func(entry json.RawMessage) bool { return stringOf(entry) == string(room) }) {
			return rooms
		}
		return append(rooms, quoted(string(room)))
	})
	if err != nil {
		return err
	}
	return r.visits.look(ctx, room)
}

// latch is what a lockdown is about: who may join, or who may write.
func (r *roomChanges) latch(c commands.Change) *doors {
	if c.Key == r.posture.hush.of.name() {
		return r.posture.hush
	}
	return r.posture.doors
}

// unlock ends the lockdown of a room, or that of one command.
func (r *roomChanges) unlock(by run, c commands.Change) {
	r.loop.See(func() {
		if c.Name != "" {
			r.latch(c).unlockOf(c.Room, id.EventID(c.Name), by.command, time.Now())
			return
		}
		r.latch(c).unlock(c.Room, by.command, time.Now())
	})
}

// lock closes a room that is protected, until a time if there is one.
func (r *roomChanges) lock(by run, c commands.Change) error {
	k := lockdown{By: c.User, Command: by.command}
	if c.Value != "" {
		until, err := time.Parse(time.RFC3339, c.Value)
		if err != nil {
			return err
		}
		k.Until = until
	}
	r.loop.See(func() { r.latch(c).lock(c.Room, k, time.Now()) })
	return nil
}

// unprotect stops looking after a room, and leaves it unless it plays another part.
// What was done there stays done, but for what a posture has set: that is given back first, as long
// as we may; where that fails, who took the room out is told.
func (r *roomChanges) unprotect(ctx context.Context, by run, room id.RoomID) error {
	for _, d := range []*doors{r.posture.doors, r.posture.hush} {
		r.open(ctx, by, d, room)
	}
	err := r.account.save(ctx, by, typeProtectedRooms, "rooms", func(rooms []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(rooms, func(entry json.RawMessage) bool { return stringOf(entry) == string(room) })
	})
	if err != nil {
		r.loop.See(func() {
			for _, d := range []*doors{r.posture.doors, r.posture.hush} {
				d.stays(room, time.Now())
			}
		})
		return err
	}
	if err := r.visits.leave(ctx, by, room); err != nil {
		r.log.Warn().Err(err).Msg("Room not left")
	}
	return nil
}

// open gives back what a posture has set otherwise in a room.
func (r *roomChanges) open(ctx context.Context, by run, d *doors, room id.RoomID) {
	var opens action.Action
	var closed bool
	r.loop.See(func() { opens, closed = d.letGo(room) })
	if !closed {
		return
	}
	opens.Cause = action.Cause{Kind: action.ByModerator, Event: by.command}
	if _, err := r.visits.actions.try(ctx, by, opens); err != nil && action.FailureOf(err).Kind != action.Gone && action.FailureOf(err).Kind != action.Already {
		r.log.Warn().Err(err).Stringer("room", room).Msg("A closed room that is let go is not opened")
		return
	}
	r.loop.See(func() { d.opened(room) })
}
