package content

import (
	"fmt"
	"strings"
	"testing"
)

// linked writes the links of a message in one line.
func linked(m *Message) string {
	var all []string
	for _, l := range m.Links() {
		s := l.Scheme + " " + l.Host
		if l.Port != "" {
			s += ":" + l.Port
		}
		s += " " + l.Path
		if l.Room != "" {
			s = "room " + l.Room
			if !l.Invites() {
				s += " " + string(l.Event)
			}
		}
		for name, is := range map[string]bool{" ip": l.IP, " user": l.UserInfo, " maybe": l.Maybe, " aside": l.Aside, " deceives": l.Deceives} {
			if is {
				s += name
			}
		}
		all = append(all, strings.Join(strings.Fields(s), " "))
	}
	return strings.Join(all, "; ")
}

func TestLinks(t *testing.T) {
	for said, want := range map[string]string{
		"hello":                               "",
		"see https://example.com/x?y#z.":      "https example.com /x?y#z",
		"(https://example.com/a_(b))":         "https example.com /a_(b)",
		"HTTPS://EXAMPLE.com./":               "https example.com /",
		"https://bank.example@evil.example/x": "https evil.example /x user",
		"https://evil.example:8443/":          "https evil.example:8443 /",
		"https://evil.example:99999":          "https evil.example",
		"https:///evil.example/x":             "https evil.example /x",
		`https:\\evil.example\x`:              `https evil.example \x`,
		"https://bücher.example/":             "https xn--bcher-kva.example /",
		"https://ｅvil．example/":               "https evil.example /",
		"https://evil。example":                "https evil.example",
		"https://%65vil.example/":             "https evil.example /",
		"http://2130706433/ http://0x7f.1/":   "http 127.0.0.1 / ip",
		"http://[::1]:80/":                    "http ::1:80 / ip",
		"http://[::ffff:127.0.0.1]/":          "http 127.0.0.1 / ip",
		"hxxp://evil.example":                 "hxxp evil.example",
		"go to example.com/x now":             "example.com /x",
		"example.com":                         "example.com",
		"example.com.":                        "example.com",
		"**example.com**":                     "example.com",
		"www.example.co.uk, too":              "www.example.co.uk",
		"пример.рф":                           "xn--e1afmkfd.xn--p1ai",
		"点击example.com购买":                     "example.com",
		"点击 https://例え.jp/x":                  "https xn--r8jz45g.jp /x",
		"setup.py and README.md, see lib.rs":  "setup.py maybe; readme.md maybe; lib.rs maybe",
		"call user.name or e.target(), it is done.Then go to Evil.Com": "user.name maybe; e.target maybe; evil.com",
		"this is it.Now evil.xyz and evil.top":                         "it.now maybe; evil.xyz; evil.top",
		"evil.sh/x evil.sh:80":                                         "evil.sh /x; evil.sh:80",
		"one.Two three...four v1.2.3 1.5 e.g. a.b":                     "",
		"10.0.0.1 is mine, 10.0.0.1:80 yours":                          "10.0.0.1:80 ip",
		"mail me@example.com":                                          "",
		"e\u200bvil.exam\u200bple":                                     "",
		"evil\u200b.com":                                               "evil.com",
		"a,example.com;b":                                              "example.com",
		"https://a.example,https://b.example":                          "https a.example; https b.example",
		"https://a.example/?to=https://b.example/x":                    "https a.example /?to=https://b.example/x; https b.example /x",
		"https://matrix.to/#/!room:hs?via=a":                           "room !room:hs",
		"https://matrix.to/#/%23spam%3Aevil.example":                   "room #spam:evil.example",
		"https://matrix.to/#/!room/$event?via=a":                       "room !room $event",
		"matrix.to/#/#spam:evil.example":                               "room #spam:evil.example",
		"matrix:r/spam:evil.example":                                   "room #spam:evil.example",
		"MATRIX:roomid/abc:hs?via=x&action=join":                       "room !abc:hs",
		"matrix:roomid/abc/e/ev":                                       "room !abc $ev",
		"https://app.element.io/#/room/#spam:hs":                       "room #spam:hs",
		"join #spam:evil.example!":                                     "room #spam:evil.example",
		"matrix:u/alice:hs https://matrix.to/#/@a:b":                   "",
		"at 12:30 in foo:bar":                                          "",
		"magnet:?xt=urn":                                               "",
		"C:/windows":                                                   "",
		"https://":                                                     "",
	} {
		if got := linked(text(said)); got != want {
			t.Errorf("%s: %q, want %q", said, got, want)
		}
	}
}

