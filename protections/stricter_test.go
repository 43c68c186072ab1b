package protections

import (
	"slices"
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/sanction"
)

func TestLoosens(t *testing.T) {
	on := func(values ...string) kit.Standing { return as{kit.On, values}.standing() }
	inRoom := func(s kit.Standing, m kit.Mode) kit.Standing { return s.WithMode("!r:hs", m) }
	for _, tc := range []struct {
		protection    string
		before, after kit.Standing
		want          string
	}{
		{"flooding", kit.Standing{}, on(), ""},
		{"flooding", kit.Standing{}, on("messages", "900"), ""},
		{"flooding", on(), kit.Standing{}, "mode"},
		{"flooding", on(), kit.Standing{Mode: kit.Shadow}, "mode"},
		{"flooding", kit.Standing{Mode: kit.Shadow}, on("messages", "900"), ""},
		{"flooding", on(), on("messages", "5"), ""},
		{"flooding", on(), on("messages", "50"), "messages"},
		{"flooding", on("messages", "5"), on(), "messages"},
		{"flooding", on(), on("within", "1m"), ""},
		{"flooding", on(), on("within", "1s", "exempt-users", "@a:hs"), "exempt-users within"},
		{"flooding", on(), on("consequence", "ban"), "consequence"},
		{"flooding", on(), inRoom(on(), kit.Off), "mode"},
		{"flooding", inRoom(on(), kit.Off), inRoom(on(), kit.Shadow), ""},
		{"media", on("refuse", "picture video"), on("refuse", "file picture video"), ""},
		{"media", on("refuse", "picture video"), on("refuse", "file picture"), "refuse"},
		{"links", on(), on("links-from", "known", "allow", "a.example"), "allow"},
		{"links", on("deny", "a.example b.example"), on(), "deny"},
		{"words", on("list.a", "free bitcoin, airdrop"), on("list.a", "airdrop, free bitcoin, x"), ""},
		{"words", on("list.a", "free bitcoin, airdrop"), on("list.a", "bitcoin, free, airdrop"), "list.a"},
		{"words", on("list.a", "airdrop"), on(), "list.a"},
		{"first-message", on("exempt-trust", "known"), on("exempt-trust", "none"), ""},
		{"first-message", on(), on("exempt-trust", "none", "words", "3"), "words"},
		{"known-images", on("distance", "10"), on("distance", "20", "downloads", "100"), ""},
		{"known-images", on(), on("distance", "10", "downloads", "10", "avatars", "no"), "avatars distance downloads"},
		{"learned", on(), on("alike", "65", "likely", "90", "letters", "10"), ""},
		{"learned", on(), on("alike", "100", "letters", "30"), "alike letters"},
		{"joiners", on(), on("open-registration", "refuse"), ""},
		{"joiners", on("open-registration", "refuse"), on("open-registration", "tell"), "open-registration"},
		{"join-wave", on(), on("close", "yes", "posture", "attack"), ""},
		{"join-wave", on("close", "yes"), on("posture", "guarded"), "close"},
		{"join-gate", on(), on("patience", "1h", "rules", "Be nice."), ""},
		{"join-gate", on(), on("patience", "48h", "at", "voice"), "at patience"},
		{"newcomers", on(), on("refuse", "link"), "refuse"},
		{"flooding", on("exempt-level", "50", "brake", "30"), on("exempt-level", "60", "brake", "none", "points", "5"), "points"},
		{"flooding", on("points", "5"), on("exempt-level", "60", "points", "50"), "exempt-level"},
		{"flooding", on("brake", "none"), on("brake-undone", "90"), "brake"},
		{"words", on("weight.a", "spam"), on("weight.a", "attack", "list.b", "x"), ""},
		{"words", on("weight.a", "spam"), on(), "weight.a"},
	} {
		kind, _ := Find(tc.protection)
		if got := strings.Join(kind.Loosens(tc.before, tc.after), " "); got != tc.want {
			t.Errorf("%s: %+v → %+v: %q, want %q", tc.protection, tc.before, tc.after, got, tc.want)
		}
	}
}

// In an attack nobody is to be asked first.
func TestUnderAttackIsStricterThanTheRecommendedPreset(t *testing.T) {
	calm, _ := FindPreset(Recommended)
	attack, _ := FindPreset("under attack")
	for _, kind := range Kinds() {
		before, _ := calm.Of(kind.Name)
		after, _ := attack.Of(kind.Name)
		for _, name := range kind.Loosens(before, after) {
			t.Errorf("%s of %s lets pass more under attack", name, kind.Name)
		}
	}
}

// Each option of each protection says in which way it becomes stricter, and says it of all
// its values: a preset or a text that only makes it stricter asks nobody.
func TestEveryOptionSaysWhatIsStricter(t *testing.T) {
	tried := slices.Concat(candidates, sanction.ClassNames(), postureWords(), []string{"voice", "knock", "ignore", "tell", "refuse"})
	for _, kind := range append(Kinds(), kit.Kind{Name: "a rule of moderators"}) {
		for _, s := range kind.Settings(kit.Standing{}, "") {
			at := kind.Name + " " + s.Name
			name := strings.Replace(s.Name, ".name", ".x", 1)
			switch {
			case s.Way == 0:
				t.Errorf("%s does not say which way is stricter", at)
				continue
			case (s.Way == kit.Longer || s.Way == kit.Shorter) != s.IsList:
				t.Errorf("%s is a list, and not by its way, or the reverse", at)
			case (s.Way == kit.Later) != (len(s.Order) > 1):
				t.Errorf("%s has an order of %q", at, s.Order)
			}
			taken := slices.DeleteFunc(slices.Clone(s.Order), func(word string) bool {
				_, err := kind.Set(nil, name, word)
				return err != nil
			})
			if s.Way == kit.Later && len(taken) < 2 {
				t.Errorf("%s takes of its order only %q", at, taken)
			}
			for _, value := range append(tried, s.Default) {
				values, err := kind.Set(nil, name, value)
				if err != nil {
					continue
				}
				value = values[name]
				switch apart := s.Way == kit.Unclear || value == "usual"; {
				case s.Way == kit.Later && !slices.Contains(s.Order, value):
					t.Errorf("%s can be %s, which has no place in its order", at, value)
				case value != "" && !apart && !kind.Holds(name, value, value):
					t.Errorf("%s is not as strict as itself at %s", at, value)
				}
			}
		}
	}
}
