package sanction

import (
	"encoding/json"
	"reflect"
	"strconv"

	"forseti/wire"
)

// Door is who may join a room, as it was found before it was closed, and as we set it.
type Door struct {
	Found json.RawMessage `json:"found"`
	Set   json.RawMessage `json:"set"`
}

// knockFrom is the first room version in which people can ask to be let in (MSC2403).
const knockFrom = 7

// Asks tells whether people can ask to be let into rooms of a version.
func Asks(version string) bool {
	n, err := strconv.Atoi(version)
	return err == nil && n >= knockFrom
}

// CloseDoor closes a room that anybody can join, so that one has to ask, or be invited in
// rooms that know no asking. Of one that is not open to all it returns false: it is left
// as it is. What else its join rule says stays in it.
func CloseDoor(found json.RawMessage, version string) (Door, bool) {
	var content map[string]json.RawMessage
	if json.Unmarshal(found, &content) != nil || wire.Read(found).Text("join_rule") != "public" {
		return Door{}, false
	}
	content["join_rule"] = json.RawMessage(`"invite"`)
	if Asks(version) {
		content["join_rule"] = json.RawMessage(`"knock"`)
	}
	set, err := json.Marshal(content)
	return Door{Found: append(json.RawMessage(nil), found...), Set: set}, err == nil
}

// Is is how a door stands.
type Is int

// How a door can stand.
const (
	Open    Is = iota // as it was found
	Closed            // as we set it
	Changed           // somebody else set it since
)

// Stands says how a door stands by what the room says now.
func (d Door) Stands(now json.RawMessage) Is {
	switch {
	case same(now, d.Set):
		return Closed
	case same(now, d.Found):
		return Open
	default:
		return Changed
	}
}

// same reports whether two contents mean the same.
func same(a, b json.RawMessage) bool {
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}
