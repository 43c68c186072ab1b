package text

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var (
	shownLink = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.)*)\]\([^)]*\)`)
	unshown   = regexp.MustCompile("`+[^`]*`+|\\*\\*|\\|\\|") // where code begins and ends, and marks outside of it
)

// Rows is how many rows of so many letters a text fills where it is read, words kept whole. Of what is folded only the
// title is seen.
func Rows(markdown string, letters int) (n int) {
	for _, p := range Pieces(markdown) {
		seen := p.Title
		if !p.Folded {
			seen = shownLink.ReplaceAllString(p.Body, "$1")
			seen = strings.ReplaceAll(unshown.ReplaceAllStringFunc(backslash.ReplaceAllString(seen, "$1"), unmarked), "`", "")
		}
		for line := range strings.Lines(seen) {
			n += wrapped(line, letters)
		}
	}
	return n
}

func unmarked(m string) string {
	if m == "**" || m == "||" {
		return ""
	}
	return m
}

// wrapped is how many rows one line fills; none if it is empty.
func wrapped(line string, letters int) (rows int) {
	left := 0
	for word := range strings.FieldsSeq(line) {
		length := utf8.RuneCountInString(word)
		if length < left {
			left -= length + 1
			continue
		}
		rows += (length + letters - 1) / letters
		left = (letters - length%letters) % letters
	}
	return rows
}

// Sentences parts one line of ours where a sentence ends. What stands in code or names a room is not parted.
func Sentences(line string) (all []string) {
	begin := 0
	for i := 0; i < len(line); {
		if strings.HasPrefix(line[i:], ". ") {
			all, begin = append(all, line[begin:i+1]), i+2
			i = begin
			continue
		}
		if line[i] == '\\' && i+1 < len(line) {
			i += 2
			continue
		}
		_, length := span(line[i:])
		i += length
	}
	return append(all, line[begin:])
}
