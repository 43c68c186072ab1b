package acl

import (
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"forseti/glob"
)

// Homeserver is a kind of homeserver, by how it reads server ACLs.
type Homeserver uint8

// The kinds.
const (
	// Specification is every homeserver that keeps to it.
	Specification Homeserver = iota
	// Synapse folds the case of all letters of Unicode: for it ſ is an s, and the Kelvin sign a k.
	Synapse
	// Dendrite (0.15) takes an entry for a part of a name, so that to deny t.co is to deny chat.corp.example. It does
	// not fold case in names and entries, but in keys. It denies IP literals unless they are allowed, takes the
	// brackets off an IPv6 literal that has a port, and takes one without for no IP literal. Content with a member of
	// the wrong type it does not read at all, and a null it reads as "", which is a part of every name.
	Dendrite
	homeservers
)

func (h Homeserver) String() string {
	switch h {
	case Specification:
		return "the specification"
	case Synapse:
		return "Synapse"
	case Dendrite:
		return "Dendrite"
	default:
		return "unknown"
	}
}

// Allows reports whether a homeserver would let the named server take part in a room whose ACL has this content. Nil
// content is a room without an ACL. Content that a homeserver does not read shuts out nobody: what holds in its place
// is the ACL before it, or none.
func (h Homeserver) Allows(content json.RawMessage, server string) bool {
	if h != Dendrite {
		return Parse(content).AllowsOn(h, server)
	}
	a, ok := parseLoosely(content)
	return !ok || a.AllowsOn(h, server)
}

// parseLoosely reads content as Go decodes JSON into a struct; ok is false if it does not.
func parseLoosely(content json.RawMessage) (a ACL, ok bool) {
	if len(content) == 0 {
		return ACL{}, true
	}
	var loose struct {
		Allow           []string `json:"allow"`
		Deny            []string `json:"deny"`
		AllowIPLiterals bool     `json:"allow_ip_literals"`
	}
	if json.Unmarshal(content, &loose) != nil {
		return ACL{}, false
	}
	return ACL{Present: true, Allow: loose.Allow, Deny: loose.Deny, AllowIPLiterals: loose.AllowIPLiterals}, true
}

// AllowsOn is Allows on a kind of homeserver that has read the content so.
func (a ACL) AllowsOn(h Homeserver, server string) bool {
	if !a.Present {
		return true
	}
	name := h.subject(server)
	matches := func(entry string) bool { return h.matches(entry, name) }
	switch {
	case !a.AllowIPLiterals && h.isIPLiteral(name):
		return false
	case slices.ContainsFunc(a.Deny, matches):
		return false
	}
	return slices.ContainsFunc(a.Allow, matches)
}

// subject is what is held against entries: the name without its port.
func (h Homeserver) subject(server string) string {
	if h == Dendrite {
		return withoutPort(server)
	}
	return subject(server)
}

func (h Homeserver) matches(entry, name string) bool {
	switch {
	case h == Dendrite:
		return contained(entry, name)
	case h == Synapse && !(isASCII(entry) && isASCII(name)):
		return glob.Match(foldUnicode(entry), foldUnicode(name))
	case entry != "" && name != "" && entry[0] >= 'a' && entry[0] <= 'z' && entry[0] != name[0]:
		return false // as nearly all, of which there are thousands
	default:
		return glob.Match(glob.Fold(entry), name)
	}
}

// Reaches reports whether any kind of homeserver takes an entry for a server, by its name or a part of it.
func Reaches(entity, server string) bool { return reaches(normal(glob.Fold(entity)), subject(server)) }

func reaches(entry, name string) bool {
	return contained(entry, name) || name != "" && name[0] == '[' && contained(entry, strings.Trim(name, "[]"))
}

// contained reports whether an entry matches a part of a name.
func contained(entry, name string) bool {
	if strings.IndexByte(entry, '*') < 0 && strings.IndexByte(entry, '?') < 0 {
		return len(entry) <= len(name) && strings.Contains(name, entry)
	}
	// Nearly none does, and the first text in it tells so.
	text := strings.TrimLeft(entry, glob.Wildcards)
	end := strings.IndexAny(text, glob.Wildcards)
	if end >= 0 {
		text = text[:end]
	}
	return strings.Contains(name, text) && glob.Match("*"+entry+"*", name)
}

func (h Homeserver) isIPLiteral(name string) bool {
	if h != Dendrite {
		return isIPLiteral(name)
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.Zone() == ""
}

// foldUnicode takes each letter for the least of those that are the same but for their case.
func foldUnicode(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] > unicode.MaxASCII {
			return false
		}
	}
	return true
}

// withoutPort takes the port off as net.SplitHostPort does, which this package may not import: the brackets go with
// it, and what has none stays as it is.
func withoutPort(server string) string {
	at := strings.LastIndexByte(server, ':')
	if at < 0 {
		return server
	}
	host, rest := server[:at], server[at:]
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		if !ok || strings.ContainsAny(inner+rest, "[]") {
			return server
		}
		return inner
	}
	if strings.ContainsAny(server, "[]") || strings.Contains(host, ":") {
		return server
	}
	return host
}
