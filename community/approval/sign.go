package approval

import (
	"strings"
	"unicode"
)

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

// Word reads what somebody wrote in reply to a question as the sign that it stands for. begun says that it begins
// as an answer; with more behind it, it is none, and has no sign.
func Word(said string) (sign string, begun bool) {
	said = strings.TrimFunc(said, func(r rune) bool { return unicode.IsSpace(r) || r == '.' || r == '!' || r == ',' })
	if _, ok := Answer(said); ok {
		return strings.TrimSuffix(said, "\ufe0f"), true
	}
	first, _, more := strings.Cut(strings.ToLower(said), " ")
	switch first = strings.Trim(first, ".,!"); {
	case first != "yes" && first != "no":
		return "", false
	case more:
		return "", true
	case first == "yes":
		return Yes, true
	}
	return No, true
}
