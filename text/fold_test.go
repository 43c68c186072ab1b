package text_test

import (
	"slices"
	"strings"
	"testing"

	"forseti/text"
)

func TestFold(t *testing.T) {
	folded := text.Fold("All 2", "- a\n- b\n")
	for markdown, want := range map[string][]text.Piece{
		"plain":                          {{Body: "plain"}},
		folded:                           {{Folded: true, Title: "All 2", Body: "- a\n- b"}},
		"Done:\n\n" + folded + "\n\nAnd": {{Body: "Done:"}, {Folded: true, Title: "All 2", Body: "- a\n- b"}, {Body: "And"}},
		folded[:len(folded)-4]:           {{Folded: true, Title: "All 2", Body: "- a\n-"}},
		"x" + folded[len(folded)-3:]:     {{Body: "xb\n"[:2]}},
		folded + folded:                  {{Folded: true, Title: "All 2", Body: "- a\n- b"}, {Folded: true, Title: "All 2", Body: "- a\n- b"}},
	} {
		if got := text.Pieces(markdown); !slices.Equal(got, want) {
			t.Errorf("%q: %+v", markdown, got)
		}
	}
	if !text.EndsFolded(folded) || text.EndsFolded(folded+" and") || !text.EndsFolded(text.Unfolded(folded[:len(folded)-2])) || text.Unfolded(folded) != folded {
		t.Error("where a fold ends is not known")
	}
	if shown := text.Escape(folded, 100) + text.Code(folded); strings.ContainsAny(shown, "\x0e\x0f") {
		t.Errorf("a stranger folds: %q", shown)
	}
}
