package rooms_test

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/growth"
	"forseti/rooms"
)

// TestGrowth shows how what each operation costs grows with how many members a room has, how many users its levels
// and its create event name, and how much its state says.
func TestGrowth(t *testing.T) {
	growth.Test(t, []growth.World{
		{Name: "members", Fill: costOfMembers},
		{Name: "members who all left", Fill: costOfLeavers},
		{Name: "levels", Fill: costOfLevels},
		{Name: "texts", Fill: costOfTexts},
	}, map[string]string{
		"New":            "it is empty",
		"Room.ID":        "it is kept",
		"Room.Touch":     "a comparison",
		"PowerSend":      "two words become one",
		"PowerState":     "two words become one",
		"Member.Present": "it looks at one word",
	})
}

func fresh(of string, i int) id.UserID {
	return id.UserID(fmt.Sprintf("@%s%06d:hs%d.example", of, i, i%100))
}

// costOfMembers is about a room in which a third is there, a third has left, and a third is banned.
func costOfMembers(t *testing.T, c *growth.Costs) {
	look := make([]*event.Event, 0, c.N+2)
	look = append(look, create(`{"room_version":"12"}`), power(`{"users":{"@bot:hs":100}}`), member(bot, bot, "join"))
	for i := range c.N {
		u := fresh("same", i)
		look = append(look, member(u, u, []string{"join", "leave", "ban"}[i%3]))
	}
	r := rooms.New(roomID)
	c.All("Room.Share, Room.Restore, Room.Restored", func() {
		again := rooms.New(roomID)
		again.Share(func(u id.UserID) id.UserID { return u }, func(content json.RawMessage) json.RawMessage { return content })
		for _, evt := range look[2:] {
			again.Restore(id.UserID(*evt.StateKey), rooms.ReadMember(evt.Content.VeryRaw))
		}
		again.Restored(look[:2], now)
	})
	c.All("NewReading, Room.Read: in parts, with somebody new between them", func() {
		i := 0
		for g, more := rooms.NewReading(look), true; more; i++ {
			_, more = r.Read(g, 250, now, func(string, string) bool { return false })
			r.Apply(member(mallet, mallet, []string{"join", "leave"}[i%2]), now)
			r.CanBan(bot, mallet)
		}
	})
	if r.Len() < c.N {
		t.Fatalf("%d members", r.Len())
	}
	c.One("Room.Apply: somebody comes and goes", func(i int) {
		r.Apply(member(mallet, mallet, []string{"join", "leave"}[i%2]), now)
	})
	c.One("Room.Apply: somebody new", func(i int) { u := fresh("new", i); r.Apply(member(u, u, "join"), now) })
	c.One("Room.Apply, Change.Move: a ban", func(i int) { r.Apply(member(bot, fresh("same", i), "ban"), now).Move() })
	c.One("Room.Redact: of somebody's membership", func(i int) { r.Redact(look[3+i%c.N].ID) })
	c.One("Room.Member, Room.Acts, Room.Present, Room.Count, Room.Size, Room.Len, Room.Activity, Room.Maker, Room.Encrypted", func(i int) {
		u := fresh("same", i)
		r.Member(u)
		r.Present(u)
		r.Count("join")
		r.Size()
		r.Acts(u)
		r.Len()
		r.Activity()
		r.Maker()
		r.Encrypted()
	})
	c.One("Room.CanBan, Room.CanKick, Room.CanUnban, Room.CanInvite, Refusal.OK, Refusal.String", func(i int) {
		u := fresh("same", i)
		for _, f := range []rooms.Refusal{r.CanBan(bot, u), r.CanKick(bot, u), r.CanUnban(bot, u), r.CanInvite(bot, u)} {
			if !f.OK() {
				_ = f.String()
			}
		}
	})
	c.Look("Room.Members", func() {
		for range r.Members() {
		}
	})
	c.Look("Room.Replace: nothing is new", func() { r.Replace(look, now) })
	c.All("Room.Replace: one is gone", func() { r.Replace(look[:c.N], now) })
	c.All("Room.Replace: nearly all are gone", func() { r.Replace(look[:10], now) })
	small(c, r)
}

