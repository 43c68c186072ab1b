package content

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// What people write stays whole in the text view, in every script.
func TestFoldKeepsScriptsWhole(t *testing.T) {
	for _, s := range []string{
		"مرحبا بكم في هذه الغرفة", "بِسْمِ ٱللَّهِ ٱلرَّحْمَٰنِ ٱلرَّحِيمِ", "नमस्ते दुनिया, क्या हाल है", "हिन्दी में लिखा हुआ", "tiếng việt có dấu: ưỡng ệ ẫ", "สวัสดีครับ ผู้ดูแลห้องนี้", "ที่นี่ไม่มีสแปม น้ำ",
		"עִבְרִית מְנֻקֶּדֶת", "বাংলা ভাষা ক্ষমা", "தமிழ் மொழி", "ქართული ენა", "հայերեն", "ភាសាខ្មែរ ស្ត្រី", "မြန်မာဘာသာ", "བོད་སྐད་བསྒྲུབས", "한국어 메시지", "日本語のメッセージ", "中文消息", "привет, как дела, ёжик й", "καλημέρα σε όλουσ", "ẹ̀kọ́ yorùbá",
		"çok güzel şey", "naïve café", "ଓଡ଼ିଆ ଭାଷା", "ಕನ್ನಡ ಭಾಷೆ", "മലയാളം ഭാഷ", "සිංහල ශ්රී", "አማርኛ", "👨👩👧 😀 🇩🇪",
	} {
		if got, want := Fold(s), norm.NFKC.String(s); got != want {
			t.Errorf("%s became %s: %+q, and not %+q", s, got, got, want)
		}
		long := strings.TrimSpace(strings.Repeat(s+" ", 900/utf8.RuneCountInString(s)))
		if got := NewText(long); got.Folded() != norm.NFKC.String(long) || got.Shape().Cut || got.Shape().Invisible+got.Shape().Marks > 0 {
			t.Errorf("a long text of %s does not stay whole: %+v", s, got.Shape())
		}
	}
}

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"":              "",
		"Hello  World ": "hello world",
		"a\tb\r\nc":     "a b \nc",
		"FREE ＣＯＩＮＳ":    "free coins",
		"𝓕𝓻𝓮𝓮 𝔠𝔬𝔦𝔫𝔰 ⓒⓞⓘⓝ":                          "free coins coin",
		"fr\u200bee\u200d c\u00ado\u2060ins\ufeff": "free coins",
		"\u202ecoins\u202c \u2066x\u2069":          "coins x",
		"co\u034fins\u3164 \u115f":                 "coins",
		"a\ufe0fb\U000e0100c\U000e0061":            "abc",
		"a\x00b\x07c\x7f":                          "abc",
		"z" + strings.Repeat("\u0336", 50) + "a":   "z\u0336\u0336a",
		"नि" + strings.Repeat("\u093c", 50):        "नि" + strings.Repeat("\u093c", 6),
		"a\u200b\u0301":                            "á",
		"\u3000a\u00a0\u2003b\u2800c":              "a b c",
		"Straße GROẞ ΣΊΣΥΦΟΣ Ёлка":                 "strasse gross σίσυφοσ ёлка",
		"ﬁﬀ":                                       "fiff",
		"a\u2028b":                                 "a\nb",
		"\xff\xfea":                                "\ufffd\ufffda",
	} {
		if got := Fold(s); got != want {
			t.Errorf("%q became %q, want %q", s, got, want)
		}
	}
}

// A text view of a text view is the same, is UTF-8, and has nothing invisible; so is a skeleton, but for the first of these.
func TestViews(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"a", "B", "  ", "\u0301", "\u0323", "\u200b", "\u200d", "ﷺ", "각", "ẞ", "İ", "J\u030c", "\u3164", "я", "Ω", "𝓗", "\u0336", "\u093c", "न", "\xff", "ſ", "K", "\u0345", "ᾳ", "\u0344", "😀",
		}))).Draw(t, "text"), "")
		folded := Fold(s)
		if again := Fold(folded); again != folded {
			t.Fatalf("%q: %q, and then %q", s, folded, again)
		}
		if !norm.NFKC.IsNormalString(folded) {
			t.Fatalf("%q: %+q is not normal", s, folded)
		}
		skeleton := Skeleton(s)
		for _, view := range []string{folded, skeleton} {
			if !utf8.ValidString(view) || strings.ContainsFunc(view, invisible) || strings.Contains(view, "  ") {
				t.Fatalf("%q: %q", s, view)
			}
		}
		if Skeleton(strings.ToUpper(asciiOnly(s))) != Skeleton(strings.ToLower(asciiOnly(s))) {
			t.Fatalf("%q: case matters", s)
		}
		if Core(Core(skeleton)) != Core(skeleton) {
			t.Fatalf("%q: the core of %q is not its own", s, Core(skeleton))
		}
	})
}

