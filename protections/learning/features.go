package learning

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"forseti/content"
)

// The bounds of what is read of a message. Of more words the first and the last are.
const (
	mostPlaces   = 48
	lastPlaces   = 16 // of them at the end
	mostFeatures = 144
	mostWord     = 40 // bytes of a word that count
	mostHosts    = 8
)

// The kinds of feature.
const (
	aWord byte = iota + 1
	aPair
	aBeginning
	anEnd
	someCharacters
	aHost
)

// feature is something that messages have in common: a word, two that follow each other, the
// beginning or end of a long one, two characters of a script that has no spaces, the host of a
// link. It stands in one place of the text, or in two.
type feature struct {
	hash     uint32
	from, to uint8 // places
	kind     byte
}

// Features are what is told of a message by which it may be like others.
type Features struct {
	all    []feature
	places int
}

// Empty reports whether there is nothing to tell by.
func (f *Features) Empty() bool { return len(f.all) == 0 }

// hashes are the different features.
func (f *Features) hashes() []uint32 {
	all := make([]uint32, 0, len(f.all))
	for _, one := range f.all {
		all = append(all, one.hash)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// reader reads features off texts. What it gives is good until it reads the next one.
type reader struct {
	secret secret
	found  Features
	seen   [4 * 256]uint32 // hashes, each where it belongs or behind; none is zero
	tokens []token
}

// read gives the features of a text and of the hosts that it links to. Who disguises words by
// letters that look alike, or writes them apart, has the same.
func (r *reader) read(said *content.Text, hosts []string) *Features {
	view := said.Skeleton()
	if !ascii(view) || !ascii(said.String()) {
		view = content.Skeleton(said.Folded()) // letters of other alphabets look like others in capitals
	}
	r.found.all, r.seen = r.found.all[:0], [4 * 256]uint32{}
	r.tokens = tokensOf(r.tokens[:0], view)
	tokens := r.tokens
	if len(tokens) > mostPlaces {
		tokens = slices.Delete(tokens, mostPlaces-lastPlaces, len(tokens)-lastPlaces)
	}
	var before uint64
	for i, t := range tokens {
		sum := r.secret.sum(aWord, t.text)
		if !t.alone { // a single character of those is a letter, and tells the language alone
			r.add(aWord, sum, i, i)
			r.ends(t.text, i)
		}
		if i > 0 && tokens[i-1].end == t.start && t.alone == tokens[i-1].alone {
			kind := aPair
			if t.alone {
				kind = someCharacters
			}
			const odd = 0x9e3779b97f4a7c15
			r.add(kind, before*odd+sum, i-1, i)
		}
		before = sum
	}
	at := len(tokens)
	for _, host := range hosts[:min(len(hosts), mostHosts)] {
		r.add(aHost, r.secret.sum(aHost, host), at, at)
		at++
	}
	r.found.places = at
	return &r.found
}

// ends adds the beginning and the end of a long word.
func (r *reader) ends(word string, at int) {
	const long, part = 8, 5
	n := utf8.RuneCountInString(word)
	if n < long {
		return
	}
	i := 0
	for at0 := range word {
		if i == part {
			r.add(aBeginning, r.secret.sum(aBeginning, word[:at0]), at, at)
		}
		if i == n-part {
			r.add(anEnd, r.secret.sum(anEnd, word[at0:]), at, at)
		}
		i++
	}
}

func (r *reader) add(kind byte, sum uint64, from, to int) {
	if len(r.found.all) >= mostFeatures {
		return
	}
	hash := uint32(sum>>32) | 1
	at := hash >> 1
	for ; r.seen[at%uint32(len(r.seen))] != 0; at++ {
		if r.seen[at%uint32(len(r.seen))] == hash {
			return
		}
	}
	r.seen[at%uint32(len(r.seen))] = hash
	r.found.all = append(r.found.all, feature{hash, uint8(from), uint8(to), kind})
}

// token is a word, or a character of a script that is written without spaces.
type token struct {
	text       string
	alone      bool
	start, end int // count what stands between two: they follow each other if these are equal
}

// mostTokens is how many are looked for before some are left out.
const mostTokens = 4096

// tokensOf takes a text apart. Addresses are no words: where they lead is told by hosts. Letters
// that stand alone one after another are one word.
func tokensOf(all []token, view string) []token {
	gap := 0
	for field := range strings.FieldsSeq(view) {
		if len(all) >= mostTokens {
			break
		}
		if strings.Contains(field, "://") || strings.HasPrefix(field, "www.") {
			gap++
			continue
		}
		all, gap = tokensOfField(all, field, gap)
	}
	return joined(all)
}

func tokensOfField(all []token, field string, gap int) ([]token, int) {
	from := -1
	word := func(to int) {
		if from >= 0 {
			text := field[from:min(to, from+mostWord)]
			for !utf8.ValidString(text) && len(text) > 0 {
				text = text[:len(text)-1]
			}
			all = append(all, token{text: text, start: gap, end: gap})
		}
		from = -1
	}
	for i, r := range field {
		switch {
		case spaceless(r):
			word(i)
			all = append(all, token{text: field[i : i+utf8.RuneLen(r)], alone: true, start: gap, end: gap})
		case unicode.IsLetter(r) || unicode.IsDigit(r) || from >= 0 && (unicode.IsMark(r) || r == '\''):
			if from < 0 {
				from = i
			}
		default:
			word(i)
		}
	}
	word(len(field))
	return all, gap
}

// joined makes one word of letters that stand apart.
func joined(all []token) []token {
	const several = 3
	out := all[:0]
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && !all[j].alone && utf8.RuneCountInString(all[j].text) == 1 {
			j++
		}
		if j-i < several {
			out = append(out, all[i])
			i++
			continue
		}
		var word strings.Builder
		for _, t := range all[i:min(j, i+mostWord)] {
			word.WriteString(t.text)
		}
		text := word.String()
		out = append(out, token{text: text[:runeEnd(text, mostWord)], start: all[i].start, end: all[j-1].end})
		i = j
	}
	return out
}

// runeEnd is where to cut a text so that no character is.
func runeEnd(s string, most int) int {
	if len(s) <= most {
		return len(s)
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return most
}

// spaceless tells whether a character is of a script that is written without spaces between
// words.
func spaceless(r rune) bool {
	if r < 0x0e00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
