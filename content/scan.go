package content

import (
	"slices"
	"strings"

	"unicode/utf8"

	"maunium.net/go/mautrix/id"
)

// scan finds what leads somewhere in text as it is written: links, users, rooms. Clients make links of all of them.
func (l *links) scan(s string, aside bool) {
	from, found := 0, false
	for i := 0; i < len(s); {
		c := s[i]
		if says[c] {
			i++
			continue
		}
		size := 1
		stop := c <= ' ' || c == '<' || c == '>' || c == '"' || c == '`'
		switch {
		case c == '.' || c == ':':
			// What only ends a sentence is none.
			found = found || i > from && i+1 < len(s) && s[i+1] > ' '
		case c == '@':
			found = found || strings.HasPrefix(s[i:], "@room")
		case c >= utf8.RuneSelf:
			var r rune
			r, size = utf8.DecodeRuneInString(s[i:])
			stop = space(r) <= ' '
			if r == '。' || r == '．' || r == '｡' {
				found = found || i > from && i+size < len(s) && isWord(s[i-1]) && isWord(s[i+size])
			}
		}
		if stop {
			if found {
				l.word(s[from:i], aside)
			}
			from, found = i+size, false
		}
		i += size
	}
	if found {
		l.word(s[from:], aside)
	}
}

// says are the bytes that neither end a word nor tell of an address: of other letters than those of ASCII those with which no
// space begins, and no dot.
var says = func() (all [256]bool) {
	for c := range all {
		switch {
		case c <= ' ' || strings.IndexByte("<>\"`.:@", byte(c)) >= 0:
		case c == 0xc2 || 0xe1 <= c && c <= 0xe3 || c == 0xef:
		default:
			all[c] = true
		}
	}
	return all
}()

func isWord(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }

// The bounds of what is tried. To find out that something is no link takes longer than to find a letter, and of what is
// longer than any address only the beginning is looked at.
const (
	mostTried  = 150
	mostInWord = 20 // links with a scheme without a space between them
)

// word looks at what stands between spaces.
func (l *links) word(s string, aside bool) {
	if n := strings.Count(s, "@room"); n > 0 && !aside {
		l.room = true
		l.called += n * len("room")
	}
	if l.tried > mostTried {
		l.miss(s, aside)
		return
	}
	if len(s) > mostSource {
		l.more = true
		l.miss(s[mostSource:], aside)
		s = s[:mostSource]
	}
	for range mostInWord {
		begin := schemeIn(s)
		if begin < 0 {
			break
		}
		l.bare(s[:begin], aside)
		// What one leads through, as a link within it, is a link as well.
		s = s[begin:]
		over := strings.IndexByte(s, ':') + 1
		inner := schemeIn(s[over:])
		whole := s
		if inner >= 0 && strings.IndexByte(",;|()", s[over+inner-1]) >= 0 {
			whole = s[:over+inner]
		}
		whole = trimmed(whole)
		if !l.try(whole) {
			l.miss(whole, aside)
			return
		}
		if found, ok := parseLink(whole, false); ok {
			found.Aside = aside
			l.take(found, false)
			l.through(found)
		}
		if inner < 0 {
			s = s[max(len(whole), 1):]
			break
		}
		s = s[over+inner:]
	}
	if schemeIn(s) >= 0 {
		l.more = true
		l.miss(s, aside)
	}
	l.bare(s, aside)
}

// miss takes in that a text is not looked at.
func (l *links) miss(s string, aside bool) {
	l.sure = l.sure || !aside && strings.Contains(s, "://")
}

// schemeIn is where an address with a scheme begins; negative if there is none.
func schemeIn(s string) int {
	const matrix = "matrix"
	for colon := strings.IndexByte(s, ':'); colon >= 0; {
		if next := colon + 1; next < len(s) && (s[next] == '/' || s[next] == '\\') {
			begin := colon
			for begin > 0 && begin > colon-12 && (isLetter(s[begin-1]) || s[begin-1] == '+') {
				begin--
			}
			if begin < colon {
				return begin
			}
		} else if begin := colon - len(matrix); begin >= 0 && strings.EqualFold(s[begin:colon], matrix) && (begin == 0 || !isLetter(s[begin-1])) {
			return begin
		}
		next := strings.IndexByte(s[colon+1:], ':')
		if next < 0 {
			break
		}
		colon += 1 + next
	}
	return -1
}

