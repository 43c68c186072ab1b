package rooms_test

import (
	"fmt"
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
