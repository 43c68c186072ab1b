package community

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/desk"
	"forseti/community/echo"
	"forseti/matrix/e2ee"
	"forseti/protections"
	"forseti/text"
)

// Change makes a change that a command asks for. To make it again changes nothing.
func (h hands) Change(ctx context.Context, c commands.Change) (told string, err error) {
	switch c.Kind {
	case commands.Protect:
		return "", h.protect(ctx, c.Room, c.Via)
	case commands.Unprotect:
		return "", h.unprotect(ctx, c.Room)
	case commands.Watch:
		return "", h.watch(ctx, c)
	case commands.Unwatch:
		return "", h.unwatch(ctx, c.Room)
	case commands.Exempt, commands.Ignore:
		return "", h.exempting(c.Room, c.Kind == commands.Exempt)
	case commands.LeaveAgain:
		return "", h.leave(ctx, c.Room)
	case commands.Enable, commands.Disable, commands.Configure:
		return "", h.protection(c)
	case commands.Release:
		return "", h.release(c.Room)
	case commands.LimitMembers, commands.LimitPercent, commands.LimitWithin:
		return "", h.limit(ctx, c)
	case commands.DryRunOn, commands.DryRunOff:
		return "", h.dryRun(ctx, c.Kind == commands.DryRunOn)
	case commands.Verify:
		return "", h.verify(ctx, c.User)
	case commands.BlockDevice, commands.TrustDevice:
		return "", h.block(ctx, c)
	case commands.Encrypt:
		return "", h.encrypt(ctx)
	default:
		return "", refuse("I do not know that change any more. Write the command anew")
	}
}

// protect joins a room and looks after it.
func (h hands) protect(ctx context.Context, room id.RoomID, via []string) error {
	if err := h.join(ctx, room, via); err != nil {
		return err
	}
	h.see(func() {
		h.c.places.protecting.newcomers[room] = true
		h.c.speaker.report.Replies.Place(h.command, room, time.Now())
	})
	defer h.see(func() { delete(h.c.places.protecting.newcomers, room) })
	err := h.saveAccountData(ctx, typeProtectedRooms, "rooms", func(rooms []json.RawMessage) []json.RawMessage {
		if slices.ContainsFunc(rooms, func(entry json.RawMessage) bool { return stringOf(entry) == string(room) }) {
			return rooms
		}
		return append(rooms, quoted(string(room)))
	})
	if err != nil {
		return err
	}
	return h.look(ctx, room)
}

// unprotect stops looking after a room, and leaves it unless it plays another part.
// What was done there stays done.
func (h hands) unprotect(ctx context.Context, room id.RoomID) error {
	err := h.saveAccountData(ctx, typeProtectedRooms, "rooms", func(rooms []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(rooms, func(entry json.RawMessage) bool { return stringOf(entry) == string(room) })
	})
	if err != nil {
		return err
	}
	if err := h.leave(ctx, room); err != nil {
		h.c.opts.Log.Warn().Err(err).Msg("Room not left")
	}
	return nil
}

// leave leaves a room that plays no part here.
func (h hands) leave(ctx context.Context, room id.RoomID) error {
	ours := false
	h.see(func() { _, ours = h.c.places.roles(room) })
	if ours {
		return nil
	}
	_, err := h.try(ctx, action.Action{Verb: action.Leave, Room: room, Cause: action.Cause{Kind: action.ByForseti}})
	return err
}

// watch follows a list.
func (h hands) watch(ctx context.Context, c commands.Change) error {
	if err := h.join(ctx, c.Room, c.Via); err != nil {
		return err
	}
	h.see(func() {
		if c.Sure {
			h.c.places.following.weigher.agreeToWatch(c.Room, nil, true)
		}
		h.c.speaker.report.Replies.Place(h.command, c.Room, time.Now())
	})
	via := c.Via
	if len(via) == 0 {
		via = []string{h.c.opts.Self.Homeserver()}
	}
	aliases := h.aliases()
	err := h.saveAccountData(ctx, typeWatchedLists, "references", func(lists []json.RawMessage) []json.RawMessage {
		if slices.ContainsFunc(lists, func(entry json.RawMessage) bool { return refersTo(entry, c.Room, aliases) }) {
			return lists
		}
		return append(lists, quoted(c.Room.URI(via...).MatrixToURL()))
	})
	if err != nil {
		return err
	}
	return h.look(ctx, c.Room)
}

// unwatch stops following a list. Bans that only it held are lifted.
func (h hands) unwatch(ctx context.Context, room id.RoomID) error {
	// Whoever asked for it was shown whom that frees.
	if err := h.expect(ctx, approval.Write{List: room, Content: leavingLists}); err != nil {
		return err
	}
	aliases := h.aliases()
	return h.saveAccountData(ctx, typeWatchedLists, "references", func(lists []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(lists, func(entry json.RawMessage) bool { return refersTo(entry, room, aliases) })
	})
}

// exempting says whether a list's exemptions are followed.
func (h hands) exempting(list id.RoomID, on bool) error {
	var err error = desk.Sentence("That list is not watched any more")
	h.see(func() {
		if l := h.c.places.following.lists[list]; l != nil {
			now := time.Now()
			h.c.speaker.report.Replies.Following(h.command, now)
			defer h.c.speaker.report.Replies.Following("", now)
			h.c.places.following.setExempting(l, on, now)
			err = nil
		}
	})
	return err
}

