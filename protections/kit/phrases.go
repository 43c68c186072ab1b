package kit

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"forseti/content"
)

// Phrases are words and phrases in groups, to count how many of each a text has, however it
// is disguised. They are a protection's own; those of moderators are Terms.
type Phrases struct {
	words  *beginnings
	of     []phrase
	groups int
}

type phrase struct {
	openEnd       bool
	group, number int
}

// NewPhrases makes them of groups: phrases with commas between them, each with a star where
// it may go on. It panics on one that is none, for they are written in the program.
func NewPhrases(groups ...string) *Phrases {
	p := &Phrases{groups: len(groups)}
	var sought []string
	number := 0
	for group, list := range groups {
		for _, entry := range splitTerms(list) {
			_, _, w, err := readTerm(entry)
			switch {
			case err != nil:
			case w.openFront:
				err = fmt.Errorf("%s may go on in front, and phrases are looked for where words begin", entry)
			}
			if err != nil {
				panic(err)
			}
			bare := strings.Trim(entry, "*")
			for _, shown := range forms(bare) {
				sought = append(sought, shown)
				p.of = append(p.of, phrase{w.openEnd, group, number})
			}
			number++
		}
	}
	p.words = newBeginnings(sought)
	return p
}

// forms are the skeletons that a phrase has, as it is and with digits for letters.
func forms(bare string) []string {
	plain := content.Skeleton(strings.ToLower(bare))
	if other := content.Unleet(plain); other != plain {
		return []string{plain, other}
	}
	return []string{plain}
}

// Tally is how many different phrases of each group a text has. One is used again for the
// next text, so that nothing is left of the last.
type Tally struct {
	Of          []int
	seen        []uint64
	text, other []byte
}

// Count counts those of a text.
func (p *Phrases) Count(text *content.Text, t *Tally) {
	if t.Of == nil {
		t.Of, t.seen = make([]int, p.groups), make([]uint64, len(p.of)/64+1)
	}
	clear(t.Of)
	clear(t.seen)
	if text.Empty() {
		return
	}
	t.text = text.AppendSkeleton(t.text[:0])
	p.look(t.text, t)
	if text.Shape().Mixed > 0 { // capitals may look like other letters than small ones do
		if other := text.Skeleton(); other != string(t.text) {
			t.other = append(t.other[:0], other...)
			p.look(t.other, t)
		}
	}
	if text.Shape().Spaced > fewestSpaced {
		t.other = appendTogether(t.other[:0], t.text)
		p.look(t.other, t)
	}
	if leeted(text.String()) {
		t.other = content.AppendUnleet(t.other[:0], t.text)
		p.look(t.other, t)
	}
}

func (p *Phrases) look(s []byte, t *Tally) {
	beginning(p.words, s, func(word, end int) bool {
		w := p.of[word]
		if bit := uint64(1) << (w.number % 64); t.seen[w.number/64]&bit == 0 && (w.openEnd || finishes(s, end)) {
			t.seen[w.number/64] |= bit
			t.Of[w.group]++
		}
		return true
	})
}

// leeted tells whether a text has digits or signs within words.
func leeted(s string) bool {
	for i := range len(s) {
		if c := s[i]; ('2' <= c && c <= '9' || c == '@' || c == '$') && (i > 0 && letterLike(s[i-1]) || i+1 < len(s) && letterLike(s[i+1])) {
			return true
		}
	}
	return false
}

func letterLike(c byte) bool { return c >= utf8.RuneSelf || 'a' <= c|0x20 && c|0x20 <= 'z' }
