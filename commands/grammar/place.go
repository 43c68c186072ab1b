package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"forseti/text"
)

// placer goes through the plain text of a message alongside what is shown of it.
type placer struct {
	body string
	at   int // what stands before it has been shown
	done int // what stands before it has been written
	out  strings.Builder
}

// place writes out mentions where they stand in the plain text. Clients put only a
// display name there, which its owner chooses and which says nothing about who is
// meant; others put the ID, or their Markdown. What cannot be placed is an error: a
// mention that is left out would be a command about somebody else. Where such a message may mean one thing or another, the
// error has both.
func (h Hearer) place(body string, pieces []piece) (string, error) {
	w := placer{body: body}
	unlikeShown := ""
	var strange error
	for i, p := range pieces {
		if p.link == nil {
			if !w.text(p.text) {
				if w.firstLineIsShown() && !mentionsIn(pieces[i:]) {
					unlikeShown = "\n" + Unlike // only what takes a text reads on
					break
				}
				return "", objection(NotShown)
			}
			w.address(p.href)
			if p.perhaps != nil && !strings.Contains(p.text, p.perhaps.Target) && strange == nil {
				strange = doubtful(strangeLink(p.href, *p.perhaps), h.asShown(pieces, h.byLink), body)
			}
			continue
		}
		if err := contradiction(p); err != nil {
			return "", doubtful(err, h.asShown(pieces, h.bySaid), h.asShown(pieces, h.byLink))
		}
		start, end, ok := w.mention(p)
		if !ok {
			return "", doubtful(unplaced(p.link.Target), h.asShown(pieces, h.byLink), body)
		}
		w.replace(start, end, h.written(*p.link))
	}
	if telling(w.body[w.at:]) != "" {
		if !w.firstLineIsShown() {
			return "", objection(NotShown)
		}
		unlikeShown = "\n" + Unlike
	}
	return w.out.String() + w.body[w.done:] + unlikeShown, strange
}

// unplaced says that it cannot be told for which words of a message a mention stands.
func unplaced(target string) error {
	return object("I cannot tell where in that message %s is mentioned, so I did nothing. "+
		"Write the command as plain text, with that ID.", text.Code(target))
}

// saysUser tells whether a user stands in a line, by their ID or by a link to them. Some clients
// say whom they mention only beside the text, which has nothing but a display name.
func saysUser(line, user string) bool {
	if strings.Contains(line, user) || strings.Contains(line, Link{Target: user}.String()) {
		return true
	}
	for word := range strings.FieldsFuncSeq(line, IsSpace) {
		if l, ok := ParseLink(Unwrap(word)); ok && l.Target == user {
			return true
		}
	}
	return false
}

// written is how a mention is written out. Our own stays our name.
func (h Hearer) written(l Link) string {
	if l.Target == string(h.Self) {
		return l.Target
	}
	return l.String()
}

func mentionsIn(pieces []piece) bool {
	for _, p := range pieces {
		if p.link != nil {
			return true
		}
	}
	return false
}

// firstLineIsShown tells whether all of the first line was found in what is shown.
func (w *placer) firstLineIsShown() bool {
	start := len(w.body) - len(strings.TrimLeftFunc(w.body, IsSpace))
	line := strings.IndexFunc(w.body[start:], isNewline)
	return line >= 0 && telling(w.body[min(w.at, start+line):start+line]) == ""
}

// telling drops what Markdown may add to or take from a text: space and punctuation.
func telling(s string) string {
	return strings.Map(func(r rune) rune {
		if tells(r) {
			return r
		}
		return -1
	}, s)
}

func tells(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	return !IsSpace(r) && (unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsSymbol(r))
}

// text goes on over a text that is shown; false if another one stands there.
func (w *placer) text(s string) bool {
	at := w.at
	for _, r := range s {
		if !tells(r) {
			continue
		}
		for {
			have, size := utf8.DecodeRuneInString(w.body[at:])
			if size == 0 {
				return false
			}
			if tells(have) {
				if have != r {
					return false
				}
				at += size
				break
			}
			at += size
		}
	}
	w.at = at
	return true
}

// address goes on over the address of a link or a picture, as Markdown has it.
func (w *placer) address(href string) {
	if href == "" {
		return
	}
	rest := w.body[w.at:]
	rest = rest[:min(len(rest), len(href)+len(near(rest)))]
	at := strings.Index(rest, href)
	if at >= 0 && telling(rest[:at]) == "" {
		w.at += at + len(href)
	}
}

// mention finds where a mention stands.
func (w *placer) mention(p piece) (start, end int, ok bool) {
	for i := w.at; i <= w.at+len(near(w.body[w.at:])); {
		if start, end, ok := w.mentionAt(i, p); ok {
			return start, end, true
		}
		r, size := utf8.DecodeRuneInString(w.body[i:])
		if size == 0 || tells(r) {
			break
		}
		i += size
	}
	return 0, 0, false
}

// mentionAt tries the ways to write a mention, those that show the link first.
func (w *placer) mentionAt(i int, p piece) (start, end int, ok bool) {
	rest := w.body[i:]
	if strings.HasPrefix(rest, "[") {
		if n, ok := markdownLink(rest, p); ok {
			return w.before(i, "@"), i + n, true
		}
	}
	if n, ok := linkTo(rest, *p.link); ok {
		return i, i + n, true
	}
	if after, ok := strings.CutPrefix(rest, p.link.Target); ok && p.link.Event == "" && endsThere(after) {
		return i, len(w.body) - len(skipAddress(after, *p.link)), true
	}
	name := strings.TrimLeft(strings.TrimFunc(p.text, unseen), "@")
	if after, ok := cutShown(strings.TrimLeft(rest, "@"), name); ok && wordEnds(after) {
		linked := skipAddress(after, *p.link)
		quotes := ""
		if len(linked) < len(after) {
			quotes = "\"'*_"
		}
		return w.before(i, quotes), len(w.body) - len(linked), true
	}
	return 0, 0, false
}

