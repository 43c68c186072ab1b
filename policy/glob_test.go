package policy

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

func encode(raw string) string { return base64.StdEncoding.EncodeToString([]byte(raw)) }

// slow is the specification's definition as a regular expression.
func slow(pattern, s string) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for _, c := range pattern {
		switch c {
		case '*':
			re.WriteString(`.*`)
		case '?':
			re.WriteByte('.')
		default:
			re.WriteString(regexp.QuoteMeta(string(c)))
		}
	}
	re.WriteString(`\z`)
	return regexp.MustCompile(re.String()).MatchString(s)
}

func FuzzGlob(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", ""}, {"?", ""}, {"**a", "ba"}, {"a*b*c", "a-b-b-c"}, {"*?*", "é"}, {"[a]{b}\\", "[a]{b}\\"},
		{"@*:*.org", "@x:\n.org"}, {"*ab?b*", "ababéb"}, {"?\u00a9", "é\u00a9"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 200 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		if got, want := newGlob(pattern).match(s), slow(pattern, s); got != want {
			t.Errorf("%q on %q: got %v", pattern, s, got)
		}
		var g globs
		e := newEntry(&list{}, Rule{Kind: RoomKind, Entity: pattern + "*"})
		g.add(e)
		found := false
		g.candidates(s, func(*entry) { found = true })
		if e.wild.glob.match(s) && !found {
			t.Errorf("%q under %+v is not tried for %q", pattern, e.wild.filed, s)
		}
	})
}

func BenchmarkWorstGlob(b *testing.B) {
	g := newGlob("*" + strings.Repeat("a", 126) + "b")
	s := strings.Repeat("a", 255)
	for b.Loop() {
		g.match(s)
	}
}
