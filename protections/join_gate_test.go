package protections

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

func TestJoinGate(t *testing.T) {
	move := func(by, u id.UserID, m event.Membership) kittest.Step {
		return func(b *kittest.Bench) []kit.Finding { return b.Member(by, u, m) }
	}
	voice := map[string]string{"at": "voice", "rules": "be kind", "patience": "1h"}
	kittest.Run(t, joinGate(), []kittest.Case{{
		Name: "who knocks, each time",
		In:   []kittest.Step{move(user, user, "knock"), move(user, user, "leave"), move(user, user, "knock"), kittest.Joins("@other:hs")},
		Want: []string{"note @u:hs $state5:", "note @u:hs $state7:"},
	}, {
		Name: "who joins by themselves, if that is set",
		Set:  voice,
		In: []kittest.Step{
			move(user, user, "knock"), move(kittest.Self, "@invited:hs", "invite"), kittest.Joins("@invited:hs"), kittest.Joins("@plain:hs"),
			kittest.Trusts("@known:hs", trust.Known), kittest.Joins("@known:hs"), kittest.Leaves("@plain:hs"), kittest.Says("@plain:hs", "hello"),
		},
		Want: []string{"note @plain:hs $state8:"},
	}, {
		Name: "nobody is let past by who is new themselves",
		Set:  voice,
		In: []kittest.Step{
			kittest.Trusts("@regular:hs", trust.Regular), kittest.Trusts("@known:hs", trust.Known),
			move("@regular:hs", "@friend:hs", "invite"), kittest.Joins("@friend:hs"),
			move("@known:hs", "@raider:hs", "invite"), kittest.Joins("@raider:hs"),
			move("@raider:hs", "@raider2:hs", "invite"), kittest.Joins("@raider2:hs"),
		},
		Want: []string{"note @raider:hs $state8:", "note @raider2:hs $state10:"},
	}})
	b := kittest.New(t, joinGate(), voice)
	found := b.Join(user)
	if len(found) != 1 || found[0].Gate == nil || *found[0].Gate != (kit.Gate{Rules: "be kind", Voice: true, Within: time.Hour}) || found[0].Offence == "" {
		t.Fatalf("found %+v", found)
	}
	kind := joinGate()
	for written, ok := range map[string]bool{"": false, "  ": false, "be kind\n\nand brief": true, strings.Repeat("x", 1000): true, strings.Repeat("x", 1001): false} {
		if _, err := kind.Set(nil, "rules", written); (err == nil) != ok {
			t.Errorf("rules %.20q: %v", written, err)
		}
	}
}
