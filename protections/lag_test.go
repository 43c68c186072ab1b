package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// late is messages of a user, each a second after the one before, that come so late.
func late(n int, u id.UserID, by time.Duration) kittest.Step { return lateIn(kittest.RoomID, n, u, by) }

func lateIn(room id.RoomID, n int, u id.UserID, by time.Duration) kittest.Step {
	return func(b *kittest.Bench) (found []kit.Finding) {
		for range n {
			b.Pass(time.Second)
			evt := b.Message(u, "m.room.message", plain("a"))
			evt.Timestamp, evt.RoomID = b.Now.Add(-by).UnixMilli(), room
			in := b.Room
			if room != kittest.RoomID {
				in = b.Other(room)
			}
			found = append(found, b.Set.Check(kit.SaidBy(evt, b.Now), in)...)
		}
		return found
	}
}

// mixed is late messages of four servers, which take turns.
func mixed(n int, room id.RoomID, by time.Duration) kittest.Step {
	return func(b *kittest.Bench) (found []kit.Finding) {
		for i := range n {
			found = append(found, lateIn(room, 1, id.UserID(fmt.Sprintf("@u:s%d", i%4)), by)(b)...)
		}
		return found
	}
}

func TestLag(t *testing.T) {
	slow := "alert messages from `slow.example` come 5 minutes late, or its clock is wrong:"
	all := "alert and in all other rooms messages come 5 minutes late, so what I do comes late as well. My homeserver may be behind; ask who runs it:"
	kittest.Run(t, lag(), []kittest.Case{{
		Name: "of a server, once",
		In:   []kittest.Step{mixed(20, kittest.RoomID, time.Second), late(60, "@u:slow.example", 5*time.Minute)},
		Want: []string{slow},
	}, {
		Name: "of all, and not of each",
		In:   []kittest.Step{mixed(40, kittest.RoomID, 5*time.Minute), mixed(40, "!b:hs", 5*time.Minute)},
		Want: []string{all},
	}, {
		Name: "of a room",
		In: []kittest.Step{kittest.Times(40, mixed(4, "!b:hs", 0), mixed(1, kittest.RoomID, 0), func(b *kittest.Bench) []kit.Finding {
			return lateIn("!c:hs", 1, id.UserID(fmt.Sprintf("@u:s%d", b.Sent()/6%4)), 5*time.Minute)(b)
		})},
		Want: []string{"alert messages come 5 minutes late, whichever server they are from:"},
	}, {
		Name: "a few late ones among others",
		In:   []kittest.Step{kittest.Times(20, late(2, "@u:slow.example", 0), late(1, "@u:slow.example", time.Hour))},
	}, {
		Name: "too few to say",
		In:   []kittest.Step{late(4, "@u:slow.example", 5*time.Minute), kittest.Wait(time.Hour), late(4, "@u:slow.example", 5*time.Minute)},
	}, {
		Name: "again after it was well for an hour",
		In: []kittest.Step{
			late(5, "@u:slow.example", 5*time.Minute), kittest.Times(3, kittest.Wait(5*time.Minute), late(20, "@u:slow.example", 0), late(20, "@u:slow.example", 5*time.Minute)),
			kittest.Times(8, kittest.Wait(9*time.Minute), late(20, "@u:slow.example", 0)), late(20, "@u:slow.example", 5*time.Minute),
		},
		Want: []string{slow, slow},
	}, {
		Name: "times that say nothing",
		In: []kittest.Step{
			late(20, "@u:a.example", 7*time.Hour), late(20, "@u:b.example", -time.Hour), late(20, "@u:c.example", 1e6*time.Hour), late(20, "@u:d.example", -1e6*time.Hour),
		},
	}, {
		Name: "an edge of the setting",
		Set:  map[string]string{"lag": "10s", "messages": "3"},
		In:   []kittest.Step{late(20, "@u:a.example", 10*time.Second-time.Millisecond), late(20, "@u:b.example", 10*time.Second)},
		Want: []string{"alert messages from `b.example` come 10 seconds late, or its clock is wrong:"},
	}})
	b := kittest.New(t, lag(), nil)
	for n := range 40 {
		if found := b.Waited(id.UserID(fmt.Sprintf("@u:s%d", n)), "a", b.Now.Add(-time.Hour)); found != nil {
			t.Fatalf("what waited: %v", found)
		}
	}
}
