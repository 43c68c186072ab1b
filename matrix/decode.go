package matrix

import (
	"encoding/json"

	"forseti/wire"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Decode reads one event of a room as a homeserver sent it. Every field stands
// for itself: one of the wrong type is left at its zero value, because remote
// servers choose what is in an event, and an event that nobody looks at is a
// way around moderation. ok is false only if the event has no usable type.
//
// Content.VeryRaw is always set, Content.Raw if the content is an object, and
// Content.Parsed never. RoomID is room, whatever the event says.
func Decode(room id.RoomID, raw json.RawMessage) (evt *event.Event, ok bool) {
	return decode(room, raw, true)
}

// decode follows redacted_because only if outer is set, so that a chain of
// nested events costs no more than one level.
func decode(room id.RoomID, raw json.RawMessage, outer bool) (*event.Event, bool) {
	fields := wire.Fields(raw)
	kind := wire.Text(fields["type"])
	if kind == "" {
		return nil, false
	}
	evt := &event.Event{
		Sender:    id.UserID(wire.Text(fields["sender"])),
		Type:      event.Type{Type: kind, Class: event.MessageEventType},
		Timestamp: integer(fields["origin_server_ts"]),
		ID:        id.EventID(wire.Text(fields["event_id"])),
		RoomID:    room,
		Content:   content(fields["content"]),
		Redacts:   id.EventID(wire.Text(fields["redacts"])),
		Unsigned:  unsigned(room, fields["unsigned"], outer),
	}
	// The class follows the state key, not the name: m.room.member without a
	// state key is a message, and any name with one is state.
	var key *string
	if json.Unmarshal(fields["state_key"], &key) == nil && key != nil {
		evt.StateKey = key
		evt.Type.Class = event.StateEventType
	}
	if evt.Unsigned.PrevContent == nil && fields["prev_content"] != nil {
		evt.Unsigned.PrevContent = new(content(fields["prev_content"]))
	}
	return evt, true
}

// decodeAll decodes a list of events and counts the ones it had to drop.
func decodeAll(room id.RoomID, raws []json.RawMessage) (events []*event.Event, dropped int) {
	events = make([]*event.Event, 0, len(raws))
	for _, raw := range raws {
		evt, ok := Decode(room, raw)
		if !ok {
			dropped++
			continue
		}
		events = append(events, evt)
	}
	return events, dropped
}

func unsigned(room id.RoomID, raw json.RawMessage, outer bool) event.Unsigned {
	fields := wire.Fields(raw)
	u := event.Unsigned{
		PrevSender:    id.UserID(wire.Text(fields["prev_sender"])),
		Membership:    event.Membership(wire.Text(fields["membership"])),
		ReplacesState: id.EventID(wire.Text(fields["replaces_state"])),
		Age:           integer(fields["age"]),
		TransactionID: wire.Text(fields["transaction_id"]),

		ElementSoftFailed:         string(fields["io.element.synapse.soft_failed"]) == "true",
		ElementPolicyServerSpammy: string(fields["io.element.synapse.policy_server_spammy"]) == "true",
	}
	if fields["prev_content"] != nil {
		u.PrevContent = new(content(fields["prev_content"]))
	}
	if because := fields["redacted_because"]; because != nil && outer {
		u.RedactedBecause, _ = decode(room, because, false)
	}
	return u
}

func content(raw json.RawMessage) event.Content {
	if raw == nil {
		raw = json.RawMessage("{}")
	}
	// Unmarshalling goes on after a number that no float64 holds and leaves nil
	// in its place; the rest of the object is as good as ever.
	var fields map[string]any
	_ = json.Unmarshal(raw, &fields)
	return event.Content{VeryRaw: raw, Raw: fields}
}

// integer reads an integer that may also be written as a float or a string, as
// rooms of old versions allow.
func integer(raw json.RawMessage) int64 {
	n, _ := wire.Integer(raw)
	return n
}
