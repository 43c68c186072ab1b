package matrix

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// room is what an event may hold, as encrypted, with all that a homeserver adds to it.
const (
	eventRoom = 65_536
	added     = 6_000
)

// Whatever the bot says is an event that a homeserver takes, in clear and in secret, of HTML that is whole; and it ends
// with what it asks or offers, however absurd what stands before that.
func TestNothingIsTooLong(t *testing.T) {
	const how = text.HowToAnswer + "✅ or ❌, or reply yes or no."
	const offer = "↩️ undo · 👎 wrong · ⬆️ more · 🛡️ exempt"
	kinds := map[string]struct {
		says func(absurd string) action.Message
		end  string
	}{
		"an answer": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs(s, "Banned `@a:hs`."), ReplyTo: "$c"}
		}, "Banned <code>@a:hs</code>."},
		"a question": {func(s string) action.Message {
			return action.Message{Markdown: text.Asks(text.Paragraphs(s, "Ban them?"), how)}
		}, "Ban them?"},
		"a question that ended": {func(s string) action.Message {
			return action.Message{Markdown: text.Asks(text.Paragraphs(s, "Ban them?"), how), Edits: "$q"}
		}, "React with ✅"},
		"an alert": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs(s, offer, text.Fold("All of it", s)), Everybody: true, Mentions: make([]id.UserID, 20)}
		}, offer},
		"a notice": {func(s string) action.Message { return action.Message{Markdown: text.Paragraphs("- a", s, "The end.")} }, "The end."},
		"a digest": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs("**Today**", s, "The end."), File: &action.File{}}
		}, "The end."},
		"an edit": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs(s, "The end."), Edits: "$e"}
		}, "The end."},
		"a greeting": {func(s string) action.Message {
			return action.Message{Markdown: text.Code(s) + " is here.\n\nWrite `help`."}
		}, "help"},
		"one in a thread": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs(s, "The end."), ReplyTo: "$c", Thread: "$t"}
		}, "The end."},
		"what is folded": {func(s string) action.Message {
			return action.Message{Markdown: text.Paragraphs("Done:", text.Fold(s, s), "The end.")}
		}, "The end."},
	}
	for what, absurd := range map[string]string{
		"angles": "<", "HTML": "<b>", "quotes": "\"", "ampersands": "&amp;", "backslashes": "\\", "code": "`a` ", "fences": "```\na\n```\n\n", "stars": "**a** ", "emoji": "🛡️",
		"lines": "a\n", "points": "- `@u:hs` in [Lobby](https://matrix.to/#/%21a:hs)\n", "quotations": "> a\n> > b\n", "separators": "\u2028", "controls": "\x01",
		"no UTF-8": "\xff", "spoilers": "||a||", "sentences": "It is so. ", "names": "@user:hs ", "folds": "\x0e", "ends of folds": "\x0f\n", "headings": "# a\n", "tables": "|a|b|\n", "nested": "  - a\n", "brackets": "[",
	} {
		for kind, k := range kinds {
			_, content := compose(k.says(strings.Repeat(absurd, 13_000/len(absurd))))
			raw, err := json.Marshal(map[string]any{"room_id": "!" + strings.Repeat("r", 250), "type": "m.room.message", "content": content})
			if err != nil {
				t.Fatal(err)
			}
			if secret := len(raw)*4/3 + 1500; secret > eventRoom-added {
				t.Errorf("%s of %s: %d bytes, encrypted about %d", kind, what, len(raw), secret)
			}
			html, _ := content["formatted_body"].(string)
			if wrong := unbalanced(html); wrong != "" {
				t.Errorf("%s of %s: %s in its HTML", kind, what, wrong)
			}
			if body, _ := content["body"].(string); !strings.Contains(html, k.end) && !strings.Contains(body, k.end) {
				t.Errorf("%s of %s does not end with %q, but with %q", kind, what, k.end, html[max(len(html)-200, 0):])
			}
			if strings.Contains(html, "<b>") || len(raw) < 100 {
				t.Errorf("%s of %s: %q", kind, what, html[:min(len(html), 200)])
			}
		}
	}
}

var tag = regexp.MustCompile(`<(/?)([a-z0-9]+)[^<>]*?(/?)>`)

// unbalanced says which tag of HTML does not end, or ends nothing.
func unbalanced(html string) string {
	var open []string
	for _, m := range tag.FindAllStringSubmatch(html, -1) {
		switch name := m[2]; {
		case m[3] != "" || slices.Contains([]string{"br", "hr"}, name):
		case m[1] == "":
			open = append(open, name)
		case len(open) == 0 || open[len(open)-1] != name:
			return m[0]
		default:
			open = open[:len(open)-1]
		}
	}
	return strings.Join(open, " ")
}
