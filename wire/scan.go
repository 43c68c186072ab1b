package wire

import (
	"encoding/binary"
	"math/bits"
)

// maxDepth is how deep values may nest, as encoding/json has it.
const maxDepth = 10_000

// Valid tells whether raw is JSON, as encoding/json does, at a quarter of the time.
func Valid(raw []byte) bool { return ends(raw, value(raw, blank(raw, 0), 0)) }

// Each gives the names and values of an object in their order, a name that comes twice as often as it comes. It tells
// whether raw is an object at all; if not, what it gave before it found out is nothing. What it gives are parts of raw.
func Each(raw []byte, member func(name, value []byte)) bool {
	i := blank(raw, 0)
	return i < len(raw) && raw[i] == '{' && ends(raw, object(raw, i, 1, member))
}

// Elements gives the values of an array in their order, as Each those of an object.
func Elements(raw []byte, element func(value []byte)) bool {
	i := blank(raw, 0)
	return i < len(raw) && raw[i] == '[' && ends(raw, array(raw, i, 1, element))
}

// ends tells whether nothing but blanks follows a value; i is negative if there was none.
func ends(s []byte, i int) bool { return i >= 0 && blank(s, i) == len(s) }

func blank(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\t' || s[i] == '\r') {
		i++
	}
	return i
}

// value gives where the value ends that begins at i; like all below it, a negative number if it is none.
func value(s []byte, i, depth int) int {
	if i >= len(s) {
		return -1
	}
	switch s[i] {
	case '"':
		return quoted(s, i)
	case '{':
		return object(s, i, depth+1, nil)
	case '[':
		return array(s, i, depth+1, nil)
	case 't':
		return literal(s, i, "true")
	case 'f':
		return literal(s, i, "false")
	case 'n':
		return literal(s, i, "null")
	default:
		return number(s, i)
	}
}

func object(s []byte, i, depth int, member func(name, value []byte)) int {
	if depth > maxDepth {
		return -1
	}
	if i = blank(s, i+1); i < len(s) && s[i] == '}' {
		return i + 1
	}
	for {
		name := i
		if i = quoted(s, i); i < 0 {
			return -1
		}
		named := i
		if i = blank(s, i); i == len(s) || s[i] != ':' {
			return -1
		}
		from := blank(s, i+1)
		if i = value(s, from, depth); i < 0 {
			return -1
		}
		if member != nil {
			member(unquoted(s[name:named]), s[from:i])
		}
		if i = blank(s, i); i == len(s) {
			return -1
		}
		switch s[i] {
		case '}':
			return i + 1
		case ',':
			i = blank(s, i+1)
		default:
			return -1
		}
	}
}

func array(s []byte, i, depth int, element func(value []byte)) int {
	if depth > maxDepth {
		return -1
	}
	if i = blank(s, i+1); i < len(s) && s[i] == ']' {
		return i + 1
	}
	for {
		from := i
		if i = value(s, i, depth); i < 0 {
			return -1
		}
		if element != nil {
			element(s[from:i])
		}
		if i = blank(s, i); i == len(s) {
			return -1
		}
		switch s[i] {
		case ']':
			return i + 1
		case ',':
			i = blank(s, i+1)
		default:
			return -1
		}
	}
}

// Measure is how deep JSON is nested, and about how many values it has. It looks no further once there is more than that
// of either.
func Measure(raw []byte, deepest, most int) (depth, parts int) {
	at := 0
	for i := 0; i < len(raw) && depth <= deepest && parts <= most; i++ {
		switch raw[i] {
		case '"':
			end := quoted(raw, i)
			if end < 0 {
				return depth, parts
			}
			i = end - 1
		case '{', '[':
			at++
			depth = max(depth, at)
		case '}', ']':
			at--
		case ',':
			parts++
		}
	}
	return depth, parts
}

// Eight bytes at a time: each of these has the top bit of a byte set where the byte is what is looked for. Above the
// lowest such bit there may be wrong ones.
const (
	ones = 0x0101010101010101
	tops = 0x80 * ones
)

func below(w uint64, c byte) uint64  { return (w - ones*uint64(c)) &^ w & tops }
func equals(w uint64, c byte) uint64 { return below(w^ones*uint64(c), 1) }

func quoted(s []byte, i int) int {
	if i >= len(s) || s[i] != '"' {
		return -1
	}
	for i++; ; {
		for i+8 <= len(s) {
			w := binary.LittleEndian.Uint64(s[i:])
			if found := below(w, ' ') | equals(w, '"') | equals(w, '\\'); found != 0 {
				i += bits.TrailingZeros64(found) / 8
				break
			}
			i += 8
		}
		if i >= len(s) {
			return -1
		}
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c == '\\':
			for i < len(s) && s[i] == '\\' { // where there is one there are many
				if i = escape(s, i); i < 0 {
					return -1
				}
			}
		case c < ' ':
			return -1
		default:
			i++
		}
	}
}

func escape(s []byte, i int) int {
	if i+1 >= len(s) {
		return -1
	}
	switch s[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		if i+6 > len(s) {
			return -1
		}
		for _, c := range s[i+2 : i+6] {
			if !isDigit(c) && (c|0x20 < 'a' || 'f' < c|0x20) {
				return -1
			}
		}
		return i + 6
	default:
		return -1
	}
}

func literal(s []byte, i int, word string) int {
	if end := i + len(word); end <= len(s) && string(s[i:end]) == word {
		return end
	}
	return -1
}

func number(s []byte, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if i = digits(s, i); i < 0 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		if i = digits(s, i+1); i < 0 {
			return -1
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		i = digits(s, i)
	}
	return i
}

// digits needs one of them at least.
func digits(s []byte, i int) int {
	from := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i == from {
		return -1
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// unquoted is what a valid quoted text says.
func unquoted(s []byte) []byte {
	if inner := s[1 : len(s)-1]; standsForItself(inner) {
		return inner
	}
	return []byte(decoded(s))
}
