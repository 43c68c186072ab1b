package grammar

import (
	"strings"

	"golang.org/x/net/html"
)

// piece is a run of what a client shows of a formatted message.
type piece struct {
	text   string
	link   *Link  // of a mention: where it leads
	href   string // of another link or a picture: its address, which Markdown shows
	code   bool
	quoted bool
	// perhaps is whom or what another link may mention.
	perhaps *Link
}

// hidden elements show nothing of what is in them; mx-reply is the message that is
// replied to.
var hidden = map[string]bool{"script": true, "style": true, "textarea": true, "option": true, "title": true, "mx-reply": true}

// blocks stand on lines of their own.
var blocks = map[string]bool{
	"p": true, "div": true, "br": true, "hr": true, "li": true, "ul": true, "ol": true, "blockquote": true, "pre": true,
	"h1": true, "h2": true, "h3": true, "h4": true, "h5": true, "h6": true, "table": true, "tr": true, "td": true, "th": true,
}

// reader goes through the tokens of a formatted body. It builds no tree, so that
// deep nesting costs nothing.
type reader struct {
	pieces       []piece
	hide         int
	code, quotes int
	link         *piece // that is open
}

// shown reads what is shown of a formatted body.
func shown(formatted string) []piece {
	if formatted == "" {
		return nil
	}
	var r reader
	tokens := html.NewTokenizer(strings.NewReader(formatted))
	for {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken: // its end: no other error comes of a string
			r.closeLink()
			return r.pieces
		case html.TextToken:
			r.text(tokens.Token().Data, "")
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			r.tag(tokens.Token(), kind)
		}
	}
}

func (r *reader) tag(t html.Token, kind html.TokenType) {
	step := 1
	switch {
	case kind == html.EndTagToken:
		step = -1
	case kind == html.SelfClosingTagToken:
		step = 0
	}
	if hidden[t.Data] {
		r.hide = max(r.hide+step, 0)
		return
	}
	if blocks[t.Data] {
		r.text("\n", "")
	}
	switch t.Data {
	case "pre", "code":
		r.code = max(r.code+step, 0)
	case "blockquote":
		r.quotes = max(r.quotes+step, 0)
	case "a":
		r.closeLink()
		if step == 1 && r.hide == 0 {
			r.openLink(attribute(t, "href"))
		}
	case "img":
		r.text(attribute(t, "alt"), attribute(t, "src"))
	}
}

func (r *reader) text(s, href string) {
	switch {
	case r.hide > 0 || s == "" && href == "":
	case r.link != nil:
		r.link.text += s
	default:
		r.pieces = append(r.pieces, piece{text: s, href: href, code: r.code > 0, quoted: r.quotes > 0})
	}
}

func (r *reader) openLink(href string) {
	p := piece{href: href, code: r.code > 0, quoted: r.quotes > 0}
	if l, ok := ParseLink(strings.TrimSpace(href)); ok {
		p.link = &l
	} else {
		p.perhaps = LikeLink(href)
	}
	r.link = &p
}

func (r *reader) closeLink() {
	if r.link != nil {
		r.pieces = append(r.pieces, *r.link)
		r.link = nil
	}
}

func attribute(t html.Token, name string) string {
	for _, a := range t.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
