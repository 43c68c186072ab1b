package kit_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

const other = id.RoomID("!other:hs")

var _ = kit.ByDefault

func options() (kit.Kind, kit.Typed[int], kit.Typed[time.Duration], kit.Typed[bool]) {
	messages := kit.Number("messages", 10, 2, 1000, "How many.")
	within := kit.Duration("within", 5*time.Second, time.Second, time.Hour, "How long.")
	loud := kit.Switch("loud", false, "Whether to be loud.")
	s := &sees{}
	return s.kind("sees", messages, within, loud, kit.Duration("recent", 24*time.Hour, time.Hour, 1000*time.Hour, "How recent.")), messages, within, loud
}

func TestSet(t *testing.T) {
	k, _, _, _ := options()
	for _, tc := range []struct{ name, value, want, wrong string }{
		{"messages", "20", "20", ""},
		{"Messages", " +020 ", "20", ""},
		{"messages", "1", "", "from 2 to 1000"},
		{"messages", "1001", "", "from 2 to 1000"},
		{"messages", "99999999999999999999", "", "whole number"},
		{"messages", "many", "", "whole number"},
		{"messages", "", "", "whole number"},
		{"messages", "0x10", "", "whole number"},
		{"messages", "1e2", "", "whole number"},
		{"within", "10s", "10s", ""},
		{"within", "1 M 30 S", "1m30s", ""},
		{"within", "60s", "1m", ""},
		{"within", "3600s", "1h", ""},
		{"within", "1.5s", "1.5s", ""},
		{"within", "10", "", "time with its unit"},
		{"within", "-5s", "", "from 1s to 1h"},
		{"within", "61m", "", "from 1s to 1h"},
		{"within", "1e300h", "", "from 1s to 1h"},
		{"recent", "3d", "72h", ""},
		{"recent", "2W", "336h", ""},
		{"recent", "1d 12h", "36h", ""},
		{"recent", "1.5h", "1h30m", ""},
		{"recent", "3", "", "time with its unit"},
		{"recent", "6w", "", "from 1h to 1000h"},
		{"loud", "YES", "yes", ""},
		{"loud", "off", "no", ""},
		{"loud", "perhaps", "", "`yes` or `no`"},
		{"loud", "", "", "`yes` or `no`"},
		{"spare-moderators", "no", "no", ""},
		{"exempt-users", "@b:hs  @A:hs,@b:hs", "@A:hs @b:hs", ""},
		{"exempt-users", "@*:example.org", "@*:example.org", ""},
		{"exempt-users", "None", "none", ""},
		{"exempt-users", "", "none", ""},
		{"exempt-users", "@*:*", "", "exempt-users takes"},
		{"exempt-users", "@*:*.?", "", "exempt-users takes"},
		{"exempt-users", "@**?:*", "", "exempt-users takes"},
		{"exempt-users", "*", "", "exempt-users takes"},
		{"exempt-users", "*:evil.example", "", "exempt-users takes"},
		{"exempt-users", "@a", "", "exempt-users takes"},
		{"exempt-users", "@a:hs none", "", "exempt-users takes"},
		{"exempt-users", "@" + strings.Repeat("a", 255) + ":hs", "", "exempt-users takes"},
		{"exempt-users", strings.Repeat("@a:hs ", 60), "@a:hs", ""},
		{"exempt-users", many("@u%d:hs "), "", "takes 50 at most, and this is 60"},
		{"exempt-level", "25", "25", ""},
		{"exempt-level", "none", "none", ""},
		{"exempt-level", "0", "", "from 1 to 100"},
		{"exempt-level", "101", "", "from 1 to 100"},
		{"exempt-level", "mods", "", "or `none`"},
		{"exempt-rooms", "!b:hs !a:hs", "!a:hs !b:hs", ""},
		{"exempt-rooms", "#a:hs", "", "rooms as"},
		{"exempt-rooms", "!", "", "rooms as"},
		{"exempt-listed", "no", "no", ""},
		{"exempt-trust", " Regular", "regular", ""},
		{"exempt-trust", "NONE", "none", ""},
		{"exempt-trust", "new", "", "takes `known`, `regular`, `trusted` or `none`"},
		{"consequence", "LADDER", "ladder", ""},
		{"consequence", " Mute  90m ", "mute 1h30m", ""},
		{"consequence", "ban 1w", "ban 7d", ""},
		{"consequence", "ban", "ban", ""},
		{"consequence", "ban 10s", "", "from 1m to 365d"},
		{"consequence", "ban 999999w", "", "from 1m to 365d"},
		{"consequence", "ban forever", "", "from 1m to 365d"},
		{"consequence", "kick 1h", "", "kick does not last"},
		{"consequence", "shout", "", "ladder, alert, redact, warn, mute, kick, ban, list-ban, takedown"},
		{"consequence", "", "", "ladder, alert"},
		{"tell", "Ban warn", "warn ban", ""},
		{"tell", "none", "none", ""},
		{"tell", "redact", "", "some of warn, mute, kick and ban"},
		{"points", "USUAL", "usual", ""},
		{"points", " 7 ", "7", ""},
		{"points", "-1", "", "from 0 to 1000"},
		{"points", "1001", "", "from 0 to 1000"},
		{"points", "many", "", "`usual` or a whole number"},
		{"speed", "10", "", "messages, within, loud, recent, spare-moderators"},
		{strings.Repeat("x", 65536), strings.Repeat("y", 65536), "", "messages, within"},
		{"messages", strings.Repeat("9", 65536), "", "whole number"},
	} {
		got, err := k.Set(map[string]string{"other": "kept"}, tc.name, tc.value)
		if tc.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tc.wrong) || len(err.Error()) > 400 {
				t.Errorf("%.20s %.20s: error %v, want %q", tc.name, tc.value, err, tc.wrong)
			}
			continue
		}
		want := map[string]string{"other": "kept", strings.ToLower(tc.name): tc.want}
		if err != nil || !maps.Equal(got, want) {
			t.Errorf("%s %s: %v, %v", tc.name, tc.value, got, err)
		}
	}
}