// costOfLeavers is about a room through which very many went.
func costOfLeavers(t *testing.T, c *growth.Costs) {
	r := room(create(`{"room_version":"12"}`), member(bot, bot, "join"))
	nobody := func(id.UserID) bool { return false }
	c.All("Room.Apply: all come and go", func() {
		for i := range c.N {
			u := fresh("same", i)
			r.Apply(member(u, u, "join"), now.Add(time.Duration(i)))
			r.Apply(member(u, u, "leave"), now.Add(time.Duration(i)))
		}
	})
	c.Look("Room.Forget: nobody", func() { r.Forget(now, c.N, nobody) })
	c.All("Room.Forget: who left first", func() { r.Forget(now, c.N/2, nobody) })
	c.All("Room.Forget: all", func() { r.Forget(now.Add(time.Hour), 0, nobody) })
	if r.Len() != 1 {
		t.Fatalf("%d are left", r.Len())
	}
	small(c, r)
	r.KeepLeavers(time.Hour)
	look := []*event.Event{create(`{"room_version":"12"}`)}
	for i := range c.N {
		u := fresh("same", i)
		look = append(look, member(u, u, "leave"))
	}
	c.All("Room.KeepLeavers, Room.Replace: who left long ago", func() { r.Replace(look, now) })
	if r.Len() != 0 {
		t.Fatalf("%d came back", r.Len())
	}
}

// Who comes and goes again and again leaves nothing behind, whether it is one with ever new names or very many, and
// nor does a room that is renamed.
func TestFlappingIsNotRemembered(t *testing.T) {
	r := room(create(`{"room_version":"12"}`), member(bot, bot, "join"))
	flap := func(times int) {
		for i := range times {
			r.Apply(state(mallet, "m.room.member", string(mallet), fmt.Sprintf(`{"membership":%q,"displayname":%q,"reason":%q}`, []string{"join", "leave"}[i%2],
				strings.Repeat("name", 200)+fmt.Sprint(i), strings.Repeat("x", 5000)+fmt.Sprint(i))), now)
			r.Apply(state(alice, "m.room.name", "", fmt.Sprintf(`{"name":%q}`, strings.Repeat("n", i%9000))), now)
			for k := range 4 {
				u := fresh("new", 4*i+k)
				r.Apply(member(u, u, "join"), now)
				r.Apply(member(u, u, "leave"), now)
			}
			if i%100 == 0 {
				r.Forget(now.Add(time.Hour), 0, func(u id.UserID) bool { return u == mallet })
			}
		}
	}
	flap(500)
	if n := growth.Kept(func() { flap(5000) }); n > 500_000 {
		t.Errorf("it leaves %d bytes", n)
	}
	if r.Len() > 500 {
		t.Errorf("%d are known", r.Len())
	}
}

// small is a room of a few that was large: it costs what a small one does.
func small(c *growth.Costs, r *rooms.Room) {
	c.One("Room.Members, Room.Forget: in a room that was large", func(i int) {
		u := fresh("few", i%5)
		r.Apply(member(u, u, []string{"join", "leave"}[i%2]), now)
		for range r.Members() {
		}
		r.Forget(now.Add(-time.Hour), 10, func(id.UserID) bool { return false })
	})
}

