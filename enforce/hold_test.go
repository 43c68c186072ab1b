package enforce

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
)

// wanted gives whom the plan would ban, of those who are present, and whom it would
// free, in any room.
func wanted(w *World) (bans, unbans map[id.UserID]bool) {
	bans, unbans = map[id.UserID]bool{}, map[id.UserID]bool{}
	for _, k := range w.Keys() {
		p := w.Plan(k, now)
		if !p.Wanted() {
			continue
		}
		switch p.Action.Verb {
		case action.Ban:
			if w.Room(p.Action.Room).Present(p.Action.User) {
				bans[p.Action.User] = true
			}
		case action.Unban:
			unbans[p.Action.User] = true
		}
	}
	return bans, unbans
}

func acls(w *World) map[id.RoomID]string {
	found := map[id.RoomID]string{}
	for room := range w.Rooms() {
		if p := w.Plan(Key{Lane: action.ACLLane, Room: room}, now); p.Action.State != nil {
			found[room] = string(p.Action.State.Content)
		}
	}
	return found
}

// draw makes an event of a list that changes something or not.
func drawRule(t *rapid.T) *event.Event {
	recommendation := rapid.SampledFrom([]string{"m.ban", "m.takedown", "fi.mau.meowlnir.unban", "odd"}).Draw(t, "new recommendation")
	key := rapid.SampledFrom([]string{"0", "1", "2", "3"}).Draw(t, "new key")
	if rapid.Bool().Draw(t, "about a server") {
		return ruleEvent("server", key, rapid.SampledFrom([]string{"evil.example", "*.example", "other.example", "*", "*.*", ""}).Draw(t, "new server"), recommendation)
	}
	return ruleEvent("user", key, rapid.SampledFrom([]string{"@spam*", "@*:evil.example", "@bob:other.example", "*", "@spam1:evil.example", ""}).Draw(t, "new entity"), recommendation)
}

// covers reports whether a rule would ban a user.
func covers(r policy.Rule, u id.UserID) bool {
	if r.Kind == policy.Server {
		return bans(r) && r.Matches(policy.ServerOf(u))
	}
	return bans(r) && r.Matches(string(u))
}

// What is held back leaves things as they were, whether it would ban or free: no
// ban and no unban comes of it, and no ACL changes. But what it takes the place of, if
// that waited too, was never followed, and holds no ban from now on.
func TestHeldChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 3).Draw(t, "work") == 0 {
				carry(w, w.Keys())
			}
		}
		bans, unbans := wanted(w)
		before := acls(w)
		evt := drawRule(t)
		kind, _ := policy.KindOf(evt.Type.Type)
		waited, _ := w.Book.Waiting(Slot{testList, kind, *evt.StateKey})
		_, slots, _ := w.ApplyRule(testList, evt)
		nowBans, nowUnbans := wanted(w)
		for u := range nowBans {
			if !bans[u] {
				t.Fatalf("%s is to be banned by what is held", u)
			}
		}
		for u := range bans {
			if !nowBans[u] {
				t.Fatalf("%s is no longer to be banned, by what is held", u)
			}
		}
		for u := range nowUnbans {
			if !unbans[u] && !covers(waited.New, u) {
				t.Fatalf("%s is to be freed by what is held", u)
			}
		}
		if after := acls(w); len(slots) > 0 && !maps.Equal(before, after) {
			t.Fatalf("ACLs changed by what is held: %v, before %v", after, before)
		}
	})
}

// The fifth law: the effect of a change is the difference between the plan before
// and the plan after it. And weighing leaves no trace.
func TestEffectIsDifferenceOfPlans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 3).Draw(t, "work") == 0 {
				carry(w, w.Keys())
			}
		}
		_, slots, _ := w.ApplyRule(testList, drawRule(t))
		bans, unbans := wanted(w) // while it waits
		held := describe(w, w.Keys())
		e := w.Scales.Weigh(slots...)
		if got := describe(w, w.Keys()); !slices.Equal(got, held) {
			t.Fatalf("weighing left %v of %v", got, held)
		}
		w.Follow(slots...)
		nowBans, nowUnbans := wanted(w)
		for u := range nowBans {
			if !bans[u] && !e.Everyone && !slices.Contains(e.Banned, u) {
				t.Fatalf("%s is banned, and not in %+v", u, e)
			}
		}
		for _, u := range e.Banned {
			if (!nowBans[u] || bans[u]) && !e.Everyone {
				t.Fatalf("%s is not banned by this, and in %+v", u, e)
			}
		}
		for u := range nowUnbans {
			if !unbans[u] && !e.FreesEveryone && !slices.Contains(e.Freed, u) {
				t.Fatalf("%s is freed, and not in %+v", u, e)
			}
		}
		for u := range bans {
			if !nowBans[u] && !e.FreesEveryone && !slices.Contains(e.Freed, u) {
				t.Fatalf("%s is not banned any more, and not in %+v", u, e)
			}
		}
	})
}

