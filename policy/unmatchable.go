package policy

import (
	"strings"

	"forseti/glob"
	"forseti/servername"
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
	// With a wildcard before it, the colon may be that of a port, or one within an address.
	if glob.Is(entity[:len(entity)-len(server)]) {
		return whyNoServer(servername.OfLetters(server))
	}
	return unmatchableHost(server)
}

// unmatchableHost is about what follows the colon in a user ID: a server, perhaps with a port.
func unmatchableHost(server string) string {
	host := servername.Host(server)
	if host == "" && !glob.Is(server) {
		return whyNoName
	}
	if fault := servername.OfLetters(server); fault != servername.None {
		return whyNoServer(fault)
	}
	return whyNoServer(servername.OfDots(host))
}

func unmatchableServer(entity string) string {
	if tooLong(entity) {
		return whyLong
	}
	return whyNoServer(servername.OfPattern(entity))
}

func whyNoServer(fault servername.Fault) string {
	switch fault {
	case servername.None:
		return ""
	case servername.Empty:
		return whyEmpty
	case servername.Space:
		return whySpace
	case servername.Letters:
		return whyLetters
	case servername.Port:
		return whyPort
	case servername.Dot:
		return whyDot
	default:
		return whyNoName
	}
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
