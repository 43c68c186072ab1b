package rooms_test

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

// A big room: what a look at it costs when nothing, and when everything, is new.
func BenchmarkReplace(b *testing.B) {
	look := []*event.Event{create(`{"room_version":"12"}`)}
	for i := range 50_000 {
		u := id.UserID(fmt.Sprintf("@user%d:server%d.example", i, i%500))
		look = append(look, member(u, u, "join"))
	}
	b.Run("first", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rooms.New(roomID).Replace(look, now)
		}
	})
	b.Run("same", func(b *testing.B) {
		r := rooms.New(roomID)
		r.Replace(look, now)
		b.ReportAllocs()
		for b.Loop() {
			r.Replace(look, now)
		}
	})
}

func BenchmarkCanBan(b *testing.B) {
	r := room(create(`{"room_version":"12"}`), power(`{"users":{"@bot:hs":100}}`), member(bot, bot, "join"))
	b.ReportAllocs()
	for b.Loop() {
		if !r.CanBan(bot, mallet).OK() {
			b.Fatal("refused")
		}
	}
}

// What the server of a stranger, or who made a room, would choose to have every look at it dear.
func BenchmarkHostile(b *testing.B) {
	const many = 5000 // as many as one event has room for
	var users, creators strings.Builder
	for i := range many {
		fmt.Fprintf(&users, `"@u%d:x":99,`, i)
		fmt.Fprintf(&creators, `"@m%d:x",`, i)
	}
	named := room(create(`{"room_version":"12","additional_creators":[`+creators.String()+`"@a:b"]}`), power(`{"users":{`+users.String()+`"@bot:hs":100}}`), member(bot, bot, "join"))
	b.Run("levels and creators by thousands, CanBan", func(b *testing.B) {
		for b.Loop() {
			named.CanBan(bot, mallet)
		}
	})
	b.Run("levels and creators by thousands, Holders", func(b *testing.B) {
		for b.Loop() {
			named.Holders(rooms.PowerBan)
		}
	})
	long := room(create(`{"room_version":"12"}`), state(alice, "m.room.name", "", `{"name":"`+strings.Repeat(`\u0061`, 10_000)+`"}`))
	b.Run("a name of 60 kB, Name", func(b *testing.B) {
		for b.Loop() {
			long.Name()
		}
	})
	left := room(create(`{"room_version":"12"}`), member(bot, bot, "join"))
	for i := range 100_000 {
		u := id.UserID(fmt.Sprintf("@user%d:server%d.example", i, i%500))
		left.Apply(member(u, u, "leave"), now)
	}
	left.Forget(now.Add(1), 0, func(id.UserID) bool { return false })
	b.Run("100,000 who all left, Members", func(b *testing.B) {
		for b.Loop() {
			for range left.Members() {
			}
		}
	})
	flaps := []*event.Event{member(mallet, mallet, "join"), member(mallet, mallet, "leave")}
	b.Run("somebody who comes and goes, Apply", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			long.Apply(flaps[i%2], now)
		}
	})
}
