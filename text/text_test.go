package text_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/text"
)

// nasty is what strangers may write.
func nasty() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(),
		rapid.StringOf(rapid.SampledFrom([]rune("`*_~|[]()<>!#&\\\"' \n\r\t-+=.1@:a\u2028\u0085\u00a0\u202e\u2066\u200b\u200d\ufeff\x00\ufe0f\U000e0041\u3164\u2800é"))),
		rapid.SampledFrom([]string{
			"<script>", "[x](https://evil.example)", "![x](mxc://a/b)", "@room", "\n\n# head", "\n- item", "\n| a |\n|---|\n", "`", "``", "``` ```", "||s||",
			"~~x~~", "&lt;b&gt;", "https://matrix.to/#/@mod:ours.example", "<https://evil.example>", "a`b", "`a", "a`", " ", "\\`x", "*x*", "1. x", "***",
			"\xff", "\\u{202e}", "    code", "[a]: https://evil.example", "$x$", "a  \nb", "a\\\nb", "@mod:ours.example",
		}),
		rapid.Custom(func(t *rapid.T) string {
			return strings.Join(rapid.SliceOfN(rapid.StringMatching("[`\\\\\\[\\]()<>*_|~a \n]{0,4}"), 0, 8).Draw(t, "parts"), "")
		}),
	)
}

// Whatever is shown stays what it is when it is rendered, wherever in a message it stands: no element but ours, no
// second line, nobody mentioned.
func TestNothingIsInjected(t *testing.T) {
	codeSpan := regexp.MustCompile(`<code>[^<]*</code>`)
	link := regexp.MustCompile(`<a href="https://matrix\.to/#/[^"<>]*">[^<]+</a>`)
	rapid.Check(t, func(t *rapid.T) {
		s := nasty().Draw(t, "s")
		kind := rapid.SampledFrom([]string{"prose", "code", "room", "markup", "names"}).Draw(t, "kind")
		var shown string
		switch kind {
		case "prose":
			shown = text.Escape(s, 500)
		case "code":
			shown = text.Code(s)
		case "room":
			shown = text.Room(id.RoomID(s), nasty().Draw(t, "name"), nasty().Draw(t, "via"))
		case "markup":
			shown = text.Markup(s)
		case "names":
			shown = text.Names([]string{s, nasty().Draw(t, "other"), s}, 2)
		}
		if strings.ContainsFunc(shown, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }) {
			t.Fatalf("%s of %q breaks a line or turns it: %q", kind, s, shown)
		}
		for _, around := range []string{"@", "a @ b", "- @", "- @\n- @", "**@**", "(@)", "@ @", "1. @\n\n@"} {
			markdown := strings.ReplaceAll(around, "@", shown)
			plain := strings.ReplaceAll(around, "@", "x")
			got := format.RenderMarkdown(markdown, true, false)
			if len(got.Mentions.UserIDs) > 0 || got.Mentions.Room {
				t.Fatalf("%s of %q mentions: %+v", kind, s, got.Mentions)
			}
			if strings.TrimSpace(shown) == "" {
				continue
			}
			html := got.FormattedBody
			if html == "" {
				html = got.Body
			}
			left := link.ReplaceAllString(codeSpan.ReplaceAllString(html, "x"), "x")
			if a, b := elements(left), elements(format.RenderMarkdown(plain, true, false).FormattedBody); a != b {
				t.Fatalf("%s of %q in %q: %q became %s", kind, s, around, markdown, html)
			}
		}
	})
}

// elements are the tags of HTML, without the emphasis that a mark beside other marks may fail to open.
func elements(html string) string {
	tags := strings.Join(regexp.MustCompile(`<[^>]*>`).FindAllString(html, -1), "")
	return strings.NewReplacer("<strong>", "", "</strong>", "").Replace(tags)
}

// Two identifiers that differ look different.
func TestCodeTellsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := nasty().Draw(t, "a"), nasty().Draw(t, "b")
		if len(a) > 200 || len(b) > 200 {
			return
		}
		if a != b && text.Code(a) == text.Code(b) {
			t.Fatalf("%q and %q are both %s", a, b, text.Code(a))
		}
	})
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"@*:hs":          "`@*:hs`",
		"a`b":            "`` a`b ``",
		"``":             "``` `` ```",
		" a":             "`\\u{20}a`",
		"a  b":           "`a \\u{20}b`",
		"a b":            "`a b`",
		"":               "(nothing)",
		"a\u202eb\nc":    "`a\\u{202e}b\\u{a}c`",
		"a\\u{202e}":     "`a\\u{5c}u{202e}`",
		"\xff":           "`\\xff`",
		"\ufffd":         "`\ufffd`",
		"a\u3164\ufe0f":  "`a\\u{3164}\\u{fe0f}`",
		"@ünï:codé.org":  "`@ünï:codé.org`",
		"(nothing)":      "`(nothing)`",
		`C:\temp\new`:    "`C:\\temp\\new`",
		"a\u00a0b\u2028": "`a\\u{a0}b\\u{2028}`",
	} {
		if got := text.Code(in); got != want {
			t.Errorf("Code(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"  a\t\r\n b  ":                    "a b",
		"a\u200bb\u202ec\ufeff":            "abc",
		"👩\u200d👧 ❤\ufe0f":                 "👩\u200d👧 ❤\ufe0f",
		"a\u2028b\u0085c":                  "a b c",
		"z" + strings.Repeat("\u0335", 40): "z" + strings.Repeat("\u0335", 5),
		"\u0301a":                          "a",
		"a\u3164\u2800b":                   "a b",
	} {
		if got := text.OneLine(in); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", in, got, want)
		}
	}
}

