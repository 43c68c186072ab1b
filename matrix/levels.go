package matrix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// powerLevels is the content of m.room.power_levels. What is in it that we do not know
// stays as it is.
type powerLevels struct {
	fields, users, events map[string]json.RawMessage
}

var errNoLevels = errors.New("the room's power levels are not as they should be, and what cannot be read is not written over")

// readLevels reads the levels. Of a wrong type, they are an error: to write what was
// taken for nothing would take everybody's level away.
func readLevels(raw json.RawMessage) (l powerLevels, err error) {
	if l.fields = wire.Fields(raw); l.fields == nil {
		return l, errNoLevels
	}
	for name, into := range map[string]*map[string]json.RawMessage{"users": &l.users, "events": &l.events} {
		if *into = wire.Fields(l.fields[name]); *into == nil && l.fields[name] != nil {
			return l, fmt.Errorf("%w: %s is no object", errNoLevels, name)
		}
	}
	return l, nil
}

func (l powerLevels) number(raw json.RawMessage, otherwise int64) int64 {
	if n, ok := wire.Integer(raw); ok {
		return n
	}
	return otherwise
}

// of is a user's level.
func (l powerLevels) of(user id.UserID) int64 {
	return l.number(l.users[string(user)], l.number(l.fields["users_default"], 0))
}

// silent is the level of who is muted: the highest that may not say anything, and below 0,
// for while a posture lasts only who is known may write, and that is less than all have then.
func (l powerLevels) silent() int64 { return min(l.least()-1, -1) }

// least is the lowest level that may say anything.
func (l powerLevels) least() int64 {
	least := l.number(l.fields["events_default"], 0)
	for _, kind := range []event.Type{event.EventMessage, event.EventEncrypted, event.EventReaction, event.EventSticker} {
		least = min(least, l.number(l.events[kind.Type], math.MaxInt64))
	}
	return least
}

// with gives the content in which a user has a level, or no own level if it is nil.
func (l powerLevels) with(user id.UserID, level json.RawMessage) (json.RawMessage, error) {
	users := maps.Clone(l.users)
	if users == nil {
		users = map[string]json.RawMessage{}
	}
	if level == nil {
		delete(users, string(user))
	} else {
		users[string(user)] = level
	}
	raw, err := json.Marshal(users)
	if err != nil {
		return nil, err
	}
	fields := maps.Clone(l.fields)
	fields["users"] = raw
	return json.Marshal(fields)
}

// muted is what Unmute needs to know: Result.Was of Mute.
type muted struct {
	Before json.RawMessage `json:"before"` // the user's own level, null if there was none
	Level  int64           `json:"level"`  // what they were given
}

// same reports whether two pieces of JSON say the same.
func same(a, b json.RawMessage) bool {
	var x, y bytes.Buffer
	return canonical(a, &x) && canonical(b, &y) && bytes.Equal(x.Bytes(), y.Bytes())
}

// canonical writes JSON with sorted keys. Numbers stay as they are written.
func canonical(raw json.RawMessage, into *bytes.Buffer) bool {
	in := json.NewDecoder(bytes.NewReader(raw))
	in.UseNumber()
	var value any
	return in.Decode(&value) == nil && json.NewEncoder(into).Encode(value) == nil
}
