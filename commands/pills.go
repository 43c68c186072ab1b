package commands

import (
	"html"
	"regexp"
	"strings"
)

var (
	pill = regexp.MustCompile(`(?is)<a\s[^>]*?href\s*=\s*["']([^"']+)["'][^>]*>(.*?)</a>`)
	tag  = regexp.MustCompile(`<[^>]*>`)
	// quote is the message replied to, which is not part of this one.
	quote = regexp.MustCompile(`(?is)<mx-reply>.*</mx-reply>`)
)

// Text gives a message's text with mentions written out. Clients put only the
// display name of a mentioned user into the plain body, and a display name says
// nothing about who is meant. All else stays as it is in the body, where stars are
// still stars.
func (s *Set) Text(body, formatted string) string {
	if len(body) > maxLine || len(formatted) > 16*maxLine {
		return body
	}
	formatted = quote.ReplaceAllString(formatted, "")
	var b strings.Builder
	last := 0
	for _, m := range pill.FindAllStringSubmatchIndex(formatted, -1) {
		target, shown := html.UnescapeString(formatted[m[2]:m[3]]), plain(formatted[m[4]:m[5]])
		l, ok := parseLink(target)
		if !ok || shown == "" || l.target == string(s.self) {
			continue
		}
		// A display name may be a word of the command, such as "ban".
		at := nth(body, shown, strings.Count(plain(formatted[last:m[0]]), shown))
		if at < 0 {
			continue
		}
		b.WriteString(body[:at])
		b.WriteString(target)
		body, last = body[at+len(shown):], m[1]
	}
	return b.String() + body
}

func plain(formatted string) string { return html.UnescapeString(tag.ReplaceAllString(formatted, "")) }

// nth is where a text stands for the time after skip others, -1 if nowhere.
func nth(s, text string, skip int) int {
	from := 0
	for {
		at := strings.Index(s[from:], text)
		if at < 0 {
			return -1
		}
		if skip == 0 {
			return from + at
		}
		skip--
		from += at + len(text)
	}
}
