package matrix

import (
	"encoding/json"
	"errors"
)

// maxDepth is how deep a value may nest. encoding/json refuses 10,000 levels,
// and an event of 64 KiB has room for three times that.
const maxDepth = 1000

// unmarshal decodes an answer of the homeserver. An event so deep that the whole
// answer does not decode is cut off where it gets too deep.
func unmarshal(body []byte, into any) error {
	err := json.Unmarshal(body, into)
	if _, ok := errors.AsType[*json.SyntaxError](err); !ok {
		return err
	}
	return json.Unmarshal(shallow(body), into)
}

// shallow replaces what is nested deeper than maxDepth by null.
func shallow(body []byte) []byte {
	out := make([]byte, 0, len(body))
	depth, quoted, escaped := 0, false, false
	for _, c := range body {
		switch {
		case escaped:
			escaped = false
		case quoted:
			escaped = c == '\\'
			quoted = c != '"'
		case c == '"':
			quoted = true
		case c == '{' || c == '[':
			if depth++; depth == maxDepth+1 {
				out = append(out, "null"...)
			}
		case c == '}' || c == ']':
			if depth--; depth >= maxDepth {
				continue
			}
		}
		if depth <= maxDepth {
			out = append(out, c)
		}
	}
	return out
}