// before is where a mention begins that some marks stand in front of.
func (w *placer) before(i int, marks string) int {
	for i > w.at && marks != "" && strings.IndexByte(marks, w.body[i-1]) >= 0 {
		i--
	}
	return i
}

// markdownLink reads [name](address), or @[name] as some clients have it.
func markdownLink(s string, p piece) (length int, ok bool) {
	label := placer{body: s}
	if !label.text(p.text) {
		return 0, false
	}
	end := strings.IndexByte(near(s[label.at:]), ']')
	if end < 0 || telling(s[label.at:label.at+end]) != "" {
		return 0, false
	}
	after := s[label.at+end+1:]
	target, linked := strings.CutPrefix(after, "(")
	if !linked {
		return len(s) - len(after), telling(p.text) != ""
	}
	target = strings.TrimPrefix(target, "<")
	n, ok := linkTo(target, *p.link)
	if !ok {
		return 0, false
	}
	after, closed := strings.CutPrefix(strings.TrimPrefix(target[n:], ">"), ")")
	return len(s) - len(after), closed
}

// near bounds how far marks are looked for.
func near(s string) string { return s[:min(len(s), 64)] }

// mostLink is longer than a link with all that it may hold.
const mostLink = 2000

// linkTo reads a link that leads where a mention does.
func linkTo(s string, to Link) (length int, ok bool) {
	if lower := strings.ToLower(s[:min(len(s), 8)]); !strings.HasPrefix(lower, "http") && !strings.HasPrefix(lower, "matrix:") {
		return 0, false
	}
	s = s[:min(len(s), mostLink)]
	end := strings.IndexFunc(s, func(r rune) bool { return IsSpace(r) || strings.ContainsRune("<>\"`", r) })
	if end < 0 {
		end = len(s)
	}
	// A server's name holds no such mark: what comes after one is not part of the link.
	if query := strings.IndexByte(s[:end], '?'); query >= 0 {
		if mark := strings.IndexAny(s[query:end], ")*_,;"); mark >= 0 {
			end = query + mark
		}
	}
	// What closes brackets around a link is hardly part of it.
	for ; end > 0; end-- {
		if l, ok := ParseLink(s[:end]); ok && l.same(to) {
			return end, true
		}
		if !strings.ContainsRune(")].,:;*_", rune(s[end-1])) {
			cut := strings.LastIndexByte(s[:end], ')')
			if cut < 0 {
				return 0, false
			}
			end = cut + 1
		}
	}
	return 0, false
}

// skipAddress takes off the address that clients without HTML put after a name:
// "Name" (https://matrix.to/…).
func skipAddress(s string, to Link) string {
	rest := strings.TrimLeft(s, "\"'*_ ")
	for _, open := range []string{"(", "<"} {
		if after, ok := strings.CutPrefix(rest, open); ok {
			if n, ok := linkTo(after, to); ok {
				return strings.TrimLeft(after[n:], ")>")
			}
		}
	}
	return s
}

// cutShown takes a name off the front of a text, in which Markdown may have escaped
// some of it.
func cutShown(s, name string) (rest string, ok bool) {
	if name == "" {
		return "", false
	}
	for _, want := range name {
		if unseen(want) && !unicode.IsSpace(want) {
			continue
		}
		for {
			have, size := utf8.DecodeRuneInString(s)
			switch {
			case size == 0:
				return "", false
			case have == want || unicode.IsSpace(have) && unicode.IsSpace(want):
				s = s[size:]
			case have == '\\' || unseen(have) && !unicode.IsSpace(have):
				s = s[size:]
				continue
			default:
				return "", false
			}
			break
		}
	}
	return strings.TrimLeftFunc(s, faint), true
}

// unseen characters may be lost between a name and its mention.
func unseen(r rune) bool { return IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc, unicode.Mn) }

// wordEnds tells whether a name is whole: "Bad" is not mentioned in "Badger".
func wordEnds(after string) bool {
	r, size := utf8.DecodeRuneInString(after)
	return size == 0 || !tells(r) && r != '_'
}

// endsThere tells whether an ID is whole: a full stop or colon may end a sentence.
func endsThere(after string) bool {
	trimmed := strings.TrimLeft(after, ".:,;!?)]*_'")
	r, size := utf8.DecodeRuneInString(trimmed)
	return size == 0 || IsSpace(r) || strings.ContainsRune("\"`>“”’»(", r)
}

// replace writes a mention as a word of its own.
func (w *placer) replace(start, end int, by string) {
	before := w.body[w.done:start]
	w.out.WriteString(before)
	if r, size := utf8.DecodeLastRuneInString(w.body[:start]); size > 0 && !IsSpace(r) && !beside(r) {
		w.out.WriteByte(' ')
	}
	w.out.WriteString(by)
	after := w.body[end:]
	// Clients put a colon after the first name of a line, and people end a sentence with it.
	if trimmed := strings.TrimLeft(after, ":,.;"); len(after)-len(trimmed) == 1 && (trimmed == "" || after[0] == ':' || after[0] == ',' || startsInSpace(trimmed)) && wordEnds(trimmed) {
		end++
		after = trimmed
	}
	if r, size := utf8.DecodeRuneInString(after); size > 0 && !IsSpace(r) && !beside(r) {
		w.out.WriteByte(' ')
	}
	w.at, w.done = end, end
}

func startsInSpace(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return IsSpace(r)
}

// beside may stand directly beside a mention, around the word.
func beside(r rune) bool { return closers[r] != "" || strings.ContainsRune("`<>", r) }
