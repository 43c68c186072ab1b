package rooms

import (
	"encoding/json"
	"math"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// parseCreators reads who created the room: its sender and additional creators
// from version 12, one creator before.
func (p *powers) parseCreators(sender id.UserID, content map[string]json.RawMessage) []id.UserID {
	if !p.infinite {
		if creator := wire.Text(content["creator"]); p.version.contentCreator() && creator != "" {
			return []id.UserID{id.UserID(creator)}
		}
		return []id.UserID{sender}
	}
	creators := []id.UserID{sender}
	known := map[id.UserID]bool{sender: true}
	for _, name := range wire.Texts(content["additional_creators"], math.MaxInt, maxUserID) {
		if u := id.UserID(name); validUser(name) && !known[u] {
			known[u] = true
			creators = append(creators, u)
		}
	}
	return creators
}
