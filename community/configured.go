package community

import (
	"encoding/json"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/echo"
	"forseti/store"
)

// The account data of Mjolnir and Draupnir, in which a community's rooms and
// lists are kept, so that it can change bots by changing the process.
const (
	typeProtectedRooms = "org.matrix.mjolnir.protected_rooms"
	typeWatchedLists   = "org.matrix.mjolnir.watched_lists"
	// typeDefaultList is ours, and stands beside them: the list that rules are written to
	// if none is named.
	typeDefaultList = "org.forseti.default_list"
	// typeHowWatched is ours likewise: how lists are watched.
	typeHowWatched = "org.forseti.how_watched"
)

// configured is what moderators set up where Mjolnir and Draupnir keep it.
type configured struct {
	writes     *echo.Writes
	following  *following
	protecting *protecting
	throttle   *throttle
	adopting   func(kind string, content json.RawMessage) // hears of what may be adopted

	content map[string]json.RawMessage // account data in force, by type
	saving  chan struct{}              // a slot: account data is changed by one at a time
	past    *settingPast               // and all that was set
	reasons *reasons
}

// takeAccountData follows what we, or the bot before us, wrote down.
func (d *configured) take(evt *event.Event) []store.StateRow {
	if d.writes.OwnData(evt.Type.Type, evt.Content.VeryRaw) {
		return nil
	}
	return d.apply(evt)
}

func (d *configured) apply(evt *event.Event) []store.StateRow {
	content := evt.Content.VeryRaw
	switch evt.Type.Type {
	case typeProtectedRooms:
		ids, ok := protectedRooms(content)
		if !ok {
			return nil
		}
		d.content[typeProtectedRooms] = content
		d.protecting.setProtected(ids)
	case typeWatchedLists:
		lists, ok := watchedLists(content)
		if !ok {
			return nil
		}
		d.content[typeWatchedLists] = content
		d.following.setWatched(lists)
	case typeDefaultList:
		ids, ok := protectedRooms(content)
		if !ok {
			return nil
		}
		d.content[typeDefaultList], d.following.byDefault = content, ""
		if len(ids) > 0 {
			d.following.byDefault = ids[0]
		}
	case typeHowWatched:
		how, ok := howWatched(content)
		if !ok {
			return nil
		}
		d.content[typeHowWatched] = content
		d.following.setHow(how)
		d.following.setSpares(sparedBy(content))
	case typePace:
		d.throttle.know(content)
	case typePreset, typeEnabledProtections:
		d.content[evt.Type.Type] = content
		d.adopting(evt.Type.Type, content)
	default:
		if !isCopy(evt.Type.Type) {
			return nil
		}
		d.content[evt.Type.Type] = content
		d.adopting(evt.Type.Type, content)
	}
	evt.RoomID = accountData
	return []store.StateRow{stateRow(evt)}
}

// protectedRooms reads the rooms. What has the wrong type is not an empty list:
// it leaves everything as it is.
func protectedRooms(content json.RawMessage) ([]id.RoomID, bool) {
	entries, ok := entriesOf(content, "rooms")
	var ids []id.RoomID
	for _, entry := range entries {
		if s := stringOf(entry); strings.HasPrefix(s, "!") && !slices.Contains(ids, id.RoomID(s)) {
			ids = append(ids, id.RoomID(s))
		}
	}
	return ids, ok
}

// watchedLists reads the lists, which are written as matrix.to links, by Mjolnir
// of old also to an alias.
func watchedLists(content json.RawMessage) ([]watched, bool) {
	entries, ok := entriesOf(content, "references")
	var lists []watched
	for _, entry := range entries {
		if w, ok := readReference(entry); ok {
			lists = append(lists, w)
		}
	}
	return lists, ok
}

// howEntry is how one list is watched, as it is written down.
type howEntry struct {
	Room id.RoomID `json:"room"`
	commands.HowWatched
	Spares []id.UserID `json:"spares,omitempty"` // for whom its rules do not count
}

// sparedBy reads for whom the rules of lists do not count.
func sparedBy(content json.RawMessage) map[id.RoomID][]id.UserID {
	entries, _ := entriesOf(content, "lists")
	all := map[id.RoomID][]id.UserID{}
	for _, entry := range entries {
		var one howEntry
		if json.Unmarshal(entry, &one) == nil && strings.HasPrefix(string(one.Room), "!") && len(one.Spares) > 0 {
			slices.Sort(one.Spares)
			all[one.Room] = slices.Compact(one.Spares)
		}
	}
	return all
}

// howWatched reads how lists are watched. Of an entry of the wrong type nothing is taken.
func howWatched(content json.RawMessage) (map[id.RoomID]commands.HowWatched, bool) {
	entries, ok := entriesOf(content, "lists")
	how := map[id.RoomID]commands.HowWatched{}
	for _, entry := range entries {
		var one howEntry
		if json.Unmarshal(entry, &one) == nil && strings.HasPrefix(string(one.Room), "!") {
			how[one.Room] = one.HowWatched
		}
	}
	return how, ok
}

func readReference(entry json.RawMessage) (watched, bool) {
	s := stringOf(entry)
	switch {
	case strings.HasPrefix(s, "!"):
		return watched{room: id.RoomID(s)}, true
	case strings.HasPrefix(s, "#"):
		return watched{alias: id.RoomAlias(s)}, true
	}
	uri, err := id.ParseMatrixURIOrMatrixToURL(s)
	if err != nil || uri == nil {
		return watched{}, false
	}
	w := watched{room: uri.RoomID(), alias: uri.RoomAlias(), via: uri.Via}
	return w, w.room != "" || w.alias != ""
}

// entriesOf reads the one list that account data of ours consists of.
func entriesOf(content json.RawMessage, key string) (entries []json.RawMessage, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(content, &fields) != nil || fields[key] == nil || string(fields[key]) == "null" {
		return nil, false
	}
	return entries, json.Unmarshal(fields[key], &entries) == nil
}

// withEntries is account data with its list changed. All else stays as it was, for
// it may be of use to another bot: Draupnir notes there how it wrote the data.
func withEntries(content json.RawMessage, key string, change func([]json.RawMessage) []json.RawMessage) json.RawMessage {
	fields := map[string]json.RawMessage{}
	_ = json.Unmarshal(content, &fields) // there may be none yet
	if fields == nil {
		fields = map[string]json.RawMessage{}
	}
	entries, _ := entriesOf(content, key)
	entries = change(entries)
	if entries == nil {
		entries = []json.RawMessage{}
	}
	fields[key], _ = json.Marshal(entries) // valid already
	changed, _ := json.Marshal(fields)
	return changed
}

func stringOf(raw json.RawMessage) string {
	var s string
	_ = json.Unmarshal(raw, &s)
	return s
}

func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // strings always marshal
	return raw
}