// What is brief is what is clipped of the line, and no more of the text is read.
func TestBrief(t *testing.T) {
	for _, s := range []string{"", "short", "one  two\nthree four", "a\u0301\u0301b\u0301c", "\u200b\u200bx y", "👨\u200d👩\u200d👧 👧", strings.Repeat("é \u0301", 40)} {
		for most := 1; most < 12; most++ {
			if got, want := text.Brief(s, most), text.Clip(text.OneLine(s), most); got != want {
				t.Errorf("%q at %d: %q, want %q", s, most, got, want)
			}
		}
	}
}

func TestClip(t *testing.T) {
	for _, tc := range []struct {
		in   string
		most int
		want string
	}{
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"äöüß", 3, "äöü…"},
		{"abe\u0301d", 3, "ab…"},
		{"a👩\u200d👧b", 3, "a…"},
		{"a👩\u200d👧b", 4, "a👩\u200d👧…"},
		{"🇩🇪🇫🇷", 3, "🇩🇪…"},
		{"👍🏽x", 1, "👍…"},
		{"", 0, ""},
		{"a", 0, "…"},
		{"ab\xffcd", 3, "ab\xff…"},
	} {
		if got := text.Clip(tc.in, tc.most); got != tc.want {
			t.Errorf("Clip(%q, %d) = %q, want %q", tc.in, tc.most, got, tc.want)
		}
	}
}

func TestClipBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, most := nasty().Draw(t, "s"), rapid.IntRange(0, 20).Draw(t, "most")
		got := text.Clip(s, most)
		if n := len([]rune(got)); n > most+1 || n <= most && got != s && !strings.HasSuffix(got, "…") {
			t.Fatalf("Clip(%q, %d) = %q", s, most, got)
		}
		if !strings.HasPrefix(s, strings.TrimSuffix(got, "…")) {
			t.Fatalf("Clip(%q, %d) = %q is no beginning of it", s, most, got)
		}
	})
}

