package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/store"
)

const (
	benchSelf  id.UserID = "@forseti:hs"
	benchOwner id.UserID = "@owner:hs"
	benchRoom  id.RoomID = "!room:hs"
)

// governed is a community that nobody runs, with one protected room.
func governed(t *testing.T, levels string) *Community {
	t.Helper()
	c := New(Options{Store: &store.Store{}, Self: benchSelf, ManagementRoom: "!management:hs"})
	c.places.protecting.rooms[benchRoom] = &protectedRoom{read: true}
	c.places.management.room.loaded = true
	c.world.Protect(benchRoom)
	c.happens(benchOwner, "m.room.create", "", `{"room_version":"11"}`)
	c.happens(benchOwner, "m.room.member", string(benchSelf), `{"membership":"join"}`)
	c.happens(benchOwner, "m.room.power_levels", "", levels)
	return c
}

func (c *Community) happens(by id.UserID, kind, key, content string) {
	c.intake.apply(stateEvent(benchRoom, kind, key, by, id.EventID("$"+kind+key+content), json.RawMessage(content)), time.Unix(0, 0))
}

// hears asks the protections about messages, and names what they want done.
func (c *Community) hears(user id.UserID, from, to int) (want []string, all []action.Action) {
	for n := from; n <= to; n++ {
		evt := &event.Event{ID: id.EventID(fmt.Sprint("$", n)), RoomID: benchRoom, Sender: user, Type: event.EventMessage}
		for _, a := range c.protectors.said(evt, time.Unix(0, 0), false, false).actions {
			want, all = append(want, string(a.Verb)+string(a.Event)), append(all, a)
		}
	}
	return want, all
}

