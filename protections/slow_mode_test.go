package protections

import (
	"testing"
	"time"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

func TestSlowMode(t *testing.T) {
	says := kittest.Says(user, "x")
	spare(t, slowMode(), nil)
	kittest.Run(t, slowMode(), []kittest.Case{{
		Name: "what comes early goes, and does not lengthen the time",
		In:   []kittest.Step{says, kittest.Wait(20 * time.Second), says, kittest.Wait(9 * time.Second), says, kittest.Wait(time.Second), says, kittest.Says("@v:hs", "x")},
		Want: []string{"note @u:hs $2: $2", "note @u:hs $3: $3"},
	}, {
		Name: "reactions and edits do not count, stickers and what cannot be read do",
		In: []kittest.Step{
			says, kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$x", "key": "👍"}}),
			kittest.Sends(user, "m.room.message", edited("y")), kittest.Sends(user, "m.sticker", nil), kittest.Sends(user, "m.room.encrypted", nil),
		},
		Want: []string{"note @u:hs $4: $4", "note @u:hs $5: $5"},
	}, {
		Name: "by trust",
		In: []kittest.Step{
			kittest.Trusts("@known:hs", trust.Known), kittest.Says("@known:hs", "x"), kittest.Wait(9 * time.Second), kittest.Says("@known:hs", "x"), kittest.Wait(time.Second), kittest.Says("@known:hs", "x"),
			kittest.Trusts("@regular:hs", trust.Regular), kittest.Times(20, kittest.Says("@regular:hs", "x")),
		},
		Want: []string{"note @known:hs $2: $2"},
	}, {
		Name: "not at all",
		Set:  map[string]string{"new": "0s"},
		In:   []kittest.Step{kittest.Times(20, says)},
	}, {
		Name: "what waited",
		In:   []kittest.Step{kittest.Times(9, func(b *kittest.Bench) []kit.Finding { return b.Waited(user, "x", b.Now.Add(-time.Hour)) })},
	}})
	for _, s := range slowMode().Settings(kit.Standing{}, "") {
		if s.Name == "consequence" && s.Value != "redact" {
			t.Errorf("%+v", s)
		}
	}
}
