package commands

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"forseti/commands/grammar"
)

// As phones, keyboards and people write orders: what they mean is done, or the answer has the word that is wrong and the
// right form. Nothing of it becomes a reason that everybody reads.
func TestAsPeopleWrite(t *testing.T) {
	const bad = "@bad:far.example"
	s := newSet(newWorld())
	for line, want := range map[string]string{
		// Quotes.
		"ban " + bad + " coc „spam und mehr“": "=" + bad + ": spam und mehr", "ban " + bad + " coc “spam, really”": "=" + bad + ": spam, really",
		"ban " + bad + " coc « du spam »": "=" + bad + ": du spam", "ban «\u00a0" + bad + "\u202f» coc": "=" + bad, "ban „" + bad + "“ coc spam": "=" + bad + ": spam",
		"ban ‹" + bad + "› coc": "`" + bad + "`?", "ban " + bad + " coc it’s spam": "=" + bad + ": it’s spam",
		// Spaces, capitals, writing from right to left.
		"Ban\u00a0" + bad + "\u00a0Coc\u202fspam": "=" + bad + ": spam", "BAN \u2067" + bad + "\u2069 COC ספאם": "=" + bad + ": ספאם",
		// A word that would join two, with nothing behind it.
		"ban " + bad + " and": "=" + bad + ": and", "ban " + bad + " coc y": "=" + bad + ": y", "ban " + bad + " &": "=" + bad + ": &",
		// Dashes.
		"ban " + bad + " —hash coc": "=hash", "ban " + bad + " ‑‑hash coc": "=hash", "ban " + bad + " −−hash coc": "=hash", "ban " + bad + " -hash coc": "=hash", "ban " + bad + " coc spam -Hash": "=hash",
		"ban " + bad + " —hash=on coc": "=hash", "ban " + bad + " coc — hash": "write it as `--hash`", "ban " + bad + " coc spam - redact": "write it as `--redact`",
		"ban " + bad + " coc spam — really": "=" + bad + ": spam — really", "ban " + bad + " coc spam -really": "=" + bad + ": spam -really", "ban " + bad + " coc “— redact”": "=" + bad + ": — redact",
		// What ends a sentence, or parts several.
		"ban " + bad + ". coc": "`" + bad + "`.", "ban " + bad + ", coc": "`" + bad + "`.", "ban " + bad + "。 coc": "`" + bad + "`.", "ban " + bad + "! coc": "`" + bad + "`?", "ban " + bad + "… coc": "`" + bad + "`?",
		"why " + bad + "?": "Did you mean `" + bad + "`?", "ban " + bad + "? coc": "Did you mean `" + bad + "`?", `ban "` + bad + `?" coc`: "=" + bad + "?",
		"ban " + bad + " and @worse:far.example coc spam": "=" + bad + ": spam | @worse:far.example: spam", "ban " + bad + " und @worse:far.example & @worst:far.example coc": "=" + bad + " | @worse:far.example | @worst:far.example",
		"ban " + bad + " and so on": "=" + bad + ": and so on", "ban " + bad + " coc and @worse:far.example": "=" + bad + ": and @worse:far.example",
		"ban " + bad + ",@worse:far.example coc": "spaces between them: `" + bad + "` `@worse:far.example`",
		"ban " + bad + " for spam":               "=" + bad + ": for spam",
		// What stands around an ID.
		"ban <" + bad + "> coc": "=" + bad, "ban [" + bad + "] coc": "`" + bad + "`?", "ban **" + bad + "** coc": "`" + bad + "`?", "ban *" + bad + "* coc": "`" + bad + "`?", "ban (" + bad + ") coc": "`" + bad + "`?",
		// Links.
		"ban matrix:u/bad:far.example coc": "=" + bad, "ban MATRIX:U/bad:far.example?action=chat coc": "=" + bad, "ban web+matrix:u/bad:far.example coc": "=" + bad, "ban matrix://u/bad:far.example coc": "=" + bad,
		"ban https://app.element.io/#/user/%40bad%3Afar.example coc": "=" + bad, "ban element://vector/webapp/#/user/" + bad + " coc": "=" + bad,
		"ban https://matrix.to/#/%40bad%3Afar.example?via=a.example coc": "=" + bad, "ban https://app.cinny.in/direct/" + bad + " coc": "Did you mean `" + bad + "`?",
		"ban https://www.matrix.to/#/" + bad + " coc": "Did you mean `" + bad + "`?", "ban https://matrix.to/#" + bad + " coc": "Did you mean `" + bad + "`?", "ban https://matrix.to/#/bad:far.example coc": "leads to nobody",
		// Much.
		"ban " + bad + " coc " + strings.Repeat("spam ", 12_000): "kB long", "ban " + strings.Repeat(bad+" ", 60) + "coc": "one command is about 50 at most",
	} {
		heard, ok := s.Hear(grammar.Message{Body: "!Forseti " + line})
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1"}, heard)
		var rules []string
		for a := range p.actions() {
			var r struct{ Entity, Reason string }
			if a.State == nil || json.Unmarshal(a.State.Content, &r) != nil {
				continue
			}
			if r.Entity == "" {
				r.Entity = "hash"
			}
			if r.Reason != "" {
				r.Entity += ": " + r.Reason
			}
			rules = append(rules, r.Entity)
		}
		does, acts := strings.CutPrefix(want, "=")
		got := strings.Join(rules, " | ")
		if does == "hash" && strings.HasPrefix(got, "hash") {
			got = "hash"
		}
		if !ok || acts && got != does || !acts && (len(p.Steps) > 0 || !strings.Contains(p.Answer, want)) {
			t.Errorf("%.80q: %q, want %q\n%.300s", line, got, want, fmt.Sprint(p.Answer, p.Effect))
		}
	}
}
