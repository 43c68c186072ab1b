// Package phone measures for tests what of a message is seen at once on a phone. It reads it otherwise than the bot itself
// does (text.Rows), so that a mistake there is seen.
package phone

import (
	"html"
	"regexp"
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/format"

	"forseti/text"
)

// What a phone shows at once, in lines and letters.
const (
	Lines   = 10
	Letters = 40
)

var (
	linked = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.)*)\]\([^)]*\)`)
	breaks = regexp.MustCompile(`<(/?(p|li|ul|ol|h[1-6]|blockquote|pre|details|summary)|br ?/?)>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
)

// Read is what of a message is seen at once, and in how many lines.
func Read(markdown string) (lines int, shown string) {
	for _, p := range text.Pieces(markdown) {
		if shown += p.Title + "\n"; !p.Folded {
			shown += strings.NewReplacer("`", "", "|", "", "*", "", `\`, "").Replace(linked.ReplaceAllString(p.Body, "$1")) + "\n"
		}
	}
	return wrapped(shown), shown
}

// ReadHTML is Read of the message as clients show it.
func ReadHTML(markdown string) (lines int, shown string) {
	for _, p := range text.Pieces(markdown) {
		if shown += p.Title + "\n"; p.Folded {
			continue
		}
		said := format.RenderMarkdown(p.Body, true, false)
		if said.FormattedBody == "" {
			said.FormattedBody = html.EscapeString(said.Body)
		}
		shown += html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(strings.ReplaceAll(said.FormattedBody, "\n", " "), "\n"), "")) + "\n"
	}
	return wrapped(shown), shown
}

// RunTogether is where a list follows another with nothing between them, so that both are one wherever they are shown; "" if
// nowhere.
func RunTogether(markdown string) string {
	for _, p := range text.Pieces(markdown) {
		if at := twoLists.FindString(p.Body); at != "" {
			return at
		}
	}
	return ""
}

var twoLists = regexp.MustCompile(`(?m)^ *[-*] .*\n(?: *\n)+[-*] .*`)

func wrapped(shown string) (lines int) {
	for line := range strings.Lines(shown) {
		at := Letters
		for word := range strings.FieldsSeq(line) {
			if n := utf8.RuneCountInString(word); at+1+n <= Letters {
				at += 1 + n
			} else {
				lines += (n + Letters - 1) / Letters
				at = (n-1)%Letters + 1
			}
		}
	}
	return lines
}
