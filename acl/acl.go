// Package acl compiles server rules into m.room.server_acl content and evaluates
// such content as a server would. It never makes an ACL that shuts out a protected
// server. It is pure and imports no other package of ours: rules come in as plain
// values, hashed ones already resolved to a server name by the caller.
//
// An exemption beats every deny rule that could touch a server it names: an ACL
// cannot say "all of these but that one", so such a deny rule is left out whole
// and reported.
//
// Deny entries that somebody else wrote are kept, as are allow and keys we do not
// know. Input.Managed tells our entries from theirs.
package acl

import (
	"encoding/json"
	"slices"
)

// ACL is the content of an m.room.server_acl event, as servers read it.
//
// https://spec.matrix.org/v1.19/client-server-api/#mroomserver_acl
type ACL struct {
	// Present is false for a room without the event, which everybody may enter.
	Present         bool
	Allow, Deny     []string // globs, as written
	AllowIPLiterals bool
}

// Parse reads content with the tolerance of a server: lists that are missing or
// no arrays are empty, members that are no strings are skipped, and IP literals
// are allowed unless denied by a plain false. Nil content is a room without an
// ACL; content that is no object reads as {}, which shuts out everyone.
func Parse(content json.RawMessage) ACL {
	if len(content) == 0 {
		return ACL{AllowIPLiterals: true}
	}
	return read(fields(content))
}

// fields keeps the keys apart by exact case; decoding into a struct would not.
func fields(content json.RawMessage) map[string]json.RawMessage {
	var keys map[string]json.RawMessage
	if json.Unmarshal(content, &keys) != nil || keys == nil {
		return map[string]json.RawMessage{}
	}
	return keys
}

func read(keys map[string]json.RawMessage) ACL {
	return ACL{
		Present:         true,
		Allow:           stringsOf(keys["allow"]),
		Deny:            stringsOf(keys["deny"]),
		AllowIPLiterals: string(keys["allow_ip_literals"]) != "false",
	}
}

func stringsOf(raw json.RawMessage) []string {
	// Boxing thousands of names is slow. A null would read as "" here, so a list
	// that has one of those is read again, member by member.
	var names []string
	if json.Unmarshal(raw, &names) == nil && !slices.Contains(names, "") {
		return names
	}
	var members []any
	if json.Unmarshal(raw, &members) != nil {
		return nil
	}
	var found []string
	for _, m := range members {
		if s, ok := m.(string); ok {
			found = append(found, s)
		}
	}
	return found
}

// Allows reports whether a server that follows the ACL would let the named server
// take part in the room. A port in the name is disregarded.
func (a ACL) Allows(server string) bool {
	if !a.Present {
		return true
	}
	name := subject(server)
	matches := func(glob string) bool { return match(glob, name) }
	switch {
	case !a.AllowIPLiterals && isIPLiteral(name):
		return false
	case slices.ContainsFunc(a.Deny, matches):
		return false
	}
	return slices.ContainsFunc(a.Allow, matches)
}
