package rooms

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"

	"forseti/wire"
)

// Infinite is the level of a creator of a version 12 room. No event can give it.
const Infinite int64 = math.MaxInt64

// The bounds of integers in canonical JSON. Levels are clamped to them, so that
// no written level can pass for Infinite.
const (
	maxLevel int64 = 1<<53 - 1
	minLevel int64 = -maxLevel
)

// Power names something that needs a level.
type Power string

// The powers with a key of their own, and the state we write most.
const (
	PowerBan    Power = "ban"
	PowerUnban  Power = "unban" // both ban and kick
	PowerKick   Power = "kick"
	PowerInvite Power = "invite"
	PowerRedact Power = "redact" // other people's events
	PowerACL    Power = statePower + "m.room.server_acl"
	PowerLevels Power = statePower + "m.room.power_levels"

	statePower = "state:"
	sendPower  = "send:"
)

// PowerState is the power to send state of a type.
func PowerState(eventType string) Power { return Power(statePower + eventType) }

// PowerSend is the power to send other events of a type.
func PowerSend(eventType string) Power { return Power(sendPower + eventType) }

// String is the power in a few words, as in "needs level 50 to ban".
func (p Power) String() string {
	if t, ok := strings.CutPrefix(string(p), statePower); ok {
		return "set " + t
	}
	if t, ok := strings.CutPrefix(string(p), sendPower); ok {
		return "send " + t
	}
	return string(p)
}

// levels is a power levels event as servers read it.
type levels struct {
	users, events                            map[string]int64
	usersDefault, eventsDefault              int64
	stateDefault, ban, kick, redact, inviter int64
}

// parseLevels reads m.room.power_levels. nil content (no such event) gives the
// same levels as an empty one; only the creator's own level differs, see Level.
func parseLevels(content json.RawMessage, v version) levels {
	m := wire.Fields(content)
	level := func(key string, otherwise int64) int64 {
		if n, ok := v.level(m[key]); ok {
			return n
		}
		return otherwise
	}
	table := func(key string) map[string]int64 {
		entries := wire.Fields(m[key])
		out := make(map[string]int64, len(entries))
		for k, value := range entries {
			if n, ok := v.level(value); ok {
				out[k] = n
			}
		}
		return out
	}
	return levels{
		users:         table("users"),
		events:        table("events"),
		usersDefault:  level("users_default", 0),
		eventsDefault: level("events_default", 0),
		stateDefault:  level("state_default", 50),
		ban:           level("ban", 50),
		kick:          level("kick", 50),
		redact:        level("redact", 50),
		inviter:       level("invite", 0),
	}
}

func (l *levels) send(eventType string) int64 {
	if n, ok := l.events[eventType]; ok {
		return n
	}
	return l.eventsDefault
}

func (l *levels) state(eventType string) int64 {
	if n, ok := l.events[eventType]; ok {
		return n
	}
	return l.stateDefault
}

// level reads one level. Up to version 9 servers also take numbers written as
// strings, and up to 5 fractions, which they cut off.
func (v version) level(value json.RawMessage) (int64, bool) {
	s := string(value)
	if strings.HasPrefix(s, `"`) {
		if !v.stringLevels() {
			return 0, false
		}
		s = strings.TrimSpace(wire.Text(value))
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return min(max(n, minLevel), maxLevel), true
	}
	// The value is valid JSON, so what ParseFloat would take beyond numbers
	// (hexadecimal, "inf") can only come from a string.
	if f, err := strconv.ParseFloat(s, 64); v.stringLevels() && s == string(value) && (err == nil || errors.Is(err, strconv.ErrRange)) {
		return int64(math.Trunc(min(max(f, float64(minLevel)), float64(maxLevel)))), true
	}
	return 0, false
}
