package protections

import (
	"bytes"
	"cmp"

	"forseti/content"
)

// The beginning of a text tells whether it is about something: so many bytes for each word that
// it must have, within these.
const (
	ofWord                = 16
	leastAbout, mostAbout = 1 << 10, 4 << 10
)

// without is a text, or its beginning, without the links that stand in it, and whom it calls.
func without(s string, m *content.Message, words int) string {
	left := []byte(s[:min(len(s), max(leastAbout, min(words*ofWord, mostAbout)))])
	take := func(shown string) {
		for from := 0; shown != ""; {
			i := bytes.Index(left[from:], []byte(shown))
			if i < 0 {
				return
			}
			from += i
			for range len(shown) {
				left[from] = ' '
				from++
			}
		}
	}
	for _, l := range m.Links() {
		take(cmp.Or(l.Words, l.URL))
	}
	for _, u := range m.Mentions().Users {
		take(string(u))
	}
	return string(left)
}

// spacelessWords is about how many words there are of scripts that write no spaces.
func spacelessWords(s string) int {
	n := 0
	for _, r := range s {
		if 0xe00 <= r && r <= 0xeff || 0x1000 <= r && r <= 0x109f || 0x1780 <= r && r <= 0x17ff || 0x3040 <= r && r <= 0x30ff || 0x3400 <= r && r <= 0x9fff {
			n++
		}
	}
	return n / 2
}
