package e2ee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// wantGrace is how long a key may come by itself before it is asked for.
	wantGrace = 5 * time.Second
	// wantEvery and wantMost are how often how many keys are asked for at most, all
	// senders together: anybody can send what nobody can read.
	wantEvery = 10 * time.Second
	wantMost  = 5
	// wantGiveUp is after how long a key is no longer taken from those who were asked.
	wantGiveUp = 24 * time.Hour
	// askTime is how long sync waits for news of a device whose key it is to take.
	askTime = 5 * time.Second
)

// wants is how missing keys are asked for. What is asked for is in the database.
type wants struct {
	*base
	*vault
	rooms        *rooms
	news         chan struct{} // messages were parked, or keys came; holds one token
	every, grace time.Duration
}

// want is a key that we asked for, or are to ask for.
type want struct {
	session id.SessionID
	sender  id.UserID
	room    id.RoomID
	request string
}

// wantKeys asks for keys that are missing, and takes back what is of no use any
// more. More says that there is more to ask for, or will be soon.
func (m *wants) wantKeys(ctx context.Context, now time.Time) (more bool, err error) {
	if err := m.takeBack(ctx, now); err != nil {
		return true, err
	}
	missing, err := m.missing(ctx, now.Add(-m.grace))
	if err != nil {
		return true, err
	}
	for _, w := range missing {
		if err := m.ask(ctx, w, now); err != nil {
			return true, err
		}
	}
	var young int
	err = m.db.QueryRow(ctx, `SELECT COUNT(*) FROM forseti_parked_event WHERE arrived > $1`, now.Add(-m.grace).UnixMilli()).Scan(&young)
	if err != nil {
		return true, fmt.Errorf("encryption: count parked messages: %w", err)
	}
	waiting, err := m.readHistories(ctx, now)
	return len(missing) == wantMost || young > 0 || waiting, err
}

// missing are keys of parked messages that nobody was asked for and nobody withholds, the oldest of
// each sender first.
func (m *wants) missing(ctx context.Context, before time.Time) ([]want, error) {
	return m.readWants(ctx, `SELECT session_id, sender, room_id, '' FROM (
			SELECT session_id, sender, room_id, first, ROW_NUMBER() OVER (PARTITION BY sender ORDER BY first, session_id) AS turn FROM (
				SELECT session_id, sender, room_id, MIN(arrived) AS first FROM forseti_parked_event p
				WHERE arrived <= $1 AND withheld IS NULL AND NOT EXISTS (
					SELECT 1 FROM forseti_key_request r WHERE r.session_id = p.session_id AND r.sender = p.sender)
				GROUP BY session_id, sender, room_id
			) AS sessions
		) AS turns ORDER BY turn, first LIMIT $2`, before.UnixMilli(), wantMost)
}

func (m *wants) readWants(ctx context.Context, query string, args ...any) (found []want, err error) {
	rows, err := m.db.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("encryption: read wanted keys: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var session, sender, room []byte
		var w want
		if err := rows.Scan(&session, &sender, &room, &w.request); err != nil {
			return nil, fmt.Errorf("encryption: read wanted keys: %w", err)
		}
		w.session, w.sender, w.room = id.SessionID(session), id.UserID(sender), id.RoomID(room)
		found = append(found, w)
	}
	return found, rows.Err()
}

// ask asks for one key.
func (m *wants) ask(ctx context.Context, w want, now time.Time) error {
	w.request = m.client.TxnID()
	// Noted first: asked twice is worse than not asked.
	_, err := m.db.Exec(ctx, `INSERT INTO forseti_key_request (session_id, sender, room_id, request_id, asked, open) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (session_id, sender) DO NOTHING`, []byte(w.session), []byte(w.sender), []byte(w.room), w.request, now.UnixMilli(), true)
	if err != nil {
		return fmt.Errorf("encryption: note wanted key: %w", err)
	}
	if !isKey(string(w.session)) {
		return nil
	}
	err = m.tell(ctx, w, map[string]any{
		"action": event.KeyRequestActionRequest,
		"body":   map[string]any{"algorithm": id.AlgorithmMegolmV1, "room_id": w.room, "session_id": w.session},
	})
	if status(err) == 0 {
		return err
	}
	// The homeserver took nothing, and is asked again.
	_, undone := m.db.Exec(ctx, `DELETE FROM forseti_key_request WHERE session_id = $1 AND sender = $2`, []byte(w.session), []byte(w.sender))
	return errors.Join(err, undone)
}

