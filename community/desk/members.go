package desk

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/content"
	"forseti/enforce"
	"forseti/policy"
	"forseti/text"
	"forseti/worker"
)

// History reads what was said in rooms.
type History interface {
	Event(ctx context.Context, room id.RoomID, eventID id.EventID) (*event.Event, error)
	MessagesBack(ctx context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error)
}

// Members is the desk for members and their messages.
type Members struct {
	World   World
	History History
	Explain Explain
	// Broke hears over what we broke.
	Broke func(what string, p *worker.Panic)
	// Heard gives the latest messages of a room that sync brought, as many as are remembered,
	// oldest first.
	Heard func(room id.RoomID) []*event.Event
	// Latest gives the latest messages of some users that are remembered, the newest first.
	Latest func(of func(id.UserID) bool, most int) []*event.Event
	// Invited gives the invitations that wait of some users, as the owner.
	Invited func(theirs func(id.UserID) bool) []commands.Trace
	// Keep gives what is to be kept as evidence of a message that is removed.
	Keep func(ctx context.Context, evt *event.Event) []any
}

var _ commands.MemberDesk = Members{}

// FindMembers gives who matches and is present, by room.
func (d Members) FindMembers(glob string, room id.RoomID) (found map[id.RoomID][]id.UserID) {
	d.World.See(func(w *enforce.World) {
		found = present(w, w.Subjects().Affected(policy.Rule{Kind: policy.User, Entity: glob}), room)
	})
	return found
}

// Spared gives the moderators and the like whom a pattern matches.
func (d Members) Spared(glob string) (spared []id.UserID) {
	d.World.See(func(w *enforce.World) {
		spared = w.Scales.Preview([]policy.Rule{{Kind: policy.User, Entity: glob, Recommendation: policy.Ban}}, nil).Guarded
	})
	return spared
}

// parallel is how many rooms are read at a time.
const parallel = 4

