package community

import (
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix"
	"forseti/policy"
	"forseti/rooms"
	"forseti/store"
	"forseti/wire"
)

// accountData is the room under which account data is stored.
const accountData id.RoomID = ""

// kept reports whether the state of a room is stored: what a restart needs to go
// on from here without asking the homeserver.
func kept(kind string) bool {
	switch kind {
	case "m.room.create", "m.room.power_levels", "m.room.join_rules", "m.room.encryption", "m.room.name",
		"m.room.topic", "m.room.avatar", "m.room.canonical_alias", "m.room.server_acl", "m.room.tombstone", "m.room.member", typeShortcode:
		return true
	default:
		return policy.IsRuleType(kind)
	}
}

// rowsOf are the rows of what of a room's state is stored.
func rowsOf(state []*event.Event, stored func(*event.Event) bool) (rows []store.StateRow) {
	for _, evt := range state {
		if stored(evt) {
			rows = append(rows, stateRow(evt))
		}
	}
	return rows
}

// storedEvent is an event of a room's state as it is stored: as much of it as a restart
// reads, and without the type and the key, which stand beside it.
type storedEvent struct {
	Sender    id.UserID       `json:"sender,omitempty"` // none: who the membership is of
	ID        id.EventID      `json:"event_id,omitempty"`
	Timestamp int64           `json:"origin_server_ts,omitempty"`
	Content   json.RawMessage `json:"content"`
	Unsigned  json.RawMessage `json:"unsigned,omitempty"`
}

// storedMember is the content of a membership as it is stored: there are very many.
type storedMember struct {
	Membership  string `json:"membership"`
	DisplayName string `json:"displayname,omitempty"`
	Reason      string `json:"reason,omitempty"`
}

// stateRow is an event as it is stored.
func stateRow(evt *event.Event) store.StateRow {
	row := store.StateRow{Room: evt.RoomID, Type: evt.Type.Type}
	if evt.StateKey != nil {
		row.Key = *evt.StateKey
	}
	stored := storedEvent{Sender: evt.Sender, ID: evt.ID, Timestamp: evt.Timestamp, Content: evt.Content.VeryRaw}
	if !wire.Valid(stored.Content) {
		stored.Content = json.RawMessage("{}")
	}
	switch row.Type {
	case event.StateTopic.Type, event.StateRoomAvatar.Type:
		stored.Content = json.RawMessage("{}") // of which only matters who set it
	case event.StateMember.Type:
		m := rooms.ReadMember(stored.Content)
		stored.Content = encoded(storedMember{string(m.Membership), m.DisplayName, m.Reason})
		if string(stored.Sender) == row.Key {
			stored.Sender = ""
		}
	}
	if evt.Unsigned.RedactedBecause != nil {
		stored.Unsigned = json.RawMessage(`{"redacted_because":{"type":"m.room.redaction"}}`)
	}
	row.Event = encoded(stored)
	return row
}

// encoded is JSON of what is valid.
func encoded(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage("{}") // cannot be
	}
	return raw
}

// storedState is the event that a row is of; false if it is none. Rows of earlier versions
// have more in them.
func storedState(row store.StateRow) (*event.Event, bool) {
	evt, ok := matrix.DecodeState(row.Room, row.Type, row.Key, row.Event)
	if ok && evt.Sender == "" && row.Type == event.StateMember.Type {
		evt.Sender = id.UserID(row.Key)
	}
	return evt, ok
}

// restoredMember is the member that a row is of; false if it is none. now bounds when they
// became what they are, which is their homeserver's word.
func restoredMember(row store.StateRow, now time.Time) (u id.UserID, m rooms.Member, ok bool) {
	var sender, evt, timestamp, content []byte
	ok = wire.Each(row.Event, func(name, value []byte) {
		switch string(name) {
		case "sender":
			sender = value
		case "event_id":
			evt = value
		case "origin_server_ts":
			timestamp = value
		case "content":
			content = value
		}
	})
	if !ok {
		return "", m, false
	}
	u, m = id.UserID(row.Key), rooms.ReadMember(content)
	m.Event, m.Sender, m.Changed = id.EventID(wire.Text(evt)), id.UserID(wire.Text(sender)), now
	if m.Sender == "" {
		m.Sender = u
	}
	if ms, _ := wire.Integer(timestamp); ms > 0 && time.UnixMilli(ms).Before(now) {
		m.Changed = time.UnixMilli(ms)
	}
	return u, m, true
}

func located(room id.RoomID, user id.UserID, evt id.EventID) store.Located {
	return store.Located{Room: room, User: user, Event: evt}
}
