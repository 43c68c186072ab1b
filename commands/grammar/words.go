package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word is one piece of a command line.
type Word struct {
	Text   string // without quotes
	Raw    string // as written
	Quoted bool

	// Of a flag, as in --key or --key=value.
	Flag  string
	Value *Word // what follows the equals sign, nil if there is none
}

// Split cuts a line into words. It reads one line of text, save that quoted text
// may go on over more; rest is what it did not read.
func Split(line string) (words []Word, rest string) {
	for {
		line = strings.TrimLeftFunc(line, func(r rune) bool {
			return IsSpace(r) && (len(words) == 0 || !isNewline(r))
		})
		first, _ := utf8.DecodeRuneInString(line)
		if line == "" || isNewline(first) {
			return words, strings.TrimFunc(line, IsSpace)
		}
		w := nextWord(line)
		words = append(words, w)
		line = line[len(w.Raw):]
	}
}

func nextWord(line string) Word {
	if w, ok := quotedWord(line); ok {
		return w
	}
	end := strings.IndexFunc(line, IsSpace)
	if end < 0 {
		end = len(line)
	}
	w := Word{Text: line[:end], Raw: line[:end]}
	name, ok := strings.CutPrefix(w.Raw, "--")
	if !ok || name == "" {
		return w
	}
	key, _, hasValue := strings.Cut(name, "=")
	w.Flag = key
	if !hasValue {
		return w
	}
	before := len("--") + len(key) + len("=")
	w.Value = &Word{Text: w.Raw[before:], Raw: w.Raw[before:]}
	if q, ok := quotedWord(line[before:]); ok {
		w.Value = &q
		w.Raw = line[:before+len(q.Raw)]
		w.Text = w.Raw
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
func quotedWord(line string) (Word, bool) {
	opening, n := utf8.DecodeRuneInString(line)
	closing, ok := closers[opening]
	if !ok {
		return Word{}, false
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
		case strings.ContainsRune(closing, r) && r != utf8.RuneError && (after == "" || IsSpace(next)):
			return Word{Text: text.String(), Raw: line[:i+size], Quoted: true}, true
		default:
			text.WriteString(line[i : i+size])
			i += size
		}
	}
	return Word{}, false
}

// Quote writes text as one word of a command line.
func Quote(text string) string {
	bare := text != "" && !strings.HasPrefix(text, "-") && !strings.ContainsFunc(text, func(r rune) bool {
		return IsSpace(r) || closers[r] != "" || r == '\\' || IsDash(r)
	})
	if bare {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

// IsSpace counts all that shows as nothing or as space, and the marks of writing
// direction that clients put around pasted names. Joiners are letters' business.
func IsSpace(r rune) bool {
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

// IsDash tells the dashes that phones and keyboards make of "--".
func IsDash(r rune) bool { return strings.ContainsRune("‐‑‒–—―−﹘﹣－", r) }
