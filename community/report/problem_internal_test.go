package report

import (
	"fmt"
	"forseti/action"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

type plain struct{}

func (plain) Room(r id.RoomID) string           { return string(r) }
func (plain) List(r id.RoomID) string           { return string(r) }
func (plain) Shut(string) (in, out []id.RoomID) { return nil, nil }
func (plain) Takedown(id.EventID) bool          { return false }
func (plain) Quiet(id.RoomID) bool              { return false }
func (plain) Bans(string) action.Cause          { return action.Cause{} }
func (plain) LetIn(string) action.Cause         { return action.Cause{} }
func (plain) Case(id.RoomID, bool) int64        { return 0 }

// What was told is remembered only for as long as it is no news.
func TestWhatWasToldIsForgotten(t *testing.T) {
	p := newProblems(words{plain{}}, newLedger(), &news{})
	at := midnight
	for i := range 1000 {
		key := Key{Kind: Other, Subject: fmt.Sprint(i)}
		p.Tell(key, "Mend it.", at)
		p.news.take()
		p.Solved(key)
		at = at.Add(time.Minute)
	}
	if n := len(p.told); n > int(flapping/time.Minute)+1 {
		t.Errorf("%d are remembered", n)
	}
}
