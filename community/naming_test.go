package community

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
)

// Which rule bans a server: the one that names it, else one that matches; never an
// exemption, or what waits for a yes.
func TestWhichRuleBansAServer(t *testing.T) {
	w := enforce.NewWorld(benchSelf, enforce.Settings{})
	rule := func(key, entity, recommendation string) id.EventID {
		content, _ := json.Marshal(map[string]string{"entity": entity, "recommendation": recommendation})
		evt := stateEvent("!list:hs", "m.policy.rule.server", key, "@author:hs", id.EventID("$"+key), content)
		_, slots, _ := w.ApplyRule("!list:hs", evt)
		if key != "held" {
			w.Follow(slots...)
		} else {
			w.HoldBack(evt.ID)
		}
		return evt.ID
	}
	rule("wide", "*.evil.example", "m.ban")
	rule("named", "bad.evil.example", "m.ban")
	rule("free", "good.example", "fi.mau.meowlnir.unban")
	rule("held", "held.example", "m.ban")
	n := names{world: w}
	for server, want := range map[string]id.EventID{
		"*.evil.example": "$wide", "other.evil.example": "$wide", "bad.evil.example": "$named", "good.example": "", "held.example": "", "nobody.example": "",
	} {
		if got := n.Bans(server); got.Rule != want || want != "" && got.List != "!list:hs" {
			t.Errorf("%s is banned by %+v, want %s", server, got, want)
		}
	}
}
