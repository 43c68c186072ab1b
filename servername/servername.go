// Package servername takes apart the names of homeservers, and patterns of them: where the port begins, and what no
// name can be. It knows no rule and no ACL, and is written once because each of those needs it.
//
// The grammar is https://spec.matrix.org/latest/appendices/#server-name.
package servername

import (
	"net/netip"
	"strings"
)

// CutPort splits off a port, minding that IPv6 addresses have colons too. They stand in brackets; one without, which is
// no server name, is left whole.
func CutPort(name string) (host, port string, found bool) {
	if strings.HasPrefix(name, "[") {
		end := strings.IndexByte(name, ']')
		if end < 0 {
			return name, "", false
		}
		rest, port, found := strings.Cut(name[end+1:], ":")
		return name[:end+1] + rest, port, found
	}
	host, port, found = strings.Cut(name, ":")
	if found && strings.Contains(port, ":") {
		if _, err := netip.ParseAddr(name); err == nil {
			return name, "", false
		}
	}
	return host, port, found
}

// Host is a name without its port.
func Host(name string) string {
	host, _, _ := CutPort(name)
	return host
}

// Fault is what keeps a pattern from matching the name of any server.
type Fault uint8

// The faults, of which a pattern is said to have the first.
const (
	None    Fault = iota
	Empty         // nothing is named
	Space         // in it
	Sign          // no name has, as / or @
	Letters       // beyond ASCII
	Port          // which is no part of what rules and ACLs are held against
	Dot           // at an end, or two in a row
)

// OfPattern is the fault of a pattern, or of a name as a rule has it.
func OfPattern(pattern string) Fault {
	if pattern == "" {
		return Empty
	}
	if fault := OfLetters(pattern); fault != None {
		return fault
	}
	if hasPort(pattern) {
		return Port
	}
	return OfDots(pattern)
}

// OfLetters looks only at the characters of a pattern, which may have a port: it is Space, Sign, Letters or None.
func OfLetters(pattern string) Fault {
	fault := None
	for _, c := range pattern {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("-._:[]*?", c):
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return Space
		case c > 0x7f:
			fault = Letters
		default:
			return Sign
		}
	}
	return fault
}

// OfDots is Dot or None.
func OfDots(host string) Fault {
	if strings.HasPrefix(host, ".") || strings.HasSuffix(host, ".") || strings.Contains(host, "..") {
		return Dot
	}
	return None
}

// hasPort tells a pattern with a port from the colons of an IPv6 literal such as [::1], or of a pattern of one such as
// [2001:*.
func hasPort(pattern string) bool {
	host, rest, found := strings.Cut(pattern, ":")
	if !found {
		return false
	}
	// Of what has a colon only an IPv6 literal in brackets is a server, or a pattern that may match one.
	first, last := pattern[0], pattern[len(pattern)-1]
	if first != '[' && first != '*' && first != '?' || last != ']' && last != '*' && last != '?' {
		return true
	}
	const hex = "0123456789abcdefABCDEF*?"
	host = strings.TrimPrefix(strings.TrimLeft(host, "*"), "[")
	rest = strings.TrimSuffix(strings.TrimRight(rest, "*"), "]")
	return strings.Trim(host, hex) != "" || strings.Trim(rest, hex+":.") != ""
}