// try tells whether one more may be looked at.
func (l *links) try(s string) bool {
	if l.tried++; !plainHost(s) {
		l.tried += 7
	}
	l.more = l.more || l.tried > mostTried
	return l.tried <= mostTried
}

// trimmed is an address without what is of the sentence that it stands in.
func trimmed(s string) string {
	unopened := -1
	for s != "" {
		r, size := utf8.DecodeLastRuneInString(s)
		switch r {
		case ')':
			if unopened < 0 {
				unopened = max(strings.Count(s, ")")-strings.Count(s, "("), 0)
			}
			if unopened == 0 {
				return s
			}
			unopened--
		case '.', ',', ';', ':', '!', '?', '\'', '*', '_', '~', ']', '}', '|', '»', '”', '’', '。', '，', '！', '？', '）', '、', '」', '…':
		default:
			return s
		}
		s = s[:len(s)-size]
	}
	return s
}

// bare looks for what has no scheme: hosts, users and rooms.
func (l *links) bare(s string, aside bool) {
	if len(s) < 4 {
		return
	}
	for part := range strings.FieldsFuncSeq(s, parts) {
		if l.tried > mostTried {
			return
		}
		part = trimmed(strings.TrimLeftFunc(part, leads))
		if len(part) < 4 || !l.try(part) {
			continue
		}
		if at := sigilIn(part); at > 0 && strings.IndexByte(":=-/>", part[at-1]) >= 0 && !strings.Contains(part[:at], ".") {
			part = part[at:] // "cc:@alice:example.org"
		}
		switch {
		case part[0] == '@':
			for each := range strings.SplitSeq(part[1:], "@") { // of those without a space between them each
				l.user("@"+strings.TrimRight(each, "/-=>"), aside)
			}
		case part[0] == '#' && strings.Contains(part, ":") && isServer(part):
			l.take(Link{URL: part, Room: part, Aside: aside}, false)
		default:
			l.host(part, aside)
		}
	}
}

// parts tells where what has no scheme ends for certain.
func parts(r rune) bool {
	switch r {
	case '(', ')', '[', ']', '{', '}', '|', ',', ';', '\'', '«', '»', '“', '”', '„', '‘', '’', '（', '）', '「', '」', '，', '、', '！', '？', '：':
		return true
	}
	return false
}

// leads tells whether a sign stands before an address that is no part of it.
func leads(r rune) bool {
	switch r {
	case '*', '_', '~', '.', ':', '!', '?', '-':
		return true
	}
	return false
}

// sigilIn is where a user or an address of a room may begin; negative if nowhere.
func sigilIn(s string) int {
	for i := range len(s) {
		if s[i] == '@' || s[i] == '#' {
			return i
		}
	}
	return -1
}

func (l *links) user(s string, aside bool) {
	if s == "@room" || len(s) > mostID || !isServer(s) {
		return
	}
	if !aside {
		l.called += letters(s)
	}
	if !aside && len(l.plain) < mostMentions && !slices.Contains(l.plain, id.UserID(s)) {
		l.plain = append(l.plain, id.UserID(s))
	}
}

// letters is how many characters of words there are.
func letters(s string) (n int) {
	for _, r := range s {
		if isCore(r) {
			n++
		}
	}
	return n
}

// isServer tells whether an identifier may end in a server's name.
func isServer(s string) bool {
	_, server, ok := strings.Cut(s, ":")
	if !ok || server == "" || len(server) > mostID {
		return false
	}
	for i := range len(server) {
		if c := server[i]; !isLetter(c) && (c < '-' || c > ':' || c == '/') && c != '[' && c != ']' {
			return false
		}
	}
	return true
}

// host takes in what may be one with no scheme. Where no spaces are written it may stand between other words.
func (l *links) host(s string, aside bool) {
	found, ok := parseLink(s, false)
	if !ok || found.Host == "" {
		from, to := latin(s)
		if from == 0 && to == len(s) || to-from < 4 {
			return
		}
		if found, ok = parseLink(trimmed(s[from:to]), false); !ok || found.Host == "" {
			return
		}
	}
	found.Aside = aside
	l.take(found, false)
}

// latin is where ASCII is in a text, about its first dot.
func latin(s string) (from, to int) {
	dot := strings.IndexByte(s, '.')
	if dot < 0 {
		return 0, len(s)
	}
	for from = dot; from > 0 && s[from-1] < utf8.RuneSelf; from-- {
	}
	for to = dot; to < len(s) && s[to] < utf8.RuneSelf; to++ {
	}
	return from, to
}
