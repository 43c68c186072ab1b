package commands

import (
	"strings"
	"testing"

	"forseti/policy"
)

// A takedown is a rule of its own beside a ban, and nobody writes one without being asked.
func TestTakedown(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@a:hs.example")
	a := expect(t, w, "takedown @a:hs.example coc illegal", nil, "**What is removed by that cannot be brought back.**", "Write the takedown into `coc`?")
	if !a.Ask || len(a.Plan.Steps) != 1 || !strings.Contains(string(a.Plan.Steps[0].Do.State.Content), `"org.matrix.msc4204.takedown"`) {
		t.Errorf("%+v", a.Plan)
	}
	if a.Plan.Steps[0].Do.State.Key == ruleKey(w.rules[0]) || !strings.Contains(a.Plan.Answer, "now asks for the takedown of the user `@a:hs.example`.") {
		t.Errorf("%+v", a.Plan)
	}
	there := w.rule("!coc:ours.example", policy.User, "@b:hs.example")
	w.rules[1].Recommendation = policy.Takedown
	expect(t, w, "takedown @b:hs.example coc "+there.Reason, nil, "There is such a rule already")
	if a := expect(t, w, "takedown @b:hs.example coc worse", nil, "Write the takedown"); !strings.Contains(a.Plan.Answer, "asks for the takedown of the user `@b:hs.example` already; I changed the reason, which was: spam.") {
		t.Errorf("said %q", a.Plan.Answer)
	}
	for line, want := range map[string]string{
		"takedown @warden:ours.example": "That is me", "takedown ours.example": "our own server", "takedown @a:hs.example theirs": "may not write", "takedown spammer": "no user, server or room",
	} {
		expect(t, w, line, nil, want)
	}
}
