package enforce

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/acl"
	"forseti/action"
)

// inPower gives whom the rules would ban if we came into each room with the power to
// ban anybody there, and who left lately. The world is left as it was.
func inPower(w *World) map[id.UserID]bool {
	for room, r := range w.Rooms() {
		before, sender, _ := r.PowerLevels()
		me, _ := r.Member(self)
		w.Apply(room, memberEvent(self, self, event.MembershipJoin), now)
		w.Apply(room, levelsEvent(map[id.UserID]int{self: 100}), now)
		defer func() {
			var content map[string]any
			_ = json.Unmarshal(before, &content)
			w.Apply(room, stateEvent("m.room.power_levels", "", sender, content), now)
			w.Apply(room, memberEvent(self, self, me.Membership), now)
		}()
	}
	bans := map[id.UserID]bool{}
	for _, k := range w.Keys() {
		if p := w.Plan(k, now); p.Wanted() && p.Action.Verb == action.Ban {
			bans[p.Action.User] = true
		}
	}
	return bans
}

// The fifth law holds for what becomes possible later, too: whoever is banned once we
// have the power, or nobody else has, was weighed with the rule.
func TestEffectIsWhatRulesMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		_, slots, _ := w.ApplyRule(testList, drawRule(t))
		before := inPower(w)
		held := describe(w, w.Keys())
		e := w.Scales.Weigh(slots...)
		if got := describe(w, w.Keys()); !slices.Equal(got, held) {
			t.Fatalf("weighing left %v of %v", got, held)
		}
		w.Follow(slots...)
		weighed := slices.Concat(e.Banned, e.Shut, e.Later, e.Left)
		for u := range inPower(w) {
			if !before[u] && !e.Everyone && !slices.Contains(weighed, u) {
				t.Fatalf("%s would be banned once we can, and is not in %+v", u, e)
			}
		}
	})
}

// What a room's first sweep is said to do is what it does, now and once we can.
func TestSweepIsWhatRulesMean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		const room = id.RoomID("!a:x")
		w.HoldRoom("!b:x", true)
		w.HoldRoom(room, true)
		e := w.Scales.SweepAtOnce(room)
		w.HoldRoom(room, false)
		bans, _ := wanted(w)
		for u := range bans {
			if !slices.Contains(e.Banned, u) {
				t.Fatalf("%s is banned, and not in %+v", u, e)
			}
		}
		for u := range inPower(w) {
			if !slices.Contains(slices.Concat(e.Banned, e.Shut, e.Later, e.Left), u) {
				t.Fatalf("%s would be banned once we can, and is not in %+v", u, e)
			}
		}
	})
}

// The ways in which a rule comes to act on a crowd after it was followed, each asked
// about when it is weighed.
func TestCrowdThatIsHitLater(t *testing.T) {
	const room = id.RoomID("!a:x")
	crowd := func(w *World, membership event.Membership, levels map[id.UserID]int) {
		for i := range 12 {
			u := id.UserID(fmt.Sprintf("@crowd%d:many.example", i))
			w.Apply(room, memberEvent(u, u, event.MembershipJoin), now)
			if membership != event.MembershipJoin {
				w.Apply(room, memberEvent(u, u, membership), now)
			}
			if levels != nil {
				levels[u] = 50
			}
		}
		if levels != nil {
			w.Apply(room, levelsEvent(levels), now)
		}
	}
	in, out := event.MembershipJoin, event.MembershipLeave
	for name, tt := range map[string]struct {
		before, after func(*World)
	}{
		"we get the power": {
			func(w *World) { w.Apply(room, levelsEvent(nil), now); crowd(w, in, nil) },
			func(w *World) { w.Apply(room, levelsEvent(map[id.UserID]int{self: 100}), now) },
		},
		"we come back": {
			func(w *World) {
				crowd(w, in, nil)
				w.Apply(room, memberEvent(self, "@founder:other.example", out), now)
			},
			func(w *World) { w.Apply(room, memberEvent(self, self, in), now) },
		},
		"they moderate no more": {
			func(w *World) { crowd(w, in, map[id.UserID]int{self: 100}) },
			func(w *World) { w.Apply(room, levelsEvent(map[id.UserID]int{self: 100}), now) },
		},
		"they have our power no more": {
			func(w *World) { w.Settings.RoomModerators = true; crowd(w, in, map[id.UserID]int{self: 50}) },
			func(w *World) { w.Apply(room, levelsEvent(map[id.UserID]int{self: 50}), now) },
		},
		"they left a moment ago": {
			func(w *World) { w.Settings.RecentLeavers = time.Hour; crowd(w, out, nil) },
			func(*World) {},
		},
	} {
		w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 100}})
		newRoom(w, room)
		tt.before(w)
		sweep := w.Scales.Preview(nil, nil)
		_, slots, _ := w.ApplyRule(theirs, ruleEvent("user", "crowd", "@crowd*", "m.ban"))
		e := w.Scales.Weigh(slots...)
		if !w.Settings.Limits.Wide(e) || len(e.Hits) != 12 || !sweep.Nothing() {
			t.Errorf("%s: not asked about, as %+v", name, e)
		}
		w.Follow(slots...)
		if e := w.Scales.SweepAtOnce(room); e.Reach() != 12 {
			t.Errorf("%s: the sweep of the room is to do %+v", name, e)
		}
		tt.after(w)
		banned := 0
		for _, k := range w.Keys() {
			if p := w.Plan(k, now); p.Wanted() && p.Action.Verb == action.Ban {
				banned++
			}
		}
		if banned != 12 {
			t.Errorf("%s: %d are banned then", name, banned)
		}
	}
}

