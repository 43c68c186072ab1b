// Package acl compiles server rules into m.room.server_acl content and evaluates such content as homeservers do, each
// kind in its way. It never makes an ACL that shuts out a protected server on any of them. It is pure: rules come in as
// plain values, hashed ones already resolved to a server name by the caller.
//
// An exemption beats every deny rule that could touch a server it names: an ACL cannot say "all of these but that one",
// so such a deny rule is left out whole and reported.
//
// Deny entries that somebody else wrote are kept, as are allow and keys we do not know. Input.Managed tells our entries
// from theirs. What homeservers read differently is rewritten so that all read the same: see Homeserver.
package acl

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"forseti/wire"
)

// ACL is the content of an m.room.server_acl event, as the specification reads it.
//
// https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl
type ACL struct {
	// Present is false for a room without the event, which everybody may enter.
	Present         bool
	Allow, Deny     []string // globs, as written
	AllowIPLiterals bool
}

// The keys of the content.
const (
	keyAllow = "allow"
	keyDeny  = "deny"
	keyIP    = "allow_ip_literals"
)

// Parse reads content with the tolerance of the specification: lists that are missing or no arrays are empty, members
// that are no strings are skipped, and IP literals are allowed unless denied by a plain false. Nil content is a room
// without an ACL; content that is no object reads as {}, which shuts out everyone.
func Parse(content json.RawMessage) ACL {
	if len(content) == 0 {
		return ACL{AllowIPLiterals: true}
	}
	a, _ := read(wire.Fields(content))
	return a
}

// read also tells whether the content is clean: whether it says nothing that some homeserver does not understand, or
// understands otherwise than the specification, such as members that are no strings, empty ones, and keys in another
// case.
func read(keys map[string]json.RawMessage) (a ACL, clean bool) {
	ip, told := keys[keyIP]
	allow, cleanAllow := stringsOf(keys[keyAllow])
	deny, cleanDeny := stringsOf(keys[keyDeny])
	clean = cleanAllow && cleanDeny && (!told || string(ip) == "true" || string(ip) == "false")
	for key := range keys {
		clean = clean && !misspelt(key)
	}
	return ACL{Present: true, Allow: allow, Deny: deny, AllowIPLiterals: string(ip) != "false"}, clean
}

// AllowsIPLiterals reports whether content lets in servers that are named by an IP address, as far as its entries do.
func AllowsIPLiterals(content json.RawMessage) bool {
	return len(content) == 0 || string(wire.Fields(content)[keyIP]) != "false"
}

// IsIPLiteral reports whether a server is named by an IP address.
func IsIPLiteral(server string) bool { return isIPLiteral(subject(server)) }

func stringsOf(raw json.RawMessage) (names []string, clean bool) {
	if raw == nil {
		return nil, true
	}
	// To look at thousands of names one by one is slow. A null would read as "" here, so a list that has one of those
	// is read again.
	if json.Unmarshal(raw, &names) == nil && names != nil && !slices.Contains(names, "") {
		return names, true
	}
	return wire.Texts(raw, math.MaxInt, math.MaxInt), false
}

// misspelt reports whether a key is one of ours only for those who do not look at the case of letters.
func misspelt(key string) bool {
	for _, exact := range []string{keyAllow, keyDeny, keyIP} {
		if key != exact && strings.EqualFold(key, exact) {
			return true
		}
	}
	return false
}

// Allows reports whether a server that follows the specification would let the named server take part in the room. A
// port in the name is disregarded.
func (a ACL) Allows(server string) bool { return a.AllowsOn(Specification, server) }
