package kit

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"forseti/content"
)

// The bounds of a list of terms.
const (
	mostTerms    = 1000
	longestTerm  = 100 // bytes
	mostRegexes  = 20
	longestRegex = 300
	// largestRegex is how many instructions one may be compiled to: what it costs to look
	// at a text grows with it.
	largestRegex = 500
	// mostMatched is how much of a text regular expressions look at.
	mostMatched = 4 << 10
	// shortestPart is how many bytes a term has that is looked for within words.
	shortestPart = 3
)

// Terms are words and regular expressions to look for, compiled once.
type Terms struct {
	written []string
	terms   []term
	views   [3]sought // by view
	regexes []regex
}

// sought are the terms of a view: those that begin where a word does, and those that may go on in front.
type sought struct {
	beginning *beginnings // nil if there are none
	within    *dictionary // likewise
	of        [2][]int    // the terms of each
}

func (s *sought) empty() bool { return s.beginning == nil && s.within == nil }

// view is in which view of a text a term is looked for.
type view uint8

const (
	foldedView view = iota
	skeletonView
	leetView
)

type term struct {
	openFront, openEnd bool // it may go on there
}

type regex struct {
	written int
	re      *regexp.Regexp
}

// TermList declares an option that is words, phrases and regular expressions.
func TermList(name, doc string) Typed[*Terms] {
	return Typed[*Terms]{option{
		name: name, initial: none,
		doc:   fmt.Sprintf("%s Up to %d, with commas between them, or `%s`.", doc, mostTerms, none),
		parts: entries{splitTerms, ", "},
		parse: func(text string) (any, string, error) {
			t, err := readTerms(text)
			if err != nil {
				return nil, "", fmt.Errorf("%s: %w", name, err)
			}
			return t, t.String(), nil
		},
	}}
}

// String is the list as it is written.
func (t *Terms) String() string {
	if t.Empty() {
		return none
	}
	return strings.Join(t.written, ", ")
}

// Empty reports whether there is nothing to look for: then nothing is found.
func (t *Terms) Empty() bool { return t == nil || len(t.written) == 0 }

// splitTerms takes a list apart at commas, but not within a regular expression, which ends
// with a slash before one.
func splitTerms(text string) (all []string) {
	for {
		text = strings.TrimLeft(text, " ,\n\t")
		if text == "" {
			return all
		}
		end := strings.IndexAny(text, ",\n")
		if text[0] == '/' {
			end = regexEnd(text)
		}
		if end < 0 {
			end = len(text)
		}
		if entry := strings.TrimSpace(text[:end]); !slices.Contains(all, entry) {
			all = append(all, entry)
		}
		text = text[end:]
	}
}

// regexEnd is where a regular expression at the beginning of a text ends; negative if
// nowhere before the end.
func regexEnd(text string) int {
	for i := 1; i < len(text); i++ {
		if text[i] != '/' || text[i-1] == '\\' {
			continue
		}
		if rest := strings.TrimLeft(text[i+1:], " \n\t"); rest == "" || rest[0] == ',' {
			return i + 1
		}
	}
	return -1
}

func readTerms(text string) (*Terms, error) {
	t := &Terms{}
	all := splitTerms(text)
	if len(all) == 1 && strings.EqualFold(all[0], none) {
		return t, nil
	}
	if len(all) > mostTerms {
		return nil, fmt.Errorf("%d at most, and this is %d", mostTerms, len(all))
	}
	var shown [3][2][]string
	for i, entry := range all {
		t.written = append(t.written, entry)
		if entry[0] == '/' {
			re, err := readRegex(entry)
			if err != nil {
				return nil, err
			}
			t.regexes = append(t.regexes, regex{i, re})
			t.terms = append(t.terms, term{})
			continue
		}
		v, text, w, err := readTerm(entry)
		if err != nil {
			return nil, err
		}
		t.terms = append(t.terms, w)
		which := 0
		if w.openFront {
			which = 1
		}
		t.views[v].of[which] = append(t.views[v].of[which], i)
		shown[v][which] = append(shown[v][which], text)
	}
	if len(t.regexes) > mostRegexes {
		return nil, fmt.Errorf("%d regular expressions at most, and this has %d; words cost far less", mostRegexes, len(t.regexes))
	}
	for v, words := range shown {
		if len(words[0]) > 0 {
			t.views[v].beginning = newBeginnings(words[0])
		}
		if len(words[1]) > 0 {
			t.views[v].within = newDictionary(words[1])
		}
	}
	return t, nil
}

