package homeserver

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// probe is a user of the server who talks to itself in a room of its own. A
// wedged Dendrite still takes connections and may still answer reads, so only
// a write that comes back through sync shows that it works. Its token also
// tells our server from a stranger on the same port.
type probe struct {
	cli  *mautrix.Client
	room id.RoomID
}

func newProbe(ctx context.Context, url string, user id.UserID, token string) (*probe, error) {
	cli, err := mautrix.NewClient(url, user, token)
	if err != nil {
		return nil, err
	}
	room, err := cli.CreateRoom(ctx, &mautrix.ReqCreateRoom{Name: "health of the homeserver"})
	if err != nil {
		return nil, fmt.Errorf("health room: %w", err)
	}
	return &probe{cli: cli, room: room.RoomID}, nil
}

var probeType = event.Type{Type: "forseti.health", Class: event.MessageEventType}

// check returns nil once a new event was seen in sync. It keeps no state, so
// calls may overlap.
func (p *probe) check(ctx context.Context) error {
	filter := fmt.Sprintf(`{"presence":{"limit":0},"room":{"rooms":[%q],"timeline":{"limit":1}}}`, p.room)
	before, err := p.cli.FullSyncRequest(ctx, mautrix.ReqSync{FilterID: filter})
	if err != nil {
		return fmt.Errorf("homeserver does not sync: %w", err)
	}
	sent, err := p.cli.SendMessageEvent(ctx, p.room, probeType, struct{}{})
	if err != nil {
		return fmt.Errorf("homeserver does not take events: %w", err)
	}
	for since := before.NextBatch; ; {
		resp, err := p.cli.FullSyncRequest(ctx, mautrix.ReqSync{FilterID: filter, Since: since, Timeout: 2000})
		if err != nil {
			return fmt.Errorf("homeserver does not deliver %s: %w", sent.EventID, err)
		}
		if joined := resp.Rooms.Join[p.room]; joined != nil && len(joined.Timeline.Events) > 0 {
			return nil
		}
		since = resp.NextBatch
	}
}
