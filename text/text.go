// Package text writes what moderators read. What strangers wrote goes through Escape, Code or Room first: a display
// name must not become markup, a mention or a second line.
//
// It imports nothing of ours, and knows no event and no rule.
package text

import (
	"fmt"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How much of what strangers wrote is shown, in characters.
const (
	MostID     = 255 // an identifier, whole if it is a valid one
	MostName   = 60  // of a room or a list
	MostReason = 300 // a reason, what a homeserver answered
)

// mostMarks is how many marks one letter may carry. More of them reach into the lines above and below.
const mostMarks = 5

// Escape shows prose: on one line, cut to most characters, all markup escaped. What cannot be seen is dropped.
func Escape(s string, most int) string {
	var b strings.Builder
	for _, r := range Brief(s, most) {
		if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r)) && !strings.ContainsRune(`,;:?'"/@%`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Code shows an identifier as a code span, in which nothing is markup. What cannot be seen is spelled out, since two
// identifiers may differ by it; so is a space that rendering would swallow.
func Code(s string) string { return LongCode(s, MostID) }

// LongCode is Code of what may be longer: most bytes of it are shown.
func LongCode(s string, most int) string {
	spelled := spell(Clip(s, most))
	if spelled == "" {
		return "(nothing)"
	}
	longest, run := 0, 0
	for _, r := range spelled {
		if r != '`' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	if longest == 0 {
		return "`" + spelled + "`"
	}
	// One space on both sides is taken off again when it is rendered.
	fence := strings.Repeat("`", longest+1)
	return fence + " " + spelled + " " + fence
}

func spell(s string) string {
	var b strings.Builder
	last := ' ' // as if before the text
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		rest := s[i+size:]
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == ' ' && (last == ' ' || rest == ""),
			r == '\\' && (strings.HasPrefix(rest, "u{") || strings.HasPrefix(rest, "x")), // one that looks like ours
			r != ' ' && unseen(r):
			fmt.Fprintf(&b, `\u{%x}`, r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return b.String()
}

// unseen tells what leaves no ink, turns the direction of writing, or shows as space that is none.
func unseen(r rune) bool {
	return !unicode.IsPrint(r) || r == '\u2800' ||
		unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// OneLine turns runs of space and of control characters into one space, and drops what else cannot be seen. Joiners
// stay, and what chooses between the forms of a character: emoji are made with them.
func OneLine(s string) string { return oneLine(s, math.MaxInt) }

// Brief is what is on one line of a text, clipped. Of what others wrote it reads no more than it gives.
func Brief(s string, most int) string { return Clip(oneLine(s, most+1), most) }

// oneLine gives most characters of it and one, at the most.
func oneLine(s string, most int) string {
	var b strings.Builder
	gap, marks, n := false, 0, 0
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u2800':
			gap = true
			continue
		case r == zeroWidthJoiner || r == '\u200c' || r == '\ufe0e' || r == '\ufe0f':
		case unseen(r):
			continue
		}
		if unicode.IsMark(r) {
			if marks++; marks > mostMarks || b.Len() == 0 {
				continue
			}
		} else if r != zeroWidthJoiner {
			marks = 0
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
			n++
		}
		gap = false
		b.WriteRune(r)
		if n++; n >= most {
			break
		}
	}
	return b.String()
}

const zeroWidthJoiner = '\u200d'

// Clip cuts to most characters at the most, and shows that it did. What belongs to one character as people see it, a
// letter with its marks or an emoji of several parts, is not parted.
func Clip(s string, most int) string {
	n, cut, last := 0, 0, rune(0)
	flags := 0 // regional indicators in a row: two of them are one flag
	for i, r := range s {
		flags = next(flags, r)
		if !continues(last, r) && flags != 2 {
			cut = i
		}
		last = r
		if n++; n > most {
			// A character may be as long as it likes, but not longer than all of it.
			if cut == 0 {
				cut = i
			}
			return s[:cut] + "…"
		}
	}
	return s
}

func next(flags int, r rune) int {
	switch {
	case !unicode.Is(unicode.Regional_Indicator, r):
		return 0
	case flags == 1:
		return 2
	default:
		return 1
	}
}

// continues tells whether a rune belongs to the character that the last one began.
func continues(last, r rune) bool {
	return last == zeroWidthJoiner || r == zeroWidthJoiner || unicode.IsMark(r) ||
		r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f // skin tones, tags of a flag
}

// Paragraphs puts paragraphs together, leaving out empty ones.
func Paragraphs(all ...string) string {
	var said []string
	for _, p := range all {
		if p != "" {
			said = append(said, p)
		}
	}
	return strings.Join(said, "\n\n")
}
