package desk

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/text"
	"forseti/wire"
)

// StateReader reads a room as a whole.
type StateReader interface {
	State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
}

// LogRooms tells of a room whether what moderators are told may be said there.
type LogRooms struct {
	World  World
	Reader StateReader
	// Encrypted reports whether the room is encrypted where moderators command.
	Encrypted func() bool
}

// mostStrangers is how many who should not be there are named.
const mostStrangers = 5

// LogRoom says what is wrong with a room that only moderators are to read, as the end of a
// sentence; "" if nothing is.
func (l LogRooms) LogRoom(ctx context.Context, room id.RoomID) (wrong string, err error) {
	state, err := l.Reader.State(ctx, room)
	if err != nil {
		if k := action.FailureOf(err).Kind; k == action.Forbidden || k == action.Gone {
			return "I am not in it: invite me there first", nil
		}
		return "", err
	}
	is := rooms.New(room)
	is.Replace(state, time.Now())
	for _, evt := range state {
		if evt.Type.Type == event.StateHistoryVisibility.Type && wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Text("history_visibility") == string(event.HistoryVisibilityWorldReadable) {
			return "the whole internet can read it", nil
		}
	}
	l.World.See(func(w *enforce.World) { wrong = unfit(is, w, l.Encrypted()) })
	return wrong, nil
}

func unfit(is *rooms.Room, w *enforce.World, secret bool) string {
	if me, _ := is.Member(w.Self()); me.Membership != event.MembershipJoin {
		return "I am not in it: invite me there first"
	}
	if w.Room(is.ID()) != nil {
		return "it is a room that I protect"
	}
	switch is.JoinRule() {
	case event.JoinRuleInvite, event.JoinRulePrivate, event.JoinRuleKnock:
	case event.JoinRulePublic:
		return "anybody can join it, and so read it"
	default:
		return "who is in another room can join it, and so read it"
	}
	if secret && !is.Encrypted() {
		return "it is not encrypted, and this room is"
	}
	var others []string
	for u, m := range is.Members() {
		if (m.Membership == event.MembershipJoin || m.Membership == event.MembershipInvite) && u != w.Self() && !w.Moderator(u) {
			others = append(others, string(u))
		}
	}
	if slices.Sort(others); len(others) > 0 {
		return "it can be read by " + text.Names(others, mostStrangers) + ", who " + text.Pick(len(others), "is", "are") + " not in this room"
	}
	return ""
}
