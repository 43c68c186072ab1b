package commands

import (
	"regexp"
	"strings"
	"testing"

	"maunium.net/go/mautrix/format"
	"pgregory.net/rapid"

	"forseti/policy"
	"forseti/text"
)

// nasty is what strangers may write.
var nasty = rapid.OneOf(
	rapid.String(),
	rapid.StringOf(rapid.SampledFrom([]rune("`*_~|[]()<>!#&\\\"' \n\r\t-+=.1@:a\u202e\u2066\u200b\ufeff\x00"))),
	rapid.SampledFrom([]string{
		"<script>", "[x](https://evil.example)", "![x](mxc://a/b)", "@room", "\n\n# head", "\n- item", "\n| a |\n|---|\n", "`", "``", "``` ```", "||s||",
		"~~x~~", "&lt;b&gt;", "https://matrix.to/#/@mod:ours.example", "<https://evil.example>", "a`b", "`a", "a`", " ", "\\`x", "*x*", "1. x", "***",
	}),
)

// Rendered as the homeserver session does it, strangers' text stays text: what is
// not a code span holds no element, and nobody is mentioned.
func TestNothingIsInjected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := nasty.Draw(t, "text")
		plain := "a " + text.Escape(s, 500) + " b"
		if got := format.RenderMarkdown(plain, true, false); strings.Contains(got.FormattedBody, "<") {
			t.Fatalf("%q became %s", s, got.FormattedBody)
		}
		span := "a " + text.Code(s) + " b"
		got := format.RenderMarkdown(span, true, false)
		inner := strings.TrimPrefix(strings.TrimSuffix(got.FormattedBody, " b"), "a ")
		if s != "" && !regexp.MustCompile(`^<code>[^<]*</code>$`).MatchString(inner) {
			t.Fatalf("%q became %s", s, got.FormattedBody)
		}
		if strings.ContainsAny(span+plain, "\n\r\u202e\u2066\x00") {
			t.Fatalf("%q keeps what cannot be seen", s)
		}
		mixed := "a " + text.Markup(s) + " b"
		got = format.RenderMarkdown(mixed, true, false)
		if left := regexp.MustCompile(`</?code>`).ReplaceAllString(got.FormattedBody, ""); strings.Contains(left, "<") {
			t.Fatalf("%q became %s", s, got.FormattedBody)
		}
	})
}

// The same through whole answers: rooms, lists and rules made by strangers.
func TestAnswersHoldOnlyOurLinks(t *testing.T) {
	link := regexp.MustCompile(`<a href="https://matrix\.to/#/%21[^"<>]*\?via=ours\.example">[^<]*</a>`)
	ours := regexp.MustCompile(`</?(p|ul|li|code|strong)>|<br ?/?>`)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		w.rooms[0].Name, w.rooms[0].Problems = nasty.Draw(t, "room"), []string{nasty.Draw(t, "problem")}
		w.lists[1].Name, w.lists[1].Shortcode, w.lists[1].Problem = nasty.Draw(t, "list"), nasty.Draw(t, "shortcode"), nasty.Draw(t, "trouble")
		w.rules = []policy.Rule{{Entity: nasty.Draw(t, "entity"), Reason: nasty.Draw(t, "reason"), RawRecommendation: nasty.Draw(t, "recommendation"),
			List: w.lists[1].ID}}
		w.status.Problems = w.rooms[0].Problems
		for _, line := range []string{"rooms", "lists", "rules", "status", "unwatch x", "redact $e --room #lobby:ours.example", strings.TrimLeft(nasty.Draw(t, "line"), objectionMark)} {
			p := newSet(w).Plan(t.Context(), Request{Sender: mod}, line)
			got := format.RenderMarkdown(text.Paragraphs(p.Answer, p.Effect, p.Ask), true, false)
			left := ours.ReplaceAllString(link.ReplaceAllString(got.FormattedBody, ""), "")
			if strings.Contains(left, "<") || len(got.Mentions.UserIDs) > 0 || got.Mentions.Room {
				t.Fatalf("%q: %s became %s", line, p.Answer, got.FormattedBody)
			}
		}
	})
}
