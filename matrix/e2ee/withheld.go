package e2ee

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// maxWithheld is how many words of keys that are kept from us wait for the
// messages that they are about.
const maxWithheld = 1000

// refusal is whose key it is that is kept from us.
type refusal struct {
	session id.SessionID
	sender  id.UserID
}

// takeWithheld notes that somebody keeps a key of theirs from us. Anybody can send
// such words, about any key: they count for messages of whoever sent them alone,
// and are stored only if there are such.
func (m *parking) takeWithheld(ctx context.Context, evt *event.Event) {
	var content event.RoomKeyWithheldEventContent
	if !parse(evt, &content) || !isKey(string(content.SessionID)) || content.Algorithm != id.AlgorithmMegolmV1 || !m.rooms.Encrypted(content.RoomID) {
		return
	}
	content.Code, content.Reason = knownCode(content.Code), ""
	if !isKey(string(content.SenderKey)) {
		content.SenderKey = ""
	}
	stored, err := m.withhold(ctx, evt.Sender, content)
	if err != nil {
		m.log.Err(err).Msg("Withheld key not noted")
	}
	if stored || err != nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.withheld) >= maxWithheld {
		clear(m.withheld)
	}
	m.withheld[refusal{content.SessionID, evt.Sender}] = content
}

// withhold marks the parked messages of a key; false if there are none.
func (m *parking) withhold(ctx context.Context, sender id.UserID, content event.RoomKeyWithheldEventContent) (bool, error) {
	marked, err := m.db.Exec(ctx, `UPDATE forseti_parked_event SET withheld = $1 WHERE session_id = $2 AND sender = $3 AND room_id = $4`,
		string(content.Code), []byte(content.SessionID), []byte(sender), []byte(content.RoomID))
	if err != nil {
		return false, fmt.Errorf("encryption: note a withheld key: %w", err)
	}
	if n, err := marked.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	m.mach.HandleRoomKeyWithheld(ctx, &content)
	return true, nil
}

// withholdParked applies what was said before the message came.
func (m *parking) withholdParked(ctx context.Context, evt *event.Event) error {
	of := refusal{SessionOf(evt), evt.Sender}
	m.mu.Lock()
	content, said := m.withheld[of]
	delete(m.withheld, of)
	m.mu.Unlock()
	if !said {
		return nil
	}
	_, err := m.withhold(ctx, evt.Sender, content)
	return err
}

// Withheld counts parked messages by room and by why their senders keep the keys
// from us, in words.
func (m *parking) Withheld(ctx context.Context) (map[id.RoomID]map[string]int, error) {
	rows, err := m.db.Query(ctx, `SELECT room_id, withheld, COUNT(*) FROM forseti_parked_event WHERE withheld IS NOT NULL GROUP BY room_id, withheld`)
	if err != nil {
		return nil, fmt.Errorf("encryption: count withheld messages: %w", err)
	}
	defer rows.Close()
	count := map[id.RoomID]map[string]int{}
	for rows.Next() {
		var room []byte
		var why WithheldError
		var n int
		if err := rows.Scan(&room, &why.Code, &n); err != nil {
			return nil, fmt.Errorf("encryption: count withheld messages: %w", err)
		}
		of := id.RoomID(room)
		if count[of] == nil {
			count[of] = map[string]int{}
		}
		count[of][why.Words()] += n
	}
	return count, rows.Err()
}

// withheldOf reports why a key was kept from us, if it was.
func withheldOf(err error) (*WithheldError, bool) {
	if !errors.Is(err, crypto.ErrGroupSessionWithheld) {
		return nil, false
	}
	withheld := &WithheldError{}
	if content, ok := errors.AsType[*event.RoomKeyWithheldEventContent](err); ok {
		withheld.Code = string(content.Code)
	}
	return withheld, true
}

// WithheldError is a message whose sender keeps its key from us.
type WithheldError struct{ Code string }

func (e *WithheldError) Error() string { return "the sender withholds the key: " + e.Words() }

// Words says why, for a moderator. What the sender wrote beside the code is not
// shown: anybody could have anything said in our name.
//
// https://spec.matrix.org/v1.16/client-server-api/#mroom_keywithheld
func (e *WithheldError) Words() string {
	switch event.RoomKeyWithheldCode(e.Code) {
	case event.RoomKeyWithheldBlacklisted:
		return "they blocked the bot's device"
	case event.RoomKeyWithheldUnverified:
		return "their client gives keys only to verified devices, and they did not verify the bot"
	case event.RoomKeyWithheldUnauthorized:
		return "their client found that the bot may not read this message, for example because it was not in the room yet"
	case event.RoomKeyWithheldUnavailable:
		return "the device that was asked does not have the key"
	case event.RoomKeyWithheldNoOlmSession:
		return "their device could not make a secure channel to the bot's; it may work again by itself"
	default:
		return "for a reason that is not known here"
	}
}

// knownCode replaces codes that mean nothing here.
func knownCode(code event.RoomKeyWithheldCode) event.RoomKeyWithheldCode {
	switch code {
	case event.RoomKeyWithheldBlacklisted, event.RoomKeyWithheldUnverified, event.RoomKeyWithheldUnauthorized,
		event.RoomKeyWithheldUnavailable, event.RoomKeyWithheldNoOlmSession:
		return code
	default:
		return "unknown"
	}
}