// A preview says what following would do, and leaves no trace.
func TestPreviewIsEffect(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 3).Draw(t, "work") == 0 {
				carry(w, w.Keys())
			}
		}
		evt := drawRule(t)
		key := "new"
		evt.StateKey = &key
		r, ok := policy.Parse(testList, evt)
		if !ok {
			t.Skip("no rule")
		}
		before := describe(w, w.Keys())
		preview := w.Scales.Preview([]policy.Rule{r}, nil)
		if got := describe(w, w.Keys()); !slices.Equal(got, before) {
			t.Fatalf("a preview left %v of %v", got, before)
		}
		_, slots, _ := w.ApplyRule(testList, evt)
		e := w.Scales.Weigh(slots...)
		if len(slots) > 0 && (!slices.Equal(preview.Banned, e.Banned) && !e.Everyone || !slices.Equal(preview.Freed, e.Freed) ||
			!slices.Equal(preview.Allowed, e.Allowed) || !slices.Equal(preview.Denied, e.Denied) || preview.Everyone != e.Everyone) {
			t.Fatalf("preview %+v\neffect  %+v", preview, e)
		}
		w.Follow(slots...)
		// And of taking it back.
		rules := slices.Collect(w.Rules.Rules(testList))
		i := slices.IndexFunc(rules, func(r policy.Rule) bool { return r.Event == evt.ID })
		if i < 0 {
			t.Fatal("the rule is not there")
		}
		before = describe(w, w.Keys())
		preview = w.Scales.Preview(nil, rules[i:i+1])
		dropped := w.Scales.PreviewDrop(testList)
		w.Scales.PreviewExempting(testList, false)
		elsewhere := rules[0]
		elsewhere.List = "!other:x"
		w.Scales.PreviewList("!other:x", []policy.Rule{elsewhere}, true)
		if got := describe(w, w.Keys()); !slices.Equal(got, before) {
			t.Fatalf("a preview left %v of %v", got, before)
		}
		bans, unbans := wanted(w)
		_, slots, _ = w.ApplyRule(testList, stateEvent(evt.Type.Type, key, evt.Sender, map[string]any{}))
		e = w.Scales.Weigh(slots...)
		if len(slots) > 0 && (!slices.Equal(preview.Banned, e.Banned) || !slices.Equal(preview.Freed, e.Freed) || !slices.Equal(preview.Allowed, e.Allowed)) {
			t.Fatalf("preview of the removal %+v\neffect %+v", preview, e)
		}
		w.DropRules(testList)
		nowBans, nowUnbans := wanted(w)
		for u := range nowUnbans {
			if !unbans[u] && !dropped.FreesEveryone && !slices.Contains(dropped.Freed, u) {
				t.Fatalf("%s is freed with the list, and not in %+v", u, dropped)
			}
		}
		for u := range nowBans {
			if !bans[u] && !slices.Contains(dropped.Banned, u) {
				t.Fatalf("%s is banned as the list goes, and not in %+v", u, dropped)
			}
		}
	})
}

// What the census knows is what the rooms say.
func TestCensusIsDerived(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 9).Draw(t, "room goes") == 0 {
				w.Unprotect("!b:x")
				w.Protect("!b:x")
			}
		}
		want := newCensus()
		for _, r := range w.census.rooms {
			for u, m := range r.Members() {
				want.moved(r, u, rooms.Member{}, m)
			}
		}
		if want.present != w.census.present || !maps.Equal(want.servers, w.census.servers) || len(want.spots) != len(w.census.spots) {
			t.Fatalf("census %+v, rooms say %+v", w.census, want)
		}
		for u, s := range want.spots {
			if got := w.census.spots[u]; got.present != s.present || len(got.rooms) != len(s.rooms) {
				t.Fatalf("of %s the census says %+v, the rooms %+v", u, got, s)
			}
		}
	})
}

// The order of lists says whose reason is given, and changes nobody's lot.
func TestOrderChangesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			chance(t, w)
		}
		w.Rules.SetOrder([]id.RoomID{testList, theirs})
		bans, unbans := wanted(w)
		w.Rules.SetOrder([]id.RoomID{theirs, testList})
		nowBans, nowUnbans := wanted(w)
		if !maps.Equal(bans, nowBans) || !maps.Equal(unbans, nowUnbans) {
			t.Fatalf("bans %v, then %v; unbans %v, then %v", bans, nowBans, unbans, nowUnbans)
		}
	})
}

