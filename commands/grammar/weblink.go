package grammar

import "strings"

// webRoutes are what web clients put before the identifier in their addresses, with the sigils
// that follow: Element and its kin, Hydrogen, FluffyChat, Cinny. They run on any host.
var webRoutes = map[string]string{"room": "#!", "rooms": "#!", "user": "@", "home": "#!", "direct": "#!"}

// webSegments takes out of the address of a web client what it shows: a user, or a room and
// perhaps a message of it, both still escaped.
func webSegments(s string) (segments []string, query string) {
	_, rest, _ := strings.Cut(s, "://")
	_, path, found := strings.Cut(rest, "/")
	if !found {
		return nil, ""
	}
	if _, fragment, hashed := strings.Cut(path, "#/"); hashed {
		path = fragment
	}
	path, query, _ = strings.Cut(path, "?")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	for i := len(parts) - 1; i > 0 && i >= len(parts)-2; i-- {
		sigil := sigilOf(parts[i])
		routed := sigil != "" && strings.Contains(webRoutes[parts[i-1]], sigil)
		if routed || isRoom(sigil) && isRoom(sigilOf(parts[i-1])) { // a room of a space, in Cinny
			return parts[i:], query
		}
	}
	if len(parts) == 2 && parts[1] == "lobby" && isRoom(sigilOf(parts[0])) { // the space itself
		return parts[:1], query
	}
	return nil, ""
}

func isRoom(sigil string) bool { return sigil == "#" || sigil == "!" }

// sigilOf is the first character of an identifier that may be escaped, "" if it is none.
func sigilOf(segment string) string {
	for sigil, escaped := range map[string]string{"@": "%40", "#": "%23", "!": "%21", "$": "%24"} {
		if strings.HasPrefix(segment, sigil) || strings.HasPrefix(segment, escaped) {
			return sigil
		}
	}
	return ""
}