func TestLinksInHTML(t *testing.T) {
	for said, want := range map[string]string{
		`<a href="https://evil.example/x">here</a>`:                               "https evil.example /x",
		`<a href="https://evil.example">https://bank.example</a>`:                 "https evil.example deceives; https bank.example",
		`<a href="https://example.com/long/path">example.com</a>`:                 "https example.com /long/path; example.com",
		`<a href="https://www.example.com/">example.com</a>`:                      "https www.example.com /; example.com",
		`<a href="https://evil.example">see bank.com now</a>`:                     "https evil.example deceives; bank.com",
		`<a href="https://evil.example">see README.md</a>`:                        "https evil.example; readme.md maybe",
		`<a href="https://good.example/?to=https%3A%2F%2Fevil.example%2Fx">x</a>`: "https good.example /?to=https%3A%2F%2Fevil.example%2Fx; https evil.example /x",
		`<a href="evil.example">x</a>`:                                            "evil.example",
		`<a href="https://evil.example/&amp;x">x</a>`:                             "https evil.example /&x",
		`<a href='https://evil.example'>`:                                         "https evil.example",
		`<a href="javascript:alert(1)">x</a>`:                                     "javascript",
		`<mx-reply><a href="https://evil.example">x</a></mx-reply>y`:              "https evil.example aside",
		`<script><a href="https://evil.example">x</a></script>y`:                  "https evil.example aside",
		`<a href="https://matrix.to/#/!r:hs">x</a>`:                               "room !r:hs",
		`<b>evil</b>.com`:  "evil.com",
		`ev<!-- -->il.com`: "evil.com",
		`<a href="https://a.example"><a href="https://b.example">x</a>`:    "https a.example; https b.example",
		`<img src="https://evil.example/x.png" alt="https://alt.example">`: "https alt.example",
		`<a title="https://t.example" href="https://a.example">x</a>`:      "https a.example; https t.example aside",
	} {
		got := linked(rich(said))
		if got != want {
			t.Errorf("%s: %q, want %q", said, got, want)
		}
	}
}

// However many there are, so many are kept, and that there are more is told.
func TestManyLinks(t *testing.T) {
	var plain, html strings.Builder
	for i := range 2 * mostLinks {
		fmt.Fprintf(&plain, "https://x%d.example ", i)
		fmt.Fprintf(&html, "<a href=https://x%d.example>x</a>", i)
	}
	for _, m := range []*Message{text(plain.String()), rich(html.String())} {
		if n := len(m.Links()); n != mostLinks || !m.MoreLinks() || !m.MissedLinks() {
			t.Errorf("%d links, more: %v, for certain: %v", n, m.MoreLinks(), m.MissedLinks())
		}
	}
}

// Whatever is written before a link, it is found, or that there are more is told.
func TestBehindMuch(t *testing.T) {
	const evil = "https://evil.example/x"
	for before, want := range map[string]string{
		strings.Repeat(`<a href=/></a>`, 2*mostLinks):                                 "found",
		strings.Repeat(`<a href="#x">a</a>`, 2*mostLinks):                             "found",
		strings.Repeat(`<a href=""></a>`, 2*mostLinks):                                "found",
		strings.Repeat(`<a href="https://a.example"></a>`, mostLinks):                 "found",
		strings.Repeat(`<a href="https://a.example"> </a>`, 2*mostLinks):              "found, missed",
		strings.Repeat(`<a href="https://a.example">a</a>`, 2*mostLinks):              "missed",
		strings.Repeat(`<a href="https://a.рф">a</a>`, 30):                            "missed",
		`<mx-reply>` + strings.Repeat(`<a href=/>a</a>`, 2*mostLinks) + `</mx-reply>`: "found",
		`<mx-reply>` + strings.Repeat(`&`, 1100) + `</mx-reply>`:                      "found",
		strings.Repeat(`&`, 1100):                                                     "found",
		strings.Repeat(`&amp;`, 700):                                                  "found",
		`<span title="` + strings.Repeat(`&`, 1100) + `">a</span>`:                    "found",
	} {
		for _, link := range []string{`<a href="` + evil + `">x</a>`, `<a href="https&#58;//evil&#46;example/x">x</a>`} {
			m := rich(before + " " + link)
			got := map[bool]string{true: "found"}[strings.Contains(linked(m), "https evil.example")]
			if m.MissedLinks() && m.MoreLinks() {
				got += ", missed"
			}
			if got = strings.TrimPrefix(got, ", "); got != want {
				t.Errorf("%.50s…: %q, want %q", before, got, want)
			}
		}
	}
	for before, want := range map[string]string{
		strings.Repeat("12:30:01 ", 500): "missed",
		strings.Repeat("a.bc,", 30):      "found",
		strings.Repeat("https://a,", 30): "found",
	} {
		m := text(before + evil)
		got := map[bool]string{true: "missed"}[m.MissedLinks() && m.MoreLinks()]
		if strings.Contains(linked(m), "https evil.example") {
			got = "found"
		}
		if got != want {
			t.Errorf("%.50s…: %q, want %q", before, got, want)
		}
	}
	if m := text(strings.Repeat("12:30:01 INFO a.b: hello ", 100)); m.MissedLinks() {
		t.Error("a log has links that are missed")
	}
}

