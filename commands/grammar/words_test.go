package grammar

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSplit(t *testing.T) {
	for _, tc := range []struct {
		line string
		want []string
		rest string
	}{
		{"", nil, ""},
		{"  ban\t@a:b \r\n", []string{"ban", "@a:b"}, ""},
		{"ban\u00a0@a:b\u3000coc\u200b", []string{"ban", "@a:b", "coc"}, ""},
		{"ban \u2068@a:b\u2069 coc", []string{"ban", "@a:b", "coc"}, ""},
		{"\n\nban x\nban y\n", []string{"ban", "x"}, "ban y"},
		{"ban \"two words\" x", []string{"ban", "two words", "x"}, ""},
		{"ban “two words” x", []string{"ban", "two words", "x"}, ""},
		{"ban „two words“ x", []string{"ban", "two words", "x"}, ""},
		{"ban «two words» 'three four'", []string{"ban", "two words", "three four"}, ""},
		{`ban "a \"b\" \\ \c"`, []string{"ban", `a "b" \ \c`}, ""},
		{"ban \"first\nsecond\" x\ny", []string{"ban", "first\nsecond", "x"}, "y"},
		{"it's the dogs' \"bone", []string{"it's", "the", "dogs'", "\"bone"}, ""},
		{"'tis odd", []string{"'tis", "odd"}, ""},
		{`a"b c"d`, []string{`a"b`, `c"d`}, ""},
		{`"" x`, []string{"", "x"}, ""},
		{`--room="a b" x`, []string{`--room="a b"`, "x"}, ""},
	} {
		words, rest := Split(tc.line)
		var got []string
		for _, w := range words {
			got = append(got, w.Text)
		}
		if !slices.Equal(got, tc.want) || rest != tc.rest {
			t.Errorf("Split(%q) = %q, rest %q; want %q, %q", tc.line, got, rest, tc.want, tc.rest)
		}
	}
}

func TestFlagWords(t *testing.T) {
	for _, tc := range []struct{ line, flag, value string }{
		{"--room", "room", "-"},
		{"--room=x", "room", "x"},
		{"--room=", "room", ""},
		{`--room="a b"`, "room", "a b"},
		{"--room=“a b”", "room", "a b"},
		{`"--room=x"`, "", "-"},
		{"--", "", "-"},
		{"-room", "", "-"},
	} {
		words, _ := Split(tc.line)
		if len(words) != 1 {
			t.Errorf("%s is %d words", tc.line, len(words))
			continue
		}
		value := "-"
		if words[0].Value != nil {
			value = words[0].Value.Text
		}
		if words[0].Flag != tc.flag || value != tc.value {
			t.Errorf("%s is flag %q with %q", tc.line, words[0].Flag, value)
		}
	}
}

// Whatever is quoted comes back as it was, wherever it stands.
func TestQuoteIsUndoneBySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune(` "'\“”«»--—a`+"\n\u00a0")))), 1, 5).Draw(t, "texts")
		var line strings.Builder
		for _, text := range want {
			line.WriteString(Quote(text) + " ")
		}
		words, rest := Split(line.String())
		var got []string
		for _, w := range words {
			if w.Flag != "" {
				t.Fatalf("%q became a flag", w.Raw)
			}
			got = append(got, w.Text)
		}
		if !slices.Equal(got, want) || rest != "" {
			t.Fatalf("%q became %q, rest %q", want, got, rest)
		}
	})
}