// Messages looks for what users said of late, in every room they are or were in.
func (d Members) Messages(ctx context.Context, s commands.Search, progress commands.Progress) (found commands.Found, err error) {
	var in []id.RoomID
	var self id.UserID
	names := map[id.RoomID]string{}
	d.World.See(func(w *enforce.World) {
		self = w.Self()
		for room, r := range w.Rooms() {
			names[room] = r.Name()
			named := slices.Contains(s.Rooms, room)
			if named || len(s.Rooms) == 0 && slices.ContainsFunc(s.Users, func(w commands.Whose) bool { _, known := r.Member(w.User); return known || w.Glob }) {
				in = append(in, room)
			}
		}
		if len(s.Rooms) == 0 && len(in) == 0 {
			// Of who left long ago nothing is known, and what they said may be there.
			in = slices.Collect(maps.Keys(w.Rooms()))
		}
	})
	if len(s.Rooms) > len(in) {
		return commands.Found{}, refuse("I do not look after that room")
	}
	slices.Sort(in)
	found.Whole = true
	var lock sync.Mutex
	var workers worker.Group
	slots := make(chan struct{}, parallel)
	unread := func(room id.RoomID, err error) {
		if found.Unread == nil {
			// It was tried for as long as it made sense.
			why, _, _ := strings.Cut(d.Explain(action.FailureOf(err)), ";")
			found.Unread = refuse("I cannot read %s: %s. Write the command again in a while", text.Room(room, names[room], self.Homeserver()), why)
		}
	}
	for _, room := range in {
		workers.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			said, kept, whole, failed := d.of(ctx, room, s, self)
			lock.Lock()
			defer lock.Unlock()
			if failed != nil {
				unread(room, failed)
			}
			found.Rooms++
			found.Whole = found.Whole && whole
			found.Messages = append(found.Messages, said...)
			found.Left = append(found.Left, kept...)
			if progress != nil && found.Rooms < len(in) {
				progress(fmt.Sprintf("Looking: %d of %s read, %s found so far.",
					found.Rooms, text.Count(len(in), "room"), text.Count(len(found.Messages), "message")), found.Rooms, len(in))
			}
		}, func(p *worker.Panic) {
			d.Broke("look for messages", p)
			lock.Lock()
			defer lock.Unlock()
			unread(room, p)
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil && len(found.Messages) == 0 {
		return commands.Found{}, err
	}
	return found, nil
}

// pageSize is how many messages are asked for at a time.
const pageSize = 100

const (
	pageTries = 6
	pagePause = time.Second // after the first try; each is longer than the one before
)

// page reads some messages, with a few tries: what is not read is not removed.
func (d Members) page(ctx context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error) {
	for try := 1; ; try++ {
		events, next, err := d.History.MessagesBack(ctx, room, from, limit)
		f := action.FailureOf(err)
		if err == nil || !f.Temporary() || try == pageTries {
			return events, next, err
		}
		select {
		case <-time.After(max(f.RetryAfter, pagePause<<(try-1))):
		case <-ctx.Done():
			return nil, "", err
		}
	}
}

// mostRead is how many events of a room are read for the messages among them, for each message that is looked for. In a
// wave most of what happens are joins and bans.
const mostRead = 3

// of finds users' messages among the last of a room, newest first, and what is kept of
// them, and whether all of the room was read. State is left alone: a redacted server ACL shuts out everybody.
func (d Members) of(ctx context.Context, room id.RoomID, s commands.Search, self id.UserID) (found []commands.Said, kept []any, whole bool, err error) {
	from, seen, reads := "", 0, 0
	read := map[id.EventID]bool{}
	all := hits{search: s, self: self}
	enough := func() bool { return seen >= s.Limit || s.Most > 0 && all.n() >= s.Most }
	take := func(evt *event.Event) {
		read[evt.ID] = true
		if all.before(evt); stands(evt) {
			if s.Of(evt.Sender) && evt.Sender != self {
				all.add(room, evt, d.Keep(ctx, evt))
			}
			seen++
		}
	}
	for !enough() && reads < mostRead*s.Limit {
		events, next, err := d.page(ctx, room, from, min(pageSize, mostRead*s.Limit-reads))
		if err != nil {
			found, kept = all.result()
			return found, kept, false, err
		}
		for _, evt := range events {
			if !enough() {
				take(evt)
			}
		}
		reads += len(events)
		if whole = !enough() && (next == "" || len(events) == 0 && next == from); whole || all.over(events) {
			break
		}
		if len(events) == 0 {
			reads++ // an empty page is not the end, but neither may it go on for ever
		}
		from = next
	}
	for _, evt := range d.skipped(room, s, read, whole) {
		if s.Most > 0 && all.n() >= s.Most {
			break
		}
		if now, err := d.History.Event(ctx, room, evt.ID); err == nil {
			take(now) // it may be removed by now
		}
	}
	found, kept = all.result()
	return found, kept, whole, nil
}

// skipped are messages that sync brought and the history leaves out. Between two pages some
// homeservers drop those that were said at the same moment, as in a wave. Whole says that the
// history was read to its end; else only what came after the first that was read is meant.
func (d Members) skipped(room id.RoomID, s commands.Search, read map[id.EventID]bool, whole bool) (all []*event.Event) {
	for _, evt := range d.Heard(room) {
		whole = whole || read[evt.ID]
		if whole && !read[evt.ID] && s.Of(evt.Sender) {
			all = append(all, evt)
		}
	}
	slices.Reverse(all)
	return all
}

// stands reports whether an event is a message that is still there.
func stands(evt *event.Event) bool {
	return evt.StateKey == nil && evt.Unsigned.RedactedBecause == nil && evt.Type.Type != event.EventRedaction.Type
}

// begins is how a message begins.
func begins(evt *event.Event) string {
	const most = 200
	return text.Brief(content.Read(evt.Type.Type, evt.Content.VeryRaw).Shown().String(), most)
}

// livesBy is the state of which more is lost by a redaction than what somebody said in it.
var livesBy = map[string]bool{
	event.StateCreate.Type: true, event.StatePowerLevels.Type: true, event.StateJoinRules.Type: true, event.StateHistoryVisibility.Type: true,
	event.StateEncryption.Type: true, event.StateTombstone.Type: true, event.StateSpaceChild.Type: true, event.StateSpaceParent.Type: true,
}

// Message looks for one message.
func (d Members) Message(ctx context.Context, room id.RoomID, evt id.EventID) ([]any, error) {
	found, err := d.History.Event(ctx, room, evt)
	if err != nil {
		return nil, refuse("I cannot find that message: %s", d.Explain(action.FailureOf(err)))
	}
	switch kind := found.Type.Type; {
	case found.StateKey == nil:
	case kind == event.StateServerACL.Type:
		return nil, refuse("That is the server ACL, and a redacted one shuts out everybody. Change it instead")
	case livesBy[kind]:
		return nil, refuse("That is how the room is set up (%s), and part of it would be lost with no way back. Change it instead", text.Code(kind))
	case policy.IsRuleType(kind):
		return nil, refuse("That is a rule of a list. `!forseti rule remove` or `!forseti unban` takes it away")
	}
	switch {
	case found.Unsigned.RedactedBecause != nil:
		return nil, refuse("That message is removed already")
	}
	return d.Keep(ctx, found), nil
}

// Now is part of commands.MemberDesk.
func (d Members) Now() time.Time { return time.Now() }
