package community

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix"
)

// What sync brings late of our having left a room, in which we are again, is no news: that
// somebody put us out of it is, and so is that we left it, if no command had us do so.
func TestLateNewsOfHavingLeft(t *testing.T) {
	const room, mod = id.RoomID("!room:x"), id.UserID("@mod:x")
	for name, tt := range map[string]struct {
		left    bool // at a command
		ago     time.Duration
		by      []id.UserID // who ended our membership, one after another; nobody if it is not said
		batches int
		out     bool
	}{
		"our own, at a command":    {true, time.Second, []id.UserID{"us"}, 1, false},
		"our own, said otherwise":  {true, time.Second, nil, 1, false},
		"our own, twice":           {true, time.Second, []id.UserID{"us"}, 2, true},
		"then somebody put us out": {true, time.Second, []id.UserID{"us", mod}, 1, true},
		"our own, long ago":        {true, time.Hour, []id.UserID{"us"}, 1, true},
		"by another login":         {false, 0, []id.UserID{"us"}, 1, true},
		"by a moderator":           {false, 0, []id.UserID{mod}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			c := badly(t, func(*Community) {})
			self := c.opts.Self
			member := func(by id.UserID, membership string) *event.Event {
				return stateEvent(room, event.StateMember.Type, string(self), by, id.EventID("$"+string(by)+membership), json.RawMessage(`{"membership":"`+membership+`"}`))
			}
			err := c.loop.Do(t.Context(), func() {
				if tt.left {
					c.places.left.leave(room, now.Add(-tt.ago))
				}
				c.places.protecting.setProtected([]id.RoomID{room})
				viewAtOnce(c.intake, room, []*event.Event{member(self, "join")}, now)
				in := matrix.RoomBatch{Room: room, Membership: event.MembershipLeave}
				for _, by := range tt.by {
					if by == "us" {
						by = self
					}
					in.Timeline = append(in.Timeline, member(by, "leave"))
					in.State = append(in.State, in.Timeline[len(in.Timeline)-1])
				}
				for range tt.batches {
					c.take(&matrix.Batch{Rooms: []matrix.RoomBatch{in}, Arrived: now})
				}
				said := strings.Join(c.speaker.report.Problems.Of(room), " ")
				if c.places.isOut(room) != tt.out || strings.Contains(said, "I am not in") != tt.out || c.places.roomInfo(room).Out != (tt.out && tt.by != nil) {
					t.Errorf("out: %t, told: %q", c.places.isOut(room), said)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}
