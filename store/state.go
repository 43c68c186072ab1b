package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Commit is everything one sync response leaves behind.
type Commit struct {
	NextBatch string          // "" keeps the token as it is
	Forget    []id.RoomID     // rooms whose state goes; before State is stored
	State     []StateRow      // of equal rows the last counts
	Open      []action.Action // journalled as open, not yet begun
	Commands  []Command       // ones seen before are left alone
	Located   []Located
	Settings  []NewSetting
	Evidence  []Evidence // dropped if the store has no key
}

// NewSetting is a setting to be stored as JSON; nil unsets it.
type NewSetting struct {
	Namespace, Key string
	Value          any
}

// Located is which event our latest ban of a user in a room became. The answer
// to a ban does not say; its echo does. With Entry it is the ban of that journal entry,
// which happened though it was given up.
type Located struct {
	Room  id.RoomID
	User  id.UserID
	Event id.EventID
	Entry string
}

// StateRow is one state event of a room.
type StateRow struct {
	Room      id.RoomID
	Type, Key string
	Event     json.RawMessage // nil: deleted
}

// Commit stores c as a whole or not at all, so that a sync response that was cut
// short by a crash is delivered again. It fills in the IDs of c.Open and which of
// c.Commands were Seen, in place.
func (s *Store) Commit(ctx context.Context, c Commit) error {
	err := s.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		for _, room := range c.Forget {
			if err := s.ForgetRoom(ctx, room); err != nil {
				return err
			}
		}
		if err := s.putState(ctx, c.State); err != nil {
			return err
		}
		for i := range c.Open {
			if err := s.want(ctx, &c.Open[i]); err != nil {
				return err
			}
		}
		for i := range c.Commands {
			if err := s.putCommand(ctx, &c.Commands[i]); err != nil {
				return err
			}
		}
		for _, l := range c.Located {
			if err := s.locate(ctx, l); err != nil {
				return err
			}
		}
		for _, e := range c.Evidence {
			if err := s.putEvidence(ctx, e); err != nil {
				return err
			}
		}
		for _, n := range c.Settings {
			if err := s.putSetting(ctx, n); err != nil {
				return err
			}
		}
		if c.NextBatch == "" {
			return nil
		}
		_, err := s.db.Exec(ctx, `INSERT INTO sync_token (one, next_batch) VALUES (1, $1)
			ON CONFLICT (one) DO UPDATE SET next_batch = excluded.next_batch`, c.NextBatch)
		return err
	})
	if err != nil {
		return fmt.Errorf("commit sync: %w", err)
	}
	return nil
}

// NextBatch is the sync token to go on from; "" before the first Commit.
func (s *Store) NextBatch(ctx context.Context) (string, error) {
	var token string
	err := s.db.QueryRow(ctx, `SELECT next_batch FROM sync_token`).Scan(&token)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("read sync token: %w", err)
	}
	return token, nil
}

// State yields the stored state events of a room, ordered by type and key. An
// error ends it. A database connection is held until it ends.
func (s *Store) State(ctx context.Context, room id.RoomID) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		rows, err := s.db.Query(ctx, `SELECT event FROM room_state WHERE room_id = $1 ORDER BY type, state_key`, []byte(room))
		if err != nil {
			yield(nil, fmt.Errorf("read state of %s: %w", room, err))
			return
		}
		defer rows.Close()
		for rows.Next() {
			var event []byte
			if err := rows.Scan(&event); err != nil {
				yield(nil, fmt.Errorf("read state of %s: %w", room, err))
				return
			}
			if !yield(event, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(nil, fmt.Errorf("read state of %s: %w", room, err))
		}
	}
}

// StateRooms lists the rooms of which state is stored.
func (s *Store) StateRooms(ctx context.Context) ([]id.RoomID, error) {
	rooms, err := list(ctx, s.db, func(scan scanner) (room id.RoomID, err error) {
		err = scan(&room)
		return room, err
	}, `SELECT DISTINCT room_id FROM room_state ORDER BY room_id`)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	return rooms, nil
}

// ReplaceState makes rows all of the room's state, after a full look at it.
func (s *Store) ReplaceState(ctx context.Context, room id.RoomID, rows []StateRow) error {
	for _, row := range rows {
		if row.Room != room {
			return fmt.Errorf("replace state of %s: row of %s", room, row.Room)
		}
	}
	err := s.db.DoTxn(ctx, nil, func(ctx context.Context) error {
		if err := s.ForgetRoom(ctx, room); err != nil {
			return err
		}
		return s.putState(ctx, rows)
	})
	if err != nil {
		return fmt.Errorf("replace state of %s: %w", room, err)
	}
	return nil
}

// ForgetRoom drops the stored state of a room. The journal keeps what we did there.
func (s *Store) ForgetRoom(ctx context.Context, room id.RoomID) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE room_id = $1`, []byte(room)); err != nil {
		return fmt.Errorf("forget %s: %w", room, err)
	}
	return nil
}

// stateChunk is how many rows go into one statement. Each takes four parameters,
// of which SQLite allows 32,766.
const stateChunk = 500

func (s *Store) putState(ctx context.Context, rows []StateRow) error {
	type key struct {
		room      id.RoomID
		kind, key string
	}
	// PostgreSQL refuses an upsert that meets the same row twice.
	latest := make(map[key]json.RawMessage, len(rows))
	for _, row := range rows {
		latest[key{row.Room, row.Type, row.Key}] = row.Event
	}
	for k, event := range latest {
		if event != nil {
			continue
		}
		_, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE room_id = $1 AND type = $2 AND state_key = $3`,
			[]byte(k.room), []byte(k.kind), []byte(k.key))
		if err != nil {
			return fmt.Errorf("delete state of %s: %w", k.room, err)
		}
		delete(latest, k)
	}
	for chunk := range slices.Chunk(slices.Collect(maps.Keys(latest)), stateChunk) {
		var query strings.Builder
		query.WriteString(`INSERT INTO room_state (room_id, type, state_key, event) VALUES `)
		args := make([]any, 0, 4*len(chunk))
		for i, k := range chunk {
			if i > 0 {
				query.WriteByte(',')
			}
			n := len(args)
			fmt.Fprintf(&query, "($%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
			args = append(args, []byte(k.room), []byte(k.kind), []byte(k.key), []byte(latest[k]))
		}
		query.WriteString(` ON CONFLICT (room_id, type, state_key) DO UPDATE SET event = excluded.event`)
		if _, err := s.db.Exec(ctx, query.String(), args...); err != nil {
			return fmt.Errorf("store state: %w", err)
		}
	}
	return nil
}
