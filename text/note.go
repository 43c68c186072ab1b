package text

import (
	"fmt"
	"slices"
	"strings"
)

// Where a sentence shows some names of many, all of them stand behind it between these, until Gathered
// folds them below the text. OneLine leaves none of them in what strangers wrote.
const (
	noteBegins  = "\x02"
	noteParts   = "\x04"
	noteEnds    = "\x03"
	mostOfANote = 16_000 // bytes
)

// Named is Names, for a text that is gathered.
func Named[T ~string](names []T, most int) string {
	if len(names) <= most {
		return Names(names, most)
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = Code(string(name))
	}
	return NamedSome(parts, most)
}

// NamedSome is Some, for a text that is gathered.
func NamedSome(parts []string, most int) string {
	if len(parts) <= most {
		return Some(parts, most)
	}
	return Noted(Some(parts, most), parts)
}

// Noted is what is said of several, such as how many they are, for a text that is gathered.
func Noted(said string, parts []string) string {
	if len(parts) < 2 {
		return said
	}
	note := strings.Join(within(parts, mostOfANote), noteParts)
	return said + noteBegins + note + noteEnds
}

// Gathered folds below a text all names of which it shows some, in most bytes; none if that is 0.
func Gathered(said string, most int) string {
	shown, notes := cutNotes(said)
	if len(notes) == 0 || most == 0 {
		return shown
	}
	said = shown
	all := make([]string, len(notes))
	for i, parts := range notes {
		all[i] = strings.Join(within(parts, most/len(notes)), ", ") + "."
	}
	return Paragraphs(strings.TrimRight(said, "\n"), Fold("More names", Paragraphs(all...)))
}

// Within names as many as take most bytes, one at least, and counts the others.
func Within[T ~string](names []T, most int) string {
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = Code(string(name))
	}
	if shown := within(parts, most); len(shown) < len(parts) {
		return strings.Join(shown, ", ")
	}
	return And(parts)
}

// within gives as many parts as take most bytes, one at least, and counts the others.
func within(parts []string, most int) []string {
	size := 0
	for i, part := range parts {
		if size += len(part) + len(", "); size > most && i > 0 {
			return append(slices.Clone(parts[:i]), fmt.Sprintf("and %d more", len(parts)-i))
		}
	}
	return parts
}

// cutNotes takes the notes out of a text, each once.
func cutNotes(said string) (shown string, notes [][]string) {
	if !strings.Contains(said, noteBegins) {
		return said, nil
	}
	var rest strings.Builder
	known := map[string]bool{}
	for {
		before, after, noted := strings.Cut(said, noteBegins)
		rest.WriteString(before)
		if !noted {
			return rest.String(), notes
		}
		note, behind, _ := strings.Cut(after, noteEnds)
		if !known[note] {
			known[note] = true
			notes = append(notes, strings.Split(note, noteParts))
		}
		said = behind
	}
}
