package commands

import (
	"net/url"
	"strings"

	"maunium.net/go/mautrix/id"
)

// link is what a matrix.to link or matrix: URI points to.
type link struct {
	target string // with its sigil
	event  id.EventID
	via    []string
}

// parseLink reads a link; ok is false if the text is none, or one that points to
// nothing. Segments are unescaped one by one, since an identifier may hold an
// escaped slash or question mark.
func parseLink(s string) (l link, ok bool) {
	lower := strings.ToLower(s)
	var segments []string
	var query string
	for _, prefix := range []string{"https://matrix.to/#/", "http://matrix.to/#/"} {
		if strings.HasPrefix(lower, prefix) {
			var path string
			path, query, _ = strings.Cut(s[len(prefix):], "?")
			segments = strings.Split(strings.TrimRight(path, "/"), "/")
		}
	}
	if strings.HasPrefix(lower, "matrix:") {
		var path string
		path, query, _ = strings.Cut(s[len("matrix:"):], "?")
		path, _, _ = strings.Cut(path, "#")
		if segments, ok = withSigils(strings.Split(path, "/")); !ok {
			return link{}, false
		}
	}
	if len(segments) == 0 || len(segments) > 2 {
		return link{}, false
	}
	for i, segment := range segments {
		plain, err := url.PathUnescape(segment)
		if err != nil || len(plain) < 2 {
			return link{}, false
		}
		segments[i] = plain
	}
	l.target = segments[0]
	if !strings.ContainsRune("@#!", rune(l.target[0])) {
		return link{}, false
	}
	if len(segments) == 2 {
		if l.target[0] == '@' || segments[1][0] != '$' {
			return link{}, false
		}
		l.event = id.EventID(segments[1])
	}
	l.via = viaOf(query)
	return l, true
}

// withSigils turns the pairs of a matrix: URI into identifiers.
func withSigils(parts []string) ([]string, bool) {
	if len(parts)%2 != 0 {
		return nil, false
	}
	sigils := map[string]string{"u": "@", "user": "@", "r": "#", "room": "#", "roomid": "!", "e": "$", "event": "$"}
	var out []string
	for i := 0; i < len(parts); i += 2 {
		sigil, ok := sigils[parts[i]]
		if !ok || parts[i+1] == "" {
			return nil, false
		}
		out = append(out, sigil+parts[i+1])
	}
	return out, true
}

// maxVia bounds the servers that a link makes us try.
const maxVia = 5

func viaOf(query string) []string {
	// A malformed pair does not spoil the others.
	values, _ := url.ParseQuery(query)
	var via []string
	for _, server := range values["via"] {
		if len(via) < maxVia && validServer(server) {
			via = append(via, server)
		}
	}
	return via
}

// unwrap takes off what people and clients put around an identifier they paste:
// backticks, angle brackets, the name of a link.
func unwrap(s string) string {
	for len(s) > 2 && (s[0] == '`' && s[len(s)-1] == '`' || s[0] == '<' && s[len(s)-1] == '>') {
		s = s[1 : len(s)-1]
	}
	// [name](https://matrix.to/…), as markdown-minded clients write pills.
	if _, target, ok := strings.Cut(s, "]("); ok && strings.HasPrefix(s, "[") && strings.HasSuffix(target, ")") {
		s = strings.TrimSuffix(target, ")")
	}
	return s
}
