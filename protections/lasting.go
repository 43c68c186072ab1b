package protections

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"forseti/content"
)

// lastingText is what of a text is compared with what others say.
type lastingText struct {
	of      *content.Text
	words   string
	numbers int // how many digits were left out
	leet    bool
	whole   bool // nothing was left out
}

func lasts(of *content.Text) lastingText {
	folded := of.Folded() // or an invisible character within a link would leave half of it
	words, numbers, leet := lasting(folded)
	return lastingText{of, words, numbers, leet, len(words) == len(folded)}
}

func (t lastingText) fingerprint() *content.Fingerprint {
	switch {
	case t.leet:
		return content.NewText(content.Unleet(strings.ToLower(t.words))).Fingerprint()
	case !t.whole:
		return content.NewText(t.words).Fingerprint()
	}
	return t.of.Fingerprint()
}

// lasting is a text without what a campaign changes from one message to the next: links,
// handles, and numbers that stand by themselves, of which it gives how many digits they have.
// leet says that digits stand within words that are left. It ends where enough is left to be compared.
func lasting(s string) (left string, numbers int, leet bool) {
	var b strings.Builder
	kept := 0 // up to where s is written
	letters := 0
	drop := func(from, to int) {
		b.WriteString(s[kept:from])
		kept = to
	}
	for i := 0; i < len(s); {
		if letters > mostCompared {
			s = s[:i]
			break
		}
		switch c := s[i]; {
		case c == '@' && begun(s, i):
			end := wordEnd(s, i+1)
			drop(i, end)
			i = end
		case '0' <= c && c <= '9':
			end := i
			for end < len(s) && ('0' <= s[end] && s[end] <= '9' || (s[end] == '.' || s[end] == ',') && end+1 < len(s) && '0' <= s[end+1] && s[end+1] <= '9') {
				end++
			}
			if begun(s, i) && !goesOn(s, end) {
				drop(i, end)
				numbers += end - i
			} else if c >= '2' || end-i > 1 {
				leet = true
			}
			i = end
		case latin(c) && addresses(s, i):
			end := addressEnd(s, i)
			if leadsAway(s[i:end]) {
				drop(i, end)
			} else {
				end = i + 1
				letters++
			}
			i = end
		case latin(c):
			letters++
			i++
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[i:])
			letters++
			if i += size; 0xa2 <= r && r <= 0xa5 || 0x20a0 <= r && r <= 0x20cf { // some look like letters
				drop(i-size, i)
			}
		default:
			i++
		}
	}
	if kept == 0 {
		return s, 0, leet
	}
	b.WriteString(s[kept:])
	return b.String(), numbers, leet
}

// mostCompared is how many letters of a text are compared at the most: a fingerprint has no more.
const mostCompared = 2500

// begun tells whether no letter and no digit stands before a place.
func begun(s string, at int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	return at == 0 || !unicode.IsLetter(before) && !unicode.IsDigit(before) || wide(before)
}

// addresses tells whether a handle or an address can begin at a place: behind a space, or in a text without any.
func addresses(s string, at int) bool {
	if at == 0 || s[at-1] < utf8.RuneSelf {
		return at == 0 || s[at-1] <= ' '
	}
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	return unicode.IsSpace(before) || wide(before) || before >= 0x3000 && unicode.IsPunct(before)
}

// goesOn tells whether a word goes on at a place.
func goesOn(s string, at int) bool {
	after, _ := utf8.DecodeRuneInString(s[at:])
	return at < len(s) && unicode.IsLetter(after) && !wide(after)
}

// wide tells whether a letter is of a script that writes no spaces between words.
func wide(r rune) bool {
	return 0x3040 <= r && r <= 0x9fff || 0xac00 <= r && r <= 0xd7a3 || 0xe00 <= r && r <= 0xeff || 0x1780 <= r && r <= 0x17ff || 0xf900 <= r && r <= 0xfaff || 0x20000 <= r && r <= 0x3ffff
}

func latin(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// wordEnd is where an address ends that begins at a place.
func wordEnd(s string, at int) int {
	for i := at; i < len(s); i++ {
		switch c := s[i]; {
		case c <= ' ', c >= utf8.RuneSelf, c == '<', c == '>', c == '"', c == '`', c == ',', c == ';':
			return i
		}
	}
	return len(s)
}

// addressEnd is wordEnd with letters that are not ASCII in the word: some look as if they were.
func addressEnd(s string, at int) int {
	for {
		end := wordEnd(s, at)
		r, size := utf8.DecodeRuneInString(s[end:])
		if end == len(s) || r < utf8.RuneSelf || wide(r) || !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			return end
		}
		at = end + size
	}
}

// leadsAway tells whether a word is an address: with a scheme, or a host with a path.
func leadsAway(word string) bool {
	if strings.IndexByte(word, '.') < 0 && strings.IndexByte(word, ':') < 0 {
		return false
	}
	if strings.Contains(word, "://") {
		return true
	}
	host, _, path := strings.Cut(word, "/")
	for host != "" && strings.IndexByte(".!?):", host[len(host)-1]) >= 0 {
		host = host[:len(host)-1]
	}
	dot := strings.LastIndexByte(host, '.')
	if dot <= 0 {
		return false
	}
	const shortest, longest = 2, 6
	end := host[dot+1:]
	for i := range len(end) {
		if end[i] < 'a' || 'z' < end[i] {
			return false
		}
	}
	return shortest <= len(end) && len(end) <= longest && (path || strings.IndexByte(host, '\'') < 0)
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
