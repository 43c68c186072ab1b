package content

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"forseti/wire"
)

// Picture is one within a text, or of an image pack.
type Picture struct {
	Address   string // mxc://; "" if it is not the homeserver's
	Name      string // what is said of it in words, or its shortcode
	Emoji     bool   // it is a custom emoji
	Concealed bool   // it is made to be overlooked
	Height    int    // pixels, as its sender wants it shown; 0 if that is not said
}

// anchor is a link in HTML.
type anchor struct {
	href, words string
	aside       bool // nobody sees it
}

// bare tells whether there is nothing to see of it.
func (a anchor) bare() bool { return strings.TrimSpace(a.words) == "" }

// insert is what is not text and stands in it for people who read what was removed.
type insert struct {
	at   int
	text string
}

// visible collects what is seen of HTML. It keeps no tree: tags that do not fit cost nothing.
type visible struct {
	out, aside, concealed strings.Builder

	quoted    int    // depth of quotes of what is answered
	within    int    // … and of quotes that are shown
	blocks    []span // which these are
	conceals  string // the element that conceals what is in it, and how deep we are in such
	depth     int
	pre       int
	mute      bool   // within text that clients leave out
	link      string // where an open link leads
	linked    bool   // there is one
	wordsFrom int    // where its words begin
	wordsIn   *strings.Builder

	spoilers int
	pictures []Picture
	anchors  []anchor
	bare     int  // of these have no words
	missed   bool // there are more links than are kept
	inserts  []insert
	cut      bool
}

// span is a part of a text.
type span struct{ from, to int }

// The bounds of what is kept of one text.
const (
	mostBlocks   = 100
	mostPictures = 100
	mostLinks    = 100
	mostSource   = 2000 // bytes of an address
)

// see reads HTML.
func (v *visible) see(source string) {
	z := scanner{s: source}
	for {
		switch t, text := z.next(); t {
		case endToken:
			v.unlink()
			v.unquote(v.within)
			return
		case textToken:
			v.write(decoded(text))
			v.mute = false
		case openToken:
			v.open(&z)
		case closeToken:
			v.close(z.name)
		}
	}
}

// to is where text goes just now.
func (v *visible) to() *strings.Builder {
	if v.quoted > 0 || v.mute {
		return &v.aside
	}
	return &v.out
}

func (v *visible) write(text string) {
	if v.pre == 0 {
		text = onOneLine(text)
	}
	v.put(text)
}

// onOneLine is a text with a space for whatever space there is.
func onOneLine(s string) string {
	first := strings.IndexAny(s, "\n\t\r\f")
	if first < 0 {
		return s
	}
	line := []byte(s)
	for i := first; i < len(line); i++ {
		if isBlank(line[i]) {
			line[i] = ' '
		}
	}
	return string(line)
}

func (v *visible) put(text string) {
	v.to().WriteString(text)
	if v.depth > 0 {
		v.concealed.WriteString(text)
	}
}

func (v *visible) open(z *scanner) {
	if z.name == v.conceals && v.depth > 0 {
		v.depth++
	}
	switch z.name {
	case "mx-reply":
		v.quoted++
	case "script", "style", "textarea":
		z.raw, v.mute = z.name, true
	case "br":
		v.put("\n")
	case "pre":
		v.pre++
		v.line()
	case "p", "div", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "details", "summary":
		v.line()
		if z.name == "blockquote" {
			v.quote()
		}
	case "td", "th":
		v.put(" ")
	case "img":
		v.picture(z)
		return
	case "a":
		v.unlink()
		v.link, v.linked = z.of("href"), true
		v.wordsIn = v.to()
		v.wordsFrom = v.wordsIn.Len()
	}
	if len(z.attributes) == 0 {
		return
	}
	if z.has("data-mx-spoiler") {
		v.spoilers++
		v.note(z.of("data-mx-spoiler"))
	}
	v.note(z.of("data-mx-maths"))
	v.note(z.of("title"))
	if v.depth == 0 && z.name != "" && conceals(z) {
		v.conceals, v.depth = z.name, 1
	}
}

func (v *visible) close(name string) {
	if v.depth > 0 && name == v.conceals {
		if v.depth--; v.depth == 0 {
			v.concealed.WriteString("\n")
		}
	}
	switch name {
	case "mx-reply":
		v.quoted = max(v.quoted-1, 0)
	case "script", "style", "textarea":
		v.mute = false
	case "a":
		v.unlink()
	case "pre":
		v.pre = max(v.pre-1, 0)
		v.line()
	case "p", "div", "li", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6":
		v.line()
		if name == "blockquote" {
			v.unquote(1)
		}
	}
}

// quote begins a quote that is shown. One in another is a part of it.
func (v *visible) quote() {
	if v.within++; v.within == 1 && len(v.blocks) < mostBlocks {
		v.blocks = append(v.blocks, span{v.out.Len(), -1})
	}
}

// unquote ends so many.
func (v *visible) unquote(depth int) {
	if v.within = max(v.within-depth, 0); v.within > 0 || len(v.blocks) == 0 {
		return
	}
	if last := &v.blocks[len(v.blocks)-1]; last.to < 0 {
		last.to = v.out.Len()
	}
}

