package community

import (
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
)

// localEcho takes in what we did as if sync had brought it already, so that the
// next plan does not want it again. The echo then tells the event ID. before is the state
// that it replaces as it was known when it was sent.
func (i *intake) localEcho(a action.Action, before json.RawMessage, result action.Result, now time.Time) {
	row, room := a.Verb.Row(), i.world.Room(a.Room)
	switch {
	case !row.LocalEcho:
		return
	case room == nil:
		if row.Leads == event.MembershipBan {
			// Not looked after any more. If it is once more, the ban is ours to lift.
			i.world.Bans.Set(a.Room, a.User, enforce.Ban{Cause: a.Cause})
			// And a reading that is under way may be from before it.
			content, _ := json.Marshal(map[string]any{"membership": event.MembershipBan}) // strings always marshal
			i.survey.Meanwhile(a.Room, stateEvent(a.Room, event.StateMember.Type, string(a.User), i.world.Self(), result.Event, content))
		}
		return
	}
	switch row.Leads {
	case event.MembershipBan:
		m, _ := room.Member(a.User)
		if m.Membership == event.MembershipBan && m.Sender == i.world.Self() && m.Event != "" {
			// The echo was faster than the answer.
			i.world.Bans.Set(a.Room, a.User, enforce.Ban{Event: m.Event, Cause: a.Cause})
			i.locate(a.Room, a.User, m.Event)
			return
		}
		i.world.Bans.Set(a.Room, a.User, enforce.Ban{Cause: a.Cause})
		i.echoMember(a, event.MembershipBan, result.Event, now)
	case event.MembershipLeave:
		if m, _ := room.Member(a.User); m.Membership == event.MembershipBan || m.Present() {
			i.echoMember(a, event.MembershipLeave, result.Event, now)
		}
	default: // a piece of state
		evt := stateEvent(a.Room, a.State.Type.Type, a.State.Key, i.world.Self(), result.Event, a.State.Content)
		if !i.writes.Wrote(evt, now) {
			return
		}
		i.survey.Meanwhile(a.Room, evt)
		// An ACL of ours is as the rules wanted it; what they want since then is queued.
		present, _, _ := room.ACL()
		change, _ := i.world.Apply(a.Room, evt, now)
		if evt.Type.Type == event.StateServerACL.Type {
			i.writeAgain(a.Room, i.world.ACLs.Wrote(a.Room, present, before), now)
		}
		i.followRoom(a.Room, change)
		i.commits.State(stateRow(evt))
	}
}

// writeAgain has a room's ACL looked at, if ours took out what somebody else had just put in.
func (i *intake) writeAgain(room id.RoomID, lost bool, at time.Time) {
	if lost {
		i.queue.enqueue([]enforce.Key{{Lane: action.ACLLane, Room: room}}, at)
	}
}

// echoMember takes in a membership before its echo. The event is known only if it was
// looked up, after the answer of an earlier try was lost.
func (i *intake) echoMember(a action.Action, m event.Membership, known id.EventID, now time.Time) {
	content, _ := json.Marshal(map[string]any{"membership": m, "reason": a.Reason}) // strings always marshal
	evt := stateEvent(a.Room, event.StateMember.Type, string(a.User), i.world.Self(), known, content)
	if !i.writes.Wrote(evt, now) {
		return // the echo came, and whatever followed it
	}
	i.survey.Meanwhile(a.Room, evt)
	i.apply(evt, now)
}

// locate notes in the journal which event a ban of ours became.
func (i *intake) locate(room id.RoomID, user id.UserID, evt id.EventID) {
	i.commits.Locate(located(room, user, evt))
}

func stateEvent(room id.RoomID, kind, key string, sender id.UserID, eventID id.EventID, content json.RawMessage) *event.Event {
	evt := &event.Event{
		ID: eventID, RoomID: room, Sender: sender, StateKey: &key,
		Type:      event.Type{Type: kind, Class: event.StateEventType},
		Timestamp: time.Now().UnixMilli(),
	}
	evt.Content.VeryRaw = content
	return evt
}
