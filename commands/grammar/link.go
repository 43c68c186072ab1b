package grammar

import (
	"net/url"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Link is what a matrix.to link, a matrix: URI or the address of a web client points to.
type Link struct {
	Target string // with its sigil
	Event  id.EventID
	Via    []string
}

// ParseLink reads a link; ok is false if the text is none, or one that points to
// nothing. Segments are unescaped one by one, since an identifier may hold an
// escaped slash or question mark.
func ParseLink(s string) (l Link, ok bool) {
	segments, query := linkSegments(s)
	if len(segments) == 0 || len(segments) > 2 {
		return Link{}, false
	}
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || len(plain) < 2 {
			return Link{}, false
		}
		segments[i] = plain
	}
	l.Target = segments[0]
	if !strings.ContainsRune("@#!", rune(l.Target[0])) {
		return Link{}, false
	}
	if len(segments) == 2 {
		if l.Target[0] == '@' || segments[1][0] != '$' {
			return Link{}, false
		}
		l.Event = id.EventID(segments[1])
	}
	l.Via = viaOf(query)
	return l, true
}

// linkSegments parts a link into what it points to, still escaped, and its query.
func linkSegments(s string) (segments []string, query string) {
	lower := strings.ToLower(s[:min(len(s), len("https://matrix.to/#/"))])
	for _, prefix := range []string{"https://matrix.to/#/", "http://matrix.to/#/", "matrix.to/#/"} {
		if strings.HasPrefix(lower, prefix) {
			path, query, _ := strings.Cut(s[len(prefix):], "?")
			return strings.Split(strings.TrimRight(path, "/"), "/"), query
		}
	}
	for _, scheme := range []string{"matrix:", "web+matrix:"} { // the latter where a browser handed it over
		if strings.HasPrefix(lower, scheme) {
			path, query, _ := strings.Cut(strings.TrimPrefix(s[len(scheme):], "//"), "?")
			path, _, _ = strings.Cut(path, "#")
			return withSigils(strings.Split(path, "/")), query
		}
	}
	if scheme, _, ok := strings.Cut(s[:min(len(s), 40)], "://"); ok && scheme != "" && !strings.ContainsAny(scheme, "@#!:/ ") {
		return webSegments(s) // also of a program that shows what the web client does: element://
	}
	return nil, ""
}

// withSigils turns the pairs of a matrix: URI into identifiers.
func withSigils(parts []string) []string {
	if len(parts)%2 != 0 {
		return nil
	}
	sigils := map[string]string{"u": "@", "user": "@", "r": "#", "room": "#", "roomid": "!", "e": "$", "event": "$"}
	var out []string
	for i := 0; i < len(parts); i += 2 {
		sigil, ok := sigils[strings.ToLower(parts[i])]
		if !ok || parts[i+1] == "" {
			return nil
		}
		out = append(out, sigil+parts[i+1])
	}
	return out
}

// maxVia bounds the servers that a link makes us try.
const maxVia = 5

func viaOf(query string) []string {
	// A malformed pair does not spoil the others.
	values, _ := url.ParseQuery(query)
	var via []string
	for _, server := range values["via"] {
		if len(via) < maxVia && ValidServer(server) {
			via = append(via, server)
		}
	}
	return via
}

// Unwrap takes off what people and clients put around an identifier they paste:
// backticks, angle brackets, the name of a link.
func Unwrap(s string) string {
	for len(s) > 2 && (s[0] == '`' && s[len(s)-1] == '`' || s[0] == '<' && s[len(s)-1] == '>') {
		s = s[1 : len(s)-1]
	}
	// [name](https://matrix.to/…), as markdown-minded clients write pills.
	if _, target, ok := strings.Cut(s, "]("); ok && strings.HasPrefix(s, "[") && strings.HasSuffix(target, ")") {
		s = strings.TrimSuffix(target, ")")
	}
	return s
}

// String is the link as one word of a command line, whatever its identifiers hold.
func (l Link) String() string {
	var b strings.Builder
	b.WriteString("https://matrix.to/#/" + url.PathEscape(l.Target))
	if l.Event != "" {
		b.WriteString("/" + url.PathEscape(string(l.Event)))
	}
	for i, server := range l.Via {
		b.WriteString(pick(i == 0, "?", "&") + "via=" + url.QueryEscape(server))
	}
	return b.String()
}

func (l Link) same(other Link) bool { return l.Target == other.Target && l.Event == other.Event }

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}
