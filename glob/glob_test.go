package glob

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// naive is the definition.
func naive(pattern, s []rune) bool {
	// reach[j]: what was read of the pattern so far can stand for s[:j].
	reach := make([]bool, len(s)+1)
	reach[0] = true
	for _, c := range pattern {
		next := make([]bool, len(s)+1)
		for j := range next {
			switch {
			case c == '*':
				next[j] = reach[j] || j > 0 && next[j-1]
			case j > 0:
				next[j] = reach[j-1] && (c == '?' || c == s[j-1])
			}
		}
		reach = next
	}
	return reach[len(s)]
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, s string
		want       bool
	}{
		{"", "", true}, {"", "a", false}, {"*", "", true}, {"**", "x", true}, {"?", "", false}, {"?", "é", true}, {"??", "é", false},
		{"a*b", "a/\n\r.b", true}, {"a?b", "a\nb", true}, {"a?b", "a/b", true}, {"ab*ba", "aba", false}, {"*a*a*", "a", false},
		{"[a-c]", "b", false}, {"[a-c]*", "[a-c]x", true}, {`\*`, `\x`, true}, {"{a,b}?", "{a,b}x", true}, {"!^-*?", "!^-x", true},
		{"a,*?", "a,b", true}, {"@*:*.org", "@x:y.org", true}, {"*.*.*", "a.b", false}, {"A*", "a", false}, {"*?*?*", "é", false},
		{strings.Repeat("?", 300), strings.Repeat("x", 300), true},
		{strings.Repeat("?", 1000), strings.Repeat("x", 1000), true},
		{strings.Repeat("x", 300) + "*a*a*", strings.Repeat("x", 300) + "a-a", true},
		{"\xff?", "\xffa", true},
	} {
		if got := Match(tt.pattern, tt.s); got != tt.want {
			t.Errorf("Match(%q, %q) = %v", tt.pattern, tt.s, got)
		}
	}
}

func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", ""}, {"?", ""}, {"**a", "ba"}, {"a*b*c", "a-b-b-c"}, {"*?*", "é"}, {"[a]{b}\\", "[a]{b}\\"},
		{"@*:*.org", "@x:\n.org"}, {"*ab?b*", "ababéb"}, {"?\u00a9", "é\u00a9"}, {"*aab*a", "aaabaaaba"}, {"{a,b}*?", "{a,b}/"},
		{"ab*b*ba", "abbba"}, {"*?a?a*a", "xaxaaa"}, {"?***?**a", "\n/a"}, {"\x00?", "\x00a"}, {"A", "A"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 300 || len(s) > 300 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		p := New(pattern)
		got := p.Match(s)
		if want := naive([]rune(pattern), []rune(s)); got != want {
			t.Errorf("%q on %q: got %v", pattern, s, got)
		}
		if got && (!strings.HasPrefix(s, p.Head()) || !strings.HasSuffix(s, p.Tail()) || !strings.Contains(s, p.Piece())) {
			t.Errorf("%q on %q: head %q, tail %q, piece %q", pattern, s, p.Head(), p.Tail(), p.Piece())
		}
		if walk(p.String(), s) != got {
			t.Errorf("%q on %q: walk disagrees", pattern, s)
		}
		if again := New(p.String()); again != p || again.Match(s) != got {
			t.Errorf("%q is not %q", pattern, p)
		}
		if a, b := Fold(s), Fold(pattern); strings.EqualFold(s, a) != true || a == b && !strings.EqualFold(s, pattern) {
			t.Errorf("%q folds to %q", s, a)
		}
		if folded := Fold(pattern); !Folds(s, Fold(s)) || Folds(s, folded) != (Fold(s) == folded) {
			t.Errorf("%q and %q: %v", s, pattern, Folds(s, pattern))
		}
	})
}

// What is remembered stays within its bounds, whatever patterns come, and answers as before.
func TestMemoIsBounded(t *testing.T) {
	var m memo
	for i := range 3 * mostPatterns {
		text := "*a?" + strings.Repeat("b", i%300) + "?*c" + strings.Repeat("?", i/300)
		if !m.get(text).Match("a-" + strings.Repeat("b", i%300) + "-c" + strings.Repeat("x", i/300)) {
			t.Fatalf("%q does not match", text)
		}
		m.get("always?asked")
		size := 0
		for text := range m.young {
			size += len(text)
		}
		if len(m.young) > mostPatterns || len(m.old) > mostPatterns || size > mostText || size != m.text {
			t.Fatalf("%d and %d patterns of %d bytes, counted %d", len(m.young), len(m.old), size, m.text)
		}
	}
	if m.get("\xff") != nil {
		t.Error("what is no UTF-8 was compiled")
	}
}

// BenchmarkWorst holds patterns that make matching hard against a name of the greatest length.
func BenchmarkWorst(b *testing.B) {
	subject := "@" + strings.Repeat("a", 241) + ":example.org"
	for name, pattern := range map[string]string{
		"one star":        "*" + strings.Repeat("a", 120) + "b",
		"stars":           strings.Repeat("*a", 120) + "b",
		"spread stars":    "@" + strings.Repeat("*aaaaaaab", 12) + "*",
		"1,000 ?":         strings.Repeat("?", 1000),
		"1,000 stars":     strings.Repeat("*", 1000) + "b",
		"1,000 star a":    strings.Repeat("*a", 1000),
		"? between stars": strings.Repeat("*?", 126) + "b",
		"? after a star":  "*" + strings.Repeat("?a", 100) + "b?*",
		"eight wildcards": "*a?a?a?a?a?a*b?*",
		"pieces":          "*" + strings.Repeat("aaa*", 60) + "b*",
		"matches":         "@" + strings.Repeat("*a?a", 40) + "*g",
	} {
		b.Run(name, func(b *testing.B) {
			g := New(pattern)
			for b.Loop() {
				g.Match(subject)
			}
		})
	}
}

// BenchmarkNew makes patterns as they come in lists.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New("@spammer*:*.example.org")
	}
}
