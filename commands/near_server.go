package commands

import (
	"fmt"
	"slices"
	"strings"

	"forseti/policy"
	"forseti/text"
)

// absent says that nobody of a server is here that is to be banned, and which is that has
// nearly this name; "" if that says nothing.
func absent(d BanDesk, e entity) string {
	if e.kind != policy.Server || e.glob {
		return ""
	}
	name := policy.ServerName(e.name)
	here := d.Servers()
	if slices.Contains(here, name) {
		return ""
	}
	said := fmt.Sprintf("Nobody from %s is in a protected room now.", text.Code(name))
	slices.Sort(here)
	for _, other := range here {
		if slip(name, other) {
			return said + fmt.Sprintf(" Did you mean %s, whose users I know?", text.Code(other))
		}
	}
	return said
}

// slip tells whether one name is another but for one place, where up to two letters differ.
func slip(a, b string) bool {
	const most = 2
	if len(a) < 5 || len(b) < 5 || a == b {
		return false
	}
	begins := 0
	for begins < min(len(a), len(b)) && a[begins] == b[begins] {
		begins++
	}
	a, b = a[begins:], b[begins:]
	for len(a) > 0 && len(b) > 0 && strings.HasSuffix(a, b[len(b)-1:]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a) <= most && len(b) <= most
}
