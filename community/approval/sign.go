package approval

import "strings"

// The signs that answer a question. A thumb is none: it is the first that clients
// offer, and to many it means "seen".
const (
	Yes = "✅"
	No  = "❌"
)

// Answer reads a sign: agreed is the answer, and ok is false if it is none.
func Answer(sign string) (agreed, ok bool) {
	// Some clients add the selector that asks for a picture.
	switch strings.TrimSuffix(sign, "\ufe0f") {
	case Yes:
		return true, true
	case No:
		return false, true
	default:
		return false, false
	}
}
