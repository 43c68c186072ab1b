package protections

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// shownAs has a member be shown by a name.
func shownAs(u id.UserID, name any) kittest.Step {
	return kittest.Sets(u, "m.room.member", string(u), map[string]any{"membership": "join", "displayname": name})
}

// Who moderates the community passes for nobody, and nobody for them, also where they have no
// rank, or are not in the room at all.
func TestNamesOfTheTeam(t *testing.T) {
	team := func(b *kittest.Bench) []kit.Finding {
		b.Set.Team = func() []kit.Namesake {
			return []kit.Namesake{{User: "@mod:hs", Name: "Carol Jones"}, {User: "@away:hs", Name: "Dora Smith"}}
		}
		return nil
	}
	kittest.Run(t, names(), []kittest.Case{{
		Name: "by the name in the room, else by theirs",
		In: []kittest.Step{
			team, shownAs("@mod:hs", "Carol the Kind"), shownAs("@a:hs", "Саrоl the Kind"), shownAs("@b:hs", "Саrоl Jones"), shownAs("@c:hs", "Dоra Smith"), shownAs("@d:hs", "Dora Smith"), shownAs("@e:hs", "@away:hs"), shownAs("@f:hs", "Erna"),
		},
		Want: []string{"nuisance @a:hs $state6: $state6", "nuisance @c:hs $state8: $state8", "note @d:hs $state9: $state9", "nuisance @e:hs $state10: $state10"},
	}})
}

func TestNames(t *testing.T) {
	moderated := func(b *kittest.Bench) []kit.Finding {
		b.Levels(map[id.UserID]int{kittest.Self: 100, kittest.Owner: 100, "@alice:hs": 50, "@gone:hs": 50})
		for u, name := range map[id.UserID]string{"@alice:hs": "Alice Miller", "@gone:hs": "Bob Stone"} {
			b.State(u, "m.room.member", string(u), map[string]any{"membership": "join", "displayname": name})
		}
		b.Member("@gone:hs", "@gone:hs", "leave")
		return nil
	}
	set := map[string]string{"words": "~coins, admin*", "avatars": "mxc://evil.example/bad", "length": "30"}
	kittest.Run(t, names(), []kittest.Case{{
		Name: "who passes for a moderator",
		In: []kittest.Step{
			moderated,
			shownAs("@a:hs", "Аliсе Miller"), shownAs("@b:hs", "AIice MiIIer"), shownAs("@c:hs", "Alice\u200b  Miller"), shownAs("@d:hs", "alice miller"), shownAs("@e:hs", "Álice Míller"),
			shownAs("@f:hs", "@alice:hs"), shownAs("@g:hs", "Alice"), shownAs("@h:hs", "Bob Stone"), shownAs("@i:hs", "Ａｌｉｃｅ Ｍ1ller"), shownAs("@alice:hs", "Alice  Miller"), shownAs("@j:hs", "𝐀𝐥𝐢𝐜𝐞 Miller"),
			kittest.Sends("@k:hs", "m.room.message", with(plain("I am a moderator"), map[string]any{"com.beeper.per_message_profile": map[string]any{"displayname": "Alicе Miller"}})),
		},
		Want: []string{
			"nuisance @a:hs $state9: $state9", "nuisance @b:hs $state10: $state10", "note @c:hs $state11: $state11", "note @d:hs $state12: $state12", "note @e:hs $state13: $state13",
			"nuisance @f:hs $state14: $state14", "nuisance @i:hs $state17: $state17", "note @j:hs $state19: $state19", "nuisance @k:hs $1: $1",
		},
	}, {
		Name: "words, pictures, length, controls",
		Set:  set,
		In: []kittest.Step{
			shownAs("@a:hs", "Free соins"), shownAs("@b:hs", "Administrator"), shownAs("@c:hs", strings.Repeat("x", 31)), shownAs("@d:hs", "abc\u202edef"), shownAs("@e:hs", "\u3164\u3164"), shownAs("@f:hs", "a\nb"),
			kittest.Sets("@g:hs", "m.room.member", "@g:hs", map[string]any{"membership": "join", "avatar_url": "mxc://evil.example/bad"}),
			shownAs("@h:hs", "Z"+strings.Repeat("\u0336\u0337\u0338", 5)), shownAs("@i:hs", strings.Repeat("👨\u200d👩\u200d👧\u200d👦", 31)),
		},
		Want: []string{
			"light @a:hs $state5: $state5", "light @b:hs $state6: $state6", "light @c:hs $state7: $state7", "light @d:hs $state8: $state8", "light @e:hs $state9: $state9", "light @f:hs $state10: $state10",
			"light @g:hs $state11: $state11", "light @h:hs $state12: $state12", "light @i:hs $state13: $state13",
		},
	}, {
		Name: "what changes, by oneself, and not what stays or others do",
		Set:  set,
		In: []kittest.Step{
			shownAs("@a:hs", "nobody"), shownAs("@a:hs", "coins"), shownAs("@a:hs", 7), shownAs("@a:hs", []string{"coins"}),
			kittest.Sets("@a:hs", "m.room.member", "@b:hs", map[string]any{"membership": "invite", "displayname": "coins"}), kittest.Says("@a:hs", "coins"),
		},
		Want: []string{"light @a:hs $state6: $state6"},
	}, {
		Name: "innocents",
		Set:  map[string]string{"words": "ass, admin*", "avatars": "mxc://evil.example/bad"},
		In: []kittest.Step{
			moderated, shownAs("@a:hs", "José Ñandú"), shownAs("@b:hs", "محمد علی"), shownAs("@c:hs", "Nguyễn Văn Ánh"), shownAs("@d:hs", "王小明"), shownAs("@e:hs", "🌻 Ute 🌻"), shownAs("@f:hs", "Sam (they/them) [away]"),
			shownAs("@g:hs", "Яна"), shownAs("@h:hs", "@h:hs"), shownAs("@i:hs", "علی\u200cرضا"), shownAs("@j:hs", "प्रिया"), shownAs("@k:hs", "✨𝓁𝒾𝓁𝓎✨"), shownAs("@l:hs", "Miller"), shownAs("@m:hs", "Cassandra"), shownAs("@n:hs", ""), shownAs("@o:hs", "J."), shownAs("@p:hs", "👨\u200d👩\u200d👧"),
		},
	}})
}

// What is removed of a name is told apart from a message.
func TestWhatANameIs(t *testing.T) {
	b := kittest.New(t, names(), nil)
	found := b.State("@u:hs", "m.room.member", "@u:hs", map[string]any{"membership": "join", "displayname": "a\u202eb"})
	if len(found) != 1 || found[0].Of != action.ToProfile || len(found[0].Events) != 1 {
		t.Errorf("%+v", found)
	}
}
