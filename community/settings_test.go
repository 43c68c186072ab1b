package community

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"forseti/acl"
	"forseti/community/approval"
	"forseti/store"
)

// A configuration that lets servers in waits for a yes, also whether servers that are named
// by an IP address are. What it would do is found out a part at a time.
func TestConfigurationThatOpensACLsWaits(t *testing.T) {
	topic := approval.Topic{Kind: approval.Settings}
	allow := func(o *Options) { o.Settings.IPLiterals = acl.IPAllow }
	kept := openStore(t)
	r := newReader(t, kept, 0)
	roles, _ := r.places.roles(benchRoom)
	var out store.Commit
	r.intake.takeState(stateEvent(benchRoom, "m.room.server_acl", "", benchOwner, "$acl", json.RawMessage(`{"allow":["*"],"allow_ip_literals":false}`)), time.Now(), roles, &out)
	r.store(out)

	for _, yes := range []bool{false, true} {
		r = newReader(t, kept, 0, allow)
		topics := r.orders.questions.topics
		d, waits := topics.wording(topic)
		if !waits || !strings.Contains(d.Text, "any IP address") || r.world.Settings.IPLiterals != acl.IPKeep {
			t.Fatalf("it waits: %t, %q; followed is %d", waits, d.Text, r.world.Settings.IPLiterals)
		}
		topics.touchCounted(time.Now())
		if !topics.unswept(topic) || !topics.outgrown(topic, d.Weight) {
			t.Error("a yes counts while nobody knows what it is to by now")
		}
		for topics.sweepSettings(time.Now()) {
		}
		if topics.unswept(topic) || topics.outgrown(topic, d.Weight) {
			t.Error("a yes to what was shown does not count")
		}
		if again, _ := topics.wording(topic); again.Text != d.Text {
			t.Errorf("looked at again it is %q", again.Text)
		}
		if !yes {
			topics.decideSettings(false, "`@mod:hs`", time.Now())
			r.store(store.Commit{})
			r = newReader(t, kept, 0, allow)
			if _, waits := r.orders.questions.topics.wording(topic); waits || r.world.Settings.IPLiterals != acl.IPKeep {
				t.Errorf("after a no it waits: %t; followed is %d", waits, r.world.Settings.IPLiterals)
			}
			r = newReader(t, kept, 0) // and it is changed back
			r.store(store.Commit{})
			continue
		}
		topics.decideSettings(true, "`@mod:hs`", time.Now())
		r.store(store.Commit{})
		for _, r := range []*reader{r, newReader(t, kept, 0, allow)} {
			if r.world.Settings.IPLiterals != acl.IPAllow || r.orders.questions.topics.settings != nil {
				t.Errorf("after a yes followed is %d", r.world.Settings.IPLiterals)
			}
		}
	}
}