// takeBack ends requests for keys that came, or that nobody needs any more, and
// forgets old ones.
func (m *wants) takeBack(ctx context.Context, now time.Time) error {
	done, err := m.readWants(ctx, `SELECT session_id, sender, room_id, request_id FROM forseti_key_request r WHERE open AND (asked < $1 OR NOT EXISTS (
		SELECT 1 FROM forseti_parked_event p WHERE p.session_id = r.session_id AND p.sender = r.sender)) LIMIT 50`, now.Add(-wantGiveUp).UnixMilli())
	if err != nil {
		return err
	}
	for _, w := range done {
		_, err := m.db.Exec(ctx, `UPDATE forseti_key_request SET open = $1 WHERE session_id = $2 AND sender = $3`, false, []byte(w.session), []byte(w.sender))
		if err != nil {
			return fmt.Errorf("encryption: note that a key is not wanted: %w", err)
		}
		if err := m.tell(ctx, w, map[string]any{"action": event.KeyRequestActionCancel}); err != nil {
			return err
		}
	}
	_, err = m.db.Exec(ctx, `DELETE FROM forseti_key_request WHERE asked < $1`, now.Add(-2*keepParked).UnixMilli())
	if err != nil {
		return fmt.Errorf("encryption: forget wanted keys: %w", err)
	}
	return nil
}

// tell sends a request, or its end, to our own devices and the sender's. The
// library's type for it always has a sender_key, which matrix-rust-sdk, and so
// Element, refuses to read when it is empty; leaving it out there would do.
func (m *wants) tell(ctx context.Context, w want, content map[string]any) error {
	content["request_id"], content["requesting_device_id"] = w.request, m.client.DeviceID
	all := map[id.DeviceID]*event.Content{"*": {Raw: content}}
	to := map[id.UserID]map[id.DeviceID]*event.Content{m.client.UserID: all, w.sender: all}
	_, err := m.client.SendToDevice(ctx, event.ToDeviceRoomKeyRequest, &mautrix.ReqSendToDevice{Messages: to})
	if err != nil {
		return fmt.Errorf("encryption: ask %s for a key: %w", w.sender, err)
	}
	return nil
}

// wanted reports whether a forwarded key is one that we asked for, from whom we
// asked: a verified device of our own, or the device whose key it is. It is called by
// the library, in the turn of what the key came with.
func (m *wants) wanted(ctx context.Context, key *crypto.InboundGroupSession) bool {
	if room, ok := ctx.Value(fromHistory{}).(id.RoomID); ok {
		return room == key.RoomID
	}
	if len(key.ForwardingChains) == 0 {
		return false
	}
	asked, err := m.readWants(ctx, `SELECT session_id, sender, room_id, request_id FROM forseti_key_request
		WHERE session_id = $1 AND room_id = $2 AND open`, []byte(key.ID()), []byte(key.RoomID))
	if err != nil {
		m.log.Err(err).Msg("Forwarded key not taken")
		return false
	}
	own := key.SourceUser == m.client.UserID
	forwarder := id.IdentityKey(key.ForwardingChains[len(key.ForwardingChains)-1])
	switch {
	case len(asked) == 0:
		return false
	case !own:
		// With two senders of one name, one of them lies.
		return len(asked) == 1 && asked[0].sender == key.SourceUser && key.SenderKey == forwarder
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	device, err := m.mach.GetOrFetchDeviceByKey(ctx, key.SourceUser, forwarder)
	if err != nil || device == nil {
		return false
	}
	trust, err := m.mach.ResolveTrustContext(ctx, device)
	return err == nil && trust >= id.TrustStateCrossSignedVerified
}
