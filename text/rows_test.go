package text

import (
	"slices"
	"strings"
	"testing"
)

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		name, markdown string
		want           int
	}{
		{"nothing", "", 0},
		{"one row", "ten letter", 1},
		{"one letter more", "ten letters", 2},
		{"words stay whole", "seven to eleven by", 2},
		{"a long word", strings.Repeat("x", 21), 3},
		{"after a long word", strings.Repeat("x", 14) + " abcde", 2},
		{"a full row and a word", strings.Repeat("x", 10) + " a", 2},
		{"paragraphs", "a\n\nb\nc", 3},
		{"a link is its name", Room("!abcdefghijklmnopqrstuvwxyz:example.org", "Lobby", ""), 1},
		{"marks are not seen", "**" + Code("@u:hs.net") + "**", 1},
		{"nor what escapes", Escape("[a](b)!!!!", 10), 1},
		{"a spoiler takes its place", "||" + strings.Repeat("x", 15) + "||", 2},
		{"of a fold the title", "a\n\n" + Fold("More of it", strings.Repeat("long ", 50)), 2},
	} {
		if got := Rows(tt.markdown, 10); got != tt.want {
			t.Errorf("%s: %d rows, not %d", tt.name, got, tt.want)
		}
	}
}

func TestSentences(t *testing.T) {
	room := Room("!a:hs", "Of. Us", "")
	for line, want := range map[string][]string{
		"One. Two.":                     {"One.", "Two."},
		"Said " + Code("a. b") + ". No": {"Said " + Code("a. b") + ".", "No"},
		"In " + room + " it is. So":     {"In " + room + " it is.", "So"},
		"At 3.5":                        {"At 3.5"},
		"":                              {""},
	} {
		if got := Sentences(line); !slices.Equal(got, want) {
			t.Errorf("%q: %q", line, got)
		}
	}
}

// What stands in code is seen as it is.
func TestRowsOfCode(t *testing.T) {
	for said, want := range map[string]int{
		"`" + strings.Repeat("*", 100) + "`": 10, "**" + strings.Repeat("a", 20) + "**": 2, "`a||b` ||c||": 1, "``a`b`` and **so**": 1,
	} {
		if got := Rows(said, 10); got != want {
			t.Errorf("%q: %d rows, not %d", said, got, want)
		}
	}
}
