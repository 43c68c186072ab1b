package commands

import (
	"strings"
	"unicode/utf8"
)

// prefixes are the names after "!" besides our own.
var prefixes = []string{"forseti", "mod"}

// Addressed strips the prefix from a message; ok only if the message is meant for
// us. mentioned says whether it mentions us: then our bare name will do, which may
// otherwise just begin a sentence about us.
func (s *Set) Addressed(body string, mentioned bool) (line string, ok bool) {
	body = strings.TrimLeftFunc(body, isSpace)
	if named, bang := strings.CutPrefix(body, "!"); bang {
		rest, ok := cutAny(named, append(s.names(), prefixes...))
		return afterName(rest), ok
	}
	if rest, ok := s.cutLink(body); ok {
		return afterName(rest), true
	}
	if rest, ok := cutName(body, string(s.self)); ok {
		return afterName(rest), true
	}
	named, at := strings.CutPrefix(body, "@")
	rest, ok := cutAny(named, s.names())
	if !ok {
		return "", false
	}
	called := rest != "" && strings.ContainsRune(":,", rune(rest[0]))
	if at && called && len(rest) > 1 {
		// Not the beginning of somebody else's user ID?
		next, _ := utf8.DecodeRuneInString(rest[1:])
		if !isSpace(next) {
			return "", false
		}
	}
	if !called && !mentioned {
		return "", false
	}
	return afterName(rest), true
}

// names are what people call us.
func (s *Set) names() []string {
	names := []string{s.self.Localpart()}
	if name := strings.TrimFunc(s.displayName(), isSpace); name != "" {
		names = append(names, name)
	}
	return names
}

// cutLink takes off a link to ourselves, as a pill may be written.
func (s *Set) cutLink(body string) (rest string, ok bool) {
	end := strings.IndexFunc(body, isSpace)
	if end < 0 {
		end = len(body)
	}
	target, ok := parseLink(unwrap(strings.TrimRight(body[:end], ":,")))
	return body[end:], ok && target.target == string(s.self)
}

// cutAny takes off the longest of some names.
func cutAny(body string, names []string) (rest string, ok bool) {
	for _, name := range names {
		if after, found := cutName(body, name); found && (!ok || len(after) < len(rest)) {
			rest, ok = after, true
		}
	}
	return rest, ok
}

// cutName takes a name off the front, in whatever case, if it ends there.
func cutName(body, name string) (rest string, ok bool) {
	if name == "" {
		return "", false
	}
	for _, want := range name {
		have, size := utf8.DecodeRuneInString(body)
		if size == 0 || !(isSpace(have) && isSpace(want)) && !strings.EqualFold(string(have), string(want)) {
			return "", false
		}
		body = body[size:]
	}
	next, _ := utf8.DecodeRuneInString(body)
	return body, body == "" || isSpace(next) || next == ':' || next == ','
}

func afterName(rest string) string {
	if rest != "" && (rest[0] == ':' || rest[0] == ',') {
		rest = rest[1:]
	}
	return strings.TrimFunc(rest, isSpace)
}
