package action

import (
	"strings"

	"maunium.net/go/mautrix/event"
)

// Writes reports whether one writes with events of a kind, as far as that can be told: what
// rooms are made of, spaces and lists among it, one changes with it, and to remove what one has
// written oneself is no writing either. All else counts, such as polls, stickers, calls and what
// is not in the specification. It is what SetVoice may change.
func Writes(kind string) bool {
	switch kind {
	case event.EventMessage.Type, event.EventEncrypted.Type:
		return true
	}
	for _, made := range []string{"m.room.", "m.space.", "m.policy."} {
		if strings.HasPrefix(kind, made) {
			return false
		}
	}
	return kind != ""
}
