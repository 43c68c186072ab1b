package content

import (
	"fmt"
	"strings"
	"testing"

	"forseti/internal/growth"
)

// hostileHTML is what a message may be formatted with to make it dear to read, of some size.
var hostileHTML = map[string]func(n int) string{
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
	"numbers":            func(n int) string { return "&#" + strings.Repeat("1", n) },
	"breaks":             func(n int) string { return strings.Repeat("<br><p>", n/7) },
	"pictures":           func(n int) string { return strings.Repeat("<img>", n/5) },
	"NULs":               func(n int) string { return strings.Repeat("\x00", n) },
	"returns":            func(n int) string { return strings.Repeat("\r", n) },
	"no UTF-8":           func(n int) string { return strings.Repeat("\xf0\x9f", n/2) },
}

func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "a%06d ", i)
	}
	return b.String()
}

// hostileContent is content that is dear to read, of some size.
var hostileContent = map[string]func(n int) (kind, raw string){
	"keys": func(n int) (string, string) {
		return "m.room.message", `{"body":"x"` + strings.Repeat(`,"body":"x"`, n/11) + `}`
	},
	"nested edits": func(n int) (string, string) {
		return "m.room.message", `{"m.relates_to":{"rel_type":"m.replace","event_id":"$e"},` + strings.Repeat(`"m.new_content":{"body":"x",`, n/28) + `"a":1` + strings.Repeat("}", n/28+1)
	},
	"nested arrays": func(n int) (string, string) {
		return "m.poll.start", `{"m.poll":` + strings.Repeat("[", n/2) + strings.Repeat("]", n/2) + `}`
	},
	"nested objects, no end": func(n int) (string, string) { return "m.room.message", strings.Repeat(`{"body":`, n/8) },
	"answers": func(n int) (string, string) {
		return "m.poll.start", `{"m.poll":{"question":{"m.text":[{"body":"q"}]},"answers":[` + strings.Repeat(`{"m.text":[{"body":"a"}]},`, n/26) + `{}]}}`
	},
	"answers of many forms": func(n int) (string, string) {
		forms := `{"m.text":[` + strings.Repeat(`{},`, n/300) + `{}],"body":[` + strings.Repeat(`{},`, n/300) + `{}]}`
		return "org.matrix.msc3381.poll.start", `{"org.matrix.msc3381.poll.start":{"question":` + forms + `,"answers":[` + strings.Repeat(forms+",", 49) + forms + `]}}`
	},
	"escapes": func(n int) (string, string) {
		return "m.room.message", `{"body":"` + strings.Repeat(`\u0041`, n/12) + `","m.new_content":{"body":"` + strings.Repeat(`\ud800`, n/12) + `"}}`
	},
	"quoted lines": func(n int) (string, string) {
		return "m.room.message", `{"body":"> <@a:b> ` + strings.Repeat(`\n>`, n/8) + `","format":"org.matrix.custom.html","formatted_body":"` + strings.Repeat(`a`, n/2) + `"}`
	},
	"an edit of much": func(n int) (string, string) {
		html := `"format":"org.matrix.custom.html","formatted_body":"` + strings.Repeat(`<a href=x>y`, n/22) + `"`
		return "m.room.message", `{"body":"` + strings.Repeat("*", n/8) + `",` + html + `,"m.new_content":{"body":"` + strings.Repeat("_", n/8) + `",` + html + `},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`
	},
	"a file": func(n int) (string, string) {
		long := strings.Repeat("n", n/6)
		return "m.room.message", `{"msgtype":"m.file","body":"` + long + `","filename":"` + long + `","url":"mxc://` + long + `","info":{"mimetype":"` + long + `","size":"` + strings.Repeat("1", n/6) + `"},"file":{"hashes":{"sha256":"` + long + `"}}}`
	},
	"mentions": func(n int) (string, string) {
		return "m.room.message", `{"body":"x","m.mentions":{"user_ids":[` + strings.Repeat(`"@a:b",`, n/7) + `"@a:b"]}}`
	},
	"a reaction": func(n int) (string, string) {
		return "m.reaction", `{"m.relates_to":{"key":"` + strings.Repeat("k", n) + `"}}`
	},
	"a sticker": func(n int) (string, string) { return "m.sticker", `{"body":"` + strings.Repeat("k", n) + `"}` },
	"a type":    func(n int) (string, string) { return strings.Repeat("t", n), `{"m.text":"x"}` },
	"a place": func(n int) (string, string) {
		return "m.room.message", `{"msgtype":"m.location","body":"b","geo_uri":"` + strings.Repeat("g", n) + `"}`
	},
}

// TestGrowth shows how what it costs to read grows with the size of what is read: a byte of much is no dearer than one of
// little.
func TestGrowth(t *testing.T) {
	growth.Test(t, []growth.World{{Name: "HTML", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, html := range hostileHTML {
			source := html(c.N)
			c.Look("Visible: "+name, func() { Visible(source) })
			raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":%q}`, source)
			c.Look("Read, Seen.String: "+name, func() { _ = Read("m.room.message", raw).String() })
		}
	}}, {Name: "content", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, content := range hostileContent {
			kind, raw := content(c.N)
			c.Look("Read, Seen.String: "+name, func() { _ = Read(kind, []byte(raw)).String() })
		}
	}}}, nil)
}

// BenchmarkHostile reads messages of the greatest size.
func BenchmarkHostile(b *testing.B) {
	const size = 60_000
	for name, html := range hostileHTML {
		raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":%q}`, html(size))
		b.Run("HTML/"+name, func(b *testing.B) {
			for b.Loop() {
				Read("m.room.message", raw)
			}
		})
	}
	for name, content := range hostileContent {
		kind, raw := content(size)
		b.Run("content/"+name, func(b *testing.B) {
			for b.Loop() {
				Read(kind, []byte(raw))
			}
		})
	}
}

// BenchmarkRead reads messages as people write them.
func BenchmarkRead(b *testing.B) {
	for name, raw := range map[string]string{
		"text":      `{"msgtype":"m.text","body":"hello, how are you?","m.mentions":{"user_ids":["@a:b.example"]}}`,
		"formatted": `{"msgtype":"m.text","body":"**Hello** you","format":"org.matrix.custom.html","formatted_body":"<p><strong>Hello</strong> you</p>"}`,
		"an edit":   `{"msgtype":"m.text","body":"* helo","m.new_content":{"msgtype":"m.text","body":"helo"},"m.relates_to":{"rel_type":"m.replace","event_id":"$first"}}`,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Read("m.room.message", []byte(raw))
			}
		})
	}
}
