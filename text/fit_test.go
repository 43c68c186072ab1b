package text

import (
	"strings"
	"testing"
)

// However long a text is, it ends as it did: with what is asked, and how that is answered.
func TestFitKeepsTheEnd(t *testing.T) {
	const how = HowToAnswer + "✅ or ❌, or reply yes or no."
	names := strings.Repeat("- `@somebody:hs` in Lobby\n", 2000)
	words := strings.Repeat("A sentence with `code`. ", 1500)
	offer := "↩️ undo · 👎 wrong"
	for what, tc := range map[string]struct {
		said string
		want []string // at the end, or before a fold
	}{
		"a question below a list":    {Asks("This bans all of them:\n\n"+names+"\nBan them?", how), []string{"Ban them?\n" + how}},
		"how, below a list":          {Asks("Ban them?\n\n"+names, how), []string{"Ban them?", how}},
		"a question in one line":     {Asks(words+"Ban them?", how), []string{"Ban them?\n" + how}},
		"a question below a fold":    {Asks("This bans all of them:\n\n"+Fold("All", names)+"\n\nBan them?", how), []string{"Ban them?\n" + how, "This bans all of them:", "All"}},
		"one that gathers names":     {Asks("This bans "+NamedSome(strings.Split(names, "\n"), 2)+". "+words+"Ban them?", how), []string{"Ban them?\n" + how}},
		"an offer before a fold":     {Paragraphs(words, offer, Fold("All of it", names)), []string{offer, "All of it"}},
		"an offer, and one fold":     {Paragraphs("Found.", Fold("All of it", names), offer), []string{"Found.", "All of it", offer}},
		"an offer below long lines":  {Paragraphs(strings.Repeat("> quoted\n", 5000), offer), []string{offer}},
		"an offer below a long code": {Paragraphs("```\n"+strings.Repeat("x\n", 9000)+"```", offer), []string{"```\n", "\n```", offer}},
	} {
		said := Fit(tc.said, 6000)
		if n := weight(said); n > 6000 {
			t.Errorf("%s: weighs %d", what, n)
		}
		if !strings.Contains(said, cutMark) {
			t.Errorf("%s: does not say that it was cut", what)
		}
		for _, want := range tc.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: %q is lost; ends with %q", what, want, said[len(said)-200:])
			}
		}
		if open := strings.Count(said, foldBegins) - strings.Count(said, foldEnds); open != 0 {
			t.Errorf("%s: %d folds are left open", what, open)
		}
		if again := Fit(said, 6000); again != said {
			t.Errorf("%s: cut twice: %q", what, again)
		}
	}
}

// Whatever it is, it is no longer than it may be.
func FuzzFit(f *testing.F) {
	for _, s := range []string{"", "a", "<", "\\", "`", "\n", "- a\n", "> a\n", "```\n", "\xff", "🛡️", Fold("t", "b"), Fold("<", "<\n"), HowToAnswer + "x", "a. ", Named([]string{"a", "b", "c"}, 1)} {
		f.Add(s, 1000, 600)
	}
	f.Fuzz(func(t *testing.T, s string, n, most int) {
		if n < 0 || n > 5000 || len(s) > 100 || most < 300 || most > 50_000 {
			return
		}
		for _, said := range []string{strings.Repeat(s, n), strings.Repeat(s, n) + "\n\nBan them?\n" + HowToAnswer + "✅."} {
			if got := weight(Fit(said, most)); got > most {
				t.Errorf("%q times %d: weighs %d of %d", s, n, got, most)
			}
		}
	})
}