func asciiOnly(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= utf8.RuneSelf {
			return -1
		}
		return r
	}, s)
}

// What looks like a word has its skeleton.
func TestSkeleton(t *testing.T) {
	for word, others := range map[string][]string{
		"bitcoin": {"BITCOIN", "вitсоin", "ВІТСОІN", "b1tc0in", "bltcoin", "ʙɪᴛᴄᴏɪɴ", "🅱🅸🆃🅲🅾🅸🅽", "🇧🇮🇹🇨🇴🇮🇳", "ⓑⓘⓣⓒⓞⓘⓝ", "𝐛𝐢𝐭𝐜𝐨𝐢𝐧", "b\u0336i\u0336t\u0336c\u0336o\u0336i\u0336n", "bítcöin", "bit\u200bcoin", "ｂｉｔｃｏｉｎ", "b|tcoin", "Bıtcoın"},
		"money":   {"MONEY", "rnoney", "МОNЕY", "m0ney", "моnеу"},
		"paypal":  {"paypaI", "раураl", "PAYPAL", "paypa1"},
		"admin":   {"аdmin", "ADMlN", "adrnin"},
		"modern":  {"modem"},
	} {
		for _, other := range others {
			if got, want := Skeleton(other), Skeleton(word); got != want && word != "modern" {
				t.Errorf("%s is %s, and %s is %s", other, got, word, want)
			}
		}
	}
	for _, pair := range [][2]string{{"bitcoin", "bitcoins"}, {"привет", "пока"}, {"中文", "日本"}, {"שלום", "مرحبا"}} {
		if Skeleton(pair[0]) == Skeleton(pair[1]) {
			t.Errorf("%s and %s have the same skeleton", pair[0], pair[1])
		}
	}
	if got := Core(Skeleton("F r.e-e  C*O_I N S")); got != Core(Skeleton("free coins")) {
		t.Error(got)
	}
	if Core("!?!") != "!?!" {
		t.Error("the core of nothing")
	}
	if Unleet(Skeleton("fr33 c4$h")) != Unleet(Skeleton("free cash")) {
		t.Error(Unleet(Skeleton("fr33 c4$h")))
	}
}

func TestShape(t *testing.T) {
	for s, want := range map[string]Shape{
		"":                                 {},
		"Hello You":                        {Characters: 8, Lines: 1, Words: 2, Letters: 8, Capitals: 2, Cased: 8, Longest: 5, Repeated: 2},
		"a\nb\n":                           {Characters: 2, Lines: 3, Words: 2, Letters: 2, Cased: 2, Longest: 1, Repeated: 1},
		"👨\u200d👩\u200d👧😀":                 {Characters: 2, Emoji: 2, Lines: 1, Repeated: 1},
		"🇩🇪🇫🇷 👍🏽":                          {Characters: 3, Emoji: 3, Lines: 1, Repeated: 1},
		"1\ufe0f\u20e3 ❤\ufe0f ❤ ©":        {Characters: 4, Emoji: 2, Lines: 1, Repeated: 2},
		"123 4":                            {Characters: 4, Lines: 1, Words: 2, Longest: 3, Repeated: 1},
		"h e l l o you":                    {Characters: 8, Lines: 1, Words: 6, Letters: 8, Cased: 8, Spaced: 5, Longest: 3, Repeated: 2},
		"I am a b":                         {Characters: 5, Lines: 1, Words: 4, Letters: 5, Cased: 5, Capitals: 1, Longest: 2, Repeated: 1},
		"пpивет":                           {Characters: 6, Lines: 1, Words: 1, Letters: 6, Cased: 6, Mixed: 1, Woven: 1, MixedWord: "пpивет", Longest: 6, Repeated: 1},
		"wi-fi-сеть":                       {Characters: 10, Lines: 1, Words: 3, Letters: 8, Cased: 8, Longest: 4, Repeated: 1},
		"Tシャツ":                             {Characters: 4, Lines: 1, Words: 1, Letters: 4, Cased: 1, Capitals: 1, Longest: 4, Repeated: 1},
		"日本語のテスト":                          {Characters: 7, Lines: 1, Words: 1, Letters: 7, Longest: 7, Repeated: 1},
		"한국漢字abc":                          {Characters: 7, Lines: 1, Words: 1, Letters: 7, Cased: 3, Longest: 7, Repeated: 1},
		"fr\u200bee":                       {Characters: 4, Lines: 1, Words: 1, Letters: 4, Cased: 4, Invisible: 1, Longest: 4, Repeated: 2},
		"fr\u200dee":                       {Characters: 4, Lines: 1, Words: 1, Letters: 4, Cased: 4, Invisible: 1, Longest: 4, Repeated: 2},
		"می\u200cخواهم":                    {Characters: 7, Lines: 1, Words: 1, Letters: 7, Longest: 7, Repeated: 1},
		"a\u202eb\u202c":                   {Characters: 2, Lines: 1, Words: 1, Letters: 2, Cased: 2, Invisible: 2, Bidi: 2, Longest: 2, Repeated: 1},
		"z" + strings.Repeat("\u0336", 12): {Characters: 1, Lines: 1, Words: 1, Letters: 1, Cased: 1, Marks: 10, Longest: 1, Repeated: 1},
		"น้ำที่":                           {Characters: 2, Lines: 1, Words: 1, Letters: 2, Longest: 2, Repeated: 1},
	} {
		if got := NewText(s).Shape(); *got != want {
			t.Errorf("%q:\n got %+v\nwant %+v", s, *got, want)
		}
	}
}

