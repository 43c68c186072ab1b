package glob

import (
	"iter"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// TestSetIsEachOfThem holds a set that comes and goes to its patterns, one by one.
func TestSetIsEachOfThem(t *testing.T) {
	letters := map[string][]rune{
		"few": []rune("ab"), "some": []rune("@:.abcxyé"), "wild": []rune("aé\U0001f600b*?"), "broken": []rune("a\xff\u0080b"),
	}
	rapid.Check(t, func(t *rapid.T) {
		of := rapid.SampledFrom([]string{"few", "some", "wild", "broken"}).Draw(t, "letters")
		word := rapid.StringOfN(rapid.SampledFrom(letters[of]), 0, 6, -1)
		pattern := rapid.StringOfN(rapid.SampledFrom(append([]rune("**?"), letters[of]...)), 0, rapid.IntRange(2, 14).Draw(t, "length"), -1)
		var s Set[string]
		in := map[string]bool{}
		for range rapid.IntRange(1, 6).Draw(t, "rounds") {
			begins := word.Draw(t, "begins")
			for _, text := range rapid.SliceOfN(pattern, 0, 150).Draw(t, "come") {
				if rapid.Bool().Draw(t, "alike") {
					text = begins + text
				}
				if p := New(text); !in[p.String()] {
					s.Add(p, "pattern "+p.String())
					in[p.String()] = true
				}
			}
			for text := range in {
				if len(text)%3 == 1 {
					s.Remove(New(text), "pattern "+text)
					delete(in, text)
				}
			}
			s.Remove(New("never*there"), "x")
			names := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom(letters[of]), 0, 20, -1), 1, 8).Draw(t, "names")
			if of == "broken" {
				names = append(names, "\x80", "a\x80b", "\xc3\xa9a", "\xe2\x82a")
			}
			for _, name := range names {
				var want, got []string
				for text := range in {
					if walk(text, name) {
						want = append(want, "pattern "+text)
					}
				}
				s.Match(name, func(text string) { got = append(got, text) })
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Fatalf("%q: got %q, want %q", name, got, want)
				}
			}
			if s.Len() != len(in) {
				t.Fatalf("%d patterns, want %d", s.Len(), len(in))
			}
		}
	})
}

// TestSetOfAllSmallPatterns has every pattern up to five bytes in one set, and all but some again.
func TestSetOfAllSmallPatterns(t *testing.T) {
	var s Set[string]
	in := map[string]bool{}
	for text := range words("ab*?", 5) {
		if p := New(text); !in[p.String()] {
			in[p.String()] = true
			s.Add(p, p.String()+".")
		}
	}
	compare := func() {
		t.Helper()
		for name := range words("ab", 7) {
			got := map[string]int{}
			s.Match(name, func(text string) { got[strings.TrimSuffix(text, ".")]++ })
			for text := range in {
				want := 0
				if naive([]rune(text), []rune(name)) {
					want = 1
				}
				if got[text] != want {
					t.Fatalf("%q on %q: %d times", text, name, got[text])
				}
				delete(got, text)
			}
			if len(got) > 0 {
				t.Fatalf("%q: what is not there matches: %v", name, got)
			}
		}
	}
	compare()
	for text := range in {
		if len(text)%2 == 0 && strings.HasPrefix(text, "a") {
			s.Remove(New(text), text+".")
			delete(in, text)
		}
	}
	compare()
	for text := range in {
		if strings.HasSuffix(text, "*") {
			s.Remove(New(text), text+".")
			delete(in, text)
		}
	}
	compare()
}

// words gives every text of some letters up to a length.
func words(letters string, most int) iter.Seq[string] {
	return func(yield func(string) bool) {
		all := []string{""}
		for range most + 1 {
			var longer []string
			for _, text := range all {
				if !yield(text) {
					return
				}
				for _, c := range letters {
					longer = append(longer, text+string(c))
				}
			}
			all = longer
		}
	}
}

// FuzzSet holds a set to the matcher of each of its patterns, of which there is one a line.
func FuzzSet(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*\n?\n**a", "ba"}, {"a*b*c\na*b*d\na*b", "a-b-b-c"}, {"*é?\n*é\n?é*", "éé"}, {"@*a*b:*\n@*a*bc:*\n@*a:x", "@-a-bc:x"},
		{"*aab*\n*aac*\n*ab*", "aaabaaaba"}, {"??\n?*?\n*??", "\U0001f600a"}, {"ab\nab*\nab*b", "ab"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, lines, s string) {
		if len(lines) > 500 || len(s) > 300 || !utf8.ValidString(lines) || !utf8.ValidString(s) {
			return
		}
		var set Set[string]
		in := map[string]Pattern{}
		add := func(line string) {
			if p := New(line); in[p.String()].String() == "" && line != "" {
				in[p.String()] = p
				set.Add(p, p.String())
			}
		}
		for line := range strings.SplitSeq(lines, "\n") {
			add(line)
			add(line + "*")
		}
		for i := range leastFresh { // so that they are sorted
			add("none*" + strings.Repeat("?", i))
		}
		got := map[string]int{}
		set.Match(s, func(text string) { got[text]++ })
		for text, p := range in {
			if want := p.Match(s); want != (got[text] == 1) || got[text] > 1 {
				t.Errorf("%q on %q: %d times, want %v", text, s, got[text], want)
			}
		}
	})
}
