// Package unpadded is the base64 of Matrix. It writes what the specification says
// and reads what clients write: padded or not, in either alphabet, in lines of any
// length. It knows nothing of what it encodes.
//
// https://spec.matrix.org/v1.16/appendices/#unpadded-base64
package unpadded

import (
	"encoding/base64"
	"strings"
)

// Encode writes base64 without padding.
func Encode(raw []byte) string { return base64.RawStdEncoding.EncodeToString(raw) }

// Decode reads base64 with padding or without, of the common alphabet or that of
// URLs, with white space anywhere. Its errors are of package encoding/base64.
func Decode(s string) ([]byte, error) {
	return base64.RawStdEncoding.DecodeString(strings.TrimRight(strings.Map(common, s), "="))
}

// common brings a character into the common alphabet; what is no part of the
// content is dropped.
func common(r rune) rune {
	switch r {
	case '-':
		return '+'
	case '_':
		return '/'
	case ' ', '\t', '\r', '\n', '\v', '\f':
		return -1
	default:
		return r
	}
}
