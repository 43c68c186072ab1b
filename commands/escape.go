package commands

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What strangers wrote is shown at most this long, in bytes.
const (
	maxCode = 255 // an identifier, whole if it is a valid one
	maxText = 300 // a reason, a problem
	maxName = 80  // a room's name
)

// text shows what a stranger wrote in running text: one line, all markup escaped,
// nothing that turns the direction of writing.
func text(s string, limit int) string {
	var b strings.Builder
	for _, r := range clip(oneLine(s), limit) {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) && !strings.ContainsRune(`,;:?'"/@%`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code shows an identifier as a code span, in which nothing is markup. What cannot
// be seen is spelled out, since two identifiers may differ by it.
func code(s string) string {
	var b strings.Builder
	longest, run := 0, 0
	for _, r := range clip(s, maxCode) {
		if r == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
		if unicode.IsPrint(r) && r != utf8.RuneError {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	if b.Len() == 0 {
		return "(nothing)"
	}
	shown := b.String()
	fence := strings.Repeat("`", longest+1)
	// One space on both sides is taken off again when it is rendered.
	if longest > 0 || strings.HasPrefix(shown, " ") || strings.HasSuffix(shown, " ") {
		shown = " " + shown + " "
	}
	return fence + shown + fence
}

// oneLine turns runs of space and control characters into one space, and drops
// other characters that cannot be seen. Joiners stay: emoji are made with them.
func oneLine(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case isSpace(r) || unicode.IsControl(r):
			gap = true
			continue
		case unicode.Is(unicode.Cf, r) && r != '\u200d' && r != '\u200c':
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// clip cuts to a number of bytes, on a character.
func clip(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
