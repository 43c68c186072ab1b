package matrix

import (
	"bytes"
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
// Content.VeryRaw is always set, Content.Parsed never, and Content.Raw only if the
// content is an object and the event is no state: rooms have very much of that, and
// little of it is ever looked at. RoomID is room, whatever the event says. Nothing in
// the event is a part of raw.
func Decode(room id.RoomID, raw json.RawMessage) (evt *event.Event, ok bool) {
	return decode(room, raw, true)
}

// DecodeState reads an event of a room's state of which the type and the key are known
// besides. ok is false only if raw is no object.
func DecodeState(room id.RoomID, kind, key string, raw json.RawMessage) (evt *event.Event, ok bool) {
	p, ok := read(raw)
	if !ok {
		return nil, false
	}
	return p.event(room, kind, key, true, true), true
}

// decode follows redacted_because only if outer is set, so that a chain of
// nested events costs no more than one level.
func decode(room id.RoomID, raw json.RawMessage, outer bool) (*event.Event, bool) {
	p, ok := read(raw)
	if !ok {
		return nil, false
	}
	kind := wire.Text(p.kind)
	if kind == "" {
		return nil, false
	}
	if len(p.key) == 0 || p.key[0] != '"' {
		return p.event(room, kind, "", false, outer), true
	}
	return p.event(room, kind, wire.Text(p.key), true, outer), true
}

// parts are the values of an event, not looked into yet.
type parts struct {
	kind, sender, timestamp, id, content, redacts, unsigned, key, before []byte
}

func read(raw []byte) (p parts, ok bool) {
	ok = wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "type":
			p.kind = value
		case "sender":
			p.sender = value
		case "origin_server_ts":
			p.timestamp = value
		case "event_id":
			p.id = value
		case "content":
			p.content = value
		case "redacts":
			p.redacts = value
		case "unsigned":
			p.unsigned = value
		case "state_key":
			p.key = value
		case "prev_content":
			p.before = value
		}
	})
	return p, ok
}

// keyed has room for the state key, which would be an allocation of its own.
type keyed struct {
	event.Event
	key string
}

// event puts an event together. The class follows the state key, not the name:
// m.room.member without a state key is a message, and any name with one is state.
func (p *parts) event(room id.RoomID, kind, key string, state, outer bool) *event.Event {
	e := &keyed{key: key, Event: event.Event{
		Sender:    id.UserID(wire.Text(p.sender)),
		Type:      event.Type{Type: kind, Class: event.MessageEventType},
		Timestamp: integer(p.timestamp),
		ID:        id.EventID(wire.Text(p.id)),
		RoomID:    room,
		Redacts:   id.EventID(wire.Text(p.redacts)),
		Content:   content(p.content, !state),
	}}
	if state {
		e.StateKey, e.Type.Class = &e.key, event.StateEventType
	}
	if p.unsigned != nil {
		e.Unsigned = unsigned(room, p.unsigned, outer)
	}
	if e.Unsigned.PrevContent == nil && p.before != nil {
		e.Unsigned.PrevContent = new(content(p.before, false))
	}
	return &e.Event
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

// decodeArray is decodeAll of an answer that is nothing but such a list.
func decodeArray(room id.RoomID, body []byte) (events []*event.Event, dropped int, err error) {
	var raws []json.RawMessage
	whole := wire.Elements(body, func(value []byte) { raws = append(raws, value) })
	if !whole {
		if err := unmarshal(body, &raws); err != nil {
			return nil, 0, err
		}
	}
	events, dropped = decodeAll(room, raws)
	return events, dropped, nil
}

func unsigned(room id.RoomID, raw []byte, outer bool) (u event.Unsigned) {
	var before, because []byte
	var prevSender, membership, replaces, age, txn, failed, spammy []byte
	whole := wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "prev_content":
			before = value
		case "redacted_because":
			because = value
		case "prev_sender":
			prevSender = value
		case "membership":
			membership = value
		case "replaces_state":
			replaces = value
		case "age":
			age = value
		case "transaction_id":
			txn = value
		case "io.element.synapse.soft_failed":
			failed = value
		case "io.element.synapse.policy_server_spammy":
			spammy = value
		}
	})
	if !whole {
		return u
	}
	u = event.Unsigned{
		PrevSender:    id.UserID(wire.Text(prevSender)),
		Membership:    event.Membership(wire.Text(membership)),
		ReplacesState: id.EventID(wire.Text(replaces)),
		Age:           integer(age),
		TransactionID: wire.Text(txn),

		ElementSoftFailed:         string(failed) == "true",
		ElementPolicyServerSpammy: string(spammy) == "true",
	}
	if before != nil {
		u.PrevContent = new(content(before, false))
	}
	if because != nil && outer {
		u.RedactedBecause, _ = decode(room, because, false)
	}
	return u
}

// content is decoded into a map where that is asked for.
func content(raw []byte, decoded bool) event.Content {
	if raw == nil {
		raw = []byte("{}")
	}
	c := event.Content{VeryRaw: bytes.Clone(raw)}
	if decoded {
		// Unmarshalling goes on after a number that no float64 holds and leaves nil
		// in its place; the rest of the object is as good as ever.
		_ = json.Unmarshal(raw, &c.Raw)
	}
	return c
}

// integer reads an integer that may also be written as a float or a string, as
// rooms of old versions allow.
func integer(raw json.RawMessage) int64 {
	n, _ := wire.Integer(raw)
	return n
}
