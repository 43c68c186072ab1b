package matrix

import (
	"testing"

	"forseti/action"
)

// Whoever reads plain text, as on a lock screen, reads a room's name and no address.
func TestPlainTextNamesRooms(t *testing.T) {
	for markdown, want := range map[string]string{
		"Banned `@a:b` in [Lobby](https://matrix.to/#/%21a:hs?via=hs).": "Banned `@a:b` in Lobby.",
		"**To mend:**\n\n- [Lobby](https://matrix.to/#/%21a:hs): give":  "**To mend:**\n\n* Lobby: give",
		"plain":                     "plain",
		"[docs](https://x.example)": "[docs](https://x.example)",
	} {
		_, content := compose(action.Message{Markdown: markdown})
		if got := content["body"]; got != want {
			t.Errorf("%q reads %q, want %q", markdown, got, want)
		}
	}
}
