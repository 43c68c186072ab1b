package policy

import (
	"net/netip"
	"strings"

	"maunium.net/go/mautrix/id"
)

// ServerName gives the form of a server name that rules are held against: without port and in lower case.
func ServerName(name string) string {
	return fold(stripPort(name))
}

// ServerOf gives the server of a user ID in the form of [ServerName], "" if it has none.
func ServerOf(u id.UserID) string {
	return ServerName(domainOf(u))
}

// domainOf splits at the first colon: local parts have none, while the rest may hold a port or an IPv6 address.
func domainOf(u id.UserID) string {
	_, domain, _ := strings.Cut(string(u), ":")
	return domain
}

func stripPort(name string) string {
	if strings.HasPrefix(name, "[") {
		if end := strings.IndexByte(name, ']'); end >= 0 {
			return name[:end+1]
		}
		return name
	}
	host, rest, found := strings.Cut(name, ":")
	if found && strings.Contains(rest, ":") {
		if _, err := netip.ParseAddr(name); err == nil {
			return name
		}
	}
	return host
}

// subject gives the forms of an entity that hashes and patterns are held against.
func subject(kind Kind, entity string) (exact, folded string) {
	switch kind {
	case Server:
		name := ServerName(entity)
		return name, name
	case User:
		return entity, fold(entity)
	default:
		return entity, entity
	}
}

func foldFor(kind Kind, entity string) string {
	if kind == RoomKind {
		return entity
	}
	return fold(entity)
}

// alike tells whether what a rule says is, folded as its kind is, the same as folded.
func alike(written, folded string, kind Kind) bool {
	if written == folded {
		return true
	}
	if kind == RoomKind || len(written) != len(folded) {
		return false
	}
	for i := range len(written) {
		c := written[i]
		if isUpper(c) {
			c += 'a' - 'A'
		}
		if c != folded[i] {
			return false
		}
	}
	return true
}

// fold lowers ASCII letters only: Unicode folding would make one name of K and the Kelvin sign.
func fold(s string) string {
	for i := range len(s) {
		if isUpper(s[i]) {
			lower := []byte(s)
			for j := i; j < len(lower); j++ {
				if isUpper(lower[j]) {
					lower[j] += 'a' - 'A'
				}
			}
			return string(lower)
		}
	}
	return s
}

func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }
