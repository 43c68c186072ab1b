package matrix

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/worker"
)

const (
	pageSize = 100
	// gapTries is how often one page is asked for. A room that a homeserver
	// cannot read must not keep all the others waiting.
	gapTries = 3
	// gapBudget bounds how long all gaps of a batch may delay it, as a homeserver
	// may ask others for old events. What stays open is for a full look to mend.
	gapBudget = 30 * time.Second
	// gapRooms is how many rooms are filled at once.
	gapRooms = 4
)

// gaps fills what sync left out of the timelines.
type gaps struct {
	*caller
	pages int // how many are read of a room, at most
	// last is the newest event seen of each room. Only Run touches it.
	last map[id.RoomID]id.EventID
}

// page is a page of /messages, newest event first.
type page struct {
	Chunk []json.RawMessage `json:"chunk"`
	End   string            `json:"end"`
}

// fillAll fills the gaps of a batch, and asks again about state that is in doubt.
func (s *Session) fillAll(ctx context.Context, b *Batch) {
	ctx, cancel := context.WithTimeout(ctx, gapBudget)
	defer cancel()
	var fillers worker.Group
	turn := make(chan struct{}, gapRooms)
	for i := range b.Rooms {
		if !b.Rooms[i].Gap && len(b.Rooms[i].start) == 0 {
			continue
		}
		turn <- struct{}{}
		fillers.Go(func() {
			defer func() { <-turn }()
			if b.Rooms[i].Gap {
				s.gaps.fill(ctx, &b.Rooms[i], b.Since)
			}
			s.confirm(ctx, &b.Rooms[i])
		}, func(p *worker.Panic) { broke(&s.log, &b.Rooms[i], p) })
	}
	fillers.Wait()
}

// broke leaves a room of a batch, over which we broke, for a full look to mend.
func broke(log *zerolog.Logger, room *RoomBatch, p error) {
	log.Error().Err(p).Stringer("room", room.Room).Msg("Something broke over what sync brought of a room")
	room.Gap = true
}

// fill puts the events between since and the timeline before it, and clears Gap
// if that worked out. What was found of an unfilled gap is kept.
func (g *gaps) fill(ctx context.Context, room *RoomBatch, since string) {
	var missed []*event.Event // newest first
	known := make(map[id.EventID]bool, len(room.Timeline))
	for _, evt := range room.Timeline {
		known[evt.ID] = true
	}
	from, closed := room.before, false
	for range g.pages {
		if from == "" || closed {
			break
		}
		p, err := g.page(ctx, room.Room, from, since)
		if err != nil {
			g.log.Warn().Err(err).Stringer("room", room.Room).Msg("Gap in timeline not filled")
			break
		}
		events, _ := decodeAll(room.Room, p.Chunk)
		for _, evt := range events {
			// Not every homeserver stops at a token of /sync. What came before the
			// last event we handled is old, and acting on it again would be wrong.
			if evt.ID != "" && evt.ID == g.last[room.Room] {
				closed = true
				break
			}
			if evt.ID != "" && known[evt.ID] {
				continue
			}
			known[evt.ID] = true
			missed = append(missed, evt)
		}
		// An empty page is not the last one; one without an end is.
		closed = closed || p.End == "" || p.End == since || p.End == from
		from = p.End
	}
	slices.Reverse(missed)
	room.Timeline = append(missed, room.Timeline...)
	room.Gap = !closed
}

// page reads one page backwards, with a few tries.
func (g *gaps) page(ctx context.Context, room id.RoomID, from, to string) (*page, error) {
	query := map[string]string{"dir": "b", "from": from, "to": to, "limit": strconv.Itoa(pageSize)}
	for try := 1; ; try++ {
		var p page
		err := g.read(ctx, &p, query, "v3", "rooms", room, "messages")
		if err == nil {
			return &p, nil
		}
		f := failure(err, time.Now())
		if !f.Temporary() || try == gapTries {
			return nil, f
		}
		if err := sleep(ctx, max(f.Pause(), backoff(try-1))); err != nil {
			return nil, err
		}
	}
}

// remember notes the newest event of each room once it is handled.
func (g *gaps) remember(b *Batch) {
	for _, room := range b.Rooms {
		if room.Membership != event.MembershipJoin {
			delete(g.last, room.Room)
			continue
		}
		for _, evt := range slices.Backward(room.Timeline) {
			if evt.ID != "" {
				g.last[room.Room] = evt.ID
				break
			}
		}
	}
}
