package community

import (
	"encoding/json"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/store"
)

// accountData is the room under which account data is stored.
const accountData id.RoomID = ""

// kept reports whether the state of a room is stored: what a restart needs to go
// on from here without asking the homeserver.
func kept(kind string) bool {
	switch kind {
	case "m.room.create", "m.room.power_levels", "m.room.join_rules", "m.room.encryption", "m.room.name",
		"m.room.canonical_alias", "m.room.server_acl", "m.room.tombstone", "m.room.member", typeShortcode:
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

// stateRow is an event as it is stored: as much of it as a restart reads.
func stateRow(evt *event.Event) store.StateRow {
	key := ""
	if evt.StateKey != nil {
		key = *evt.StateKey
	}
	content := evt.Content.VeryRaw
	if !json.Valid(content) {
		content = json.RawMessage("{}")
	}
	stored := map[string]any{
		"type": evt.Type.Type, "state_key": key, "sender": evt.Sender, "event_id": evt.ID,
		"origin_server_ts": evt.Timestamp, "content": content,
	}
	if evt.Unsigned.RedactedBecause != nil {
		stored["unsigned"] = map[string]any{"redacted_because": map[string]any{"type": "m.room.redaction"}}
	}
	raw, err := json.Marshal(stored)
	if err != nil {
		raw = json.RawMessage("{}") // cannot be: the content is valid JSON
	}
	return store.StateRow{Room: evt.RoomID, Type: evt.Type.Type, Key: key, Event: raw}
}

func located(room id.RoomID, user id.UserID, evt id.EventID) store.Located {
	return store.Located{Room: room, User: user, Event: evt}
}
