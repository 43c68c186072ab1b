package community

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// The account data of Mjolnir and Draupnir, in which a community's rooms and
// lists are kept, so that it can change bots by changing the process.
const (
	typeProtectedRooms = "org.matrix.mjolnir.protected_rooms"
	typeWatchedLists   = "org.matrix.mjolnir.watched_lists"
)

// takeAccountData follows what we, or the bot before us, wrote down.
func (c *Community) takeAccountData(evt *event.Event) []store.StateRow {
	if c.ownWrite(evt) {
		return nil
	}
	return c.applyAccountData(evt)
}

// ownWrite reports whether an event is the echo of something we wrote, which is
// in force already. It may have been overtaken by a later write of ours, so that
// to follow it would undo that one for a moment.
func (c *Community) ownWrite(evt *event.Event) bool {
	written := c.written[evt.Type.Type]
	for i, content := range written {
		if sameJSON(content, evt.Content.VeryRaw) {
			c.written[evt.Type.Type] = written[i+1:]
			return true
		}
	}
	return false
}

func sameJSON(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

func (c *Community) applyAccountData(evt *event.Event) []store.StateRow {
	switch evt.Type.Type {
	case typeProtectedRooms:
		if ids, ok := protectedRooms(evt.Content.VeryRaw); ok {
			c.setProtected(ids)
		}
	case typeWatchedLists:
		if lists, ok := watchedLists(evt.Content.VeryRaw); ok {
			c.setWatched(lists)
		}
	default:
		return nil
	}
	evt.RoomID = accountData
	return []store.StateRow{stateRow(evt)}
}

// protectedRooms reads the rooms. What has the wrong type is not an empty list:
// it leaves everything as it is.
func protectedRooms(content json.RawMessage) ([]id.RoomID, bool) {
	var data struct {
		Rooms *[]any `json:"rooms"`
	}
	if json.Unmarshal(content, &data) != nil || data.Rooms == nil {
		return nil, false
	}
	var ids []id.RoomID
	for _, v := range *data.Rooms {
		if s, ok := v.(string); ok && strings.HasPrefix(s, "!") && !slices.Contains(ids, id.RoomID(s)) {
			ids = append(ids, id.RoomID(s))
		}
	}
	return ids, true
}

func protectedContent(ids []id.RoomID) json.RawMessage {
	if ids == nil {
		ids = []id.RoomID{}
	}
	raw, _ := json.Marshal(map[string]any{"rooms": ids}) // strings always marshal
	return raw
}

// watchedLists reads the lists, which are written as matrix.to links.
func watchedLists(content json.RawMessage) ([]watched, bool) {
	var data struct {
		References *[]any `json:"references"`
	}
	if json.Unmarshal(content, &data) != nil || data.References == nil {
		return nil, false
	}
	var lists []watched
	for _, v := range *data.References {
		s, _ := v.(string)
		if strings.HasPrefix(s, "!") {
			lists = append(lists, watched{room: id.RoomID(s)})
			continue
		}
		uri, err := id.ParseMatrixURIOrMatrixToURL(s)
		if err != nil || uri == nil {
			continue
		}
		if room := uri.RoomID(); room != "" {
			lists = append(lists, watched{room: room, via: uri.Via})
		}
	}
	return lists, true
}

func watchedContent(lists []watched) json.RawMessage {
	references := make([]string, len(lists))
	for i, w := range lists {
		references[i] = w.room.URI(w.via...).MatrixToURL()
	}
	raw, _ := json.Marshal(map[string]any{"references": references}) // strings always marshal
	return raw
}
