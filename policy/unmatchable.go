package policy

import (
	"strings"

	"forseti/glob"
)

// maxEntity is how many bytes the names of users, servers and rooms have at most.
const maxEntity = 255

// Unmatchable says in a few words why a rule can match nobody, whoever comes; "" if it may match somebody. Such rules
// are mistakes: a link or an address with @ in place of a name, a port, a dot too many, letters that no name has.
func Unmatchable(r Rule) string {
	if r.Hash != "" {
		return ""
	}
	entity := foldFor(r.Kind, r.Entity)
	switch r.Kind {
	case User:
		return unmatchableUser(entity)
	case Server:
		return unmatchableServer(entity)
	default:
		return unmatchableRoom(entity)
	}
}

// The words. What is said of a server fits its part of a user ID too.
const (
	whyEmpty   = "it is empty"
	whyLong    = "no name is that long"
	whyNoAt    = "user IDs begin with @"
	whyNoColon = "user IDs have a server, after a colon"
	whyPort    = "a port is no part of a server's name"
	whyDot     = "no server's name begins or ends with a dot, or has two in a row"
	whySpace   = "there is a space in the server's name"
	whyLetters = "servers with letters beyond ASCII are written in ASCII, as xn--…"
	whyNoName  = "that is no server's name"
	whyNoSigil = "room IDs begin with ! and aliases with #"
)

func unmatchableUser(entity string) string {
	_, server, colon := strings.Cut(entity, ":")
	switch {
	case entity == "":
		return whyEmpty
	case tooLong(entity):
		return whyLong
	case entity[0] != '@' && !startsOpen(entity):
		return whyNoAt
	case !colon && !glob.Is(entity):
		return whyNoColon
	case entity[len(entity)-1] == '.':
		return whyDot
	case !colon:
		return "" // a wildcard may stand for the rest
	}
	// With a star before it, the colon may be that of a port.
	if strings.ContainsRune(entity[:len(entity)-len(server)], '*') {
		return letters(server)
	}
	return unmatchableHost(server)
}

// unmatchableHost is about what follows the colon in a user ID: a server, perhaps with a port.
func unmatchableHost(server string) string {
	host := server
	if !strings.HasPrefix(server, "[") && !strings.Contains(server, "::") {
		host, _, _ = strings.Cut(server, ":")
	}
	if host == "" && !glob.Is(server) {
		return whyNoName
	}
	if why := letters(server); why != "" {
		return why
	}
	return dots(host)
}

func unmatchableServer(entity string) string {
	switch {
	case entity == "":
		return whyEmpty
	case tooLong(entity):
		return whyLong
	case letters(entity) != "":
		return letters(entity)
	case hasPort(entity):
		return whyPort
	}
	return dots(entity)
}

func unmatchableRoom(entity string) string {
	switch {
	case entity == "":
		return whyEmpty
	case tooLong(entity):
		return whyLong
	case entity[0] != '!' && entity[0] != '#' && !startsOpen(entity):
		return whyNoSigil
	}
	return ""
}

func startsOpen(pattern string) bool { return pattern[0] == '*' || pattern[0] == '?' }

// tooLong counts what a match has at least.
func tooLong(pattern string) bool { return len(pattern)-strings.Count(pattern, "*") > maxEntity }

// letters says what is wrong with the characters of a server's name, or of a pattern of one.
func letters(server string) string {
	why := ""
	for _, c := range server {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("-._:[]*?", c):
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return whySpace
		case c > 0x7f:
			why = whyLetters
		default:
			return whyNoName
		}
	}
	return why
}

func dots(host string) string {
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return whyDot
	}
	return ""
}

// hasPort tells a server with a port from an IPv6 literal, or a pattern of one.
func hasPort(entity string) bool {
	host, rest, found := strings.Cut(entity, ":")
	if !found {
		return false
	}
	// Of what has a colon only an IPv6 literal in brackets is a server, or a pattern that may match one.
	first, last := entity[0], entity[len(entity)-1]
	if first != '[' && first != '*' && first != '?' || last != ']' && last != '*' && last != '?' {
		return true
	}
	const hex = "0123456789abcdef*?"
	host = strings.TrimPrefix(strings.TrimLeft(host, "*"), "[")
	rest = strings.TrimSuffix(strings.TrimRight(rest, "*"), "]")
	return strings.Trim(host, hex) != "" || strings.Trim(rest, hex+":.") != ""
}
