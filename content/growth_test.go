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

// hostileText is text that is dear to look at, of some size.
var hostileText = map[string]func(n int) string{
	"words":           func(n int) string { return strings.Repeat("hello you ", n/10) },
	"Cyrillic":        func(n int) string { return strings.Repeat("Привет ", n/13) },
	"mixed":           func(n int) string { return strings.Repeat("пpивeт ", n/11) },
	"Han":             func(n int) string { return strings.Repeat("漢字", n/6) },
	"Hangul in parts": func(n int) string { return strings.Repeat("각", n/9) },
	"ligatures":       func(n int) string { return strings.Repeat("ﷺ", n/3) },
	"mathematical":    func(n int) string { return strings.Repeat("𝓗", n/4) },
	"marks":           func(n int) string { return strings.Repeat("á̂̃̄", n/9) },
	"marks on one":    func(n int) string { return "a" + strings.Repeat("\u0301", n/2) },
	"unordered marks": func(n int) string { return "a" + strings.Repeat("\u0301\u0323", n/4) },
	"Arabic":          func(n int) string { return strings.Repeat("مَرْحَبًا ", n/17) },
	"scripts":         func(n int) string { return strings.Repeat("aбγד中あ한", n/18) },
	"rare scripts":    func(n int) string { return strings.Repeat("𐎀𒀀𓀀𐤀𖠀", n/20) },
	"emoji":           func(n int) string { return strings.Repeat("😀", n/4) },
	"families":        func(n int) string { return strings.Repeat("👨\u200d👩\u200d👧", n/18) },
	"joined emoji":    func(n int) string { return "👨" + strings.Repeat("\u200d👩", n/7) },
	"flags":           func(n int) string { return strings.Repeat("🇩🇪", n/8) },
	"zero width":      func(n int) string { return strings.Repeat("a\u200b", n/4) },
	"bidi":            func(n int) string { return strings.Repeat("\u202ea\u202c", n/7) },
	"tags":            func(n int) string { return "🏴" + strings.Repeat("\U000e0061", n/4) },
	"spaces":          func(n int) string { return strings.Repeat("\u3000\u00a0 ", n/6) },
	"lines":           func(n int) string { return strings.Repeat("\n", n) },
	"single letters":  func(n int) string { return strings.Repeat("a ", n/2) },
	"links":           func(n int) string { return strings.Repeat("https://a.example/x ", n/20) },
	"links that differ": func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "x%d.com ", i)
		}
		return b.String()
	},
	"links in one":     func(n int) string { return strings.Repeat("https://", n/8) },
	"schemes":          func(n int) string { return strings.Repeat("a:/", n/3) },
	"matrix links":     func(n int) string { return strings.Repeat("matrix:r/a:b ", n/13) },
	"colons":           func(n int) string { return strings.Repeat(":", n) },
	"dots":             func(n int) string { return strings.Repeat("a.", n/2) },
	"one long host":    func(n int) string { return "https://" + strings.Repeat("a.", n/2) + "com" },
	"hosts of bytes":   func(n int) string { return strings.Repeat("https://%65vil.example ", n/23) },
	"names in scripts": func(n int) string { return strings.Repeat("例え.テスト ", n/19) },
	"long name":        func(n int) string { return "https://" + strings.Repeat("ü", n/2) + ".example" },
	"brackets":         func(n int) string { return strings.Repeat("https://a.b/(((( ", n/17) },
	"one of brackets":  func(n int) string { return "https://a.b/" + strings.Repeat(")", n) },
	"users":            func(n int) string { return strings.Repeat("@a:b.example ", n/13) },
	"users that differ": func(n int) string {
		var b strings.Builder
		for i := 0; b.Len() < n; i++ {
			fmt.Fprintf(&b, "@u%d:hs ", i)
		}
		return b.String()
	},
	"aliases":  func(n int) string { return strings.Repeat("#a:b.example ", n/13) },
	"commas":   func(n int) string { return strings.Repeat("a,b.c;", n/6) },
	"no UTF-8": func(n int) string { return strings.Repeat("\xf0\x9f", n/2) },
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
	"an image pack": func(n int) (string, string) {
		return "m.room.image_pack", `{"images":{` + strings.Repeat(`"x":{"url":"mxc://a/b"},`, n/24) + `"y":{}}}`
	},
	"a gallery": func(n int) (string, string) {
		return "m.room.message", `{"msgtype":"m.gallery","itemtypes":[` + strings.Repeat(`{"itemtype":"m.file","body":"x"},`, n/33) + `{}]}`
	},
	"unknown fields": func(n int) (string, string) {
		return "org.example.x", `{` + strings.Repeat(`"x":{"y":["z"]},`, n/16) + `"z":""}`
	},
	"wrong shapes": func(n int) (string, string) {
		return "m.room.message", `{` + strings.Repeat(`"body":["x"],"info":"x",`, n/24) + `"z":""}`
	},
	"a quote": func(n int) (string, string) {
		return "m.room.message", `{"body":"> <@a:b> x` + strings.Repeat(`\n> x`, n/6) + `","m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`
	},
	"a member": func(n int) (string, string) {
		return "m.room.member", `{"displayname":"` + strings.Repeat("n", n) + `"}`
	},
	"a topic": func(n int) (string, string) {
		return "m.room.topic", `{"topic":"` + strings.Repeat("n", n/2) + `","m.topic":{"m.text":[{"body":"` + strings.Repeat("m", n/2) + `"}]}}`
	},
	"a type": func(n int) (string, string) { return strings.Repeat("t", n), `{"m.text":"x"}` },
	"a place": func(n int) (string, string) {
		return "m.room.message", `{"msgtype":"m.location","body":"b","geo_uri":"` + strings.Repeat("g", n) + `"}`
	},
}