func TestCounting(t *testing.T) {
	for want, got := range map[string]string{
		"1 room":                         text.Count(1, "room"),
		"0 rooms":                        text.Count(0, "room"),
		"2 entries":                      text.Count(2, "entry"),
		"3 days":                         text.Count(3, "day"),
		"2 matches":                      text.Count(2, "match"),
		"is":                             text.Pick(1, "is", "are"),
		"":                               text.And(nil),
		"a":                              text.And([]string{"a"}),
		"a and b":                        text.And([]string{"a", "b"}),
		"a, b and c":                     text.And([]string{"a", "b", "c"}),
		"`a`, `b` and 1 more":            text.Names([]string{"a", "b", "c"}, 2),
		"`a` and `b`":                    text.Names([]string{"a", "b"}, 2),
		"2":                              text.Names([]string{"a", "b"}, 0),
		"a, b and 1 more":                text.Some([]string{"a", "b", "c"}, 2),
		"a and c":                        text.Some([]string{"a", "c"}, 5),
		"3":                              text.Some([]string{"a", "b", "c"}, 0),
		"less than a second":             text.Duration(0),
		"12 seconds":                     text.Duration(12 * time.Second),
		"4 minutes":                      text.Duration(4*time.Minute + 50*time.Second),
		"1 hour and 5 minutes":           text.Duration(65 * time.Minute),
		"2 days":                         text.Duration(48 * time.Hour),
		"30 minutes":                     text.Span(30 * time.Minute),
		"1 day, 1 minute and 30 seconds": text.Span(24*time.Hour + 90*time.Second),
		"a few seconds":                  text.About(-time.Second),
		"about 40 seconds":               text.About(31 * time.Second),
		"about 1 minute":                 text.About(time.Minute),
		"about 2 minutes":                text.About(61 * time.Second),
		"about 9 minutes":                text.About(9 * time.Minute),
		"about 2 hours":                  text.About(91 * time.Minute),
		"about 3 days":                   text.About(49 * time.Hour),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	candidates := []string{"ban", "unban", "flooding", "rooms", "status"}
	for in, want := range map[string]string{
		"bna": "ban", "BAN": "ban", "flodding": "flooding", "satus": "status", "x": "", "": "", "frobnicate": "",
		strings.Repeat("ban", 10_000): "", "röoms": "rooms",
	} {
		if got := text.Nearest(in, candidates); got != want {
			t.Errorf("Nearest(%.20q) = %q, want %q", in, got, want)
		}
	}
	if got := text.Nearest("x", []string{"a"}); got != "" {
		t.Errorf("a word of which no letter stands is near: %q", got)
	}
}

func TestMarkup(t *testing.T) {
	for in, want := range map[string]string{
		"I need power level 50 in [Dev \\*talk\\* &lt;b&gt;](https://matrix.to/#/%21a_b:hs?via=hs) to ban": "I need power level 50 in [Dev \\*talk\\* \\<b\\>](https://matrix.to/#/%21a_b:hs?via=hs) to ban",
		"write `!forseti rooms add <room>` first":                                                          "write `!forseti rooms add <room>` first",
		"a \\`b\\` \\_c &lt;d":                        "a \\`b\\` \\_c \\<d",
		"no `end":                                     "no \\`end",
		"[x](https://evil.example)":                   "\\[x\\]\\(https://evil\\.example\\)",
		"[x](https://matrix.to/#/#a:b) [](y)":         "[x](https://matrix.to/#/#a:b) \\[\\]\\(y\\)",
		"[x](https://matrix.to/#/@a:b)":               "\\[x\\]\\(https://matrix\\.to/\\#/@a:b\\)",
		"[<b>](https://matrix.to/#/a\"onclick=\"x) é": "\\[\\<b\\>\\]\\(https://matrix\\.to/\\#/a\"onclick\\=\"x\\) é",
		"":   "",
		"\\": "\\\\",
	} {
		if got := text.Markup(in); got != want {
			t.Errorf("Markup(%q)\n= %q, want\n  %q", in, got, want)
		}
	}
}

// What was made here passes through Markup as it is.
func TestMarkupKeepsOurs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := nasty().Draw(t, "s")
		ours := "I ban " + text.Code(s) + " for " + text.Escape(s, 100) + "."
		want, got := format.RenderMarkdown(ours, true, false), format.RenderMarkdown(text.Markup(ours), true, false)
		if got.Body != want.Body || got.FormattedBody != want.FormattedBody {
			t.Fatalf("%q became %q", want.Body, got.Body)
		}
	})
}

func TestRoom(t *testing.T) {
	for _, tc := range []struct{ room, name, via, want string }{
		{"!a:hs", "Lobby", "", "[Lobby](https://matrix.to/#/%21a:hs)"},
		{"!a:hs", " ", "ours.example", "[\\!a:hs](https://matrix.to/#/%21a:hs?via=ours.example)"},
		{"", "", "", "(nothing)"},
		{"@mod:ours.example", "Lobby", "", "`@mod:ours.example`"},
		{"$event", "", "", "`$event`"},
		{"!a`[x](https://evil.example) **b**`:e", "", "", "[\\!a\\`\\[x\\]\\(https://evil\\.example\\) \\*\\*b\\*\\*\\`:e](https://matrix.to/#/%21a%60%5Bx%5D%28https:%2F%2Fevil.example%29%20%2A%2Ab%2A%2A%60:e)"},
	} {
		if got := text.Room(id.RoomID(tc.room), tc.name, tc.via); got != tc.want {
			t.Errorf("Room(%q, %q) = %s, want %s", tc.room, tc.name, got, tc.want)
		}
	}
}

func FuzzMarkup(f *testing.F) {
	f.Add("a `b` [c](https://matrix.to/#/!d:e)")
	f.Fuzz(func(t *testing.T, s string) {
		for _, shown := range []string{text.Markup(s), text.Escape(s, 200), text.Code(s), text.Room(id.RoomID(s), s, s)} {
			got := format.RenderMarkdown("a "+shown+" b", true, false)
			html := regexp.MustCompile(`</?code>|<a href="https://matrix\.to/#/[^"<>]*">|</a>`).ReplaceAllString(got.FormattedBody, "")
			if strings.Contains(html, "<") || len(got.Mentions.UserIDs) > 0 || strings.Contains(shown, "\n") {
				t.Fatalf("%q became %s", s, got.FormattedBody)
			}
		}
	})
}

func TestParagraphs(t *testing.T) {
	if got := text.Paragraphs("", "a", "", "b c", ""); got != "a\n\nb c" {
		t.Errorf("%q", got)
	}
	if got := text.Paragraphs("", ""); got != "" {
		t.Errorf("%q", got)
	}
}
