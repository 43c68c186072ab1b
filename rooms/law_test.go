package rooms_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/rooms"
)

// types are all that a Room tracks, and one that it does not.
var types = []string{
	"m.room.create", "m.room.power_levels", "m.room.join_rules", "m.room.encryption", "m.room.name",
	"m.room.canonical_alias", "m.room.server_acl", "m.room.tombstone", "m.room.member", "m.room.topic",
}

var contents = []string{
	`{}`, `[]`, `null`, `"x"`, `{"membership":"join"}`, `{"membership":"join","displayname":"A"}`,
	`{"membership":"ban","reason":"spam"}`, `{"membership":"leave"}`, `{"membership":"knock"}`, `{"membership":7}`,
	`{"room_version":"9"}`, `{"room_version":"12","additional_creators":["@a:hs"]}`,
	`{"users":{"@a:hs":"40"},"ban":30}`, `{"users":{"@b:hs":60},"events":{"m.room.server_acl":100}}`,
	`{"name":"N","alias":"#a:hs","join_rule":"public","replacement_room":"!n:hs","deny":["bad"]}`,
}

// view is everything a Room tells, arrival times aside.
func view(r *rooms.Room) string {
	members := maps.Collect(r.Members())
	var out strings.Builder
	fmt.Fprintln(&out, r.ID(), r.Name(), r.Alias(), r.Version(), r.Creators(), r.Encrypted(), r.JoinRule())
	next, gone := r.Tombstone()
	acl, sender, evt := r.ACL()
	levels, _, _ := r.PowerLevels()
	fmt.Fprintln(&out, next, gone, string(acl), sender, evt, string(levels))
	for _, u := range slices.Sorted(maps.Keys(members)) {
		m := members[u]
		m.Changed = time.Time{}
		fmt.Fprintln(&out, u, m, r.Level(u), r.Present(u), r.CanBan("@a:hs", u), r.CanKick("@a:hs", u),
			r.CanUnban("@a:hs", u), r.CanInvite("@a:hs", u), r.CanSetState(u, "m.room.server_acl"), r.CanRedact(u))
	}
	for _, m := range []event.Membership{"join", "invite", "knock", "leave", "ban"} {
		fmt.Fprintln(&out, m, r.Count(m))
	}
	return out.String()
}

// Events taken in one by one end where a full look ends, and the look then finds
// nothing new.
func TestApplyIsReplace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := rooms.New(roomID), rooms.New(roomID)
		other.Acts("@a:hs") // which changes no answer
		final := map[string]*event.Event{}
		users := rapid.SampledFrom([]string{"@a:hs", "@b:hs", "@c:bad"})
		for range rapid.IntRange(0, 30).Draw(t, "events") {
			eventType, key := rapid.SampledFrom(types).Draw(t, "type"), ""
			if eventType == "m.room.member" {
				key = users.Draw(t, "user")
			}
			evt := state(id.UserID(users.Draw(t, "sender")), eventType, key, rapid.SampledFrom(contents).Draw(t, "content"))
			one.Apply(evt, now)
			final[eventType+key] = evt
			if rapid.Float64().Draw(t, "look") < 0.2 {
				other.Replace(slices.Collect(maps.Values(final)), now)
			}
		}
		look := slices.Collect(maps.Values(final))
		other.Replace(look, now)
		if a, b := view(one), view(other); a != b {
			t.Fatalf("one by one:\n%s\nfull look:\n%s", a, b)
		}
		if changes := one.Replace(look, now.Add(time.Hour)); len(changes) != 0 {
			t.Fatalf("a look at the same state finds %+v", changes)
		}
	})
}

func FuzzContent(f *testing.F) {
	for _, c := range contents {
		f.Add([]byte(c), "12", "@a:hs")
	}
	f.Add([]byte(`{"users":{"@a:hs":1e999},"ban":"9999999999999999999999"}`), "1", "")
	f.Fuzz(func(t *testing.T, content []byte, version, user string) {
		r := rooms.New(roomID)
		r.Apply(create(fmt.Sprintf(`{"room_version":%q}`, version)), now)
		infinite := r.Level(alice) == rooms.Infinite
		for _, eventType := range types[1:] {
			key := ""
			if eventType == "m.room.member" {
				key = user
			}
			evt := state(mallet, eventType, key, string(content))
			// The law of the levels: no event but create makes anyone infinite.
			r.Apply(evt, now)
			if l := r.Level(id.UserID(user)); l == rooms.Infinite && !(infinite && user == string(alice)) {
				t.Fatalf("%s made %q infinite", eventType, user)
			}
			r.Redact(evt.ID)
			_ = view(r)
		}
		r.Replace([]*event.Event{state(mallet, "m.room.create", "", string(content))}, now)
		_ = view(r)
	})
}
