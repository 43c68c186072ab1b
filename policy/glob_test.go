package policy

import (
	"encoding/base64"
	"testing"

	"forseti/glob"
)

func encode(raw string) string { return base64.StdEncoding.EncodeToString([]byte(raw)) }

// FuzzCandidates holds the places where patterns are filed to what they match: none that does may be left untried.
func FuzzCandidates(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""}, {"*", ""}, {"?", ""}, {"**a", "ba"}, {"a*b*c", "a-b-b-c"}, {"*?*", "é"}, {"[a]{b}\\", "[a]{b}\\"},
		{"@*:*.org", "@x:\n.org"}, {"*ab?b*", "ababéb"}, {"?\u00a9", "é\u00a9"}, {"*abcd*", "xabcdx"}, {"@spam*", "@spammer"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if len(pattern) > 200 {
			return
		}
		var g globs
		e := newEntry(Rule{Kind: RoomKind, Entity: pattern + "*"}, new(shared))
		g.add(e)
		found := false
		g.candidates(s, func(*wildcard) { found = true })
		if glob.Match(pattern+"*", s) && !found {
			t.Errorf("%q under %+v is not tried for %q", pattern, e.wild.filed, s)
		}
	})
}
