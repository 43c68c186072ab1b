package rooms

import (
	"encoding/json"
	"maps"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
)

// maxText bounds what we keep of a display name, reason or room name. One event
// may carry 64 kB of it, and a hostile server may send one per member.
const maxText = 1024

var empty = json.RawMessage("{}")

// object decodes content key by key. Structs would not do: encoding/json matches
// their keys in any case, and one wrong type spoils the whole.
func object(content json.RawMessage) map[string]json.RawMessage {
	var m map[string]json.RawMessage
	if json.Unmarshal(content, &m) != nil {
		return nil
	}
	return m
}

func text(content json.RawMessage) string {
	var s string
	if json.Unmarshal(content, &s) != nil {
		return ""
	}
	return s
}

func clip(s string) string {
	if len(s) <= maxText {
		return s
	}
	s = s[:maxText]
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.Clone(s)
}

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
	if c.Raw != nil {
		s, _ := c.Raw[key].(string)
		return s
	}
	return text(object(c.VeryRaw)[key])
}

// keep is content as a redaction leaves it.
func keep(content json.RawMessage, survives func(key string) bool) json.RawMessage {
	m := object(content)
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
