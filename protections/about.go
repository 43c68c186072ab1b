package protections

import (
	"strings"

	"forseti/content"
)

// mostAbout is how many bytes of a text tell whether it is about something.
const mostAbout = 4 << 10

// without is a text, or its beginning, without the links that stand in it, and whom it calls.
func without(s string, m *content.Message) string {
	s = s[:min(len(s), mostAbout)]
	for _, l := range m.Links() {
		shown := l.URL
		if l.Words != "" {
			shown = l.Words
		}
		s = strings.ReplaceAll(s, shown, " ")
	}
	for _, u := range m.Mentions().Users {
		s = strings.ReplaceAll(s, string(u), " ")
	}
	return s
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
