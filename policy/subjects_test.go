package policy

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
)

// Hashes are kept from the first hashed rule on, so users and servers that come and go later must be followed.
func TestHashesFollowChanges(t *testing.T) {
	s := NewSubjects()
	user := Rule{Kind: User, Hash: HashOf("@a:evil.org")}
	host := Rule{Kind: Server, Hash: HashOf("evil.org")}
	affected := func(r Rule, want ...id.UserID) {
		t.Helper()
		if got := slices.Collect(s.Affected(r)); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	affected(user)
	affected(host)
	s.Add("@a:evil.org")
	s.Add("@a:evil.org")
	affected(user, "@a:evil.org")
	affected(host, "@a:evil.org")
	s.Remove("@a:evil.org")
	affected(user, "@a:evil.org")
	s.Remove("@a:evil.org")
	affected(user)
	affected(host)
	s.Remove("@a:evil.org")
	s.Add("@b:evil.org")
	affected(user)
	affected(host, "@b:evil.org")
}
