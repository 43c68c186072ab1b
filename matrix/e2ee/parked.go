package e2ee

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// maxParked is how many unreadable messages are kept for when their key comes.
	maxParked = 20_000
	// keepParked is how long.
	keepParked = 14 * 24 * time.Hour
)

// parking keeps the messages that cannot be read yet, and what their senders say of that.
type parking struct {
	*base
	rooms *rooms
	// changed is told when messages were parked or are not waited for any more, so that
	// their keys are asked for or not; wake when some may be read that sync did not bring.
	// Both hold one token.
	changed, wake chan struct{}

	mu       sync.Mutex
	arrived  map[id.SessionID]bool                         // sessions whose messages may be read now
	withheld map[refusal]event.RoomKeyWithheldEventContent // said of messages that have not come
}

// keyCame notes that messages of a session may be read now.
func (m *parking) keyCame(session id.SessionID) {
	m.mu.Lock()
	m.arrived[session] = true
	m.mu.Unlock()
	poke(m.wake)
	poke(m.changed)
}

// parked is an event as it is stored.
type parked struct {
	Type      string          `json:"type"`
	Sender    id.UserID       `json:"sender"`
	ID        id.EventID      `json:"event_id"`
	Timestamp int64           `json:"origin_server_ts"`
	Content   json.RawMessage `json:"content"`
}

// Park keeps a message whose key has not come. Parking it again changes nothing.
func (m *parking) Park(ctx context.Context, evt *event.Event, arrived time.Time) error {
	raw, err := json.Marshal(parked{evt.Type.Type, evt.Sender, evt.ID, evt.Timestamp, evt.Content.VeryRaw})
	if err != nil {
		return nil // content that is no JSON will never be read
	}
	_, err = m.db.Exec(ctx, `INSERT INTO forseti_parked_event (room_id, event_id, session_id, sender, event, arrived) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (room_id, event_id) DO NOTHING`,
		[]byte(evt.RoomID), []byte(evt.ID), []byte(SessionOf(evt)), []byte(evt.Sender), raw, arrived.UnixMilli())
	if err != nil {
		return fmt.Errorf("encryption: park %s: %w", evt.ID, err)
	}
	poke(m.changed)
	return m.withholdParked(ctx, evt)
}

// Unpark forgets a message that was read, or that nobody needs to read any more.
func (m *parking) Unpark(ctx context.Context, room id.RoomID, evt id.EventID) error {
	_, err := m.db.Exec(ctx, `DELETE FROM forseti_parked_event WHERE room_id = $1 AND event_id = $2`, []byte(room), []byte(evt))
	if err != nil {
		return fmt.Errorf("encryption: unpark %s: %w", evt, err)
	}
	poke(m.changed)
	return nil
}

// TakeRedaction forgets a parked message that was removed: by its sender, us or a
// moderator. Of anybody else's redaction only the homeserver knows whether it holds.
func (m *parking) TakeRedaction(ctx context.Context, room id.RoomID, evt *event.Event) error {
	word := evt.Sender == m.client.UserID || m.isModerator(evt.Sender)
	inContent, _ := evt.Content.Raw["redacts"].(string) // since room version 11
	for _, target := range []id.EventID{evt.Redacts, id.EventID(inContent)} {
		if target == "" {
			continue
		}
		gone, err := m.db.Exec(ctx, `DELETE FROM forseti_parked_event WHERE room_id = $1 AND event_id = $2 AND (sender = $3 OR $4)`,
			[]byte(room), []byte(target), []byte(evt.Sender), word)
		if err != nil {
			return fmt.Errorf("encryption: unpark %s: %w", target, err)
		}
		if n, err := gone.RowsAffected(); err == nil && n > 0 {
			poke(m.changed)
		}
	}
	return nil
}

// Tidy drops parked messages that are too old or too many.
func (m *parking) Tidy(ctx context.Context, now time.Time) error {
	_, err := m.db.Exec(ctx, `DELETE FROM forseti_parked_event WHERE arrived < $1`, now.Add(-keepParked).UnixMilli())
	if err == nil {
		_, err = m.db.Exec(ctx, `DELETE FROM forseti_parked_event WHERE arrived < COALESCE(
			(SELECT arrived FROM forseti_parked_event ORDER BY arrived DESC LIMIT 1 OFFSET $1), 0)`, maxParked)
	}
	if err != nil {
		return fmt.Errorf("encryption: tidy parked messages: %w", err)
	}
	return nil
}

