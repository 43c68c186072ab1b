package matrix

import (
	"encoding/json"
	"html"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// Whoever reads plain text, as on a lock screen, reads what others see: a room's name and no address, no marks of what
// is bold, each thing that is folded under its title, and links once.
func TestPlainText(t *testing.T) {
	for markdown, want := range map[string]string{
		"Banned `@a:b` in [Lobby](https://matrix.to/#/%21a:hs?via=hs).":                "Banned `@a:b` in Lobby.",
		"**To mend:**\n\n- [Lobby](https://matrix.to/#/%21a:hs): give\n  - more":       "To mend:\n\n* Lobby: give\n  * more",
		"**A wave**: 30 users came. _Slow_ *now*.\n\n> **spam**\n> more\n\n1. a\n2. b": "A wave: 30 users came. Slow now.\n\n> spam\n> more\n\n1. a\n2. b",
		"Ban `@a_*b*:c` for \\*\\*this\\*\\* and `a ** b`?":                            "Ban `@a_*b*:c` for **this** and `a ** b`?",
		"plain":                     "plain",
		"a\\_b":                     "a_b",
		"**1.** Done":               "1. Done",
		"[docs](https://x.example)": "docs (https://x.example)",
		"<https://x.example>, [x.example](https://x.example)": "https://x.example, x.example",
		"```\na **b**\n```": "```\na **b**\n```",
		text.Paragraphs("**Done** in 3 rooms.", text.Fold("**All** <2>", "- **a**\n- b"), text.Fold("More", "1 room")) + "\n\nReact with ✅.": "Done in 3 rooms.\n\n**All** <2>\n* a\n* b\n\nMore\n1 room\n\nReact with ✅.",
	} {
		_, content := compose(action.Message{Markdown: markdown})
		if got := content["body"]; got != want {
			t.Errorf("%q reads %q, want %q", markdown, got, want)
		}
	}
}

// The plain text of whatever we say has the words of its HTML, all of them and in their order, and nothing else than
// bullets, numbers of lists, quotes and backticks besides.
func TestPlainTextSaysTheSame(t *testing.T) {
	words := []string{
		"one", "**two**", "_three_", "`@four:hs`", "`a *b* _c_`", "[Room five](https://matrix.to/#/%21a:hs)", "a\\*\\*b", "**`six`**", "_**seven**_", "**eight, `nine` and [ten](https://matrix.to/#/%21a:hs)**", "&lt;b&gt;", "https://x.example",
	}
	random := rand.New(rand.NewPCG(7, 7))
	line := func() string {
		var said strings.Builder
		for range 1 + random.IntN(5) {
			said.WriteString(" " + words[random.IntN(len(words))])
		}
		return said.String()[1:]
	}
	marks := regexp.MustCompile("(?m)^(?:[ >]*(?:[*] +|[0-9]+[.] +|> ?))+|[`\\s]")
	tags := regexp.MustCompile("<[^>]*>|\\s|`")
	for range 2000 {
		var parts []string
		for range 1 + random.IntN(4) {
			switch body := line(); random.IntN(6) {
			case 0:
				parts = append(parts, body+"\n"+line())
			case 1:
				parts = append(parts, "- "+body+"\n- "+line()+"\n  - "+line())
			case 2:
				parts = append(parts, "1. "+body+"\n2. "+line())
			case 3:
				parts = append(parts, "> "+body+"\n> "+line())
			case 4:
				parts = append(parts, text.Fold("Title", "- "+body+"\n- "+line()))
			default:
				parts = append(parts, body)
			}
		}
		markdown := text.Paragraphs(parts...)
		_, content := compose(action.Message{Markdown: markdown})
		plain, _ := content["body"].(string)
		formatted, ok := content["formatted_body"].(string)
		if !ok {
			formatted = html.EscapeString(plain)
		}
		want := html.UnescapeString(tags.ReplaceAllString(formatted, ""))
		if got := marks.ReplaceAllString(plain, ""); got != want {
			t.Fatalf("%q reads\n%s\nwhich is\n%s\nand HTML is\n%s", markdown, plain, got, want)
		}
	}
}

// Nothing that we say is a table, whoever wrote what is in it: its lines are read as they are.
func TestNoTables(t *testing.T) {
	const table = "| a | `b` |\n|---|:--:|\n| 1 | **2** |"
	for _, markdown := range []string{
		table, "Look:\n\n" + table + "\n\nDone.", "> " + strings.ReplaceAll(table, "\n", "\n> "), "- x\n\n  " + strings.ReplaceAll(table, "\n", "\n  "), "a | b\n--- | ---\n1 | 2", "a | b\n-|-\n1 | 2",
		text.Fold("More", table), text.Paragraphs("x", text.Fold("More", "- y\n\n"+table), table), "<table><tr><td>1</td></tr></table>", "> " + text.Escape(table, 100),
	} {
		_, content := compose(action.Message{Markdown: markdown})
		plain, _ := content["body"].(string)
		formatted, _ := content["formatted_body"].(string)
		if strings.Contains(formatted, "<table") || strings.Contains(formatted, "<td") || !strings.Contains(plain, "1") {
			t.Errorf("%q is\n%s\nand reads\n%s", markdown, formatted, plain)
		}
		if lines := "\n| 1 | 2 |"; markdown == table && !strings.HasSuffix(plain, lines) {
			t.Errorf("%q reads\n%s", markdown, plain)
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