// readTerm reads a word or phrase, and gives it as it is looked for.
func readTerm(entry string) (v view, shown string, w term, err error) {
	if len(entry) > longestTerm {
		return v, "", w, fmt.Errorf("%s is longer than %d bytes", Quote(entry), longestTerm)
	}
	bare := entry
	for strings.HasPrefix(bare, "~") && v < leetView {
		bare, v = bare[1:], v+1
	}
	bare, w.openFront = strings.CutPrefix(strings.TrimSpace(bare), "*")
	bare, w.openEnd = strings.CutSuffix(bare, "*")
	shown = v.of(content.NewText(bare))
	switch {
	case strings.HasPrefix(bare, "/") && v != foldedView:
		return v, "", w, fmt.Errorf("%s: a regular expression is looked for in the text as it is, so write it without `~`", Quote(entry))
	case strings.TrimSpace(shown) == "" || strings.Contains(bare, "*"):
		return v, "", w, fmt.Errorf("%s is no word: write a word or some, with `*` at an end if it may go on there, or a regular expression between two `/`", Quote(entry))
	case (w.openFront || w.openEnd) && len(shown) < shortestPart:
		return v, "", w, fmt.Errorf("%s would be found in very many words: write %d letters or more", Quote(entry), shortestPart)
	}
	return v, shown, w, nil
}

// readRegex compiles a regular expression, or says where it is wrong.
func readRegex(entry string) (*regexp.Regexp, error) {
	inner := strings.TrimPrefix(entry, "/")
	inner, closed := strings.CutSuffix(inner, "/")
	switch {
	case !closed || len(entry) < 2:
		return nil, fmt.Errorf("%s has no `/` at its end", Quote(entry))
	case len(inner) > longestRegex:
		return nil, fmt.Errorf("%s is longer than %d bytes", Quote(entry), longestRegex)
	}
	inner = strings.ReplaceAll(inner, `\/`, "/")
	parsed, err := syntax.Parse(inner, syntax.Perl|syntax.FoldCase)
	if err != nil {
		return nil, misplaced(entry, inner, err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return nil, misplaced(entry, inner, err)
	}
	if len(program.Inst) > largestRegex {
		return nil, fmt.Errorf("%s is too large: it comes to %d steps, and %d are allowed. Repeat less often, or use words", Quote(entry), len(program.Inst), largestRegex)
	}
	re, err := regexp.Compile("(?i:" + inner + ")")
	switch {
	case err != nil:
		return nil, misplaced(entry, inner, err)
	case re.MatchString(""):
		return nil, fmt.Errorf("%s matches every message, for it matches nothing at all as well", Quote(entry))
	}
	return re, nil
}

func misplaced(entry, inner string, err error) error {
	wrong, ok := errors.AsType[*syntax.Error](err)
	if !ok {
		return fmt.Errorf("%s is no regular expression: %w", Quote(entry), err)
	}
	at := strings.Index(inner, wrong.Expr)
	if at < 0 || wrong.Expr == "" {
		at = len(inner)
	}
	return fmt.Errorf("%s is no regular expression: %s at character %d, %s", Quote(entry), wrong.Code, utf8.RuneCountInString(inner[:at])+1, Quote(wrong.Expr))
}

// of is a text in the view.
func (v view) of(t *content.Text) string {
	switch v {
	case skeletonView:
		return t.Skeleton()
	case leetView:
		return content.Unleet(t.Skeleton())
	default:
		return t.Folded()
	}
}

// In is the first term that a text has; "" if it has none. Letters that stand apart, as in
// "f r e e", are looked at together too, by the terms that look for what is disguised.
func (t *Terms) In(text *content.Text) (found string) {
	if t.Empty() || text.Empty() {
		return ""
	}
	for v := range t.views {
		if t.views[v].empty() {
			continue
		}
		shown := view(v).of(text)
		if i := t.look(view(v), shown); i >= 0 {
			return t.written[i]
		}
		if view(v) == foldedView || text.Shape().Spaced == 0 {
			continue
		}
		if i := t.look(view(v), together(shown)); i >= 0 {
			return t.written[i]
		}
	}
	if len(t.regexes) == 0 {
		return ""
	}
	shown := text.Folded()
	shown = shown[:min(len(shown), mostMatched)]
	for _, r := range t.regexes {
		if r.re.MatchString(shown) {
			return t.written[r.written]
		}
	}
	return ""
}

// look is the first term of a view that stands in a text as a word; negative if there is
// none.
func (t *Terms) look(v view, s string) int {
	found, in := -1, &t.views[v]
	ends := func(term, end int) bool {
		if t.terms[term].openEnd || finishes(s, end) {
			found = term
		}
		return found < 0
	}
	if in.beginning != nil {
		beginning(in.beginning, s, func(word, end int) bool { return ends(in.of[0][word], end) })
	}
	if in.within != nil && found < 0 {
		find(in.within, s, func(word, end int) bool { return ends(in.of[1][word], end) })
	}
	return found
}

// finishes tells whether a word can end at a place: letters on only one side of it, or such as are written without spaces.
func finishes[T written](s T, at int) bool {
	before, after := around(s, at)
	if at < len(s) && unicode.Is(unicode.Mn, after) {
		return false // the letter goes on
	}
	return at == len(s) || !ofWord(before) || !ofWord(after) || spaceless(before) || spaceless(after)
}

// around are the characters before and after a place.
func around[T written](s T, at int) (before, after rune) {
	before, _ = utf8.DecodeLastRuneInString(string(s[max(at-utf8.UTFMax, 0):at]))
	after, _ = utf8.DecodeRuneInString(string(s[at:min(at+utf8.UTFMax, len(s))]))
	return before, after
}

func ofWord(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return kindOfASCII[r] != between
	case 0x400 <= r && r <= 0x481, 0x4e00 <= r && r <= 0x9fff, 0x3041 <= r && r <= 0x3096, 0xac00 <= r && r <= 0xd7a3, 0x620 <= r && r <= 0x669, 0x3b1 <= r && r <= 0x3c9:
		return true
	case 0x2000 <= r && r <= 0x206f, 0x3001 <= r && r <= 0x3003, 0x1f300 <= r && r <= 0x1faff:
		return false
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// kind says what a character is to those around it: between words, a letter of one, or a
// letter of a script that writes no spaces between them.
type kind uint8

const (
	between kind = iota
	letter
	spacelessLetter
)

func kindOf(r rune) kind {
	switch {
	case spaceless(r):
		return spacelessLetter
	case ofWord(r):
		return letter
	}
	return between
}

// kindAt is that of the character at a place, which is none of ASCII, and how many bytes it has.
func kindAt[T written](s T, i int) (kind, int) {
	if c := s[i]; (c == 0xd0 || c == 0xd1) && i+1 < len(s) && s[i+1]&0xc0 == 0x80 { // Cyrillic
		return letter, 2
	}
	r, size := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
	return kindOf(r), size
}

var kindOfASCII = func() (all [utf8.RuneSelf]kind) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" {
		all[c] = letter
	}
	return all
}()

