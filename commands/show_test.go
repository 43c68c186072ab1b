package commands

import (
	"strings"
	"testing"

	"forseti/policy"
)

// What reads as if it freed somebody, and does not, is shown as what it is.
func TestUnfollowedExemptions(t *testing.T) {
	for _, tt := range []struct {
		recommendation policy.Recommendation
		exempts        bool
		want           string
	}{
		{policy.Exempt, true, "exempt user `@a:calm.example`: spam"},
		{policy.Exempt, false, "exempt user `@a:calm.example` (not followed: this list may not exempt): spam"},
		{policy.Allow, true, "allow user `@a:calm.example` (not followed: Mjolnir makes an entry in an ACL's allow list of it): spam"},
	} {
		b := newBot()
		b.rule("!theirs:else.example", policy.User, "@a:calm.example")
		b.rules[0].Recommendation = tt.recommendation
		for i := range b.lists {
			b.lists[i].Exempts = tt.exempts
		}
		if got := run(t, b, "rules theirs").Markdown; !strings.Contains(got, tt.want) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
