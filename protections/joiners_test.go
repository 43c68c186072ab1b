package protections

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

// From where anybody can make an account: known at once, or some seconds later, once, and
// only of who is still there.
func TestJoinersFromOpenServers(t *testing.T) {
	answers := func(server string, open, said bool) kittest.Step {
		return func(b *kittest.Bench) []kit.Finding {
			b.Set.Registrations.Answered(server, open, said, b.Now)
			return nil
		}
	}
	asking := func(b *kittest.Bench) []kit.Finding {
		b.Set.Registrations = &kit.Registrations{}
		return nil
	}
	asks := func(want ...string) kittest.Step {
		return func(b *kittest.Bench) []kit.Finding {
			var got []string
			for {
				server, more := b.Set.Registrations.Take(b.Now)
				if !more {
					break
				}
				got = append(got, server)
			}
			if !slices.Equal(got, want) {
				t.Errorf("asks %v, want %v", got, want)
			}
			return nil
		}
	}
	knocks := member("@k:open.example", "@k:open.example", event.MembershipKnock)
	kittest.Run(t, joiners(), []kittest.Case{{
		Name: "off unless it is set",
		In:   []kittest.Step{asking, answers("open.example", true, true), kittest.Joins("@a:open.example"), asks()},
	}, {
		Name: "nobody asks",
		Set:  map[string]string{"open-registration": "refuse"},
		In:   []kittest.Step{kittest.Joins("@a:open.example"), kittest.Ticks()},
	}, {
		Name: "known",
		Set:  map[string]string{"open-registration": "refuse"},
		In:   []kittest.Step{asking, answers("open.example", true, true), answers("shut.example", false, true), kittest.Joins("@a:open.example"), kittest.Joins("@a:OPEN.example:8448"), kittest.Joins("@a:shut.example"), knocks, asks()},
		Want: []string{"attack @a:open.example $state5:", "attack @a:OPEN.example:8448 $state6:", "attack @k:open.example $state8:"},
	}, {
		Name: "asked",
		Set:  map[string]string{"open-registration": "tell"},
		In: []kittest.Step{
			asking, kittest.Joins("@a:open.example"), kittest.Joins("@gone:open.example"), kittest.Joins("@b:mute.example"), kittest.Joins("@c:shut.example"), asks("open.example", "mute.example", "shut.example"),
			kittest.Leaves("@gone:open.example"), kittest.Ticks(), answers("open.example", true, true), answers("shut.example", false, true), kittest.Ticks(), kittest.Ticks(), kittest.Joins("@d:open.example"), asks(),
			kittest.Times(30, kittest.Ticks()), answers("mute.example", true, false), kittest.Ticks(),
		},
		Want: []string{"note @a:open.example $state5:", "note @d:open.example $state10:"},
	}})
}

func TestJoiners(t *testing.T) {
	listed := map[string]string{"servers": "Evil.example, *.spam.example"}
	comes := func(u id.UserID, profile map[string]any) kittest.Step {
		content := map[string]any{"membership": "join"}
		maps.Copy(content, profile)
		return kittest.Sets(u, "m.room.member", string(u), content)
	}
	kittest.Run(t, joiners(), []kittest.Case{{
		Name: "from a listed server",
		Set:  listed,
		In: []kittest.Step{
			kittest.Joins("@a:evil.example"), kittest.Joins("@a:EVIL.example:8448"), kittest.Joins("@a:x.spam.example"), member("@k:evil.example", "@k:evil.example", event.MembershipKnock),
		},
		Want: []string{"attack @a:evil.example $state5:", "attack @a:EVIL.example:8448 $state6:", "attack @a:x.spam.example $state7:", "attack @k:evil.example $state8:"},
	}, {
		Name: "from others",
		Set:  listed,
		In:   []kittest.Step{kittest.Joins("@a:good.example"), kittest.Joins("@a:notevil.example"), kittest.Joins("@evil.example:hs"), kittest.Joins("@a:spam.example"), kittest.Joins("@a:evil.example.org")},
	}, {
		Name: "who was there before, leaves, is invited, or has another name",
		Set:  listed,
		In: []kittest.Step{
			member(kittest.Owner, "@a:evil.example", event.MembershipInvite), kittest.Leaves("@a:evil.example"), kittest.Says("@a:evil.example", "hello"),
		},
	}, {
		Name: "who is known from elsewhere",
		Set:  listed,
		In:   []kittest.Step{kittest.Trusts("@a:evil.example", trust.Known), kittest.Joins("@a:evil.example")},
	}, {
		Name: "without a profile",
		Set:  map[string]string{"without-profile": "yes"},
		In: []kittest.Step{
			comes("@a:hs", nil), comes("@b:hs", map[string]any{"displayname": "B"}), comes("@c:hs", map[string]any{"displayname": " \u200b"}), comes("@d:hs", map[string]any{"displayname": 1}),
			comes("@e:hs", map[string]any{"displayname": "Eve"}), comes("@f:hs", map[string]any{"avatar_url": "mxc://hs/f"}), comes("@g:hs", map[string]any{"displayname": "Γιώργος"}),
		},
		Want: []string{"note @a:hs $state5:", "note @b:hs $state6:", "note @c:hs $state7:", "note @d:hs $state8:"},
	}, {
		Name: "by default",
		In:   []kittest.Step{comes("@a:hs", nil), kittest.Joins("@a:evil.example")},
	}})
}

func TestListedServers(t *testing.T) {
	for _, bad := range []string{"*", "*.*", "??*", "example.org:8448", "@a:example.org", "https://example.org", "example..org", strings.Repeat("a", 300), "bücher.example"} {
		if _, err := joiners().Set(nil, "servers", bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if values, err := joiners().Set(nil, "servers", "b.example a.example,b.example"); err != nil || values["servers"] != "a.example b.example" {
		t.Errorf("%v: %v", values, err)
	}
}
