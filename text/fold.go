package text

import "strings"

// What is folded stands between these, on lines of their own. OneLine leaves neither in what
// strangers wrote.
const (
	foldBegins = "\x0e"
	foldEnds   = "\x0f"
)

// Fold is Markdown of which only a title is shown until somebody opens it.
func Fold(title, body string) string {
	return foldBegins + OneLine(title) + "\n\n" + strings.Trim(body, "\n") + "\n" + foldEnds
}

// Piece is a part of a text: what is shown, or what is folded under a title.
type Piece struct {
	Folded bool
	Title  string
	Body   string
}

// Pieces parts a text into what is shown and what is folded. What was cut off before a fold
// ends, ends it.
func Pieces(markdown string) (all []Piece) {
	markdown, _ = cutNotes(markdown)
	show := func(s string) {
		if s = strings.Trim(s, "\n"); strings.TrimSpace(s) != "" {
			all = append(all, Piece{Body: s})
		}
	}
	for {
		before, rest, folded := strings.Cut(markdown, foldBegins)
		show(strings.ReplaceAll(before, foldEnds, ""))
		if !folded {
			return all
		}
		inside, after, _ := strings.Cut(rest, foldEnds)
		title, body, _ := strings.Cut(inside, "\n")
		all = append(all, Piece{Folded: true, Title: title, Body: strings.Trim(body, "\n")})
		markdown = after
	}
}

// EndsFolded reports whether what comes next must stand apart from a fold.
func EndsFolded(markdown string) bool { return strings.HasSuffix(markdown, foldEnds) }

// Unfolded ends the fold in which a text was cut.
func Unfolded(markdown string) string {
	if strings.LastIndex(markdown, foldBegins) > strings.LastIndex(markdown, foldEnds) {
		return markdown + "\n" + foldEnds
	}
	return markdown
}