// A rule that is kept is the rule that it was.
func TestKeptRuleIsTheRule(t *testing.T) {
	for _, evt := range []*event.Event{
		ruleEvent("user", "a", "@spam*:*", "m.ban"),
		ruleEvent("server", "b", "evil.example", "org.matrix.mjolnir.ban"),
		ruleEvent("user", "c", "@x:y", "fi.mau.meowlnir.unban"),
		stateEvent("m.room.rule.user", "d", "@author:list.example", map[string]any{
			"hashes": map[string]any{"sha256": "Ezv0sT2nFzYV4zM1u2m7oPq3ZwWkLk2Yk0b0yOe0h0U="}, "recommendation": "m.takedown", "reason": "`x`"}),
	} {
		r, ok := policy.Parse(testList, evt)
		if !ok {
			t.Fatalf("%v is no rule", evt.Content.Raw)
		}
		again, ok := policy.Parse(testList, eventOf(r))
		if !ok || again != r {
			t.Errorf("%+v became %+v", r, again)
		}
	}
}

// What is said to wait is what a list says and what was followed before, whatever
// happened since.
func TestWhatWaitsIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			chance(t, w)
			kept := 0
			for h := range w.Book.Held("") {
				if h.New.Event != "" {
					if r, ok := w.Rules.Rule(h.New.Event); !ok || r != h.New || !w.Rules.Held(r.Event) {
						t.Fatalf("%+v waits; its list says %+v", h, r)
					}
				}
				if h.Old.Event != "" {
					kept++
					if r, ok := w.Book.kept.Rule(h.Old.Event); !ok || r != h.Old {
						t.Fatalf("%+v is followed on; kept is %+v", h, r)
					}
				}
				if h.Old.Event == "" && h.New.Event == "" {
					t.Fatalf("nothing waits: %+v", h)
				}
			}
			if n := w.Book.kept.Len(); n != kept {
				t.Fatalf("%d rules are followed on, for %d that wait", n, kept)
			}
			for r := range w.Rules.Rules("") {
				if h, waits := w.Book.Waiting(slotOf(r)); w.Rules.Held(r.Event) && (!waits || h.New.Event != r.Event) {
					t.Fatalf("%+v is held for ever", r)
				}
			}
		}
	})
}

// banned is a world in which a user was banned by a rule of a list.
func banned(t *testing.T) (*World, id.UserID) {
	t.Helper()
	const user = id.UserID("@spam1:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", string(user), "m.ban"))
	w.Follow(slots...)
	carry(w, w.Keys())
	if m, _ := w.Room("!a:x").Member(user); m.Membership != event.MembershipBan {
		t.Fatalf("the user is %s", m.Membership)
	}
	return w, user
}

// A rule that waits bans nobody, and frees nobody either: whom another rule banned
// stays banned until the answer.
func TestWaitingRuleHoldsBans(t *testing.T) {
	w, user := banned(t)
	_, wide, _ := w.ApplyRule(testList, ruleEvent("user", "wide", "@spam*", "m.ban"))
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", "", ""))
	w.Follow(slots...)
	if _, unbans := wanted(w); unbans[user] {
		t.Error("who is banned is freed while a rule about them waits")
	}
	if e := w.Scales.PreviewDrop(testList); !slices.Equal(e.Freed, []id.UserID{user}) {
		t.Errorf("without the list: %+v", e)
	}
	if _, unbans := wanted(w); unbans[user] {
		t.Error("a preview freed somebody")
	}
	w.Reject(wide...)
	if _, unbans := wanted(w); !unbans[user] {
		t.Error("a rule that got a no holds a ban")
	}
}

// A rule that waits holds bans only until its list takes it back, or writes another
// one in its place. So whom it alone still held are weighed as freed when the rule
// that banned them goes, and looked at when it goes itself.
func TestWaitingRuleTakenBack(t *testing.T) {
	for name, evt := range map[string]*event.Event{
		"taken back": ruleEvent("user", "wide", "", ""),
		"replaced":   ruleEvent("user", "wide", "@else*", "m.ban"),
	} {
		w, user := banned(t)
		w.ApplyRule(testList, ruleEvent("user", "wide", "@spam*", "m.ban"))
		_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "narrow", "", ""))
		if e := w.Scales.Weigh(slots...); !slices.Equal(e.Freed, []id.UserID{user}) {
			t.Errorf("%s: without the rule that is followed: %+v", name, e)
		}
		w.Follow(slots...)
		_, _, keys := w.ApplyRule(testList, evt)
		if got := describe(w, keys); len(got) != 1 || !slices.Equal(got, describe(w, w.Keys())) {
			t.Errorf("%s: incremental plan %v, full plan %v", name, got, describe(w, w.Keys()))
		}
	}
}

