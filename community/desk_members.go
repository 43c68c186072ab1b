package community

import (
	"context"
	"fmt"
	"sync"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/policy"
	"forseti/store"
	"forseti/text"
)

// Kick queues the removal of users from rooms.
func (k *desk) Kick(ctx context.Context, t commands.Target) error {
	var actions []action.Action
	for room, users := range k.FindMembers(string(t.User), t.Room) {
		for _, u := range users {
			actions = append(actions, k.asked(action.Action{Verb: action.Kick, Room: room, User: u, Reason: t.Reason}))
		}
	}
	if len(actions) == 0 {
		return fmt.Errorf("%s is in none of the rooms", text.Code(string(t.User)))
	}
	return k.c.want(ctx, actions)
}

// Unban queues the lifting of a user's bans, whoever made them.
func (k *desk) Unban(ctx context.Context, t commands.Target, invite bool) (int, error) {
	var actions []action.Action
	rooms := map[id.RoomID]bool{}
	k.see(func() {
		for room, r := range k.c.world.Rooms() {
			if t.Room != "" && t.Room != room {
				continue
			}
			for u, m := range r.Members() {
				if m.Membership != event.MembershipBan || !matches(t, u) {
					continue
				}
				rooms[room] = true
				actions = append(actions, k.asked(action.Action{Verb: action.Unban, Room: room, User: u, Reason: t.Reason}))
				if invite {
					actions = append(actions, k.asked(action.Action{Verb: action.Invite, Room: room, User: u}))
				}
			}
		}
	})
	return len(rooms), k.c.want(ctx, actions)
}

// Redact looks for what a user said of late, in every room they are or were in,
// and queues its redaction.
func (k *desk) Redact(ctx context.Context, t commands.Target) (events, rooms int, err error) {
	var in []id.RoomID
	k.see(func() {
		for room, r := range k.c.world.Rooms() {
			_, known := r.Member(t.User)
			if (t.Room == "" || t.Room == room) && (known || t.Glob) {
				in = append(in, room)
			}
		}
	})
	if t.Room != "" && len(in) == 0 {
		return 0, 0, refusal("I do not look after that room, or the user was never there")
	}
	var lock sync.Mutex
	var actions []action.Action
	var shown []store.Evidence
	var workers sync.WaitGroup
	slots := make(chan struct{}, parallelLooks)
	for _, room := range in {
		workers.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			found, seen, failed := k.recent(ctx, room, t)
			lock.Lock()
			defer lock.Unlock()
			if failed != nil && err == nil {
				err = refuse("I cannot read %s: %w", room, &failure{action.FailureOf(failed)})
			}
			if len(found) > 0 {
				rooms++
			}
			actions = append(actions, found...)
			shown = append(shown, seen...)
		})
	}
	workers.Wait()
	if wanted := k.c.want(ctx, actions, shown...); wanted != nil {
		return 0, 0, wanted
	}
	return len(actions), rooms, err
}

func matches(t commands.Target, u id.UserID) bool {
	if t.Glob {
		return policy.Rule{Kind: policy.User, Entity: string(t.User)}.Matches(string(u))
	}
	return t.User == u
}

// pageSize is how many messages are asked for at a time.
const pageSize = 100

// recent finds a user's messages among the last t.Limit of a room, newest first,
// and what they said.
// State is left alone: a redacted server ACL shuts out everybody.
func (k *desk) recent(ctx context.Context, room id.RoomID, t commands.Target) (found []action.Action, shown []store.Evidence, err error) {
	from, seen := "", 0
	for seen < t.Limit {
		events, next, err := k.c.home.MessagesBack(ctx, room, from, min(pageSize, t.Limit-seen))
		if err != nil {
			return found, shown, err
		}
		for _, evt := range events {
			if evt.StateKey != nil || evt.Unsigned.RedactedBecause != nil || evt.Type.Type == event.EventRedaction.Type {
				continue
			}
			if evt.Sender != k.c.self && matches(t, evt.Sender) {
				found = append(found, k.asked(action.Action{Verb: action.Redact, Room: room, Event: evt.ID, Reason: t.Reason}))
				shown = append(shown, k.shown(ctx, evt)...)
			}
		}
		seen += len(events)
		if next == "" || len(events) == 0 && next == from {
			break
		}
		if len(events) == 0 {
			seen++ // an empty page is not the end, but neither may it go on for ever
		}
		from = next
	}
	return found, shown, nil
}

// RedactEvent queues one redaction.
func (k *desk) RedactEvent(ctx context.Context, room id.RoomID, evt id.EventID, reason string, _ id.UserID, _ id.EventID) error {
	protected := false
	k.see(func() { protected = k.c.wards[room] != nil })
	if !protected {
		return refusal("I do not look after that room")
	}
	found, err := k.c.home.Event(ctx, room, evt)
	if err != nil {
		return refuse("I cannot find that message: %w", &failure{action.FailureOf(err)})
	}
	switch {
	case found.StateKey != nil && found.Type.Type == event.StateServerACL.Type:
		return refuse("That is the server ACL, and a redacted one shuts out everybody. Change it instead")
	case found.Unsigned.RedactedBecause != nil:
		return refuse("That message is removed already")
	}
	return k.c.want(ctx, []action.Action{k.asked(action.Action{Verb: action.Redact, Room: room, Event: evt, Reason: reason})}, k.shown(ctx, found)...)
}
