package hostile

import (
	"fmt"
	"strings"
)

// Text is text that is dear to look at, of some size.
func Text() map[string]func(n int) string {
	return map[string]func(n int) string{
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
		"aliases":             func(n int) string { return strings.Repeat("#a:b.example ", n/13) },
		"aliases that differ": func(n int) string { return numbered("#r%d:hs ", n) },
		"handles":             func(n int) string { return numbered("@u%d ", n) },
		"everybody":           func(n int) string { return strings.Repeat("@room ", n/6) },
		"links of many parts": func(n int) string { return numbered("https://a%d.b.c.d.e.f.g.example/x ", n) },
		"links in scripts":    func(n int) string { return numbered("https://bü%d.exаmple/ ", n) },
		"hosts in scripts":    func(n int) string { return numbered("bü%d.рф ", n) },
		"links with escapes":  func(n int) string { return numbered("https://a%d.b/?u=https%%3A%%2F%%2F%%65vil.example ", n) },
		"invitations":         func(n int) string { return numbered("https://matrix.to/#/#r%d:hs ", n) },
		"files":               func(n int) string { return numbered("f%d.py ", n) },
		"numbers":             func(n int) string { return numbered("+4930%08d ", n) },
		"capitals":            func(n int) string { return strings.Repeat("ÄÖÜ ", n/7) },
		"Cyrillic capitals":   func(n int) string { return strings.Repeat("ПРИВЕТ ", n/13) },
		"boxes":               func(n int) string { return strings.Repeat("🅰🅱", n/8) },
		"bars":                func(n int) string { return strings.Repeat("a\u0335\u0336\u0337", n/7) },
		"bars on Cyrillic":    func(n int) string { return strings.Repeat("п\u0335\u0336\u0337", n/8) },
		"single in scripts":   func(n int) string { return strings.Repeat("а b ", n/5) },
		"wide":                func(n int) string { return strings.Repeat("ｆｒｅｅ　", n/15) },
		"circled":             func(n int) string { return strings.Repeat("ⓕⓡⓔⓔ ", n/13) },
		"Vietnamese in parts": func(n int) string { return strings.Repeat("tiê\u0301ng viê\u0323t ", n/18) },
		"Thai":                func(n int) string { return strings.Repeat("สวัสดีครับ", n/30) },
		"Hindi":               func(n int) string { return strings.Repeat("नमस्ते ", n/19) },
		"Tibetan":             func(n int) string { return strings.Repeat("བོད་སྐད་", n/24) },
		"selectors":           func(n int) string { return strings.Repeat("a\ufe0f", n/4) },
		"keycaps":             func(n int) string { return strings.Repeat("1\ufe0f\u20e3", n/7) },
		"fillers":             func(n int) string { return strings.Repeat("\u3164a", n/4) },
		"quoted lines":        func(n int) string { return strings.Repeat("> x\n", n/4) },
		"quotes in scripts":   func(n int) string { return "> <@a:hs> " + strings.Repeat("п b ", n/5) + "\n\nx" },
		"commands":            func(n int) string { return strings.Repeat("!a /b ", n/6) },
		"words in scripts":    func(n int) string { return numbered("слово%d ", n) },
		"words that differ":   func(n int) string { return numbered("word%d ", n) },
		"commas":              func(n int) string { return strings.Repeat("a,b.c;", n/6) },
		"no UTF-8":            func(n int) string { return strings.Repeat("\xf0\x9f", n/2) },
	}
}
