package matrix

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
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

// What is folded can be opened, and is there for who reads plain text.
func TestFoldedText(t *testing.T) {
	_, content := compose(action.Message{Markdown: "Done:\n\n" + text.Fold("All <2>", "- `@a:b`\n- c") + "\n\nRest."})
	const want = "<p>Done:</p><details><summary>All &lt;2&gt;</summary><ul>\n<li><code>@a:b</code></li>\n<li>c</li>\n</ul></details><p>Rest.</p>"
	if got := content["formatted_body"]; got != want {
		t.Errorf("%s", got)
	}
	if got, _ := content["body"].(string); !strings.Contains(got, "All <2>") || !strings.Contains(got, "* c") || !strings.Contains(got, "Rest.") {
		t.Errorf("%q", got)
	}
}

// What is said in a thread shows there, and as an answer to what it answers.
func TestAnswersInThreads(t *testing.T) {
	_, content := compose(action.Message{Markdown: "x", ReplyTo: "$command", Thread: "$root"})
	got, _ := content["m.relates_to"].(map[string]any)
	if got["rel_type"] != "m.thread" || got["is_falling_back"] != false {
		t.Errorf("%v", got)
	}
	if _, content := compose(action.Message{Markdown: "x", Edits: "$e", ReplyTo: "$command", Thread: "$root"}); content["m.relates_to"].(map[string]any)["rel_type"] != "m.replace" {
		t.Errorf("an edit relates by %v", content["m.relates_to"])
	}
}

// Only whom a message calls is called, whatever its text says, and an edit calls nobody.
func TestMentions(t *testing.T) {
	all := action.Message{Markdown: "@room [u](https://matrix.to/#/@u:hs)", Mentions: []id.UserID{"@mod:hs"}, Everybody: true, Fields: map[string]any{"m.mentions": map[string]any{"room": true}}}
	for _, tc := range []struct {
		change func(*action.Message)
		want   string
	}{
		{func(*action.Message) {}, `{"room":true,"user_ids":["@mod:hs"]}`},
		{func(m *action.Message) { m.Everybody = false }, `{"user_ids":["@mod:hs"]}`},
		{func(m *action.Message) { m.Everybody, m.Mentions = false, nil }, `{}`},
		{func(m *action.Message) { m.Edits = "$e" }, `{}`},
	} {
		m := all
		tc.change(&m)
		_, content := compose(m)
		if got, err := json.Marshal(content["m.mentions"]); err != nil || string(got) != tc.want {
			t.Errorf("%+v: %s, %v", m, got, err)
		}
	}
}
