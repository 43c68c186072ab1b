package policy

import (
	"strings"

	"forseti/glob"
)

// Everyone tells whether a rule covers names that nobody has yet: whoever comes, it is for them.
func Everyone(r Rule) bool {
	if r.Kind == RoomKind || !r.IsGlob() {
		return false
	}
	// No text of a pattern hits these by chance; only its wildcards do. Shapes differ, so that `*.*` is found too.
	for _, server := range []string{"q7zk0wv3xj", "q7zk0wv3xj.q7zk0wv3xj", "q7zk0wv3xj.q7zk0wv3xj.q7zk0wv3xj"} {
		if r.Kind == User {
			server = "@q7zk0wv3xj:" + server
		}
		if r.Matches(server) {
			return true
		}
	}
	return false
}

// Broad tells whether a rule about users or servers is as good as one for everyone, though it may look narrow: it pins
// down neither a server nor a name. What it says of [Everyone] it says too.
//
// A server is pinned down by the last two labels of its name, or the last three under a registry's second level such as
// co.uk: `*.evil.org` is narrow, `*.org`, `evil.*` and `*e*.org` are broad. A user is pinned down by a server, or by
// four letters or digits in a row that are no word of everyday names: `@spam*:*` is narrow, `@a*:*`, `@*:*.org` and
// `*matrix*` are broad.
func Broad(r Rule) bool {
	if r.Hash != "" || r.Kind == RoomKind {
		return false
	}
	entity := glob.Fold(r.Entity)
	switch {
	case r.Kind == Server && !r.IsGlob():
		// As a part of names, as Dendrite reads an ACL, it is in very many.
		return len(entity) > 0 && !strings.ContainsAny(entity, ".:") && !distinct(entity)
	case !r.IsGlob():
		return false
	case Everyone(r):
		return true
	case r.Kind == Server:
		return !pinsServer(entity)
	}
	local, server, found := strings.Cut(entity, ":")
	if !found {
		// Where the name ends and the server begins, the pattern leaves open.
		return !pinsServer(entity) && !pinsName(withoutTop(entity))
	}
	if !strings.HasPrefix(server, "[") {
		server, _, _ = strings.Cut(server, ":")
	}
	return !pinsServer(server) && !pinsName(local)
}

// pinsServer tells whether a pattern leaves the choice of one registered domain, or of one network of addresses.
func pinsServer(pattern string) bool {
	fixed := func(label string) bool { return label != "" && !glob.Is(label) }
	if groups := strings.Split(strings.TrimPrefix(pattern, "["), ":"); len(groups) > 1 {
		return fixed(groups[0]) && fixed(groups[1])
	}
	labels := strings.Split(pattern, ".")
	n := len(labels)
	if n >= 3 && fixed(labels[0]) && fixed(labels[1]) && strings.Trim(labels[0]+labels[1], "0123456789") == "" {
		return true
	}
	if n < 2 || !fixed(labels[n-1]) || !fixed(labels[n-2]) {
		return false
	}
	if len(labels[n-1]) == 2 && isSecondLevel(labels[n-2]) {
		return n >= 3 && fixed(labels[n-3])
	}
	return true
}

// pinsName tells whether a pattern demands a distinct piece of text.
func pinsName(pattern string) bool {
	for piece := range strings.FieldsFuncSeq(pattern, func(c rune) bool { return c == '*' || c == '?' }) {
		if distinct(piece) {
			return true
		}
	}
	return false
}

// withoutTop cuts off a top-level domain, which says nothing.
func withoutTop(pattern string) string {
	if i := strings.LastIndexAny(pattern, "*?."); i >= 0 && pattern[i] == '.' {
		return pattern[:i]
	}
	return pattern
}

// distinct tells whether few names hold a piece of text.
func distinct(piece string) bool {
	const least = 4
	longest, common := 0, true
	for word := range strings.FieldsFuncSeq(piece, func(c rune) bool { return strings.ContainsRune("@:.-_=/+", c) }) {
		longest += len(word)
		common = common && isCommon(word)
	}
	return longest >= least && !common
}

// isCommon tells words that the names of very many users or servers hold.
func isCommon(word string) bool {
	switch word {
	case "matrix", "synapse", "element", "server", "chat", "home", "homeserver", "user", "users", "mail", "info", "host",
		"online", "example", "local", "localhost", "cloud", "tech", "site", "house", "space", "http",
		"https", "admin", "test", "name", "real", "official":
		return true
	default:
		return len(word) < 4
	}
}

// isSecondLevel tells labels under which registries of countries sell names.
func isSecondLevel(label string) bool {
	switch label {
	case "ac", "asn", "co", "com", "edu", "gen", "go", "gob", "gov", "gouv", "gv", "id", "info", "ltd", "me", "mil", "ne",
		"net", "nom", "or", "org", "plc", "sch", "web":
		return true
	default:
		return false
	}
}