// tidyEvery is how often Tidy is due.
const tidyEvery = 24 * time.Hour

func (m *parking) runTidy(ctx context.Context) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	for {
		if err := m.Tidy(ctx, time.Now()); err != nil && ctx.Err() == nil {
			m.log.Err(err).Msg("Parked messages not tidied")
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Late gives the parked messages that can be read now, oldest first. They stay
// parked until Unpark, so that a crash before they were handled loses none. If all
// is set it tries every one, as after a start.
func (m *parking) Late(ctx context.Context, all bool) ([]*event.Event, error) {
	m.mu.Lock()
	arrived := m.arrived
	m.arrived = map[id.SessionID]bool{}
	m.mu.Unlock()
	if len(arrived) == 0 && !all {
		return nil, nil
	}
	waiting, err := m.waiting(ctx, arrived, all)
	if err != nil {
		return nil, err
	}
	var late []*event.Event
	for _, evt := range waiting {
		out, err := m.Decrypt(ctx, evt)
		switch {
		case err == nil:
			late = append(late, out)
		case errors.Is(err, ErrNotReadable):
			m.log.Debug().Err(err).Stringer("event", evt.ID).Msg("Parked message is not readable")
			if err := m.Unpark(ctx, evt.RoomID, evt.ID); err != nil {
				return late, err
			}
		}
	}
	return late, nil
}

// waiting reads the parked messages of sessions, or all.
func (m *parking) waiting(ctx context.Context, sessions map[id.SessionID]bool, all bool) ([]*event.Event, error) {
	const columns = `SELECT room_id, event, arrived FROM forseti_parked_event `
	if all {
		return m.readParked(ctx, columns+`ORDER BY arrived, event_id`)
	}
	var found []*event.Event
	for session := range sessions {
		of, err := m.readParked(ctx, columns+`WHERE session_id = $1 ORDER BY arrived, event_id`, []byte(session))
		if err != nil {
			return nil, err
		}
		found = append(found, of...)
	}
	slices.SortStableFunc(found, func(a, b *event.Event) int {
		return cmp.Compare(a.Mautrix.ReceivedAt.UnixMilli(), b.Mautrix.ReceivedAt.UnixMilli())
	})
	return found, nil
}

func (m *parking) readParked(ctx context.Context, query string, args ...any) ([]*event.Event, error) {
	rows, err := m.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("encryption: read parked messages: %w", err)
	}
	defer rows.Close()
	var found []*event.Event
	for rows.Next() {
		var room, raw []byte
		var arrived int64
		if err := rows.Scan(&room, &raw, &arrived); err != nil {
			return nil, fmt.Errorf("encryption: read parked messages: %w", err)
		}
		var p parked
		if json.Unmarshal(raw, &p) != nil {
			continue
		}
		evt := &event.Event{
			ID: p.ID, RoomID: id.RoomID(room), Sender: p.Sender, Timestamp: p.Timestamp,
			Type: event.Type{Type: p.Type, Class: event.MessageEventType},
		}
		evt.Mautrix.ReceivedAt = time.UnixMilli(arrived)
		evt.Content.VeryRaw = p.Content
		_ = json.Unmarshal(p.Content, &evt.Content.Raw) // what is no object reads as empty
		found = append(found, evt)
	}
	return found, rows.Err()
}

// Unread counts the messages that wait for a key, by room.
func (m *parking) Unread(ctx context.Context) (map[id.RoomID]int, error) {
	rows, err := m.db.Query(ctx, `SELECT room_id, COUNT(*) FROM forseti_parked_event GROUP BY room_id`)
	if err != nil {
		return nil, fmt.Errorf("encryption: count parked messages: %w", err)
	}
	defer rows.Close()
	count := map[id.RoomID]int{}
	for rows.Next() {
		var room []byte
		var n int
		if err := rows.Scan(&room, &n); err != nil {
			return nil, fmt.Errorf("encryption: count parked messages: %w", err)
		}
		count[id.RoomID(room)] = n
	}
	return count, rows.Err()
}

// Wake is sent to when messages may have become readable by what sync did not
// bring, such as a restored backup.
func (m *parking) Wake() <-chan struct{} { return m.wake }
