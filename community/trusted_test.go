package community

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix"
	"forseti/sanction/trust"
	"forseti/store"
)

// Whoever talks with others for days is known, with no protection on, and after a restart
// still; what each batch changes is stored with it.
func TestTrustOutlivesARestart(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	var owner sync.WaitGroup
	owner.Go(func() { r.loop.Run(func() time.Duration { return time.Hour }) })
	users := []id.UserID{"@a:hs", "@b:hs", "@c:hs", "@d:hs"}
	at := time.Now().Add(-20 * 24 * time.Hour)
	n := 0
	for range 15 {
		batch := &matrix.Batch{Since: "0", Next: fmt.Sprint(n), Arrived: at}
		in := matrix.RoomBatch{Room: benchRoom, Membership: event.MembershipJoin}
		for range 3 {
			for _, u := range users {
				n++
				evt := &event.Event{ID: id.EventID(fmt.Sprint("$", n)), RoomID: benchRoom, Sender: u, Type: event.EventMessage}
				evt.Content.VeryRaw = json.RawMessage(`{"msgtype":"m.text","body":"this is what I think of it"}`)
				in.Timeline = append(in.Timeline, evt)
			}
		}
		batch.Rooms = []matrix.RoomBatch{in}
		if _, err := r.handle(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		at = at.Add(24 * time.Hour)
	}
	rows := 0
	for _, err := range kept.Trust.All(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		rows++
	}
	r.loop.Stop(nil)
	owner.Wait()
	if rows != len(users)+1 {
		t.Errorf("%d rows", rows)
	}
	if err := kept.Commit(t.Context(), store.Commit{Known: store.Known{Trust: []store.TrustRow{{Entity: "@odd:hs", Record: []byte("odd")}}}}); err != nil {
		t.Fatal(err)
	}
	again := newReader(t, kept, 0)
	for _, u := range users {
		before, after := r.protectors.set.Trust.Past(u, at), again.protectors.set.Trust.Past(u, at)
		if before != after || after.Level() != trust.Regular {
			t.Errorf("%s: %+v, and after a restart %+v", u, before, after)
		}
	}
	again.protectors.keepTrust()
	if next := again.commits.Next().Known.Trust; len(next) != 1 || next[0].Entity != "@odd:hs" || next[0].Record != nil {
		t.Errorf("what cannot be read is kept: %+v", next)
	}
}
