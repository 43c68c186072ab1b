package policy

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/servername"
)

// ServerName gives the form of a server name that rules are held against: without port and in lower case.
func ServerName(name string) string {
	return glob.Fold(servername.Host(name))
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

// subject gives the forms of an entity that hashes and patterns are held against.
func subject(kind Kind, entity string) (exact, folded string) {
	switch kind {
	case Server:
		name := ServerName(entity)
		return name, name
	case User:
		return entity, glob.Fold(entity)
	default:
		return entity, entity
	}
}

func foldFor(kind Kind, entity string) string {
	if kind == RoomKind {
		return entity
	}
	return glob.Fold(entity)
}

// alike tells whether what a rule says is, folded as its kind is, the same as folded.
func alike(written, folded string, kind Kind) bool {
	return written == folded || kind != RoomKind && glob.Folds(written, folded)
}
