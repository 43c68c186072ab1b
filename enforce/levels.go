package enforce

import (
	"bytes"
	"encoding/json"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/wire"
)

// voice lets change what it takes to write in a room, and who may: never what else a level
// lets one do, and nobody's level who may do more there, or would.
func (g *guard) voice(a action.Action) error {
	switch {
	case g.census.rooms[a.Room] == nil:
		return guarded("I do not look after that room")
	case a.State.Type.Type != event.StatePowerLevels.Type || a.State.Key != "":
		return guarded("that does not say who may write")
	}
	before, after := wire.Fields(a.Was), wire.Fields(a.State.Content)
	for key := range differ(before, after) {
		if key != "users" && key != "events" && key != "events_default" {
			return guarded("it would change %q, and not only who may write", key)
		}
	}
	for kind := range differ(wire.Fields(before["events"]), wire.Fields(after["events"])) {
		if !action.Writes(kind) {
			return guarded("it would change what it takes to send %q, and not only who may write", kind)
		}
	}
	rank := int64(50)
	for _, power := range []string{"ban", "kick", "redact", "state_default"} {
		if n, ok := wire.Integer(after[power]); ok {
			rank = min(rank, n)
		}
	}
	was, is := wire.Fields(before["users"]), wire.Fields(after["users"])
	for u := range differ(was, is) {
		for _, level := range []json.RawMessage{was[u], is[u]} {
			if n, ok := wire.Integer(level); level != nil && (!ok || n >= rank) {
				return guarded("it would change the level of %s, who may do more there than write", u)
			}
		}
	}
	return nil
}

// differ gives the keys under which two objects do not have the same.
func differ(a, b map[string]json.RawMessage) map[string]bool {
	keys := map[string]bool{}
	for key, value := range a {
		if !alike(value, b[key]) {
			keys[key] = true
		}
	}
	for key := range b {
		if _, both := a[key]; !both {
			keys[key] = true
		}
	}
	return keys
}

// alike reports whether two values are written alike, but for space and how text is escaped.
func alike(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	one, other := json.NewDecoder(bytes.NewReader(a)), json.NewDecoder(bytes.NewReader(b))
	one.UseNumber()
	other.UseNumber()
	if one.Decode(&x) != nil || other.Decode(&y) != nil {
		return false
	}
	first, err := json.Marshal(x)
	second, also := json.Marshal(y)
	return err == nil && also == nil && bytes.Equal(first, second)
}
