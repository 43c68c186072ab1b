package verify

import (
	"strings"
	"time"

	"forseti/wire"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// ID names a verification. Two users may choose the same transaction, so that
// alone would not do.
type ID struct {
	User id.UserID // the other side
	Room id.RoomID // "" if it goes by to-device messages
	Txn  string    // in a room, the ID of the event that asked for it
}

// Message is one event of a verification, as it came.
type Message struct {
	Kind    string // what follows m.key.verification. in its type
	From    id.UserID
	Room    id.RoomID // "" for a to-device message
	Txn     string
	Content map[string]any
	Sent    time.Time // as its sender says
}

// The kinds.
const (
	request = "request"
	ready   = "ready"
	start   = "start"
	accept  = "accept"
	key     = "key"
	mac     = "mac"
	done    = "done"
	cancel  = "cancel"
)

const typePrefix = "m.key.verification."

// maxText is more than any identifier or key in a verification is long.
const maxText = 255

// Read tells whether an event is one of a verification, decrypted if need be.
func Read(evt *event.Event) (Message, bool) {
	m := Message{From: evt.Sender, Room: evt.RoomID, Content: evt.Content.Raw}
	kind, is := strings.CutPrefix(evt.Type.Type, typePrefix)
	inRoomRequest := evt.RoomID != "" && evt.Type.Type == event.EventMessage.Type &&
		text(m.Content, "msgtype") == typePrefix+request
	switch {
	case evt.StateKey != nil:
		return m, false
	case inRoomRequest:
		m.Kind, m.Txn, m.Sent = request, string(evt.ID), time.UnixMilli(evt.Timestamp)
	case !is, kind == request && evt.RoomID != "":
		return m, false
	case evt.RoomID != "":
		relation, _ := m.Content["m.relates_to"].(map[string]any)
		if text(relation, "rel_type") != string(event.RelReference) {
			return m, false
		}
		m.Kind, m.Txn = kind, text(relation, "event_id")
	default:
		m.Kind, m.Txn = kind, text(m.Content, "transaction_id")
		if ms, ok := m.Content["timestamp"].(float64); ok && ms > 0 && ms < 1e15 {
			m.Sent = time.UnixMilli(int64(ms))
		}
	}
	return m, m.Txn != "" && len(m.Txn) <= maxText
}

// text is a string of content; "" if it is none, or longer than any should be.
func text(content map[string]any, field string) string {
	return wire.Of(content).Short(field, maxText)
}

// texts is a list of strings, without what in it is none.
func texts(content map[string]any, field string) []string {
	return wire.Of(content).Texts(field, 50, maxText)
}
