package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Bans lists our latest ban of each user in each room, unless we lifted it
// ourselves. Attempts that failed, were dropped or never begun do not count.
func (j *Journal) Bans(ctx context.Context) ([]Ban, error) {
	steps, err := list(ctx, j.db, readStep, `
		SELECT turn, verb, room_id, user_id, result_event, state, created, CASE WHEN verb = 'ban' THEN action END FROM journal
		WHERE community = $1 AND verb IN ('ban', 'unban') AND state IN ('open', 'done') AND attempts > 0 ORDER BY turn`, j.community)
	if err != nil {
		return nil, fmt.Errorf("read bans: %w", err)
	}
	type place struct {
		room id.RoomID
		user id.UserID
	}
	current := make(map[place]step)
	for _, next := range steps {
		at := place{next.ban.Room, next.ban.User}
		before, banned := current[at]
		switch {
		case next.verb == action.Ban:
			current[at] = next
		case !next.ban.Unsettled:
			delete(current, at)
		case banned:
			before.ban.Unsettled = true
			current[at] = before
		}
	}
	inOrder := slices.SortedFunc(maps.Values(current), func(a, b step) int { return cmp.Compare(a.turn, b.turn) })
	bans := make([]Ban, 0, len(inOrder))
	for _, last := range inOrder {
		var a action.Action
		if err := json.Unmarshal(last.action, &a); err != nil {
			return nil, fmt.Errorf("read bans: %s in %s: %w", last.ban.User, last.ban.Room, err)
		}
		last.ban.Cause = a.Cause
		bans = append(bans, last.ban)
	}
	return bans, nil
}

// locate notes the event of a ban that was made and whose event is not known.
func (j *Journal) locate(ctx context.Context, l Located) error {
	if l.Entry != "" {
		_, err := j.db.Exec(ctx, `UPDATE journal SET state = 'done', result_event = $1 
			WHERE community = $3 AND id = $2 AND verb = 'ban' AND state IN ('open', 'dropped')`, []byte(l.Event), l.Entry, j.community)
		if err != nil {
			return fmt.Errorf("note the ban of journal entry %s: %w", l.Entry, err)
		}
		return nil
	}
	_, err := j.db.Exec(ctx, `UPDATE journal SET result_event = $1 WHERE community = $5 AND result_event = $2 AND id = (
		SELECT id FROM journal WHERE community = $5 AND user_id = $3 AND room_id = $4 AND verb = 'ban' AND state IN ('open', 'done') AND attempts > 0
		ORDER BY turn DESC LIMIT 1)`, []byte(l.Event), []byte{}, []byte(l.User), []byte(l.Room), j.community)
	if err != nil {
		return fmt.Errorf("note the ban of %s: %w", l.User, err)
	}
	return nil
}

type step struct {
	turn   int64
	verb   action.Verb
	ban    Ban
	action []byte
}

func readStep(scan scanner) (v step, err error) {
	var state Progress
	var created int64
	err = scan(&v.turn, &v.verb, &v.ban.Room, &v.ban.User, &v.ban.Event, &state, &created, &v.action)
	v.ban.Unsettled, v.ban.Made = state == EntryOpen, moment(created)
	return v, err
}
