package images

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"forseti/pdq"
	"forseti/text"
)

const (
	// nothingSeen stands in a line for the hash of a picture that shows too little.
	nothingSeen = "-"
	// fewestBits and mostBits bound how many bits of a hash of what is seen are set: half of them are, by how it is made. One
	// that is far from it is like much that shows nothing.
	fewestBits, mostBits = 64, 192
)

// Export gives the banned pictures as text in parts of at most so many bytes, the last banned first: a picture on a line, by
// its SHA-256 hash, its PDQ hash if that says enough, and why it is banned. Where it was seen and who banned it is not in it.
func (s *Shelf) Export(most int) (parts []string) {
	var part strings.Builder
	for _, b := range s.Latest(math.MaxInt) {
		line := exported(b)
		if part.Len()+len(line) > most && part.Len() > 0 {
			parts = append(parts, part.String())
			part.Reset()
		}
		part.WriteString(line)
	}
	if part.Len() > 0 {
		parts = append(parts, part.String())
	}
	return parts
}

func exported(b Banned) string {
	seen := nothingSeen
	if b.Quality >= pdq.Quality && plausible(b.Seen) {
		seen = b.Seen.String()
	}
	return strings.TrimSpace(b.Sum.String()+" "+seen+" "+text.Brief(strings.TrimSpace(b.Reason), text.MostReason)) + "\n"
}

func plausible(h pdq.Hash) bool {
	set := 0
	for _, word := range h {
		set += bits.OnesCount64(word)
	}
	return set >= fewestBits && set <= mostBits
}

const lineLooks = "one is a SHA-256 hash, a PDQ hash or a dash, and why, with spaces between them"

// ReadLines reads what Export gives, whole or not at all. Who banned the pictures, and when, is not set. An error says which
// line is wrong and what would be right.
func ReadLines(written string) ([]Banned, error) {
	var all []Banned
	n := 0
	for line := range strings.Lines(written) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		b, err := readLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d %w", n, err)
		}
		if all = append(all, b); len(all) > MostBanned {
			return nil, fmt.Errorf("it has more than %d pictures, which is as many as there may be", MostBanned)
		}
	}
	if len(all) == 0 {
		return nil, errors.New("there is no picture in it; " + lineLooks)
	}
	return all, nil
}

func readLine(line string) (b Banned, err error) {
	if !utf8.ValidString(line) {
		return b, errors.New("is not in UTF-8")
	}
	sum, rest, _ := strings.Cut(strings.ReplaceAll(line, "\t", " "), " ")
	if b.Sum, err = ParseSum(sum); err != nil {
		return b, errors.New("does not begin with a SHA-256 hash, which has 64 hexadecimal digits; " + lineLooks)
	}
	seen, note, _ := strings.Cut(strings.TrimSpace(rest), " ")
	switch {
	case seen == "" || seen == nothingSeen:
	default:
		if b.Seen, err = pdq.Parse(seen); err != nil {
			return b, errors.New("has no PDQ hash behind the first hash, which has 64 hexadecimal digits, and no dash in its place; " + lineLooks)
		}
		if !plausible(b.Seen) {
			return b, errors.New("has a PDQ hash that no picture with anything to see has; write a dash in its place")
		}
		b.Quality = pdq.Quality
	}
	if note = strings.TrimSpace(note); utf8.RuneCountInString(note) > text.MostReason+1 {
		return b, fmt.Errorf("says why in more than %d letters", text.MostReason)
	}
	b.Reason = text.OneLine(note)
	return b, nil
}

// Fresh are the pictures that are not banned yet, each once. An error says that there is no place for them.
func (s *Shelf) Fresh(all []Banned) (fresh []Banned, err error) {
	seen := map[Sum]bool{}
	for _, b := range all {
		if _, known := s.of[b.Sum]; !known && !seen[b.Sum] {
			seen[b.Sum] = true
			fresh = append(fresh, b)
		}
	}
	if n := s.Len() + len(fresh); n > MostBanned {
		return nil, fmt.Errorf("there would be %d banned pictures, and there may be %d", n, MostBanned)
	}
	return fresh, nil
}
