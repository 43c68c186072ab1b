package protections

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/protections/learning"
	"forseti/rooms"
)

// Whatever goes on where protections are in shadow: where they are on they find what they would without that.
func TestShadowTakesNothing(t *testing.T) {
	const shaded = id.RoomID("!shaded:hs")
	values := map[string]map[string]string{"words": {"list.a": "bad, worse"}, "links": {"deny": "evil.example"}, "slow-mode": {"new": "5s"}}
	bench := func(there kit.Mode) (b *kittest.Bench, told *int) {
		b, told = kittest.New(t, learned(), nil), new(int)
		b.Set.Samples = learning.New([]byte("secret"))
		marked := b.Message("@spammer:hs", "m.room.message", plain(trained))
		_, _ = b.Set.Samples.Mark(learning.Spam, learning.Marking{By: kittest.Moderator, Event: marked.ID, Said: content.Read(marked.Type.Type, marked.Content.VeryRaw), At: b.Now})
		b.Other(shaded)
		b.Set.Shadowed = func(kit.Finding, time.Time) { *told++ }
		for _, kind := range Kinds() {
			b.Set.Use(kind, kit.Standing{Mode: kit.On, Values: values[kind.Name], Rooms: map[id.RoomID]kit.Local{shaded: {Mode: &there}}})
		}
		return b, told
	}
	alone, _ := bench(kit.Off)
	beside, told := bench(kit.Shadow)
	random := rand.New(rand.NewPCG(1, 2))
	bodies := []string{
		"hello", "bad", "see https://evil.example/", "THIS IS ALL IN CAPITALS, AND LOUD", trained, "> " + trained + "\nis that true?", "Earn 5000 dollars a week from home, no experience needed, ask @agent:evil.example",
		"good morning to all of you here", "@a:hs @b:hs @c:hs @d:hs @e:hs @f:hs @g:hs @h:hs", "!help",
	}
	found := map[string]int{}
	for n := range 600 {
		u, room := id.UserID(fmt.Sprintf("@u%d:hs", random.IntN(12))), []id.RoomID{kittest.RoomID, shaded}[random.IntN(2)]
		body, what, pause := bodies[random.IntN(len(bodies))], random.IntN(10), time.Duration(random.IntN(4))*time.Second
		if n%60 == 0 {
			pause = time.Hour
		}
		var lists [2][]string
		for i, b := range []*kittest.Bench{alone, beside} {
			b.Pass(pause)
			var all []kit.Finding
			switch {
			case what == 0:
				all = joins(b, room, u)
			case what == 1:
				all = kittest.SaysIn(room, u, "")(b)
			default:
				if what == 2 {
					body = "> x\n" + body
				}
				all = kittest.SaysIn(room, u, body)(b)
			}
			for _, f := range all {
				lists[i] = append(lists[i], fmt.Sprint(f.Protection, f.Room, f.User, f.Events, f.Weight))
				if i == 0 {
					found[f.Protection]++
				}
			}
		}
		if !slices.Equal(lists[0], lists[1]) {
			t.Fatalf("%d, %s in %s: %q, and without shadow %q", n, u, room, lists[1], lists[0])
		}
	}
	if len(found) < 6 || *told < 100 {
		t.Errorf("that shows little: found %v, told of %d", found, *told)
	}
}

// joins has a user join one of the rooms, who may be there.
func joins(b *kittest.Bench, room id.RoomID, u id.UserID) []kit.Finding {
	if room == kittest.RoomID {
		b.Member(u, u, event.MembershipLeave)
		return b.Join(u)
	}
	b.Other(room).Restore(u, rooms.Member{Membership: event.MembershipJoin})
	return nil
}
