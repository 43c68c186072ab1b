package store

import (
	"cmp"
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
)

// RoomState is the state of rooms as the community last weighed it.
type RoomState struct{ view }

// Of yields the stored state of a room, ordered by type and key. An error ends it. A
// database connection is held until it ends.
func (s *RoomState) Of(ctx context.Context, room id.RoomID) iter.Seq2[StateRow, error] {
	return func(yield func(StateRow, error) bool) {
		fail := func(err error) { yield(StateRow{}, fmt.Errorf("read state of %s: %w", room, err)) }
		rows, err := s.db.Query(ctx, `SELECT type, state_key, event FROM state_room, room_state
			WHERE community = $1 AND room_id = $2 AND room = number ORDER BY type, state_key`, s.community, []byte(room))
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		row := StateRow{Room: room}
		var kind, key sql.RawBytes
		for rows.Next() {
			var evt []byte
			if err := rows.Scan(&kind, &key, &evt); err != nil {
				fail(err)
				return
			}
			if row.Type != string(kind) { // most are of the same as the one before
				row.Type = string(kind)
			}
			if row.Key, row.Event = string(key), evt; !yield(row, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// With lists the rooms of which it is stored what a user is there.
func (s *RoomState) With(ctx context.Context, u id.UserID) ([]id.RoomID, error) {
	rooms, err := list(ctx, s.db, func(scan scanner) (room id.RoomID, err error) {
		err = scan(&room)
		return room, err
	}, `SELECT room_id FROM state_room WHERE community = $1 AND EXISTS (
		SELECT 1 FROM room_state WHERE room = number AND type = $2 AND state_key = $3) ORDER BY room_id`, s.community, []byte("m.room.member"), []byte(u))
	if err != nil {
		return nil, fmt.Errorf("list rooms of %s: %w", u, err)
	}
	return rooms, nil
}

// Rooms lists the rooms of which state is stored.
func (s *RoomState) Rooms(ctx context.Context) ([]id.RoomID, error) {
	rooms, err := list(ctx, s.db, func(scan scanner) (room id.RoomID, err error) {
		err = scan(&room)
		return room, err
	}, `SELECT room_id FROM state_room WHERE community = $1 AND EXISTS (SELECT 1 FROM room_state WHERE room = number) ORDER BY room_id`, s.community)
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
	err := s.write(ctx, func(ctx context.Context) error {
		_, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE room = (SELECT number FROM state_room WHERE community = $1 AND room_id = $2)`, s.community, []byte(room))
		if err != nil {
			return err
		}
		_, err = s.db.Exec(ctx, `DELETE FROM state_room WHERE community = $1 AND room_id = $2`, s.community, []byte(room))
		return err
	})
	if err != nil {
		return fmt.Errorf("forget %s: %w", room, err)
	}
	return nil
}

// number is what stands for a room in the rows of its state.
func (s *RoomState) number(ctx context.Context, room id.RoomID) (number int64, known bool, err error) {
	err = s.db.QueryRow(ctx, `SELECT number FROM state_room WHERE community = $1 AND room_id = $2`, s.community, []byte(room)).Scan(&number)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return number, err == nil, err
}

// numbered is number, of a room that has none yet a new one.
func (s *RoomState) numbered(ctx context.Context, room id.RoomID) (int64, error) {
	number, known, err := s.number(ctx, room)
	if err == nil && !known {
		// Of two at the same time the second waits for the first, and takes its number.
		err = s.db.QueryRow(ctx, `INSERT INTO state_room (community, room_id) VALUES ($1, $2)
			ON CONFLICT (community, room_id) DO UPDATE SET room_id = excluded.room_id RETURNING number`, s.community, []byte(room)).Scan(&number)
	}
	if err != nil {
		return 0, fmt.Errorf("number of %s: %w", room, err)
	}
	return number, nil
}

// stateChunk is how many rows go into one statement. SQLite looks through the names of its
// parameters, three for each row, whenever one is bound, so that more take longer.
const stateChunk = 100

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
	for len(keys) > 0 {
		room := keys[0].room
		end := slices.IndexFunc(keys, func(k stateKey) bool { return k.room != room })
		if end < 0 {
			end = len(keys)
		}
		if err := s.putRoom(ctx, room, keys[:end], latest); err != nil {
			return err
		}
		keys = keys[end:]
	}
	return nil
}

func (s *RoomState) putRoom(ctx context.Context, room id.RoomID, keys []stateKey, latest map[stateKey]json.RawMessage) error {
	gone, kept := parted(keys, func(k stateKey) bool { return latest[k] == nil })
	number, known, err := s.number(ctx, room)
	if err == nil && !known && len(kept) > 0 {
		number, err = s.numbered(ctx, room)
	}
	if err != nil {
		return err
	}
	for _, k := range gone {
		if _, err := s.db.Exec(ctx, `DELETE FROM room_state WHERE room = $1 AND type = $2 AND state_key = $3`, number, []byte(k.kind), []byte(k.key)); err != nil {
			return fmt.Errorf("delete state of %s: %w", k.room, err)
		}
	}
	for chunk := range slices.Chunk(kept, stateChunk) {
		if err := s.putChunk(ctx, number, chunk, latest); err != nil {
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

func (s *RoomState) putChunk(ctx context.Context, room int64, chunk []stateKey, latest map[stateKey]json.RawMessage) error {
	var query strings.Builder
	query.WriteString(`INSERT INTO room_state (room, type, state_key, event) VALUES `)
	args := make([]any, 1, 1+3*len(chunk))
	args[0] = room
	for i, k := range chunk {
		if i > 0 {
			query.WriteByte(',')
		}
		n := len(args)
		fmt.Fprintf(&query, "($1,$%d,$%d,$%d)", n+1, n+2, n+3)
		args = append(args, []byte(k.kind), []byte(k.key), []byte(latest[k]))
	}
	query.WriteString(` ON CONFLICT (room, type, state_key) DO UPDATE SET event = excluded.event`)
	if _, err := s.db.Exec(ctx, query.String(), args...); err != nil {
		return fmt.Errorf("store state: %w", err)
	}
	return nil
}