// costOfLevels is about a room that names very many users who may do all, in its levels and as its creators, and a level
// for very many types of events.
func costOfLevels(_ *testing.T, c *growth.Costs) {
	var users, creators, events strings.Builder
	for i := range c.N {
		fmt.Fprintf(&users, `"%s":100,`, fresh("same", i))
		fmt.Fprintf(&creators, `"%s",`, fresh("made", i))
		fmt.Fprintf(&events, `"m.type%06d":"100",`, i)
	}
	levels := power(`{"users":{` + users.String() + `"@bot:hs":100},"events":{` + events.String() + `"m.a":"100"},"ban":100}`)
	made := create(`{"room_version":"12","additional_creators":[` + creators.String() + `"@a:b"]}`)
	r := room(member(bot, bot, "join"))
	c.All("Room.Apply: levels", func() { r.Apply(levels, now) })
	c.All("Room.Apply: creators", func() { r.Apply(made, now) })
	for what, u := range map[string]id.UserID{"of many": fresh("same", 500), "a creator": fresh("made", 999), "the last creator": "@a:b", "somebody": mallet} {
		c.One("Room.Level, Room.Moderates, Room.Ranked: "+what, func(int) {
			r.Level(u)
			r.Moderates(u)
			r.Ranked(u)
		})
		c.One("Room.Needs, Room.Speaks, Room.CanSend, Room.CanSetState, Room.CanRedact, Power.String: "+what, func(i int) {
			r.Needs(u, rooms.PowerBan)
			r.Speaks(u)
			r.CanSend(u, fmt.Sprintf("m.type%06d", i))
			r.CanSetState(u, fmt.Sprintf("m.type%06d", i))
			r.CanRedact(u)
			_ = rooms.PowerState("m.a").String()
		})
		c.One("Room.CanSetLevel, Room.Lacks: "+what, func(int) {
			r.CanSetLevel(bot, u, 50)
			r.Lacks(u)
		})
	}
	c.Look("Room.Holders", func() { r.Holders(rooms.PowerLevels) })
	c.Look("Room.Creators", func() { r.Creators() })
	// Of old versions levels may be texts, and each is read by the version.
	version := create(`{"room_version":"` + strings.Repeat("1", c.N) + `","additional_creators":[` + creators.String() + `"@a:b"]}`)
	c.All("Room.Apply: a version without end", func() { r.Apply(version, now) })
	c.Look("Room.Holders: of it", func() { r.Holders(rooms.PowerLevels) })
	c.All("Room.Redact: of levels", func() { r.Redact(levels.ID) })
}

// costOfTexts is about state of which nobody bounds the length here.
func costOfTexts(_ *testing.T, c *growth.Costs) {
	keys := map[string]string{
		"m.room.create": "type", "m.room.name": "name", "m.room.canonical_alias": "alias", "m.room.join_rules": "join_rule",
		"m.room.tombstone": "replacement_room", "m.room.server_acl": "allow", "m.room.encryption": "algorithm", "m.room.power_levels": "ban",
	}
	for what, more := range map[string]string{
		"a long text": `"` + strings.Repeat("a", c.N) + `"`, "marks": `"` + strings.Repeat(`\"`, c.N/2) + `"`, "spaces": `"` + strings.Repeat(" ", c.N) + `"`,
		"keys": `"x"` + strings.Repeat(`,"a":1`, c.N/6), "depth": strings.Repeat("[", min(c.N, 9000)) + strings.Repeat("]", min(c.N, 9000)),
		"digits": strings.Repeat("9", c.N), "nothing after a point": "1." + strings.Repeat("0", c.N) + "1",
	} {
		r := room(create(`{"room_version":"1"}`))
		var all []*event.Event
		for kind, key := range keys {
			all = append(all, state(alice, kind, "", `{"`+key+`":`+more+`}`))
		}
		all = append(all, state(alice, "m.room.member", "@a:b", `{"membership":"join","displayname":`+more+`}`), state(alice, "m.room.member", "@c:d", `{"reason":`+more+`}`))
		c.All("ReadMember: "+what, func() {
			for _, evt := range all {
				rooms.ReadMember(evt.Content.VeryRaw)
			}
		})
		c.All("Room.Apply: "+what, func() {
			for _, evt := range all {
				r.Apply(evt, now)
			}
		})
		c.One("Room.Name, Room.Alias, Room.Kind, Room.JoinRule, Room.Tombstone, Room.Version: "+what, func(int) {
			r.Name()
			r.Alias()
			r.Kind()
			r.JoinRule()
			r.Tombstone()
			r.Version()
		})
		c.One("Room.Content, Room.SetBy, Shown, Room.ACL, Room.PowerLevels: "+what, func(int) {
			r.Content("m.room.name")
			_ = rooms.Shown("m.room.name")
			r.SetBy("m.room.name")
			r.ACL()
			r.PowerLevels()
		})
		c.All("Room.Redact: "+what, func() {
			for _, evt := range all {
				r.Redact(evt.ID)
			}
		})
		if n := len(r.Name()); n > math.MaxUint16 {
			panic(n)
		}
	}
}
