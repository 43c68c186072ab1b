package enforce

import (
	"encoding/base64"
	"testing"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/policy"
)

// A server whose name a hash hides is shut out when one of its users comes into view,
// also if a wider rule decides about it, which no ACL can hold for it would shut us out.
func TestRevealedBesideWiderRule(t *testing.T) {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	w.ApplyRule(testList, ruleEvent("server", "wide", "*.example", "m.ban"))
	hash := base64.StdEncoding.EncodeToString([]byte(policy.HashOf("hidden.example")))
	w.ApplyRule(theirs, stateEvent("m.policy.rule.server", "hash", "@author:list.example",
		map[string]any{"hashes": map[string]any{"sha256": hash}, "recommendation": "m.ban"}))
	work(w, w.Keys())
	_, keys := w.Apply("!a:x", memberEvent("@user:hidden.example", "@user:hidden.example", event.MembershipJoin), now)
	for _, k := range keys {
		if k.Lane == action.ACLLane && w.Plan(k, now).Wanted() {
			return
		}
	}
	t.Error("the ACL is left as it was")
}
