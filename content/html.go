package content

import (
	"html"
	"strings"
)

// scanner takes HTML apart as browsers' tokenizers do, without a tree. golang.org/x/net/html, which a test holds it
// against, takes ten times as long for what is written to be dear, and fills four kilobytes for one word in bold.
//
// https://html.spec.whatwg.org/multipage/parsing.html#tokenization
type scanner struct {
	s   string
	i   int
	raw string // the element whose text is no markup, of which we are within; "" if none

	// Of the last tag:
	name       string // in lower case; "" if it is longer than any that we know
	attributes []attribute
}

type token byte

const (
	endToken  token = iota // of it all
	textToken              // a text
	openToken
	closeToken
)

// attribute is one of which something is seen, as it is written, or decoded once it was asked for.
type attribute struct {
	name, value string
	decoded     bool
}

const mostTagName = 12

// next gives what comes next; of a text its source.
func (z *scanner) next() (token, string) {
	if z.raw != "" {
		if text := z.untilEnd(); text != "" {
			return textToken, text
		}
	}
	for z.i < len(z.s) {
		if z.s[z.i] != '<' {
			return textToken, z.text()
		}
		switch c := z.at(z.i + 1); {
		case isLetter(c):
			if z.tag(z.i + 1) {
				return openToken, ""
			}
			return endToken, ""
		case c == '/' && isLetter(z.at(z.i+2)):
			if z.tag(z.i + 2) {
				return closeToken, ""
			}
			return endToken, ""
		case c == '/' && z.i+2 < len(z.s), c == '?':
			z.until(z.i+2, ">")
		case c == '!' && strings.HasPrefix(z.s[z.i+2:], "--"):
			z.comment()
		case c == '!':
			z.until(z.i+2, ">")
		default:
			return textToken, z.text()
		}
	}
	return endToken, ""
}

func (z *scanner) at(i int) byte {
	if i < len(z.s) {
		return z.s[i]
	}
	return 0
}

// text is all up to the next that may be markup.
func (z *scanner) text() string {
	from := z.i
	for z.i++; z.i < len(z.s); z.i++ {
		next := strings.IndexByte(z.s[z.i:], '<')
		if next < 0 {
			z.i = len(z.s)
			break
		}
		z.i += next
		if c := z.at(z.i + 1); isLetter(c) || c == '/' || c == '?' || c == '!' {
			break
		}
	}
	return z.s[from:z.i]
}

// until goes behind the next mark, or to the end.
func (z *scanner) until(from int, mark string) {
	if n := strings.Index(z.s[min(from, len(z.s)):], mark); n >= 0 {
		z.i = from + n + len(mark)
	} else {
		z.i = len(z.s)
	}
}

// comment goes behind one, which also "<!-->", "<!--->" and "--!>" end.
func (z *scanner) comment() {
	for i := z.i + 4; ; i++ {
		n := strings.IndexByte(z.s[min(i, len(z.s)):], '>')
		if n < 0 {
			z.i = len(z.s)
			return
		}
		i += n
		inside := z.s[z.i+4 : i]
		if inside == "" || inside == "-" || strings.HasSuffix(inside, "--") || strings.HasSuffix(inside, "--!") {
			z.i = i + 1
			return
		}
	}
}

// untilEnd is the text up to the end of an element that holds no markup.
func (z *scanner) untilEnd() string {
	from := z.i
	for i := from; ; i++ {
		n := strings.Index(z.s[min(i, len(z.s)):], "</")
		if n < 0 {
			z.i = len(z.s)
			break
		}
		i += n
		behind := i + 2 + len(z.raw)
		if behind <= len(z.s) && strings.EqualFold(z.s[i+2:behind], z.raw) && ends(z.at(behind)) {
			z.i = i
			break
		}
	}
	z.raw = ""
	return z.s[from:z.i]
}

// ends tells whether a tag's name is over.
func ends(c byte) bool { return c == '>' || c == '/' || isBlank(c) }

func isBlank(c byte) bool  { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// tag reads one whose name begins at i; false if it has no end, so that nothing of it is shown.
func (z *scanner) tag(i int) bool {
	z.attributes = z.attributes[:0]
	from := i
	for i < len(z.s) && !ends(z.s[i]) {
		i++
	}
	if z.name = ""; i-from <= mostTagName {
		z.name = strings.ToLower(z.s[from:i])
	}
	for {
		for i < len(z.s) && (isBlank(z.s[i]) || z.s[i] == '/') {
			i++
		}
		if i >= len(z.s) {
			z.i = len(z.s)
			return false
		}
		if z.s[i] == '>' {
			z.i = i + 1
			return true
		}
		i = z.attribute(i)
	}
}

// attribute reads one that begins at i, and gives where it ends.
func (z *scanner) attribute(i int) int {
	from := i
	for i++; i < len(z.s) && !ends(z.s[i]) && z.s[i] != '='; i++ {
	}
	name := z.s[from:i]
	for i < len(z.s) && isBlank(z.s[i]) {
		i++
	}
	value := ""
	if z.at(i) == '=' {
		for i++; i < len(z.s) && isBlank(z.s[i]); i++ {
		}
		switch c := z.at(i); c {
		case '"', '\'':
			n := strings.IndexByte(z.s[i+1:], c)
			if n < 0 {
				return len(z.s)
			}
			value, i = z.s[i+1:i+1+n], i+n+2
		case '>':
		default:
			begin := i
			for i < len(z.s) && !isBlank(z.s[i]) && z.s[i] != '>' {
				i++
			}
			value = z.s[begin:i]
		}
	}
	z.keep(name, value)
	return i
}

// keep takes in an attribute if something is seen of it. Of one that comes twice the first counts, as in browsers.
func (z *scanner) keep(name, value string) {
	const longest = len("data-mx-bg-color")
	if len(name) > longest || len(name) < len("alt") {
		return
	}
	name = strings.ToLower(name)
	switch name {
	case "href", "src", "alt", "title", "style", "color", "width", "height",
		"data-mx-color", "data-mx-bg-color", "data-mx-spoiler", "data-mx-emoticon", "data-mx-maths":
	default:
		return
	}
	for _, a := range z.attributes {
		if a.name == name {
			return
		}
	}
	z.attributes = append(z.attributes, attribute{name: name, value: value})
}

// of is what an attribute of the last tag says.
func (z *scanner) of(name string) string {
	for i := range z.attributes {
		a := &z.attributes[i]
		if a.name != name {
			continue
		}
		if !a.decoded {
			a.value, a.decoded = decoded(a.value), true
		}
		return a.value
	}
	return ""
}

func (z *scanner) has(name string) bool {
	for _, a := range z.attributes {
		if a.name == name {
			return true
		}
	}
	return false
}

// decoded is what a source says. All entities are read, each byte of it once: were there a bound, what stands before it, shown
// or not, would hide all behind it.
func decoded(source string) string {
	if strings.IndexByte(source, '&') < 0 {
		return source
	}
	return html.UnescapeString(source)
}
