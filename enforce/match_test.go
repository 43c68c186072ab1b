package enforce

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/glob"
	"forseti/policy"
)

// matches is the definition of a pattern, as a regular expression; letters of ASCII fold.
func matches(pattern, s string) bool {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for _, c := range glob.Fold(pattern) {
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
	return regexp.MustCompile(re.String()).MatchString(glob.Fold(s))
}

// FuzzUnmatchable holds what a server ACL leaves out, for it can match no server, to
// what moderators are told of such rules.
func FuzzUnmatchable(f *testing.F) {
	for _, seed := range []string{"evil.org", "evil.org:8448", "*:*", "[::1]", "*[::1]", "[2001:*", "evil.org.", "*.", "пример.example", "@a:b", "evil org", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entity string) {
		if len(entity) > 250 || !utf8.ValidString(entity) {
			return
		}
		c := acl.NewCompiler()
		c.Add(acl.Rule{Entity: entity})
		why := policy.Unmatchable(policy.Rule{Kind: policy.Server, Entity: entity})
		if dropped := c.Dropped(); (len(dropped) > 0) != (why != "") {
			t.Errorf("%q: left out %v, said %q", entity, dropped, why)
		}
	})
}

// FuzzMatchers holds all that matches patterns to the one definition: rules by
// themselves, the index, who is in view, ACLs.
func FuzzMatchers(f *testing.F) {
	for _, seed := range [][2]string{
		{"*", "a"}, {"?*", "é.org"}, {"*.org", "A.ORG"}, {"a*b*c", "a-b-b-c"}, {"[a]{b}\\,*?", "[a]{b}\\,x"}, {"*ab?b*", "ababéb"},
		{"@*:*.org", "@x:y.org"}, {"*\u212a*", "k"}, {"*??evil*e?il", "--evil-evil"}, {"evil.org", "evil.org"}, {"*?a?a?a?a?a?a", "-a-a-a-a-a-a-a"},
		{"*a*b*c*d*e*f*g*h*i*", "abcdefghi"}, {"*\n/*?", "a\n/b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if pattern == "" || s == "" || len(pattern)+len(s) > 300 || !utf8.ValidString(pattern) || !utf8.ValidString(s) {
			return
		}
		kinds := map[policy.Kind]string{policy.User: s}
		if policy.ServerName(s) == glob.Fold(s) {
			kinds[policy.Server] = s
		}
		want := matches(pattern, s)
		for kind, name := range kinds {
			r := policy.Rule{Kind: kind, Entity: pattern, Recommendation: policy.Ban}
			if got := r.Matches(name); got != want {
				t.Errorf("%s rule %q on %q: %v", kind, pattern, name, got)
			}
			x := policy.NewIndex()
			x.Apply(testList, ruleEvent(kind.String(), "key", pattern, "m.ban"))
			if got := len(x.Matching(kind, name)) == 1; got != want {
				t.Errorf("index of the %s rule %q on %q: %v", kind, pattern, name, got)
			}
			users := policy.NewSubjects()
			u := id.UserID(s)
			if kind == policy.Server {
				u = id.UserID("@u:" + s)
			}
			users.Add(u)
			if got := slices.Contains(slices.Collect(users.Affected(r)), u); got != want {
				t.Errorf("%q affected by the %s rule %q: %v", u, kind, pattern, got)
			}
		}
		if _, ok := kinds[policy.Server]; !ok || strings.Contains(s, ":") {
			return
		}
		content, err := json.Marshal(map[string]any{"allow": []string{pattern}})
		if err != nil {
			t.Fatal(err)
		}
		if got := acl.Parse(content).Allows(s); got != want {
			t.Errorf("ACL entry %q on %q: %v", pattern, s, got)
		}
	})
}
