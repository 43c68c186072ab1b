package protections

import (
	"encoding/json"

	"maunium.net/go/mautrix/event"

	"forseti/content"
)

// Advertises reports whether a name leads somewhere: by a link, a handle or a telephone number, also
// one that is disguised.
func Advertises(name string) bool {
	for _, said := range [...]string{name, content.NewText(name).Folded()} {
		raw, _ := json.Marshal(map[string]string{"membership": string(event.MembershipJoin), "displayname": said}) // of strings, which always works
		if leadsSomewhere(content.Read(event.StateMember.Type, raw)) {
			return true
		}
	}
	return false
}
