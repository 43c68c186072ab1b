package content

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// seenBy is what a scanner sees: names of tags, where links lead, and text.
func seenBy(source string) string {
	var b strings.Builder
	z := scanner{s: source}
	for {
		within := z.raw
		switch t, text := z.next(); t {
		case endToken:
			return b.String()
		case textToken:
			if within != "script" && within != "style" {
				text = html.UnescapeString(text)
			}
			b.WriteString(text)
		case openToken:
			if z.name == "script" || z.name == "style" || z.name == "textarea" {
				z.raw = z.name
			}
			b.WriteString("\n<" + z.name + " " + z.of("href") + ">\n")
		case closeToken:
			b.WriteString("\n</" + z.name + ">\n")
		}
	}
}

// seenByLibrary is the same as golang.org/x/net/html sees it.
func seenByLibrary(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			b.WriteString(string(z.Text()))
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			href, found := "", false
			tag := known12(string(name))
			for more {
				var key, value []byte
				if key, value, more = z.TagAttr(); string(key) == "href" && !found {
					href, found = string(value), true
				}
			}
			b.WriteString("\n<" + tag + " " + href + ">\n")
		case html.EndTagToken:
			name, _ := z.TagName()
			b.WriteString("\n</" + known12(string(name)) + ">\n")
		}
	}
}

func known12(name string) string {
	if len(name) > mostTagName {
		return ""
	}
	return name
}

// FuzzScanner holds the scanner to the library.
func FuzzScanner(f *testing.F) {
	for _, s := range []string{
		"a<b>c</b>", "<a href=x>", `<a href="x>y" b='c'>d`, "<a\n/ href = x / y>", "<!-- a -- > b -->c", "<!-->a", "<!--->a", "<!--a--!>b", "<!a>b", "<?a>b", "</>a", "</ a>b", "<1>", "<",
		"</", "<a", "<a ", "<a href=", "<a href='", "<A HREF=X>", "<a/href=x>", "<a =href=x>", "<a href=>b", "<a href=a/>b", "a&amp;b&lt;", "<br/>x", "<a href=x href=y>", "<!", "<!-", "<!--", "<!---",
		"<script>a<b>c</script>d", "<style>a</style >b", "<textarea></text></textarea/>c", "<script>a</scrip", "<SCRIPT>a</script>", "<a <b>c", "x<3 y", "<!--a-->b<!--c", "<a\x00b>c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		lower := strings.ToLower(s)
		for _, name := range []string{"<iframe", "<noembed", "<noframes", "<noscript", "<plaintext", "<title", "<xmp", "<script", "<textarea", "<style", "\x00", "\r", "<![cdata["} {
			if strings.Contains(lower, name) && (name[0] != '<' || name != "<script" && name != "<style" && name != "<textarea" || strings.Contains(lower, "<!--")) {
				t.Skip("read otherwise on purpose")
			}
		}
		if strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 }) {
			t.Skip("the library has letters of other scripts in small too")
		}
		if got, want := seenBy(s), seenByLibrary(s); got != want {
			t.Errorf("%q:\n got %q\nwant %q", s, got, want)
		}
	})
}

func TestConcealed(t *testing.T) {
	for s, want := range map[string]string{
		`a <font color="#ffffff">spam</font> b`:                              "spam",
		`a <span data-mx-color="#fff" data-mx-bg-color="#000">x</span>`:      "",
		`<span data-mx-color="#123456" data-mx-bg-color="#123456">x</span>y`: "x",
		`<div style="display : none">x<div>y</div>z</div>w`:                  "x\ny\nz",
		`<p style="font-size:0px">x</p>`:                                     "x",
		`<span data-mx-spoiler="why">x</span>`:                               "",
		`<b>x</b>`:                                                           "",
	} {
		m := rich(s)
		if got := m.Concealed(); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
		if visible := m.Shown().String(); !strings.Contains(visible, strings.ReplaceAll(want, "\n", "")) && !strings.Contains(strings.ReplaceAll(visible, "\n", ""), strings.ReplaceAll(want, "\n", "")) {
			t.Errorf("%s: shown is %q", s, visible)
		}
	}
	if n := rich(`<span data-mx-spoiler>x</span><span data-mx-spoiler="why">y</span>`).Spoilers(); n != 2 {
		t.Errorf("%d spoilers", n)
	}
}

// Entities are read however many stand before them, shown or not.
func TestManyEntities(t *testing.T) {
	const spam = "&#98;&#117;&#121; coins&excl;"
	for _, before := range []string{
		"", "<mx-reply>" + strings.Repeat("&", 1000) + "</mx-reply>", strings.Repeat("&", 1100), strings.Repeat("&amp;", 700), strings.Repeat("&a", 1100), strings.Repeat("<b title=&&&&></b>", 200),
	} {
		m := rich(before + " " + spam)
		if got := m.Shown().Folded(); !strings.HasSuffix(got, "buy coins!") {
			t.Errorf("%.20s…: …%q", before, got[max(len(got)-50, 0):])
		}
	}
}
