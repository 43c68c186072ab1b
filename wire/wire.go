// Package wire reads JSON that strangers wrote. Whatever is there, of any type, size or depth, is read as what it may
// be or as nothing: no function here fails or panics, and a wrong type in one place spoils no other. Keys count in
// their exact case, and of a key that comes twice the last counts, as with homeservers.
//
// It imports nothing of ours, and knows no event and no rule.
package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Fields gives the values of an object, which are parts of raw; nil if it is none. Decoding into a struct would also take
// "Type" for "type", and give up at the first wrong type.
func Fields(raw json.RawMessage) map[string]json.RawMessage {
	fields := map[string]json.RawMessage{}
	if !Each(raw, func(name, value []byte) { fields[string(name)] = value }) {
		return nil
	}
	return fields
}

// Array gives the first values of an array, most at the most, which are parts of raw; nil if it is none.
func Array(raw json.RawMessage, most int) []json.RawMessage {
	values := []json.RawMessage{}
	whole := Elements(raw, func(value []byte) {
		if len(values) < most {
			values = append(values, value)
		}
	})
	if !whole {
		return nil
	}
	return values
}

// Text gives a string; "" for anything else.
func Text(raw json.RawMessage) string {
	from := blank(raw, 0)
	end := quoted(raw, from)
	if !ends(raw, end) {
		return ""
	}
	return decoded(raw[from:end])
}

// decoded is what a valid quoted text says, as encoding/json reads it, in a third of its time.
func decoded(text []byte) string {
	inner := text[1 : len(text)-1]
	if standsForItself(inner) {
		return string(inner)
	}
	next := bytes.IndexByte(inner, '\\')
	var b strings.Builder
	b.Grow(len(inner))
	for next >= 0 {
		plain(&b, inner[:next])
		inner = inner[next+escaped(&b, inner[next:]):]
		next = bytes.IndexByte(inner, '\\')
	}
	plain(&b, inner)
	return b.String()
}

// plain writes text without escapes. What is no UTF-8 is a replacement character each byte.
func plain(b *strings.Builder, s []byte) {
	if utf8.Valid(s) {
		b.Write(s)
		return
	}
	for len(s) > 0 {
		r, size := utf8.DecodeRune(s)
		b.WriteRune(r)
		s = s[size:]
	}
}

// escaped writes what an escape stands for that text begins with, and tells how long it is.
func escaped(b *strings.Builder, s []byte) int {
	switch c := s[1]; c {
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case 'n':
		b.WriteByte('\n')
	case 'r':
		b.WriteByte('\r')
	case 't':
		b.WriteByte('\t')
	case 'u':
		r := hex(s[2:6])
		if utf16.IsSurrogate(r) {
			if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
				if pair := utf16.DecodeRune(r, hex(s[8:12])); pair != utf8.RuneError {
					b.WriteRune(pair)
					return 12
				}
			}
			r = utf8.RuneError // half of a character
		}
		b.WriteRune(r)
		return 6
	default:
		b.WriteByte(c)
	}
	return 2
}

func hex(s []byte) (r rune) {
	for _, c := range s {
		switch {
		case c <= '9':
			c -= '0'
		default:
			c = c | 0x20 - 'a' + 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// standsForItself tells whether quoted text is what it says: UTF-8 without escapes.
func standsForItself(s []byte) bool {
	return bytes.IndexByte(s, '\\') < 0 && utf8.Valid(s)
}

// Texts gives the strings of an array without what in it is none, most at the most. None is longer than length bytes:
// those are left out, not cut.
func Texts(raw json.RawMessage, most, length int) []string {
	var found []string
	for _, value := range Array(raw, math.MaxInt) {
		if len(found) == most {
			break
		}
		if value[0] != '"' {
			continue
		}
		if s := Text(value); len(s) <= length {
			found = append(found, s)
		}
	}
	return found
}

// Integer gives a whole number, which may also be written as a fraction, that is cut off, or in a string, as rooms of
// old versions allow. ok is false for anything else, and for what no int64 holds.
func Integer(raw json.RawMessage) (n int64, ok bool) {
	s := string(raw)
	if strings.HasPrefix(s, `"`) {
		s = Text(raw)
	}
	return integer(s)
}

func integer(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, false
	}
	return whole(f)
}

func whole(f float64) (int64, bool) {
	if math.IsNaN(f) || math.Abs(f) >= 1<<63 {
		return 0, false
	}
	return int64(f), true
}

// Clip cuts text to most bytes at the most, between two characters, and lets go of the rest of it: one event may carry
// 64 kB, and a hostile server may send one for each member.
func Clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:max(most, 0)]
	for range utf8.UTFMax - 1 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return strings.Clone(s)
}
