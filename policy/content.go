package policy

import (
	"bytes"
	"encoding/json"

	"maunium.net/go/mautrix/event"
)

// content reads single keys of an event's content. Decoding all of it into a map costs more than all else that is done
// with a rule, and into a struct would accept keys in another case.
type content struct {
	decoded map[string]any
	raw     []byte // valid JSON, if decoded is nil
}

func contentOf(evt *event.Event) content {
	if evt.Content.Raw != nil || !json.Valid(evt.Content.VeryRaw) {
		return content{decoded: evt.Content.Raw}
	}
	return content{raw: evt.Content.VeryRaw}
}

// text is a key's string, "" if it holds anything else.
func (c content) text(key string) string {
	if c.raw == nil {
		s, _ := c.decoded[key].(string)
		return s
	}
	return stringIn(member(c.raw, key))
}

// object is a key's object.
func (c content) object(key string) content {
	if c.raw == nil {
		inner, _ := c.decoded[key].(map[string]any)
		return content{decoded: inner}
	}
	if inner := member(c.raw, key); len(inner) > 0 && inner[0] == '{' {
		return content{raw: inner}
	}
	return content{}
}

func stringIn(value []byte) string {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	if inner := value[1 : len(value)-1]; plainASCII(inner) {
		return string(inner)
	}
	var s string
	_ = json.Unmarshal(value, &s) // it is valid
	return s
}

// plainASCII tells whether quoted text stands for itself.
func plainASCII(s []byte) bool {
	for _, c := range s {
		if c == '\\' || c >= 0x80 {
			return false
		}
	}
	return true
}

// member finds the value of a key in an object; of several the last, as decoders do. The JSON must be valid.
func member(object []byte, key string) (value []byte) {
	rest := bytes.TrimLeft(object, " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' {
		return nil
	}
	rest = rest[1:]
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n,")
		if len(rest) == 0 || rest[0] != '"' {
			return value
		}
		name := rest[:valueLength(rest)]
		rest = bytes.TrimLeft(rest[len(name):], " \t\r\n:")
		n := valueLength(rest)
		if isKey(name, key) {
			value = rest[:n]
		}
		rest = rest[n:]
	}
}

func isKey(name []byte, key string) bool {
	if inner := name[1 : len(name)-1]; plainASCII(inner) {
		return string(inner) == key
	}
	return stringIn(name) == key
}

// valueLength is how many bytes the value has that valid JSON begins with.
func valueLength(s []byte) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i // the end of what the value is in
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(s)
}
