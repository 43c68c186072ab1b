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
	"forseti/policy"
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
	case commands.SetHow:
		if err := l.how(ctx, by, c); err != nil {
			return err
		}
		return l.reference(ctx, by, c)
	case commands.Unwatch:
		return l.unwatch(ctx, by, c.Room)
	case commands.SpareFrom, commands.CountAgain:
		return l.spare(ctx, by, c)
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
	// First how it is to be watched, which is in force once it is.
	if err := l.how(ctx, by, c); err != nil {
		return err
	}
	if err := l.reference(ctx, by, c); err != nil {
		return err
	}
	return l.visits.look(ctx, c.Room)
}

// reference has a list be among the watched ones, in its place if it is to have one.
func (l *listChanges) reference(ctx context.Context, by run, c commands.Change) error {
	via := c.Via
	if len(via) == 0 {
		via = []string{l.self.Homeserver()}
	}
	aliases := l.aliases()
	return l.account.save(ctx, by, typeWatchedLists, "references", func(lists []json.RawMessage) []json.RawMessage {
		return placed(lists, c.Number, quoted(c.Room.URI(via...).MatrixToURL()), func(entry json.RawMessage) bool { return refersTo(entry, c.Room, aliases) })
	})
}

// placed has an entry be among others, at a place that counts from 1. With 0 one that is there
// stays where it is, and a new one comes last.
func placed(entries []json.RawMessage, place int, entry json.RawMessage, is func(json.RawMessage) bool) []json.RawMessage {
	at := slices.IndexFunc(entries, is)
	switch {
	case at < 0:
		at = len(entries)
	case place == 0:
		return entries
	default:
		entry = entries[at]
	}
	rest := slices.DeleteFunc(slices.Clone(entries), is)
	if place > 0 {
		at = place - 1
	}
	return slices.Insert(rest, min(at, len(rest)), entry)
}

// how writes down how a list is watched.
func (l *listChanges) how(ctx context.Context, by run, c commands.Change) error {
	how := howEntry{Room: c.Room}
	if c.Value != "" {
		if err := json.Unmarshal([]byte(c.Value), &how.HowWatched); err != nil {
			return err
		}
	}
	same := false
	l.loop.See(func() { same = l.following.how[c.Room] == how.HowWatched })
	if same {
		return nil
	}
	return l.rewrite(ctx, by, c.Room, func(before howEntry) howEntry {
		how.Spares = before.Spares
		return how
	})
}

// spare has a list not count for somebody, or count again.
func (l *listChanges) spare(ctx context.Context, by run, c commands.Change) error {
	l.loop.See(func() {
		if replies := l.following.speaker.report.Replies; c.Kind == commands.SpareFrom {
			replies.Frees(by.command, string(c.User), time.Now())
		} else {
			replies.Hits(by.command, string(c.User), time.Now())
		}
	})
	return l.rewrite(ctx, by, c.Room, func(how howEntry) howEntry {
		how.Spares = slices.DeleteFunc(how.Spares, func(u id.UserID) bool { return u == c.User })
		if c.Kind == commands.SpareFrom {
			how.Spares = append(how.Spares, c.User)
		}
		return how
	})
}

// rewrite changes what is written down of how a list is watched.
func (l *listChanges) rewrite(ctx context.Context, by run, list id.RoomID, change func(howEntry) howEntry) error {
	return l.account.save(ctx, by, typeHowWatched, "lists", func(entries []json.RawMessage) []json.RawMessage {
		how := howEntry{Room: list}
		entries = slices.DeleteFunc(entries, func(entry json.RawMessage) bool {
			var other howEntry
			if json.Unmarshal(entry, &other) != nil || other.Room != list {
				return false
			}
			how = other
			return true
		})
		how = change(how)
		if raw, err := json.Marshal(how); err == nil && (how.HowWatched != (commands.HowWatched{}) || len(how.Spares) > 0) {
			entries = append(entries, raw)
		}
		return entries
	})
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
			for r := range l.following.world.Rules.Rules(list) {
				if r.Recommendation == policy.Exempt {
					moves(replies, by, r, on, now)
				}
			}
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
