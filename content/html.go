package content

import (
	"cmp"
	"strings"

	"golang.org/x/net/html"

	"forseti/wire"
)

// Visible is the text that a client shows of HTML: without markup, with the addresses of
// links whose words hide them, and without what is quoted of the message that it answers.
func Visible(source string) string {
	in := html.NewTokenizer(strings.NewReader(wire.Clip(source, mostText)))
	in.SetMaxBuf(mostText)
	v := visible{}
	for {
		switch in.Next() {
		case html.ErrorToken:
			v.close()
			return v.text()
		case html.TextToken:
			v.write(string(in.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := in.TagName()
			v.open(string(name), func() map[string]string { return attributes(in, more) })
		case html.EndTagToken:
			name, _ := in.TagName()
			v.end(string(name))
		}
	}
}

// attributes gives those of which something is seen. Of one that comes twice the first counts, as in browsers, and of
// thousands each may be the one.
func attributes(in *html.Tokenizer, more bool) map[string]string {
	all := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = in.TagAttr()
		switch string(key) {
		case "href", "alt", "title":
			if _, twice := all[string(key)]; !twice {
				all[string(key)] = string(value)
			}
		}
	}
	return all
}

// visible collects what is seen. It keeps no tree: tags that do not fit cost nothing.
type visible struct {
	out    strings.Builder
	quoted int    // depth of quotes of what is answered
	link   string // where an open link leads
	words  int    // where the words of an open link begin
}

func (v *visible) write(text string) {
	if v.quoted == 0 {
		v.out.WriteString(text)
	}
}

// open begins an element. To read the attributes takes longer than all else, and most need none.
func (v *visible) open(name string, attributes func() map[string]string) {
	switch name {
	case "mx-reply":
		v.quoted++
	case "br":
		v.write("\n")
	case "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "details", "summary":
		v.line()
	case "td", "th":
		v.write(" ")
	case "img":
		of := attributes()
		v.write(cmp.Or(of["alt"], of["title"], "(a picture)"))
	case "a":
		v.close()
		v.link, v.words = attributes()["href"], v.out.Len()
	}
}

func (v *visible) end(name string) {
	switch name {
	case "mx-reply":
		v.quoted = max(v.quoted-1, 0)
	case "a":
		v.close()
	case "p", "div", "li", "tr", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6":
		v.line()
	}
}

// close ends a link, and says where it leads if its words do not.
func (v *visible) close() {
	if v.link != "" && v.quoted == 0 {
		if words := v.out.String()[v.words:]; !strings.Contains(words, v.link) {
			v.out.WriteString(" (" + wire.Clip(v.link, mostLabel) + ")")
		}
	}
	v.link = ""
}

// line begins a new line, unless one was just begun.
func (v *visible) line() {
	if s := v.out.String(); s != "" && !strings.HasSuffix(s, "\n") {
		v.write("\n")
	}
}

func (v *visible) text() string { return wire.Clip(strings.TrimSpace(v.out.String()), mostText) }
