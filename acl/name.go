package acl

import (
	"net/netip"
	"strings"

	"forseti/glob"
	"forseti/servername"
)

// maxName is the longest server name there is, in bytes.
const maxName = 255

// subject is what a server compares with the entries: the name without its port,
// in lower case.
func subject(server string) string { return glob.Fold(servername.Host(server)) }

// isIPLiteral wants a subject.
func isIPLiteral(name string) bool {
	if strings.HasPrefix(name, "[") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Is4()
}

// faulty says why a rule's entity can stand in no ACL, or is empty.
func faulty(entity string) Reason {
	switch fault := servername.OfPattern(entity); {
	case fault == servername.Port && len(entity) <= maxName:
		return HasPort
	case fault != servername.None, len(entity) > maxName:
		return NotServer
	default:
		return ""
	}
}
