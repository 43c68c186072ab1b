package text

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

// mostMarkup is how much Markup reads, in bytes.
const mostMarkup = 4000

// Markup lets through what one sentence of ours may hold, code spans and links to rooms, and shows all else as text:
// what quotes a server and was put together elsewhere need not be trusted to have been escaped.
func Markup(s string) string {
	if len(s) > mostMarkup {
		s = strings.ToValidUTF8(s[:mostMarkup], "") + "…"
	}
	var b, run, raw strings.Builder // raw may still hold entities, run does not
	decode := func() {
		run.WriteString(html.UnescapeString(raw.String()))
		raw.Reset()
	}
	flush := func() {
		decode()
		b.WriteString(between(run.String()))
		run.Reset()
	}
	for s != "" {
		if len(s) > 1 && s[0] == '\\' && s[1] < utf8.RuneSelf && !unicode.IsLetter(rune(s[1])) && !unicode.IsDigit(rune(s[1])) {
			decode()
			run.WriteByte(s[1])
			s = s[2:]
			continue
		}
		shown, length := span(s)
		if shown != "" {
			flush()
			b.WriteString(shown)
		} else {
			raw.WriteString(s[:length])
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
		return fenced(strings.TrimSpace(inner)), len(s) - len(rest)
	}
	if m := ourLink.FindStringSubmatch(s); m != nil {
		label := Escape(html.UnescapeString(backslash.ReplaceAllString(m[1], "$1")), MostName)
		if label != "" {
			return "[" + label + "](" + m[2] + ")", len(m[0])
		}
	}
	return "", 1
}

// fenced is Code for what may have been through Code already: what is spelled out stays so.
func fenced(s string) string {
	const mark = `\u{5c}`
	return strings.ReplaceAll(Code(s), mark, `\`)
}

// between escapes text that stands beside spans, where a space at its ends counts.
func between(s string) string {
	if s == "" {
		return ""
	}
	shown := Escape(s, len(s))
	first, _ := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	switch {
	case shown == "":
		return " "
	case unicode.IsSpace(first):
		shown = " " + shown
	}
	if unicode.IsSpace(last) {
		shown += " "
	}
	return shown
}