// What people write in two scripts is no mixture; what is written to deceive is.
func TestMixedScript(t *testing.T) {
	for _, s := range []string{"hello", "привет", "iPhone を買う", "NHKニュース", "漢字かな交じり文", "K팝", "ㄅㄆ漢字", "ОК", "kΩ", "日本語ABC", "C++ и Go", "Ελληνικά και English", "1-й", "SMS-ка", "मैं WhatsApp पर", "ไทย123", "x²", "µm"} {
		if got := NewText(s).Shape(); got.Mixed > 0 {
			t.Errorf("%s: %s is mixed", s, got.MixedWord)
		}
	}
	for _, s := range []string{"pаypal", "Ηello", "bіtcoin", "аpple", "ѕcam", "gооgle", "кириллицa", "ひらがなаб", "한글абв", "раураl"} {
		if NewText(s).Shape().Mixed == 0 {
			t.Errorf("%s is not mixed", s)
		}
	}
	for s, want := range map[string]int{"pаypаl": 1, "Пpиглaшaю вac": 1, "iPadе": 0, "забылпробелand": 0, "кириллицa": 0, "日本語ABC日本語": 0} {
		if got := NewText(s).Shape().Woven; got != want {
			t.Errorf("%s: %d words are woven, want %d", s, got, want)
		}
	}
}

// What is longer than is looked at is looked at from both ends, and told.
func TestLongText(t *testing.T) {
	for _, filler := range []string{
		"a", "я", "漢", "😀", "\u00a0", "\u3000", "\u2800", "\u2028", "ａ", "𝐚", "ⓐ", "ﷺ", "㌀", "¼", "ำ", "\u0301", "q\u0301", "e\u0302\u0301", "e\u200b\u0301", "\u200b", "ᄀ", "\xff", "a\u0323\u0301",
	} {
		for _, n := range []int{1, 20, 101, 180, 601, 1201, 20_000} {
			s := "first " + strings.Repeat(filler, n) + " last"
			text, viewed := NewText(s), NewText(s).viewed()
			folded := text.Folded()
			if !strings.HasPrefix(folded, "first") || !strings.HasSuffix(folded, "last") || n > 10_000 && len(folded) > mostViewed+10 || filler != "\xff" && strings.Contains(folded, "\ufffd") {
				t.Errorf("%d of %+q: %d bytes, %.8q…", n, filler, len(folded), folded)
			}
			if _, cut := normal(viewed); cut || text.Shape().Cut != (viewed != s) || n > 10_000 && !text.Shape().Cut {
				t.Errorf("%d of %+q: cut without being told", n, filler)
			}
		}
	}
	if NewText("x").Shape().Cut {
		t.Error("what is short is cut")
	}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{
			"a", "e", "\u0301", "\u0302", "\u0323", "\u200b", "ﷺ", "ﷺﷺﷺﷺ", "ａ", "ａａａａａａａａ", "\u00a0", "か", "\u3099", "¼", "яяяяя", "q\u0301",
		}), 0, 900).Draw(t, "text"), "")
		if _, cut := normal(NewText(s).viewed()); cut {
			t.Fatalf("%d bytes are cut without being told", len(s))
		}
	})
}

