package community

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/echo"
	"forseti/community/survey"
	"forseti/store"
)

// An event that was passed over for a write of ours, which then turns out to have had
// no effect, is found by reading the room.
func TestBehindNothing(t *testing.T) {
	const us = id.UserID("@forseti:own.example")
	member := func(sender id.UserID, evt id.EventID, membership string) *event.Event {
		return stateEvent("!room", "m.room.member", "@a:b", sender, evt, json.RawMessage(`{"membership":"`+membership+`"}`))
	}
	for name, echoed := range map[string]bool{"echo": true, "no echo": false} {
		synctest.Test(t, func(t *testing.T) {
			c := New(Options{Store: &store.Store{}, Self: us})
			ctx, stop := context.WithCancel(t.Context())
			c.loop.Begin(ctx)
			began, times, after := time.Now(), 0, time.Duration(0)
			c.surveying.survey = survey.New(reads(func() { times, after = times+1, time.Since(began) }), c.surveying.owner())
			c.intake.writes.Wrote(member(us, "", "leave"), time.Now())
			if !c.intake.behind(member("@a:b", "$1", "join"), time.Now()) {
				t.Errorf("%s: the join came before our write", name)
			}
			if echoed && c.intake.behind(member(us, "$2", "leave"), time.Now()) {
				t.Errorf("%s: the echo is behind itself", name)
			}
			go c.loop.Run(func() time.Duration { return time.Hour })
			time.Sleep(2 * echo.Wait)
			stop()
			c.loop.Wait()
			if (times == 0) != echoed || !echoed && after != echo.Wait {
				t.Errorf("%s: read %d times, after %s", name, times, after)
			}
		})
	}
}

// reads is called when a room is read, of which there is nothing.
type reads func()

func (r reads) State(context.Context, id.RoomID) ([]*event.Event, error) {
	r()
	return nil, nil
}
