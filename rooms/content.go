package rooms

import (
	"encoding/json"
	"maps"

	"maunium.net/go/mautrix/event"

	"forseti/wire"
)

// maxText bounds what we keep of a display name, reason or room name.
const maxText = 1024

var empty = json.RawMessage("{}")

func clip(s string) string { return wire.Clip(s, maxText) }

// raw is the content as JSON. It is never nil: a present event without content
// is not the same as an absent one.
func raw(c *event.Content) json.RawMessage {
	if len(c.VeryRaw) > 0 {
		return c.VeryRaw
	}
	if c.Raw != nil {
		if b, err := json.Marshal(c.Raw); err == nil {
			return b
		}
	}
	return empty
}

// field reads one string of the content, "" if it is something else.
func field(c *event.Content, key string) string {
	return wire.Content(c.VeryRaw, c.Raw).Text(key)
}

// keep is content as a redaction leaves it.
func keep(content json.RawMessage, survives func(key string) bool) json.RawMessage {
	m := wire.Fields(content)
	maps.DeleteFunc(m, func(key string, _ json.RawMessage) bool { return !survives(key) })
	if len(m) == 0 {
		return empty
	}
	b, err := json.Marshal(m)
	if err != nil {
		return empty
	}
	return b
}
