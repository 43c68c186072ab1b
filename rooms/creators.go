package rooms

import (
	"encoding/json"
	"math"

	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// made is who created a room. An event has room for thousands.
type made struct {
	creators []id.UserID
	known    map[id.UserID]bool // the same
}

// by reports whether a user is one of them.
func (m *made) by(u id.UserID) bool { return m.known[u] }

func madeBy(creator id.UserID) made {
	return made{[]id.UserID{creator}, map[id.UserID]bool{creator: true}}
}

// parseCreators reads who created the room: its sender and additional creators
// from version 12, one creator before.
func (p *powers) parseCreators(sender id.UserID, content map[string]json.RawMessage) made {
	if !p.infinite {
		if creator := wire.Text(content["creator"]); p.version.contentCreator() && creator != "" {
			return madeBy(id.UserID(creator))
		}
		return madeBy(sender)
	}
	m := madeBy(sender)
	for _, name := range wire.Texts(content["additional_creators"], math.MaxInt, maxUserID) {
		if u := id.UserID(name); validUser(name) && !m.known[u] {
			m.known[u] = true
			m.creators = append(m.creators, u)
		}
	}
	return m
}
