package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// BenchmarkCheck is what one message of a busy room costs with all protections on.
func BenchmarkCheck(b *testing.B) {
	bench := kittest.New(b, flooding(), nil)
	for _, k := range Kinds() {
		bench.Set.Use(k, kit.Standing{Mode: kit.On})
	}
	var users []id.UserID
	for n := range 5000 {
		users = append(users, id.UserID(fmt.Sprintf("@u%d:hs", n)))
		bench.Join(users[n])
	}
	evt := bench.Message(users[0], "m.room.message", map[string]any{"msgtype": "m.text", "body": "hello, how are you?"})
	n := 0
	for b.Loop() {
		evt.Sender, evt.ID = users[n%len(users)], id.EventID(fmt.Sprint("$", n))
		bench.Pass(10 * time.Millisecond)
		if found := bench.Send(evt); found != nil {
			b.Fatal(found)
		}
		n++
	}
}