// note takes in what is not shown as text.
func (v *visible) note(said string) {
	if said != "" && v.aside.Len() < mostText {
		v.aside.WriteString("\n" + wire.Clip(said, mostSource) + "\n")
	}
}

func (v *visible) picture(z *scanner) {
	alt, title := z.of("alt"), z.of("title")
	p := Picture{Name: wire.Clip(cmp.Or(alt, title), mostLabel), Emoji: z.has("data-mx-emoticon")}
	if src := z.of("src"); strings.HasPrefix(src, "mxc://") {
		p.Address = wire.Clip(src, mostLabel)
	}
	p.Height = pixels(z.of("height"))
	p.Concealed = v.depth > 0 || zero(z.of("width")) || zero(z.of("height")) || conceals(z)
	if len(v.pictures) < mostPictures {
		v.pictures = append(v.pictures, p)
	} else {
		v.cut = true
	}
	if title != alt {
		v.note(title)
	}
	if p.Name == "" {
		v.insert("(a picture)")
		return
	}
	v.put(p.Name)
}

func (v *visible) insert(text string) {
	if v.quoted == 0 && !v.mute && len(v.inserts) < 2*mostLinks {
		v.inserts = append(v.inserts, insert{v.out.Len(), text})
	}
}

// unlink ends a link, and says where it leads if its words do not.
func (v *visible) unlink() {
	if !v.linked {
		return
	}
	v.linked = false
	if v.link == "" {
		return
	}
	a := anchor{href: wire.Clip(v.link, mostSource), aside: v.wordsIn == &v.aside}
	if in := v.wordsIn; v.wordsFrom <= in.Len() {
		a.words = wire.Clip(in.String()[v.wordsFrom:], mostLabel)
	}
	leads := leadsAway(a.href)
	if leads {
		v.keep(a)
	}
	if !strings.Contains(a.words, v.link) {
		if leads && !a.aside {
			v.insert(" (" + wire.Clip(v.link, mostLabel) + ")")
		}
		v.note(v.link)
	}
}

// keep takes in a link, unless there are as many as are kept. Those of which nothing is shown are counted apart, so that they
// take no room of others.
func (v *visible) keep(a anchor) {
	of := len(v.anchors) - v.bare
	if a.bare() {
		of = v.bare
	}
	if of >= mostLinks {
		v.missed, v.cut = true, true
		return
	}
	if v.anchors = append(v.anchors, a); a.bare() {
		v.bare++
	}
}

// ordered are the links, those with words first if there are many without.
func (v *visible) ordered() []anchor {
	const many = 10
	if v.bare > many {
		slices.SortStableFunc(v.anchors, func(a, b anchor) int {
			switch {
			case a.bare() == b.bare():
				return 0
			case b.bare():
				return -1
			}
			return 1
		})
	}
	return v.anchors
}

// leadsAway tells whether an address may lead anywhere else than to a page of the client itself, as "/x" and "#x" do.
func leadsAway(href string) bool { return strings.ContainsAny(href, ".:") || !isASCII(href) }

// line begins a new line, unless one was just begun.
func (v *visible) line() {
	if s := v.to().String(); s != "" && !strings.HasSuffix(s, "\n") {
		v.put("\n")
	}
}

// text is what is seen.
func (v *visible) text() string { return strings.TrimSpace(v.out.String()) }

// shownWith is what is seen, with what stands in it for those who read it later.
func (v *visible) shownWith() string {
	if len(v.inserts) == 0 {
		return v.text()
	}
	var b strings.Builder
	s, from := v.out.String(), 0
	for _, in := range v.inserts {
		b.WriteString(s[from:in.at])
		b.WriteString(in.text)
		from = in.at
	}
	b.WriteString(s[from:])
	return wire.Clip(strings.TrimSpace(b.String()), mostText)
}

// conceals tells whether the last tag is one whose text is made to be overlooked. What most clients show all the same, for
// they know no style, is.
func conceals(z *scanner) bool {
	front, back := colour(cmp.Or(z.of("data-mx-color"), z.of("color"))), colour(z.of("data-mx-bg-color"))
	if front != "" && (front == back || back == "" && (front == "ffffff" || front == "transparent")) {
		return true
	}
	style := z.of("style")
	if style == "" || len(style) > mostLabel {
		return false
	}
	style = strings.ToLower(strings.Join(strings.Fields(style), ""))
	for _, way := range []string{"display:none", "visibility:hidden", "font-size:0", "opacity:0;", "color:transparent", "color:#fff", "color:white"} {
		if strings.Contains(style+";", way) {
			return true
		}
	}
	return false
}

// colour is one in a single way of writing it.
func colour(s string) string {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "#"))
	switch {
	case len(s) > 20:
		return "?"
	case s == "white":
		return "ffffff"
	case s == "black":
		return "000000"
	case len(s) == 3:
		return string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	case len(s) == 8 && s[6:] == "00":
		return "transparent"
	}
	return s
}

// pixels reads a length; 0 if it is none.
func pixels(s string) int {
	n, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(s), "px"), 10, 16)
	if err != nil {
		return 0
	}
	return int(n)
}

// zero tells whether a length says that there is none.
func zero(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && strings.Trim(strings.TrimSuffix(s, "px"), "0") == ""
}
