package community

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/text"
)

// Rooms lists the protected rooms by name.
func (k *desk) Rooms() (all []commands.Room) {
	k.see(func() {
		for room := range k.c.wards {
			all = append(all, k.c.roomInfo(room))
		}
	})
	slices.SortFunc(all, func(a, b commands.Room) int { return strings.Compare(a.Name+string(a.ID), b.Name+string(b.ID)) })
	return all
}

func (c *Community) roomInfo(room id.RoomID) commands.Room {
	info := commands.Room{ID: room, Name: string(room)}
	if r := c.world.Room(room); r != nil {
		info.Name, info.Alias, info.Joined = r.Name(), r.Alias(), r.Count(event.MembershipJoin)
	}
	info.Waiting = c.world.RoomHeld(room) && c.wards[room] != nil && c.wards[room].read
	info.Problems = c.report.ProblemsOf(room)
	return info
}

// Protect joins a room and looks after it.
func (k *desk) Protect(ctx context.Context, r commands.Ref) (commands.Room, error) {
	room, via, err := k.resolve(ctx, r)
	if err != nil {
		return commands.Room{}, err
	}
	known := false
	k.see(func() { known = k.c.wards[room] != nil })
	if known {
		return commands.Room{}, refuse("That room is protected already")
	}
	if err := k.join(ctx, room, via); err != nil {
		return commands.Room{}, err
	}
	k.see(func() { k.c.newcomers[room] = true })
	defer k.see(func() { delete(k.c.newcomers, room) })
	if err := k.saveProtected(ctx, func(rooms []json.RawMessage) []json.RawMessage {
		return append(rooms, quoted(string(room)))
	}); err != nil {
		return commands.Room{}, err
	}
	if err := k.look(ctx, room); err != nil {
		return commands.Room{}, fmt.Errorf("the room is added, and I cannot read it yet: %w", err)
	}
	var info commands.Room
	k.see(func() { info = k.c.roomInfo(room) })
	return info, nil
}

// Unprotect stops looking after a room, and leaves it unless it plays another
// part. What was done there stays done.
func (k *desk) Unprotect(ctx context.Context, r commands.Ref) (commands.Room, error) {
	room, _, err := k.resolve(ctx, r)
	if err != nil {
		return commands.Room{}, err
	}
	var info commands.Room
	known, other := false, false
	k.see(func() {
		known, info = k.c.wards[room] != nil, k.c.roomInfo(room)
		other = k.c.lists[room] != nil || room == k.c.opts.ManagementRoom
	})
	if !known {
		return commands.Room{}, refuse("That room is not protected. `!forseti rooms` lists those that are")
	}
	err = k.saveProtected(ctx, func(rooms []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(rooms, func(entry json.RawMessage) bool { return stringOf(entry) == string(room) })
	})
	if err != nil || other {
		return info, err
	}
	if _, err := k.act(ctx, action.Action{Verb: action.Leave, Room: room}); err != nil {
		k.c.log.Warn().Err(err).Msg("Room not left")
	}
	return info, nil
}

func (k *desk) saveProtected(ctx context.Context, change func([]json.RawMessage) []json.RawMessage) error {
	return wrapped("write down the protected rooms", k.saveAccountData(ctx, typeProtectedRooms, "rooms", change))
}

// saveAccountData changes what is written down where Mjolnir and Draupnir would,
// and then follows it.
func (k *desk) saveAccountData(ctx context.Context, kind, key string, change func([]json.RawMessage) []json.RawMessage) error {
	var before json.RawMessage
	k.see(func() { before = k.c.data[kind] })
	content := withEntries(before, key, change)
	if err := k.writeAccountData(ctx, kind, content); err != nil {
		return err
	}
	k.see(func() {
		k.c.extra.State = append(k.c.extra.State, k.c.applyAccountData(accountEvent(kind, content))...)
	})
	return nil
}

// writeAccountData sends account data, whose echo is then no news.
func (k *desk) writeAccountData(ctx context.Context, kind string, content json.RawMessage) error {
	k.see(func() { k.c.written[kind] = append(k.c.written[kind], content) })
	_, err := k.act(ctx, action.Action{Verb: action.SetAccountData, Data: &action.AccountData{Type: kind, Content: content}})
	if err != nil {
		k.see(func() {
			k.c.written[kind] = slices.DeleteFunc(k.c.written[kind], func(w json.RawMessage) bool { return bytes.Equal(w, content) })
		})
	}
	return err
}

func accountEvent(kind string, content []byte) *event.Event {
	evt := stateEvent(accountData, kind, "", "", "", content)
	evt.StateKey = nil
	return evt
}

// resolve finds the room that a moderator means, and servers to join it by.
func (k *desk) resolve(ctx context.Context, r commands.Ref) (id.RoomID, []string, error) {
	switch {
	case r.Room != "":
		return r.Room, r.Via, nil
	case r.Alias != "":
		room, servers, err := k.c.home.Resolve(ctx, r.Alias)
		if err != nil {
			f := action.FailureOf(err)
			if f.Kind == action.Gone {
				return "", nil, refuse("There is no room %s. Look for a typing mistake, or use the room's ID", text.Code(string(r.Alias)))
			}
			return "", nil, wrapped("look up "+text.Code(string(r.Alias)), &failure{f})
		}
		return room, append(r.Via, servers[:min(len(servers), 3)]...), nil
	default:
		return "", nil, refuse("Write the room's ID (!…) or alias (#…), or a link to it")
	}
}

func (k *desk) join(ctx context.Context, room id.RoomID, via []string) error {
	joined := false
	k.see(func() {
		if r := k.c.world.Room(room); r != nil {
			m, _ := r.Member(k.c.self)
			joined = m.Membership == event.MembershipJoin
		}
		if l := k.c.lists[room]; l != nil {
			m, _ := l.Member(k.c.self)
			joined = joined || m.Membership == event.MembershipJoin
		}
		joined = joined || room == k.c.opts.ManagementRoom
	})
	if joined {
		return nil
	}
	_, err := k.act(ctx, action.Action{Verb: action.Join, Room: room, Via: via})
	if err == nil || errors.Is(err, errDryRun) {
		return err
	}
	me := text.Code(string(k.c.self))
	switch f := action.FailureOf(err); f.Kind {
	case action.Forbidden, action.Gone:
		return refuse("I cannot join that room. Invite %s there, and try again", me)
	case action.Transient:
		// Dendrite answers so for a room that it does not know, or may not enter.
		return refuse("I cannot join that room: the homeserver does not say why. If %s is not invited there, invite it, and try again", me)
	}
	return wrapped("join the room", err)
}

// look reads a room's state and waits for it.
func (k *desk) look(ctx context.Context, room id.RoomID) error {
	done := make(chan error, 1)
	k.see(func() { k.c.lookAt(room, func(err error) { done <- err }) })
	select {
	case err := <-done:
		if err != nil {
			return &failure{action.FailureOf(err)}
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