// many is sixty words.
func many(form string) string {
	var all strings.Builder
	for n := range 60 {
		fmt.Fprintf(&all, form, n)
	}
	return all.String()
}

func TestDefaultTakesASettingOut(t *testing.T) {
	k, _, _, _ := options()
	old := map[string]string{"messages": "20", "within": "1m"}
	got, err := k.Set(old, "messages", "Default")
	if err != nil || !maps.Equal(got, map[string]string{"within": "1m"}) {
		t.Errorf("%v, %v", got, err)
	}
	if len(old) != 2 {
		t.Error("what was given has changed")
	}
}

// The room's own goes before what is said of all rooms, and that before the default.
// What was valid yesterday and is not today is passed over, and told; all else holds.
func TestWhatHoldsWhere(t *testing.T) {
	for _, tc := range []struct {
		name     string
		stored   string
		messages int
		within   time.Duration
		loud     bool
		on       bool
		problems []string
	}{
		{"nothing", `{}`, 10, 5 * time.Second, false, false, nil},
		{"as earlier versions stored it", `{"enabled":true,"values":{"messages":"20"}}`, 20, 5 * time.Second, false, true, nil},
		{"of the room", `{"enabled":true,"values":{"messages":"20","loud":"yes"},"rooms":{"!room:hs":{"values":{"messages":"30"}}}}`, 30, 5 * time.Second, true, true, nil},
		{"of another room", `{"rooms":{"!other:hs":{"enabled":true,"values":{"messages":"30"}}}}`, 10, 5 * time.Second, false, false, nil},
		{"on here alone", `{"rooms":{"!room:hs":{"enabled":true}}}`, 10, 5 * time.Second, false, true, nil},
		{"off here alone", `{"enabled":true,"rooms":{"!room:hs":{"enabled":false}}}`, 10, 5 * time.Second, false, false, nil},
		{"not valid any more", `{"enabled":true,"values":{"messages":"5000","within":"1m"}}`, 10, time.Minute, false, true, []string{"messages"}},
		{"not valid here", `{"enabled":true,"values":{"messages":"20"},"rooms":{"!room:hs":{"values":{"messages":"x","loud":"yes"}}}}`, 20, 5 * time.Second, true, true, []string{"!room:hs messages"}},
		{"not valid anywhere", `{"values":{"messages":"x"},"rooms":{"!room:hs":{"values":{"messages":"y"}}}}`, 10, 5 * time.Second, false, false, []string{"messages", "!room:hs messages"}},
		{"of a version that is gone", `{"enabled":true,"values":{"speed":"x"}}`, 10, 5 * time.Second, false, true, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k, messages, within, loud := options()
			var s kit.Standing
			if err := json.Unmarshal([]byte(tc.stored), &s); err != nil {
				t.Fatal(err)
			}
			var problems []string
			for _, p := range k.Problems(s) {
				problems = append(problems, strings.TrimSpace(string(p.Room)+" "+p.Setting))
				if p.Err == nil || p.Err.Error() == "" {
					t.Error("a problem without words")
				}
			}
			if strings.Join(problems, ",") != strings.Join(tc.problems, ",") {
				t.Errorf("problems %v", problems)
			}
			if mode, _ := s.In(kittest.RoomID); (mode == kit.On) != tc.on {
				t.Errorf("it is %v", mode)
			}
			var n int
			var d time.Duration
			var l, asked bool
			saw := &sees{check: func(_ kit.Signal, room kit.View) []kit.Finding {
				n, d, l, asked = messages.In(room), within.In(room), loud.In(room), true
				return nil
			}}
			b := kittest.New(t, saw.kind("none"), nil)
			b.Set.Use(kit.Kind{Name: "none"}, kit.Standing{})
			k.New = func(*kit.Given) kit.Protection { return saw }
			b.Set.Use(k, s)
			b.Say(user, "hello")
			if asked != tc.on || asked && (n != tc.messages || d != tc.within || l != tc.loud) {
				t.Errorf("asked %v: %d within %s, loud %v", asked, n, d, l)
			}
			for _, shown := range k.Settings(s, kittest.RoomID) {
				if _, err := k.Set(nil, shown.Name, shown.Value); err != nil {
					t.Errorf("it shows %s as %q, which does not hold", shown.Name, shown.Value)
				}
			}
		})
	}
}

func TestStandingsChange(t *testing.T) {
	var s kit.Standing
	s = s.WithMode("", kit.On).WithMode(other, kit.Off).WithValues(other, map[string]string{"messages": "3"})
	if mode, values := s.In(other); mode != kit.Off || values["messages"] != "3" {
		t.Errorf("%v, %v", mode, values)
	}
	before := s
	s = s.WithValues(other, nil)
	if mode, values := s.In(other); mode != kit.Off || len(values) != 0 || len(before.Rooms[other].Values) != 1 {
		t.Errorf("%v, %v; before %v", mode, values, before)
	}
	if mode, _ := s.In(kittest.RoomID); mode != kit.On || !s.Runs() {
		t.Error("on in all other rooms")
	}
	if s.WithMode("", kit.Off).Runs() {
		t.Error("on in no room")
	}
	if s = (kit.Standing{}).WithValues(other, map[string]string{"messages": "3"}).WithValues(other, nil); len(s.Rooms) != 0 {
		t.Errorf("what says nothing is kept: %v", s.Rooms)
	}
}
