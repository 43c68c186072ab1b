package community

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// InRooms says in which protected rooms moderators may give commands.
type InRooms string

// Where commands are obeyed outside of the management room.
const (
	InTrustedRooms InRooms = "trusted" // where who gave them is as sure as in the management room
	InAllRooms     InRooms = "all"
	InNoRoom       InRooms = "off"
)

// onSite is the commands that moderators give in protected rooms, in reply to the message that
// they are about. They are removed there at once, and answered in the management room.
type onSite struct {
	messages *messages
	names    names
	where    InRooms
}

// nowhere stands for the thread of a command that was not given in the management room: there
// is nothing there to reply to.
const nowhere id.EventID = "-"

// take reads one event of a protected room. Only what a moderator writes in reply to a message,
// and to us, is a command.
func (s *onSite) take(evt *event.Event, out *store.Commit) {
	m := s.messages
	if s.where == InNoRoom || evt.StateKey != nil || evt.Type.Type != event.EventMessage.Type || evt.Sender == m.world.Self() ||
		!m.world.Moderator(evt.Sender) || evt.Unsigned.RedactedBecause != nil {
		return
	}
	said := wire.Of(evt.Content.Raw)
	relates := said.Object("m.relates_to")
	to := repliedOnSite(relates)
	if to == "" || said.Text("msgtype") != string(event.MsgText) {
		return
	}
	line, ok := m.set.OnSite(m.words(said, true), to)
	if !ok {
		return
	}
	m.inThread(evt.ID, nowhere)
	out.Open = append(out.Open, action.Action{
		ID: "on-site-" + string(evt.ID), Verb: action.Redact, Room: evt.RoomID, Event: evt.ID,
		Cause: action.Cause{Kind: action.ByModerator, Moderator: evt.Sender, Event: evt.ID},
	})
	if doubt := s.doubts(evt); doubt != e2ee.NoDoubt {
		m.secrecy.refuse(evt, doubt, s.refusal(evt, doubt), time.Now())
		return
	}
	out.Commands = append(out.Commands, store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: line})
}

// repliedOnSite is the message that one replies to. What stands in a thread and replies to
// nothing there is about none: strangers talk there.
func repliedOnSite(relates wire.Object) id.EventID {
	if _, falling, _ := threadOf(relates); falling || relates.Text("rel_type") == string(event.RelReplace) {
		return ""
	}
	return id.EventID(relates.Object("m.in_reply_to").Short("event_id", mostEventID))
}

// doubts judges a command as the management room would: where that is encrypted, what came
// unencrypted proves nothing, unless it was set so.
func (s *onSite) doubts(evt *event.Event) e2ee.Doubt {
	secrecy := s.messages.secrecy
	room := s.messages.world.Room(evt.RoomID)
	secret := room == nil || room.Encrypted()
	switch {
	case !secret && (s.where == InAllRooms || !secrecy.management.Encrypted()):
		return e2ee.NoDoubt
	case secrecy.replaced():
		return e2ee.Replaced
	}
	return secrecy.trust.Doubts(evt)
}

func (s *onSite) refusal(evt *event.Event, doubt e2ee.Doubt) string {
	said := "I do not obey what " + text.Code(string(evt.Sender)) + " wrote in " + s.names.Room(evt.RoomID) + ": "
	if room := s.messages.world.Room(evt.RoomID); doubt == e2ee.Clear && room != nil && !room.Encrypted() {
		return said + "that room is not encrypted, and this one is. So the homeserver, or anybody who has an access token, could have written it. Write it here. " +
			"Whoever runs me can have it obeyed all the same: `commands.in_rooms: all` in my configuration."
	}
	return said + doubtText(doubt)
}
