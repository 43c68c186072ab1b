package policy

import (
	"encoding/json"
	"fmt"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const testList id.RoomID = "!list:example.org"

// state makes an event as the homeserver's JSON would: with raw content only.
func state(eventType, stateKey, eventID, content string) *event.Event {
	evt := &event.Event{
		Type:      event.NewEventType(eventType),
		StateKey:  &stateKey,
		ID:        id.EventID(eventID),
		Sender:    "@mod:example.org",
		Timestamp: 1000,
	}
	evt.Content.VeryRaw = json.RawMessage(content)
	return evt
}

func banContent(entity string) string {
	return ruleContent(entity, "m.ban")
}

// anew has nobody remembered who was asked about last: who measures asks for the same again and again.
func anew(x *Index) *Index {
	x.last = asked{}
	return x
}

// hashedRule is a rule about a user, by their hash.
func hashedRule(i int, user string) *event.Event {
	content, _ := json.Marshal(map[string]any{"recommendation": "m.ban", "hashes": map[string]string{"sha256": encode(HashOf(user))}})
	return state(userRule, fmt.Sprint("hashed", i), fmt.Sprint("$hashed", i), string(content))
}

func ruleContent(entity, recommendation string) string {
	content, _ := json.Marshal(map[string]string{"entity": entity, "recommendation": recommendation, "reason": "spam"})
	return string(content)
}

func entities(rules []Rule) []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Entity
	}
	return names
}

// decide asks the index about an entity of any kind.
func decide(x *Index, kind Kind, entity string) (Rule, bool) {
	switch kind {
	case User:
		return x.User(id.UserID(entity))
	case Server:
		return x.Server(entity)
	default:
		return x.Room(entity)
	}
}