// spaceless tells whether a letter is of a script that writes no spaces between words.
func spaceless(r rune) bool {
	switch {
	case r < 0xe00:
		return false
	case r <= 0xeff, 0x1000 <= r && r <= 0x109f, 0x1780 <= r && r <= 0x17ff, 0x3040 <= r && r <= 0x30ff, 0x3400 <= r && r <= 0x9fff, 0xf900 <= r && r <= 0xfaff, 0x20000 <= r && r <= 0x3ffff:
		return true
	}
	return false
}

// fewestSpaced is how many letters stand alone one after another before anybody takes them
// for a word.
const fewestSpaced = 4

// together is the words that letters make which stand alone next to each other.
func together(s string) string { return string(appendTogether(nil, s)) }

// appendTogether appends them.
func appendTogether[T written](to []byte, s T) []byte {
	all := len(to) // where those end that are enough
	from, n, singles := 0, 0, 0
	end := func(at int) {
		switch {
		case n == 1:
			to = append(to, s[from:at]...)
			singles++
		case n > 1:
			if singles >= fewestSpaced {
				to = append(to, ' ')
				all = len(to)
			}
			to, singles = to[:all], 0
		}
		n = 0
	}
	for i := 0; i < len(s); {
		is, size := between, 1
		if c := s[i]; c < utf8.RuneSelf {
			is = kindOfASCII[c]
		} else {
			is, size = kindAt(s, i)
		}
		if is == between {
			end(i)
		} else {
			if n == 0 {
				from = i
			}
			n++
		}
		i += size
	}
	if end(len(s)); singles < fewestSpaced {
		to = to[:all]
	}
	return to
}