// Unknown is not empty: what a list led to stays while its rules are not known, and
// to drop it then frees whom it banned.
func TestUnreadListFreesNobody(t *testing.T) {
	w, user := banned(t)
	w.SetUnread(testList, true)
	_, slots, _ := w.ReplaceRules(testList, nil)
	w.Follow(slots...)
	if _, unbans := wanted(w); unbans[user] {
		t.Error("who is banned is freed by a list that cannot be read")
	}
	if e := w.Scales.PreviewDrop(testList); !slices.Equal(e.Freed, []id.UserID{user}) {
		t.Errorf("without the list: %+v", e)
	}
	w.SetUnread(testList, false)
	if _, unbans := wanted(w); !unbans[user] {
		t.Error("a list without rules holds a ban")
	}
}

func TestWide(t *testing.T) {
	l := Limits{Members: 3, Percent: 10}
	four := []id.UserID{"@a:x", "@b:x", "@c:x", "@d:x"}
	for name, tt := range map[string]struct {
		e    Effect
		wide bool
	}{
		"nothing":               {Effect{}, false},
		"as many as may be":     {Effect{Hit: 3, Percent: 10}, false},
		"one more":              {Effect{Hit: 4}, true},
		"freed":                 {Effect{Freed: four}, true},
		"banned and freed":      {Effect{Hit: 2, Freed: four[:2]}, true},
		"a share of a room":     {Effect{Hit: 1, Percent: 11}, true},
		"entries that go":       {Effect{Allowed: []string{"a", "b", "c", "d"}}, true},
		"entries that come":     {Effect{Denied: []string{"a", "b", "c", "d"}}, false},
		"everybody":             {Effect{Everyone: true}, true},
		"everybody is freed":    {Effect{FreesEveryone: true}, true},
		"nearly everybody":      {Effect{Broad: []string{"*.com"}}, true},
		"more than was counted": {Effect{Bound: 4}, true},
	} {
		if l.Wide(tt.e) != tt.wide {
			t.Errorf("%s is wide: %v", name, !tt.wide)
		}
	}
}

// Who is to be banned already is not banned by a second rule, and what waits is
// over when its list takes it back, also if it is about nobody by then.
func TestWhatChangesNothingMore(t *testing.T) {
	const user = id.UserID("@spam1:evil.example")
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	state := newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(user, user, event.MembershipJoin), now)
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "one", string(user), "m.ban"))
	w.Follow(slots...)
	_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "two", "@spam*", "m.ban"))
	if e := w.Scales.Weigh(slots...); len(slots) != 1 || !e.Nothing() {
		t.Errorf("a second rule does %+v", e)
	}
	w.Look("!a:x", state, now)
	w.ApplyRule(testList, ruleEvent("user", "two", "", ""))
	if h, waits := w.Book.Waiting(slots[0]); waits {
		t.Errorf("still waiting: %+v", h)
	}
}

// Of a crowd that a change touches nobody is forgotten, and nobody has to wait for
// all the others.
func TestBacklog(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	const crowd = 2*mostWeighed + 7
	for i := range crowd {
		u := id.UserID(fmt.Sprintf("@crowd%d:x", i))
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", "@crowd*", "m.ban"))
	due := w.Follow(slots...)
	if len(due) > mostWeighed {
		t.Errorf("%d keys at once", len(due))
	}
	for w.Behind() {
		keys := w.Backlog(100)
		if len(keys) > 100 {
			t.Errorf("%d keys of 100 users in one room", len(keys))
		}
		due = append(due, keys...)
	}
	if got, want := describe(w, due), describe(w, w.Keys()); len(got) != crowd || !slices.Equal(got, want) {
		t.Errorf("incremental plan of %d, full plan of %d, for %d", len(got), len(want), crowd)
	}
	// Flapping does not pile up.
	for range 20 {
		_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "1", "", ""))
		w.Follow(slots...)
		_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "1", "@crowd*", "m.ban"))
		w.Follow(slots...)
	}
	if len(w.backlog.users) > 3*crowd {
		t.Errorf("%d users wait, of %d", len(w.backlog.users), crowd)
	}
}
