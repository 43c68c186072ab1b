package commands

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	ourLink   = regexp.MustCompile(`^\[((?:[^\[\]\\]|\\.)+)\]\((https://matrix\.to/#/(?:!|%21|#|%23)[\w%!$&*+,;=:@~./?-]+)\)`)
	backslash = regexp.MustCompile(`\\([[:punct:]])`)
)

// markup shows what the bot says in Markdown: an error, a problem. Code spans and
// links to rooms stay; all else is text, since it may quote a server and nobody
// should have to trust that all of it was escaped.
func markup(s string) string {
	const limit = 1000
	s = clip(s, limit)
	var b, run strings.Builder
	flush := func() {
		b.WriteString(between(html.UnescapeString(run.String())))
		run.Reset()
	}
	for s != "" {
		if len(s) > 1 && s[0] == '\\' && s[1] < utf8.RuneSelf && !unicode.IsLetter(rune(s[1])) && !unicode.IsDigit(rune(s[1])) {
			run.WriteByte(s[1])
			s = s[2:]
			continue
		}
		shown, length := span(s)
		if shown != "" {
			flush()
			b.WriteString(shown)
		} else {
			run.WriteString(s[:length])
		}
		s = s[length:]
	}
	flush()
	return b.String()
}

// span reads a code span or a link; shown is "" if the bytes are just text.
func span(s string) (shown string, length int) {
	fence := len(s) - len(strings.TrimLeft(s, "`"))
	if fence > 0 {
		inner, rest, closed := strings.Cut(s[fence:], s[:fence])
		if !closed || strings.HasPrefix(rest, "`") {
			return "", fence
		}
		return code(strings.TrimSpace(inner)), len(s) - len(rest)
	}
	if m := ourLink.FindStringSubmatch(s); m != nil {
		label := text(html.UnescapeString(backslash.ReplaceAllString(m[1], "$1")), maxName)
		if label != "" {
			return "[" + label + "](" + m[2] + ")", len(m[0])
		}
	}
	return "", 1
}

// between escapes text that stands beside spans, where a space at its ends counts.
func between(s string) string {
	if s == "" {
		return ""
	}
	shown := text(s, len(s))
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case shown == "":
		return " "
	case isSpace(first):
		shown = " " + shown
	}
	if isSpace(last) {
		shown += " "
	}
	return shown
}
