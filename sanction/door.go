package sanction

import (
	"encoding/json"
	"strconv"

	"maunium.net/go/mautrix/event"

	"forseti/wire"
)

// Door is who may join a room, as it was found before it was closed, and as we set it.
type Door struct {
	Found json.RawMessage `json:"found"`
	Set   json.RawMessage `json:"set"`
	leavable
}

var _ Hold = (*Door)(nil)

// knockFrom is the first room version in which people can ask to be let in (MSC2403).
const knockFrom = 7

// Asks tells whether people can ask to be let into rooms of a version.
func Asks(version string) bool {
	n, err := strconv.Atoi(version)
	return err == nil && n >= knockFrom
}

// ClosedRule is who may join a room of a version that is closed.
func ClosedRule(version string) event.JoinRule {
	if Asks(version) {
		return event.JoinRuleKnock
	}
	return event.JoinRuleInvite
}

// CloseDoor closes a room that anybody can join, so that one has to ask, or be invited in
// rooms that know no asking. Of one that is not open to all it returns false: it is left
// as it is. What else its join rule says stays in it.
func CloseDoor(found json.RawMessage, version string) (*Door, bool) {
	var content map[string]json.RawMessage
	if json.Unmarshal(found, &content) != nil || wire.Read(found).Text("join_rule") != "public" {
		return nil, false
	}
	content["join_rule"], _ = json.Marshal(ClosedRule(version))
	set, err := json.Marshal(content)
	return &Door{Found: append(json.RawMessage(nil), found...), Set: set}, err == nil
}

// Stands is part of Hold.
func (d *Door) Stands(now json.RawMessage) Is {
	switch {
	case same(now, d.Set):
		return Closed
	case same(now, d.Found):
		return Open
	default:
		return Changed
	}
}

// Shut is part of Hold.
func (d *Door) Shut(now json.RawMessage) json.RawMessage { return d.to(d.Set, now, Open) }

// Back is part of Hold.
func (d *Door) Back(now json.RawMessage) json.RawMessage { return d.to(d.Found, now, Closed) }

func (d *Door) to(content, now json.RawMessage, from Is) json.RawMessage {
	if d.Theirs || d.Stands(now) != from {
		return nil
	}
	return content
}

// Leave is part of Hold.
func (d *Door) Leave() Hold {
	left := *d
	left.Theirs = true
	return &left
}

// Rest is part of Hold.
func (d *Door) Rest(_ json.RawMessage, stays bool) Hold {
	if stays {
		return d
	}
	return nil
}

// Resting is part of Hold.
func (d *Door) Resting() bool { return false }
