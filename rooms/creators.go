package rooms

import (
	"encoding/json"
	"slices"

	"maunium.net/go/mautrix/id"
)

// parseCreators reads who created the room: its sender and additional creators
// from version 12, one creator before.
func (r *Room) parseCreators(sender id.UserID, content map[string]json.RawMessage) []id.UserID {
	if !r.infinite {
		if creator := text(content["creator"]); r.version.contentCreator() && creator != "" {
			return []id.UserID{id.UserID(creator)}
		}
		return []id.UserID{sender}
	}
	creators := []id.UserID{sender}
	var more []json.RawMessage
	if json.Unmarshal(content["additional_creators"], &more) != nil {
		return creators
	}
	for _, value := range more {
		if u := text(value); validUser(u) && !slices.Contains(creators, id.UserID(u)) {
			creators = append(creators, id.UserID(u))
		}
	}
	return creators
}