// aliases are those of lists that are watched by their alias.
func (h hands) aliases() map[id.RoomAlias]id.RoomID {
	aliases := map[id.RoomAlias]id.RoomID{}
	h.see(func() {
		maps.Copy(aliases, h.c.places.following.aliases.rooms)
	})
	return aliases
}

func refersTo(entry json.RawMessage, room id.RoomID, aliases map[id.RoomAlias]id.RoomID) bool {
	w, ok := readReference(entry)
	return ok && (w.room == room || w.room == "" && aliases[w.alias] == room)
}

// saveAccountData changes what is written down where Mjolnir and Draupnir would, and
// then follows it. What stands there is read at the last moment, and by one at a time:
// two changes at once would undo each other.
func (h hands) saveAccountData(ctx context.Context, kind, key string, change func([]json.RawMessage) []json.RawMessage) error {
	select {
	case h.c.configured.saving <- struct{}{}:
		defer func() { <-h.c.configured.saving }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var before json.RawMessage
	h.see(func() { before = h.c.configured.content[kind] })
	content := withEntries(before, key, change)
	if before != nil && echo.Same(before, content) {
		return nil
	}
	if err := h.writeAccountData(ctx, kind, content); err != nil {
		return err
	}
	h.see(func() {
		h.c.commits.State(h.c.configured.apply(accountEvent(kind, content))...)
	})
	return nil
}

// writeAccountData sends account data, whose echo is then no news.
func (h hands) writeAccountData(ctx context.Context, kind string, content json.RawMessage) error {
	h.see(func() { h.c.intake.writes.WroteData(kind, content) })
	_, err := h.try(ctx, action.Action{
		Verb: action.SetAccountData, Data: &action.AccountData{Type: kind, Content: content}, Cause: action.Cause{Kind: action.ByForseti},
	})
	if err != nil {
		h.see(func() { h.c.intake.writes.Unwritten(kind, content) })
	}
	return err
}

func accountEvent(kind string, content []byte) *event.Event {
	evt := stateEvent(accountData, kind, "", "", "", content)
	evt.StateKey = nil
	return evt
}

// protection switches a protection on or off, or changes a setting of it.
func (h hands) protection(c commands.Change) error {
	kind, ok := protections.Find(c.Name)
	if !ok {
		return refuse("There is no protection %s. `!forseti protections` lists them", text.Code(c.Name))
	}
	var err error = desk.Sentence("I am stopping. Write that once more when I am back")
	h.see(func() {
		s := h.c.protectors.stand[kind.Name]
		if c.Kind != commands.Configure {
			h.c.protectors.change(kind, s.WithEnabled(c.Room, c.Kind == commands.Enable))
			err = nil
			return
		}
		var values map[string]string
		if values, err = kind.Set(s.Own(c.Room), c.Key, c.Value); err == nil {
			h.c.protectors.change(kind, s.WithValues(c.Room, values))
		}
	})
	return err
}

// dryRun stops all writing, or lets it go on. What would have been done in a dry run is
// then found again, and done.
func (h hands) dryRun(ctx context.Context, on bool) error {
	if err := h.c.opts.Store.Settings.Set(ctx, modeNamespace, "dry_run", on); err != nil {
		h.c.opts.Log.Err(err).Msg("Dry run not stored")
		return refuse("The setting cannot be stored; my log says more")
	}
	h.see(func() {
		h.c.speaker.report.Replies.Following(h.command, time.Now())
		defer h.c.speaker.report.Replies.Following("", time.Now())
		h.c.setDryRun(on)
		h.c.queue.enqueue(h.c.world.Again(), time.Now())
	})
	return nil
}

// setDryRun begins or ends a dry run.
func (c *Community) setDryRun(on bool) {
	c.jobs.runner.SetDry(on, time.Now())
	c.speaker.report.Dry(on)
	if !on {
		letGo(c.orders.lanes[:])
	}
}

// modeNamespace holds what moderators set about the whole bot.
const modeNamespace = "mode"

// verify asks a member of the management room to verify us: their devices first, which
// nobody else sees, and in the room if none of them takes it up.
func (h hands) verify(ctx context.Context, user id.UserID) error {
	if _, err := h.c.opts.Verifier.Start(ctx, user, ""); err != nil {
		h.c.opts.Log.Warn().Err(err).Stringer("user", user).Msg("Verification not started")
		return refuse("I could not start it: %s", notStarted(err))
	}
	return nil
}

// block keeps what we say from a device, or ends that.
func (h hands) block(ctx context.Context, c commands.Change) error {
	mark := h.c.opts.Secrets.Unblock
	if c.Kind == commands.BlockDevice {
		mark = h.c.opts.Secrets.Block
	}
	err := mark(ctx, c.User, c.Device)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, e2ee.ErrOwnDevice):
		return refuse("That is the device I am, and without it I could not hear you")
	default:
		h.c.opts.Log.Warn().Err(err).Msg("Device not marked")
		return refuse("That cannot be noted now; my log says more")
	}
}
