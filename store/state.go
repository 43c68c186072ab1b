package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// RoomState is the state of rooms as the community last weighed it.
type RoomState struct{ view }

// Of yields the stored state events of a room, ordered by type and key. An
// error ends it. A database connection is held until it ends.
func (s *RoomState) Of(ctx context.Context, room id.RoomID) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		rows, err := s.db.Query(ctx, `SELECT event FROM room_state WHERE community = $1 AND room_id = $2 ORDER BY type, state_key`, s.community, []byte(room))
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

// Rooms lists the rooms of which state is stored.
func (s *RoomState) Rooms(ctx context.Context) ([]id.RoomID, error) {
	rooms, err := list(ctx, s.db, func(scan scanner) (room id.RoomID, err error) {
		err = scan(&room)
		return room, err
	}, `SELECT DISTINCT room_id FROM room_state WHERE community = $1 ORDER BY room_id`, s.community)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	return rooms, nil
}

// Replace makes rows all of the room's state, after a full look at it.
func (s *RoomState) Replace(ctx context.Context, room id.RoomID, rows []StateRow) error {
	for _, row := range rows {
		if row.Room != room {
			return fmt.Errorf("replace state of %s: row of %s", room, row.Room)
		}
	}
	err := s.write(ctx, func(ctx context.Context) error {
		if err := s.Forget(ctx, room); err != nil {
			return err
		}
		return s.put(ctx, rows)
	})
	if err != nil {
		return fmt.Errorf("replace state of %s: %w", room, err)
	}
	return nil
}

// Forget drops the stored state of a room. The journal keeps what we did there.
func (s *RoomState) Forget(ctx context.Context, room id.RoomID) error {
	if _, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE community = $1 AND room_id = $2`, s.community, []byte(room)); err != nil {
		return fmt.Errorf("forget %s: %w", room, err)
	}
	return nil
}

// stateChunk is how many rows go into one statement. Each takes four parameters,
// of which SQLite allows 32,766.
const stateChunk = 500

type stateKey struct {
	room      id.RoomID
	kind, key string
}

func (s *RoomState) put(ctx context.Context, rows []StateRow) error {
	// PostgreSQL refuses an upsert that meets the same row twice.
	latest := make(map[stateKey]json.RawMessage, len(rows))
	for _, row := range rows {
		latest[stateKey{row.Room, row.Type, row.Key}] = row.Event
	}
	// In one order always, so that two transactions do not wait for each other's rows.
	keys := slices.SortedFunc(maps.Keys(latest), func(a, b stateKey) int {
		return cmp.Or(cmp.Compare(a.room, b.room), cmp.Compare(a.kind, b.kind), cmp.Compare(a.key, b.key))
	})
	gone, kept := parted(keys, func(k stateKey) bool { return latest[k] == nil })
	for _, k := range gone {
		_, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE community = $1 AND room_id = $2 AND type = $3 AND state_key = $4`,
			s.community, []byte(k.room), []byte(k.kind), []byte(k.key))
		if err != nil {
			return fmt.Errorf("delete state of %s: %w", k.room, err)
		}
	}
	for chunk := range slices.Chunk(kept, stateChunk) {
		if err := s.putChunk(ctx, chunk, latest); err != nil {
			return err
		}
	}
	return nil
}

func parted[T any](all []T, first func(T) bool) (yes, no []T) {
	for _, v := range all {
		if first(v) {
			yes = append(yes, v)
		} else {
			no = append(no, v)
		}
	}
	return yes, no
}

func (s *RoomState) putChunk(ctx context.Context, chunk []stateKey, latest map[stateKey]json.RawMessage) error {
	var query strings.Builder
	query.WriteString(`INSERT INTO room_state (community, room_id, type, state_key, event) VALUES `)
	args := make([]any, 1, 1+4*len(chunk))
	args[0] = s.community
	for i, k := range chunk {
		if i > 0 {
			query.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&query, "($1,$%d,$%d,$%d,$%d)", n+1, n+2, n+3, n+4)
		args = append(args, []byte(k.room), []byte(k.kind), []byte(k.key), []byte(latest[k]))
	}
	query.WriteString(` ON CONFLICT (community, room_id, type, state_key) DO UPDATE SET event = excluded.event`)
	if _, err := s.db.Exec(ctx, query.String(), args...); err != nil {
		return fmt.Errorf("store state: %w", err)
	}
	return nil
}