func floods(t *testing.T, c *Community) {
	t.Helper()
	c.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true,"values":{"messages":"2"}}`)})
}

// What cannot be carried out here is left out, and the rest is done.
func TestConsequencesByPower(t *testing.T) {
	for _, tc := range []struct {
		name, levels string
		want         []string
	}{
		{"all", `{"users":{"@forseti:hs":100}}`, []string{"ban", "redact$1", "redact$2", "redact$3"}},
		{"only redact", `{"users":{"@forseti:hs":25},"redact":25}`, []string{"redact$1", "redact$2", "redact$3"}},
		{"only ban", `{"users":{"@forseti:hs":50},"redact":75}`, []string{"ban"}},
		{"nothing", `{"users":{"@forseti:hs":1}}`, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := governed(t, tc.levels)
			floods(t, c)
			got, all := c.hears("@u:hs", 1, 3)
			if !slices.Equal(got, tc.want) {
				t.Errorf("wants %v", got)
			}
			for _, a := range all {
				if a.Cause != (action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$3"}) || a.User != "@u:hs" {
					t.Errorf("%+v", a)
				}
			}
			// What could not be done is no verdict that stands: the next message is looked at anew.
			next, _ := c.hears("@u:hs", 4, 4)
			if !slices.Equal(next, want(tc.want)) {
				t.Errorf("then wants %v", next)
			}
		})
	}
}

// want is what is wanted about one more message.
func want(before []string) (more []string) {
	switch {
	case slices.Contains(before, "redact$1"):
		return []string{"redact$4"}
	default:
		return nil // of a bot that may only ban, the ban is under way
	}
}

// Whoever lifts a ban, and however we learn of it, the user may speak at once.
func TestPardonHoweverItIsLearnt(t *testing.T) {
	member := func(m string) json.RawMessage { return json.RawMessage(`{"membership":"` + m + `"}`) }
	for name, lift := range map[string]func(c *Community){
		"sync": func(c *Community) { c.happens(benchOwner, "m.room.member", "@u:hs", `{"membership":"leave"}`) },
		"our own write, before its echo": func(c *Community) {
			c.intake.echoMember(action.Action{Verb: action.Unban, Room: benchRoom, User: "@u:hs"}, event.MembershipLeave, "", time.Unix(0, 0))
		},
		"a look": func(c *Community) {
			viewAtOnce(c.intake, benchRoom, []*event.Event{
				stateEvent(benchRoom, "m.room.create", "", benchOwner, "$a", json.RawMessage(`{"room_version":"11"}`)),
				stateEvent(benchRoom, "m.room.member", string(benchSelf), benchSelf, "$b", member("join")),
				stateEvent(benchRoom, "m.room.power_levels", "", benchOwner, "$c", json.RawMessage(`{"users":{"@forseti:hs":100}}`)),
				stateEvent(benchRoom, "m.room.member", "@u:hs", benchOwner, "$d", member("leave")),
			}, time.Unix(0, 0))
		},
		"a look that says nothing of them": func(c *Community) {
			viewAtOnce(c.intake, benchRoom, []*event.Event{
				stateEvent(benchRoom, "m.room.create", "", benchOwner, "$a", json.RawMessage(`{"room_version":"11"}`)),
				stateEvent(benchRoom, "m.room.member", string(benchSelf), benchSelf, "$b", member("join")),
				stateEvent(benchRoom, "m.room.power_levels", "", benchOwner, "$c", json.RawMessage(`{"users":{"@forseti:hs":100}}`)),
			}, time.Unix(0, 0))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := governed(t, `{"users":{"@forseti:hs":100}}`)
			floods(t, c)
			_, all := c.hears("@u:hs", 1, 3)
			if len(all) == 0 || all[0].Verb != action.Ban {
				t.Fatalf("wants %v", all)
			}
			c.intake.echoMember(all[0], event.MembershipBan, "", time.Unix(0, 0))
			c.protectors.ended(action.Ending{Action: all[0], Fate: action.Done})
			if got, _ := c.hears("@u:hs", 4, 4); !slices.Equal(got, []string{"redact$4"}) {
				t.Errorf("what comes behind: %v", got)
			}
			lift(c)
			if got, _ := c.hears("@u:hs", 5, 6); got != nil {
				t.Errorf("after it: %v", got)
			}
		})
	}
}

// Settings that were valid yesterday keep no protection from running, and are told
// once, however often the bot starts.
func TestStoredSettingsThatDoNotWork(t *testing.T) {
	for _, tc := range []struct {
		name, protection, stored string
		on                       bool
		words                    []string
	}{
		{"out of bounds", "flooding", `{"enabled":true,"values":{"messages":"1000000","within":"1m"}}`, true, []string{"flooding", "messages", "from 2 to 1000"}},
		{"of one room", "flooding", `{"enabled":true,"rooms":{"!room:hs":{"values":{"within":"soon"}}}}`, true, []string{"flooding", "within", "!room:hs"}},
		{"of another shape", "flooding", `{"enabled":"yes"}`, false, []string{"flooding", "is off", "!forseti enable flooding"}},
		{"no JSON", "flooding", `{`, false, []string{"flooding", "is off"}},
		{"of a protection that is gone", "shouting", `{"enabled":true}`, false, []string{"shouting", "none of that name"}},
		{"of one that is gone and was off", "shouting", `{"enabled":false}`, false, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			stored := map[string]json.RawMessage{tc.protection: json.RawMessage(tc.stored)}
			c := governed(t, `{"users":{"@forseti:hs":100}}`)
			c.protectors.stand.load(stored)
			if on := len(c.protectors.stand.in(kit.On)) > 0; on != tc.on {
				t.Errorf("on is %v", on)
			}
			told := c.speaker.report.Problems.All()
			if (len(told) == 1) != (tc.words != nil) {
				t.Fatalf("told %v", told)
			}
			for _, word := range tc.words {
				if !strings.Contains(told[0], word) {
					t.Errorf("%q lacks %q", told[0], word)
				}
			}
			// The next start knows what was told.
			again := governed(t, `{"users":{"@forseti:hs":100}}`)
			for _, change := range c.speaker.report.Problems.Changes() {
				again.speaker.report.Problems.Note(change.Key, change.Text)
			}
			again.speaker.report.Problems.Changes()
			again.protectors.stand.load(stored)
			if changes := again.speaker.report.Problems.Changes(); len(changes) != 0 {
				t.Errorf("told again: %v", changes)
			}
			if kind, ok := protections.Find(tc.protection); ok {
				c.protectors.stand.change(kind, c.protectors.stand.of[tc.protection].WithValues("", nil).WithValues(benchRoom, nil).WithMode("", kit.On))
				if stands := c.speaker.report.Problems.All(); len(stands) != 0 {
					t.Errorf("stands after it was mended: %v", stands)
				}
			}
		})
	}
}

// What a protection in shadow finds is said, and nothing of it is wanted or remembered;
// where it is on, it acts.
func TestShadowWantsNothing(t *testing.T) {
	c := governed(t, `{"users":{"@forseti:hs":100}}`)
	c.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":"shadow","values":{"messages":"2"}}`)})
	if got, _ := c.hears("@u:hs", 1, 9); got != nil {
		t.Errorf("wants %v", got)
	}
	at := time.Unix(0, 0)
	var said strings.Builder
	for range 5 {
		at = at.Add(time.Minute)
		for _, s := range c.speaker.report.Speak(at) {
			said.WriteString(s.Message.Markdown)
			c.speaker.report.Posted(s.Name, "$said", at)
		}
	}
	if strings.Count(said.String(), "in shadow") != 1 || !strings.Contains(said.String(), "Would ban `@u:hs`") || !strings.Contains(said.String(), "remove 9 messages") {
		t.Errorf("said %q", said.String())
	}
	if in := c.protectors.stand.in(kit.Shadow); !slices.Equal(in, []string{"flooding"}) || len(c.protectors.stand.in(kit.On)) != 0 {
		t.Errorf("in shadow: %v", in)
	}
	kind, _ := protections.Find("flooding")
	c.protectors.stand.change(kind, c.protectors.stand.of["flooding"].WithMode(benchRoom, kit.On))
	if got, _ := c.hears("@u:hs", 10, 12); !slices.Equal(got, []string{"ban", "redact$10", "redact$11", "redact$12"}) {
		t.Errorf("on here, wants %v", got)
	}
}
