package enforce

import (
	"maps"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

// Whom a list does not count for is banned as if the list had no rule about them: nobody else feels it, what
// was said of it before is the difference between the plans, and taking it back leaves all as it was.
func TestListThatDoesNotCountForSomebody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := lived(t, 25)
		var users []id.UserID
		for _, room := range w.Rooms() {
			for u := range room.Members() {
				if !slices.Contains(users, u) {
					users = append(users, u)
				}
			}
		}
		slices.Sort(users)
		if len(users) == 0 {
			return
		}
		u := rapid.SampledFrom(users).Draw(t, "user")
		decides := func(of id.UserID) policy.Rule {
			r, _ := w.Book.member(of)
			return r
		}
		before, was := map[id.UserID]policy.Rule{}, map[id.UserID]bool{}
		for _, of := range users {
			before[of] = decides(of)
			_, was[of] = w.Desired(of)
		}
		bans, unbans := wanted(w)
		e := PreviewApart(w, testList, u, true)
		if r := decides(u); r != before[u] {
			t.Fatalf("the preview left %+v in place of %+v", r, before[u])
		}
		SetApart(w, testList, []id.UserID{u})
		nowBans, nowUnbans := wanted(w)
		for _, of := range users {
			switch r := decides(of); {
			case of == u && r.List == testList:
				t.Fatalf("%+v counts for %s", r, u)
			case of != u && r != before[of]:
				t.Fatalf("%+v decides about %s, not %+v", r, of, before[of])
			case of == u && before[of].List != testList && r != before[of]:
				t.Fatalf("%+v decides about %s, not %+v", r, of, before[of])
			}
		}
		for of := range nowBans {
			if !bans[of] && !slices.Contains(e.Banned, of) && !slices.Contains(e.Later, of) && !slices.Contains(e.Left, of) {
				t.Fatalf("%s is banned, and not in %+v", of, e)
			}
		}
		for of := range nowUnbans {
			if !unbans[of] && !slices.Contains(e.Freed, of) {
				t.Fatalf("%s is freed, and not in %+v", of, e)
			}
		}
		SetApart(w, testList, nil)
		if again, then := wanted(w); !maps.Equal(again, bans) || !maps.Equal(then, unbans) || decides(u) != before[u] {
			t.Fatal("it is not as it was")
		}
	})
}

// What waits in such a list holds no ban either, and what others say goes on to count.
func TestOthersCountForWhomAListDoesNot(t *testing.T) {
	const u, other = id.UserID("@spam1:evil.example"), id.RoomID("!other:hs")
	w := NewWorld(self, Settings{ServerMembers: true})
	for _, r := range []policy.Rule{
		{List: testList, Kind: policy.User, Entity: "@spam*:*"}, {List: testList, Kind: policy.Server, Entity: "evil.example"}, {List: other, Kind: policy.User, Entity: "@*1:evil.example"},
	} {
		d, slots, _ := w.ApplyRule(r.List, ruleEvent(r.Kind.String(), r.Entity, r.Entity, "m.ban"))
		if len(d.Added) != 1 {
			t.Fatalf("%+v", d)
		}
		w.Follow(slots...)
	}
	expect := func(list id.RoomID, banned bool) {
		t.Helper()
		if r, ban := w.Desired(u); ban != banned || ban && r.List != list {
			t.Errorf("%v by %+v", ban, r)
		}
	}
	expect(testList, true)
	SetApart(w, testList, []id.UserID{u})
	expect(other, true)
	SetApart(w, other, []id.UserID{u})
	expect("", false)
	if r, ban := w.Desired("@spam2:evil.example"); !ban || r.List != testList {
		t.Errorf("somebody else: %v by %+v", ban, r)
	}
	SetApart(w, testList, nil)
	expect(testList, true)
}