// asked is all that a message is asked in askAll, but what a list of constants has below.
const asked = "Read, Message.Choices, Message.Concealed, Message.Cut, Message.Emoji, Message.Faults, Message.Files, Message.Forwarded, Message.Key, Message.Links, " +
	"Message.Mentions, Message.MoreLinks, Message.Pictures, Message.Place, Message.Profile, Message.Rest, Message.Seen, Message.Shown, Message.Spoilers, " +
	"Seen.String, Message.ReplyTo, Message.Edits, Message.Form, Message.MsgType, Message.Reacts, Message.Thread, " +
	"Text.AppendSkeleton, Text.Core, Text.Folded, Text.Fingerprint, Text.Shape, Text.Skeleton"

// TestGrowth shows how what it costs to read grows with the size of what is read: a byte of much is no dearer than one of
// little.
func TestGrowth(t *testing.T) {
	growth.Test(t, []growth.World{{Name: "HTML", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, html := range hostileHTML {
			raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":%s}`, quote(html(c.N)))
			c.Look(asked+": "+name, func() { askAll(Read("m.room.message", raw)) })
		}
	}}, {Name: "content", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, content := range hostileContent {
			kind, raw := content(c.N)
			c.Look(asked+": "+name, func() { askAll(Read(kind, []byte(raw))) })
		}
	}}, {Name: "text", Fill: func(_ *testing.T, c *growth.Costs) {
		for name, text := range hostileText {
			s := text(c.N)
			raw := fmt.Appendf(nil, `{"msgtype":"m.text","body":%s}`, quote(s))
			c.Look(asked+": "+name, func() { askAll(Read("m.room.message", raw)) })
			c.Look("Fold, Skeleton, Core, Unleet, Host, Within: "+name, func() {
				host, _ := Host(s)
				_, _, _ = Within(host, "example"), Fold(s), Unleet(Core(Skeleton(s)))
			})
		}
	}}, {Name: "prints", Fill: func(_ *testing.T, c *growth.Costs) {
		all := NewFingerprints[int](c.N)
		print := func(i int) *Fingerprint {
			return NewText(fmt.Sprintf("%d is the number of this text, of which %d are kept, and %d are not", i, i*7, i*13)).Fingerprint()
		}
		for i := range c.N {
			all.Keep(print(i), Near)
		}
		next := c.N
		c.One("Fingerprints.Keep, Fingerprints.Find, NewText: of a new one", func(int) { next++; all.Find(print(next), Near); all.Keep(print(next), Near) })
		c.One("Fingerprints.Drop", func(int) { next--; all.Drop(print(next)) })
		c.One("Fingerprints.Front, Fingerprints.DropFront, Fingerprints.Len: and one in its place", func(int) {
			all.Front()
			if all.DropFront(); all.Len() < c.N {
				next++
				all.Keep(print(next), Near)
			}
		})
	}}}, map[string]string{
		"Reference": "it is a page", "Message.Type": "it is as it was given", "Text.String": "likewise", "Text.Empty": "likewise", "Link.Invites": "it looks at two fields", "NewFingerprints": "it makes what is empty",
		"Shape.EmojiShare": "of two numbers", "Shape.CapitalShare": "of two numbers", "Shape.MarkShare": "of two numbers", "Shape.SpacedShare": "of two numbers",
		"Shape.OnlyEmoji": "of three numbers", "Fingerprint.Exact": "it is a field", "Fingerprint.Likeness": "of fingerprints of one size",
	})
}
