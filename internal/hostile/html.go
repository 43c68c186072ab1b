package hostile

import (
	"fmt"
	"strings"
)

// HTML is what a message may be formatted with to make it dear to read, of some size.
func HTML() map[string]func(n int) string {
	return map[string]func(n int) string{
		"letters":            func(n int) string { return strings.Repeat("a", n) },
		"unclosed blocks":    func(n int) string { return strings.Repeat("<div>", n/5) },
		"unclosed links":     func(n int) string { return strings.Repeat(`<a href=x>`, n/10) },
		"links with words":   func(n int) string { return strings.Repeat(`<a href="https://evil.example">x</a>`, n/36) },
		"a link for all":     func(n int) string { return `<a href="` + strings.Repeat("ab", n/4) + `c">` + strings.Repeat("ab", n/4) },
		"links within links": func(n int) string { return strings.Repeat(`<a href="`+strings.Repeat("ab", 50)+`">ab`, n/110) },
		"quotes":             func(n int) string { return strings.Repeat("<mx-reply>", n/10) + "x" },
		"attributes":         func(n int) string { return "<a " + distinct(n/8) + ">x</a>" },
		"tags of attributes": func(n int) string { return strings.Repeat("<a b=c d=e f=g h=i>", n/20) },
		"no end of a tag":    func(n int) string { return "<a " + strings.Repeat(`x="`, n/3) },
		"openings":           func(n int) string { return strings.Repeat("<", n) },
		"half openings":      func(n int) string { return strings.Repeat("<a", n/2) },
		"closings":           func(n int) string { return strings.Repeat("</", n/2) },
		"comments":           func(n int) string { return strings.Repeat("<!--", n/4) },
		"comments that end":  func(n int) string { return strings.Repeat("<!--->", n/6) },
		"comments with ends": func(n int) string { return "<!--" + strings.Repeat("--!", n/3) },
		"sections":           func(n int) string { return strings.Repeat("<![CDATA[", n/9) },
		"raw text":           func(n int) string { return strings.Repeat("<script>", n/8) },
		"raw text, no end":   func(n int) string { return "<textarea>" + strings.Repeat("</textare", n/9) },
		"plain text":         func(n int) string { return strings.Repeat("<plaintext>", n/11) },
		"entities":           func(n int) string { return strings.Repeat("&amp;", n/5) },
		"half entities":      func(n int) string { return strings.Repeat("&", n) },
		"a long entity":      func(n int) string { return "&" + strings.Repeat("a", n) },
		"no entities":        func(n int) string { return strings.Repeat("&a", n/2) },
		"ends of entities":   func(n int) string { return strings.Repeat("&aaaaaaa", n/8) },
		"links of no words":  func(n int) string { return numbered(`<a href="https://a%d.b.example/x"></a>`, n) },
		"numbers":            func(n int) string { return "&#" + strings.Repeat("1", n) },
		"breaks":             func(n int) string { return strings.Repeat("<br><p>", n/7) },
		"pictures":           func(n int) string { return strings.Repeat("<img>", n/5) },
		"NULs":               func(n int) string { return strings.Repeat("\x00", n) },
		"returns":            func(n int) string { return strings.Repeat("\r", n) },
		"no UTF-8":           func(n int) string { return strings.Repeat("\xf0\x9f", n/2) },
		"pills":              func(n int) string { return strings.Repeat(`<a href="https://matrix.to/#/@u:hs">x</a>`, n/42) },
		"pills that differ":  func(n int) string { return numbered(`<a href="https://matrix.to/#/@u%d:hs">x</a>`, n) },
		"links that differ":  func(n int) string { return numbered(`<a href="https://a%d.b.example/x">c%[1]d.example</a>`, n) },
		"links in scripts":   func(n int) string { return numbered(`<a href="https://bü%d.exаmple/">bü%[1]d.exаmple</a>`, n) },
		"links with escapes": func(n int) string {
			return strings.Repeat(`<a href="https://a.b/?u=https%3A%2F%2F%65vil.example">x</a>`, n/59)
		},
		"emoji of its own": func(n int) string {
			return strings.Repeat(`<img data-mx-emoticon height=32 src="mxc://a/b" alt=":x:" title=":y:">`, n/70)
		},
		"styles":             func(n int) string { return strings.Repeat(`<b style="a : b ; c : d ; e">x</b>`, n/35) },
		"spoilers":           func(n int) string { return strings.Repeat(`<span data-mx-spoiler="why not">x</span>`, n/40) },
		"what is concealed":  func(n int) string { return strings.Repeat(`<font color="#fff">а b</font>`, n/30) },
		"quoted, in scripts": func(n int) string { return "<mx-reply>" + strings.Repeat("а b ", n/5) + "</mx-reply>x" },
		"tags in words":      func(n int) string { return strings.Repeat("а<b>b</b>", n/9) },
		"numbered entities":  func(n int) string { return strings.Repeat("&#1072;b ", n/9) },
		"entities in links":  func(n int) string { return strings.Repeat(`<a href="https://a&#46;b.example/&amp;">x</a>`, n/46) },
	}
}

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%06d ", i)
	}
	return b.String()
}