// Who left lately is hit by a setting that says so, whatever rules do now.
// To let in servers that are named by an IP address is asked about, wherever their number
// is not known; and so is to keep out many who are here.
func TestIPLiteralsAreWeighed(t *testing.T) {
	acls := map[string]string{"!open:x": `{"allow":["*"]}`, "!shut:x": `{"allow":["*"],"allow_ip_literals":false}`, "!none:x": ""}
	for _, tc := range []struct {
		to            acl.IPPolicy
		rooms         []string
		users         int
		shut, allowed int
		wide          bool
	}{
		{acl.IPDeny, []string{"!open:x"}, 12, 12, 0, true},
		{acl.IPDeny, []string{"!none:x", "!open:x"}, 12, 12, 0, true},
		{acl.IPDeny, []string{"!open:x"}, 3, 3, 0, false},
		{acl.IPDeny, []string{"!shut:x"}, 12, 0, 0, false},
		{acl.IPAllow, []string{"!open:x", "!none:x"}, 12, 0, 0, false},
		{acl.IPAllow, []string{"!open:x", "!shut:x"}, 0, 0, 1, true},
		{acl.IPKeep, []string{"!shut:x", "!open:x"}, 12, 0, 0, false},
	} {
		before := Settings{Limits: Limits{Members: 10, Percent: 100}, IPLiterals: acl.IPDeny}
		if tc.to == acl.IPDeny {
			before.IPLiterals = acl.IPKeep
		}
		w := NewWorld(self, before)
		for _, room := range tc.rooms {
			newRoom(w, id.RoomID(room))
			if content := acls[room]; content != "" {
				evt := stateEvent("m.room.server_acl", "", self, nil)
				evt.RoomID, evt.Content.VeryRaw = id.RoomID(room), []byte(content)
				w.Apply(id.RoomID(room), evt, now)
			}
			for i := range tc.users {
				u := id.UserID(fmt.Sprintf("@u%d:10.0.0.%d:8448", i, i))
				w.Apply(id.RoomID(room), memberEvent(u, u, event.MembershipJoin), now)
			}
		}
		to := before
		to.IPLiterals = tc.to
		e := w.Scales.WeighSettings(to)
		if len(e.Shut) != tc.shut || e.Hit != tc.shut || len(e.Allowed) != tc.allowed || before.Limits.Wide(e) != tc.wide {
			t.Errorf("%d in %v: %+v, want %d shut out and %d allowed", tc.to, tc.rooms, e, tc.shut, tc.allowed)
		}
		parts := 0
		for done := false; !done; parts++ {
			var again Effect
			if again, done = w.Scales.SweepSettings(to, 2); done && !reflect.DeepEqual(e, again) {
				t.Errorf("in parts it is %+v, and not %+v", again, e)
			}
		}
		if tc.users > 4 && parts < 3 {
			t.Errorf("only %d parts", parts)
		}
	}
	// Who has a moderator on such a server shuts none of them out.
	w := NewWorld(self, Settings{Limits: Limits{Members: 1, Percent: 100}})
	newRoom(w, "!a:x")
	w.SetModerator("@mod:[2001:db8::1]", true)
	for _, u := range []id.UserID{"@1:10.0.0.1", "@2:10.0.0.2"} {
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	if e := w.Scales.WeighSettings(Settings{Limits: w.Settings.Limits, IPLiterals: acl.IPDeny}); !e.Nothing() {
		t.Errorf("%+v", e)
	}
}

func TestSettingsAreWeighedByWhatTheyMean(t *testing.T) {
	const room = id.RoomID("!a:x")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 100}})
	newRoom(w, room)
	w.Apply(room, levelsEvent(nil), now)
	for i := range 12 {
		u := id.UserID(fmt.Sprintf("@u%d:many.example", i))
		w.Apply(room, memberEvent(u, u, event.MembershipJoin), now)
		gone := id.UserID(fmt.Sprintf("@gone%d:left.example", i))
		w.Apply(room, memberEvent(gone, gone, event.MembershipJoin), now)
		w.Apply(room, memberEvent(gone, gone, event.MembershipLeave), now)
	}
	for _, rule := range []*event.Event{ruleEvent("server", "1", "many.example", "m.ban"), ruleEvent("user", "2", "@gone*:left.example", "m.ban")} {
		_, slots, _ := w.ApplyRule(theirs, rule)
		w.Follow(slots...)
	}
	to := w.Settings
	to.ServerMembers = true
	if e := w.Scales.WeighSettings(to); len(e.Later) != 12 {
		t.Errorf("bans of a server's members: %+v", e)
	}
	to = w.Settings
	to.RecentLeavers = time.Hour
	if e := w.Scales.WeighSettings(to); len(e.Left) != 12 {
		t.Errorf("bans of who left: %+v", e)
	}
	w.census.heard(now.Add(2 * time.Hour))
	if e := w.Scales.WeighSettings(to); len(e.Left) != 0 {
		t.Errorf("bans of who left long ago: %+v", e)
	}
}
