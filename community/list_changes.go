package community

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/desk"
	"forseti/community/loop"
)

// listChanges are what commands change of which lists are watched, and of what of them is
// followed.
type listChanges struct {
	self      id.UserID
	loop      *loop.Loop
	visits    *visits
	account   *accountWrites
	agreed    *agreements
	following *following
}

func (l *listChanges) change(ctx context.Context, by run, c commands.Change) error {
	switch c.Kind {
	case commands.Watch:
		return l.watch(ctx, by, c)
	case commands.Unwatch:
		return l.unwatch(ctx, by, c.Room)
	case commands.Release:
		return l.release(ctx, c.Room)
	case commands.DefaultList:
		return l.account.save(ctx, by, typeDefaultList, "rooms", func([]json.RawMessage) []json.RawMessage {
			if c.Room == "" {
				return nil
			}
			return []json.RawMessage{quoted(string(c.Room))}
		})
	default:
		return l.exempting(by, c.Room, c.Kind == commands.Exempt)
	}
}

// watch follows a list.
func (l *listChanges) watch(ctx context.Context, by run, c commands.Change) error {
	if err := l.visits.join(ctx, by, c.Room, c.Via); err != nil {
		return err
	}
	l.loop.See(func() {
		if c.Sure {
			l.agreed.weigher.agreeToWatch(c.Room, nil, true)
		}
		l.following.speaker.report.Replies.Place(by.command, c.Room, time.Now())
	})
	via := c.Via
	if len(via) == 0 {
		via = []string{l.self.Homeserver()}
	}
	aliases := l.aliases()
	err := l.account.save(ctx, by, typeWatchedLists, "references", func(lists []json.RawMessage) []json.RawMessage {
		if slices.ContainsFunc(lists, func(entry json.RawMessage) bool { return refersTo(entry, c.Room, aliases) }) {
			return lists
		}
		return append(lists, quoted(c.Room.URI(via...).MatrixToURL()))
	})
	if err != nil {
		return err
	}
	return l.visits.look(ctx, c.Room)
}

// unwatch stops following a list. Bans that only it held are lifted.
func (l *listChanges) unwatch(ctx context.Context, by run, room id.RoomID) error {
	// Whoever asked for it was shown whom that frees.
	if err := l.agreed.expect(ctx, approval.Write{List: room, Content: leavingLists}); err != nil {
		return err
	}
	aliases := l.aliases()
	return l.account.save(ctx, by, typeWatchedLists, "references", func(lists []json.RawMessage) []json.RawMessage {
		return slices.DeleteFunc(lists, func(entry json.RawMessage) bool { return refersTo(entry, room, aliases) })
	})
}

// aliases are those of lists that are watched by their alias.
func (l *listChanges) aliases() map[id.RoomAlias]id.RoomID {
	aliases := map[id.RoomAlias]id.RoomID{}
	l.loop.See(func() { maps.Copy(aliases, l.following.aliases.rooms) })
	return aliases
}

func refersTo(entry json.RawMessage, room id.RoomID, aliases map[id.RoomAlias]id.RoomID) bool {
	w, ok := readReference(entry)
	return ok && (w.room == room || w.room == "" && aliases[w.alias] == room)
}

// exempting says whether a list's exemptions are followed.
func (l *listChanges) exempting(by run, list id.RoomID, on bool) error {
	var err error = desk.Sentence("That list is not watched any more")
	l.loop.See(func() {
		if watched := l.following.lists[list]; watched != nil {
			now, replies := time.Now(), l.following.speaker.report.Replies
			replies.Following(by.command, now)
			defer replies.Following("", now)
			l.following.setExempting(watched, on, now)
			err = nil
		}
	})
	return err
}

// release follows the changes of a list that got a no, after all.
func (l *listChanges) release(ctx context.Context, list id.RoomID) error {
	done := make(chan struct{})
	l.loop.See(func() {
		d := decision{UpTo: l.following.world.Book.Turn(), Rejected: true}
		l.following.decide(list, d, time.Now(), func() { close(done) })
	})
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
