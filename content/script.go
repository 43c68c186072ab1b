package content

import (
	"cmp"
	"slices"
	"sync"
	"unicode"
)

// script is the number of one; 0 of characters that are of all.
type script uint8

// scriptRange is characters of one script that follow each other.
type scriptRange struct {
	from, to rune
	script   script
}

// scriptRanges are all of them in order, but those that are common to all scripts.
var scriptRanges = sync.OnceValue(func() (all []scriptRange) {
	names := []string{"Latin", "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"}
	for name := range unicode.Scripts {
		if !slices.Contains(names, name) && name != "Common" && name != "Inherited" {
			names = append(names, name)
		}
	}
	slices.Sort(names[bopomofo:])
	for i, name := range names {
		add := func(from, to, stride rune) {
			if stride == 1 {
				all = append(all, scriptRange{from, to, script(i + 1)})
				return
			}
			for r := from; r <= to; r += stride {
				all = append(all, scriptRange{r, r, script(i + 1)})
			}
		}
		for _, r := range unicode.Scripts[name].R16 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
		for _, r := range unicode.Scripts[name].R32 {
			add(rune(r.Lo), rune(r.Hi), rune(r.Stride))
		}
	}
	slices.SortFunc(all, func(a, b scriptRange) int { return cmp.Compare(a.from, b.from) })
	return all
})

// The scripts that are written with each other.
const (
	latinScript script = 1 + iota
	han
	hiragana
	katakana
	hangul
	bopomofo
)

// The sets of scripts in which one language is written: UTS #39 has Han count as Japanese, Korean, and Chinese with
// Bopomofo. Latin letters are part of all three.
//
// https://www.unicode.org/reports/tr39/#Mixed_Script_Detection
const (
	japanese = 1 << iota
	korean
	chinese
	anyOf = japanese | korean | chinese
)

func (s script) sets() uint8 {
	switch s {
	case latinScript, han:
		return anyOf
	case hiragana, katakana:
		return japanese
	case hangul:
		return korean
	case bopomofo:
		return chinese
	}
	return 0
}

// scripts finds those of characters. Who asks for one like the last is answered at once.
type scripts struct {
	ranges []scriptRange
	last   scriptRange
}

func (s *scripts) of(r rune) script {
	switch {
	case r < utf8Latin:
		if r < 0x80 {
			if isLetter(byte(r)) {
				return latinScript
			}
			return 0
		}
	case s.last.from <= r && r <= s.last.to:
		return s.last.script
	}
	if s.ranges == nil {
		s.ranges = scriptRanges()
	}
	lo, hi := 0, len(s.ranges)
	for lo < hi {
		if mid := (lo + hi) / 2; s.ranges[mid].to < r {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(s.ranges) || s.ranges[lo].from > r {
		return 0
	}
	s.last = s.ranges[lo]
	return s.last.script
}

// utf8Latin is where letters begin that are not Latin.
const utf8Latin = 0x250

// mixture is the scripts of a word.
type mixture struct {
	first   script
	several bool
	last    script
	changes int
	sets    uint8
	letters int
}

func (m *mixture) add(s script) {
	switch m.letters++; {
	case s == 0:
	case m.first == 0:
		m.first, m.last, m.sets = s, s, s.sets()
	default:
		m.several = m.several || s != m.first
		m.sets &= s.sets()
		if s != m.last {
			m.last = s
			m.changes++
		}
	}
}

// mixed tells whether no one way of writing has all of them. Two letters may be a unit or a formula.
func (m *mixture) mixed() bool { return m.several && m.sets == 0 && m.letters > 2 }