// What is said to be easy is: alone, and after whatever may combine with what follows it.
func TestEasy(t *testing.T) {
	for r := rune(0); r <= 0x10ffff; r++ {
		if !isEasy(r) {
			continue
		}
		s := string(r)
		if invisible(r) || isMark(r) || norm.NFKC.String(s) != s || !norm.NFKC.PropertiesString(s).BoundaryBefore() || r > 0x80 && space(r) != r {
			t.Errorf("%q (%x) is not easy", s, r)
		}
		if got, want := isCore(r), unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r); got != want {
			t.Errorf("%q (%x) is of a word: %v", s, r, got)
		}
	}
}

// What is normal is so in the usual words.
func TestNormal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
			"a", "я", "\u0301", "\u0323", "\u200b", "ﷺ", "각", "ᅡ", "ᄀ", "\u3164", "か", "\u3099", "\xff", "न", "\u093c", "é", "Å", "ê", "o", "\u0302", "\u031b", "и", "\u0306", "가", "\u11a8",
		}))).Draw(t, "text"), "")
		got, cut := normal(s)
		if want := norm.NFKC.String(visibleOnly(string([]rune(s)))); !cut && got != want {
			t.Fatalf("%q: %q, want %q", s, got, want)
		}
	})
}

// Characters are counted as the library for that does, which takes ten times as long.
func TestCharacters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.StringN(0, 4, -1), rapid.SampledFrom([]string{
			"a", "Ж", "漢", "か", "각", "ᄀ", "ᅡ", "ᆨ", "न", "\u093f", "\u094d", "\u0301", "\u200d", "👩", "👧", "🏽", "🇩", "🇪", "1", "\ufe0f", "\u20e3", "❤", "ก", "\u0e33", "\u0600", "é", " ", "\r\n", "\u200b", "\u1160",
		})), 0, 60).Draw(t, "text"), "")
		want := 0
		for rest, state := s, -1; rest != ""; {
			var cluster string
			cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
			if first, _ := utf8.DecodeRuneInString(cluster); !invisible(first) && space(first) != ' ' && space(first) != '\n' && cluster != "\r\n" {
				want++
			}
		}
		if got := NewText(s).Shape().Characters; got != want {
			t.Fatalf("%q: %d characters, want %d", s, got, want)
		}
	})
}

// The script of each letter is the one that Unicode says, whichever was asked for before.
func TestScripts(t *testing.T) {
	want := map[rune]script{}
	first := map[script]rune{}
	for _, r := range scriptRanges() {
		if first[r.script] == 0 {
			first[r.script] = r.from
		}
	}
	for of, begin := range first {
		for name, table := range unicode.Scripts {
			if !unicode.Is(table, begin) {
				continue
			}
			if name == "Common" || name == "Inherited" {
				t.Fatalf("%q has a script", begin)
			}
			for _, r := range table.R16 {
				for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
					want[c] = of
				}
			}
			for _, r := range table.R32 {
				for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
					want[c] = of
				}
			}
		}
	}
	if len(first) < 150 || len(want) < 100_000 {
		t.Fatalf("%d scripts of %d letters", len(first), len(want))
	}
	var s scripts
	for r := rune(0); r <= 0x10ffff; r++ {
		if got := s.of(r); got != want[r] {
			t.Fatalf("%q (%x) is of script %d, want %d", r, r, got, want[r])
		}
	}
	for _, r := range "aд漢a가あд\u0301กa" {
		if got := s.of(r); got != want[r] {
			t.Errorf("%q is of script %d, want %d", r, got, want[r])
		}
	}
}

// TestAppendSkeleton holds it against the skeleton that is kept.
func TestAppendSkeleton(t *testing.T) {
	for _, s := range []string{"", "Free MONEY 100", "ЗАРАБОТОК и Зарабoтoк", "ΔΕΛΤΑ", "𝐞𝐚𝐫𝐧", "İstanbul", "免费", strings.Repeat("Доход ", 200)} {
		want := "before " + Skeleton(strings.ToLower(NewText(s).normal()))
		if got := string(NewText(s).AppendSkeleton([]byte("before "))); got != want {
			t.Errorf("%q has %q, want %q", s, got, want)
		}
	}
}
