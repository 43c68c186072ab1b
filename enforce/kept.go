package enforce

import (
	"encoding/base64"
	"encoding/json"

	"maunium.net/go/mautrix/event"

	"forseti/policy"
)

// eventOf writes a rule as the event that it was read from.
func eventOf(r policy.Rule) *event.Event {
	content := map[string]any{"recommendation": r.RawRecommendation, "reason": r.Reason}
	if r.Hash != "" {
		content["hashes"] = map[string]any{"sha256": base64.StdEncoding.EncodeToString([]byte(r.Hash))}
	} else {
		content["entity"] = r.Entity
	}
	evt := &event.Event{
		ID: r.Event, RoomID: r.List, Sender: r.Sender, StateKey: &r.StateKey, Timestamp: r.Timestamp,
		Type: event.Type{Type: r.Type, Class: event.StateEventType},
	}
	evt.Content.VeryRaw, _ = json.Marshal(content) // strings always marshal
	return evt
}
