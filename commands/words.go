package commands

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is one piece of a command line.
type word struct {
	text   string // without quotes
	raw    string // as written
	quoted bool

	// Of a flag, as in --key or --key=value.
	flag  string
	value *word // what follows the equals sign, nil if there is none
}

// split cuts a line into words. It reads one line of text, save that quoted text
// may go on over more; rest is what it did not read.
func split(line string) (words []word, rest string) {
	for {
		line = strings.TrimLeftFunc(line, func(r rune) bool {
			return isSpace(r) && (len(words) == 0 || !isNewline(r))
		})
		first, _ := utf8.DecodeRuneInString(line)
		if line == "" || isNewline(first) {
			return words, strings.TrimFunc(line, isSpace)
		}
		w := nextWord(line)
		words = append(words, w)
		line = line[len(w.raw):]
	}
}

func nextWord(line string) word {
	if w, ok := quotedWord(line); ok {
		return w
	}
	end := strings.IndexFunc(line, isSpace)
	if end < 0 {
		end = len(line)
	}
	w := word{text: line[:end], raw: line[:end]}
	name, ok := strings.CutPrefix(w.raw, "--")
	if !ok || name == "" {
		return w
	}
	key, _, hasValue := strings.Cut(name, "=")
	w.flag = key
	if !hasValue {
		return w
	}
	before := len("--") + len(key) + len("=")
	w.value = &word{text: w.raw[before:], raw: w.raw[before:]}
	if q, ok := quotedWord(line[before:]); ok {
		w.value = &q
		w.raw = line[:before+len(q.raw)]
		w.text = w.raw
	}
	return w
}

// closers gives, for each quote that may open, those that may close it. Phones
// and languages differ.
var closers = map[rune]string{
	'"': `"`, '“': "”“", '”': "”", '„': "“”", '«': "»", '»': "«",
	'\'': "'", '‘': "’",
}

// quotedWord reads quoted text. What opens and never closes is no quote, so that
// an apostrophe stays one; a quote closes only at the end of a word.
func quotedWord(line string) (word, bool) {
	opening, n := utf8.DecodeRuneInString(line)
	closing, ok := closers[opening]
	if !ok {
		return word{}, false
	}
	var text strings.Builder
	for i := n; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		after := line[i+size:]
		next, nextSize := utf8.DecodeRuneInString(after)
		switch {
		case r == '\\' && after != "" && (next == '\\' || strings.ContainsRune(closing, next)):
			text.WriteRune(next)
			i += size + nextSize
		case strings.ContainsRune(closing, r) && r != utf8.RuneError && (after == "" || isSpace(next)):
			return word{text: text.String(), raw: line[:i+size], quoted: true}, true
		default:
			text.WriteString(line[i : i+size])
			i += size
		}
	}
	return word{}, false
}

// Quote writes text as one word of a command line.
func Quote(text string) string {
	bare := text != "" && !strings.HasPrefix(text, "-") && !strings.ContainsFunc(text, func(r rune) bool {
		return isSpace(r) || closers[r] != "" || r == '\\' || isDash(r)
	})
	if bare {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// isSpace counts all that shows as nothing or as space, and the marks of writing
// direction that clients put around pasted names. Joiners are letters' business.
func isSpace(r rune) bool {
	switch r {
	case '\u200b', '\u2060', '\ufeff', '\u180e':
		return true
	}
	return unicode.IsSpace(r) || unicode.Is(unicode.Bidi_Control, r)
}

// isNewline leaves out the carriage return, which only comes along with others.
func isNewline(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// isDash tells the dashes that phones make of "--".
func isDash(r rune) bool { return r == '—' || r == '–' }