func called(m *Message) string {
	f := m.Mentions()
	return strings.TrimSpace(fmt.Sprint(f.Users, " hidden ", f.Hidden, map[bool]string{true: " room"}[f.Room], map[bool]string{true: " only"}[f.Only]))
}

func TestMentions(t *testing.T) {
	pill := `"format":"org.matrix.custom.html","formatted_body":"<a href=\"https://matrix.to/#/@alice:hs\">whatever</a>: hi"`
	for raw, want := range map[string]string{
		`{"body":"hello"}`:                        "[] hidden []",
		`{"body":"hello @alice:hs, how are you"}`: "[@alice:hs] hidden []",
		`{"body":"whatever: hi",` + pill + `}`:    "[@alice:hs] hidden []",
		`{"body":"whatever: hi",` + pill + `,"m.mentions":{"user_ids":["@alice:hs"]}}`:                             "[@alice:hs] hidden []",
		`{"body":"hi","m.mentions":{"user_ids":["@alice:hs","@bob:hs"]}}`:                                          "[@alice:hs @bob:hs] hidden [@alice:hs @bob:hs]",
		`{"body":"Alice, hi","m.mentions":{"user_ids":["@alice:hs","@bob:hs"]}}`:                                   "[@alice:hs @bob:hs] hidden [@bob:hs]",
		`{"body":"hi","m.mentions":{"user_ids":["@alice:hs"]},"m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`: "[@alice:hs] hidden []",
		`{"body":"cc:@alice:hs (@bob:hs), @carol:hs/@dave:hs."}`:                                                   "[@alice:hs @bob:hs @carol:hs @dave:hs] hidden []",
		`{"body":"@a:hs@b:hs@c:hs"}`:               "[@a:hs @b:hs @c:hs] hidden [] only",
		`{"body":"mail me@example.com:80"}`:        "[] hidden []",
		`{"body":"hi @room"}`:                      "[] hidden [] room",
		`{"body":"@room"}`:                         "[] hidden [] room only",
		`{"body":"hi","m.mentions":{"room":true}}`: "[] hidden [] room",
		`{"body":"@alice:hs @bob:hs!"}`:            "[@alice:hs @bob:hs] hidden [] only",
		`{"body":"Alice","format":"org.matrix.custom.html","formatted_body":"<a href=\"matrix:u/alice:hs\">Alice</a> 👋"}`:                                             "[@alice:hs] hidden [] only",
		`{"body":"* x","m.mentions":{},"m.new_content":{"body":"x","m.mentions":{"user_ids":["@carol:hs"]}},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`: "[@carol:hs] hidden [@carol:hs]",
	} {
		if got := called(Read("m.room.message", []byte(raw))); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
	for raw, want := range map[string]string{
		`{"body":"@room look"}`:                                                              "0 true",
		`{"body":"what does @room do?","m.mentions":{}}`:                                     "0 false",
		`{"body":"@room","m.mentions":{"room":true}}`:                                        "0 true",
		`{"body":"@a:hs @b:hs","m.mentions":{}}`:                                             "0 false",
		`{"body":"x","m.mentions":{"user_ids":["@a:hs","@a:hs","@b:b"]}}`:                    "2 false",
		`{"body":"whatever",` + pill + `,"m.mentions":{"user_ids":["@alice:hs","@bob:hs"]}}`: "2 false",
	} {
		if f := Read("m.room.message", []byte(raw)).Mentions(); fmt.Sprint(f.Called, f.Rings) != want {
			t.Errorf("%s: called %d, rings %v", raw, f.Called, f.Rings)
		}
	}
	many := Read("m.room.message", []byte(`{"body":"x","m.mentions":{"user_ids":[`+strings.Repeat(`"@a:b",`, 5000)+`"@c:d"]}}`)).Mentions()
	if len(many.Users) > mostMentions || many.Declared != 5001 {
		t.Errorf("%d users of %d", len(many.Users), many.Declared)
	}
}
