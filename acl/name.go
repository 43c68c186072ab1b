package acl

import (
	"net/netip"
	"strings"

	"forseti/glob"
)

// maxName is the longest server name there is, in bytes.
const maxName = 255

// subject is what a server compares with the entries: the name without its port,
// in lower case.
func subject(server string) string {
	if strings.HasPrefix(server, "[") {
		if end := strings.IndexByte(server, ']'); end >= 0 {
			server = server[:end+1]
		}
		return glob.Fold(server)
	}
	server, _, _ = strings.Cut(server, ":")
	return glob.Fold(server)
}

// isIPLiteral wants a subject.
func isIPLiteral(name string) bool {
	if strings.HasPrefix(name, "[") {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Is4()
}

// faulty says why a rule's entity can stand in no ACL, or is empty. It wants the
// entity in lower case.
func faulty(entity string) Reason {
	if entity == "" || len(entity) > maxName {
		return NotServer
	}
	for i := range len(entity) {
		c := entity[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-._*?[]:", rune(c)) {
			return NotServer
		}
	}
	if hasPort(entity) {
		return HasPort
	}
	// No name begins or ends with a dot, or has a label without letters.
	if entity[0] == '.' || entity[len(entity)-1] == '.' || strings.Contains(entity, "..") {
		return NotServer
	}
	return ""
}

// hasPort tells an entity with a port, which matches nothing because the port is
// taken off first, from the colons of an IPv6 literal such as [::1] or [2001:*.
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
