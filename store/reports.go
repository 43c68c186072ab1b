package store

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Report is what somebody told moderators about a message or a user.
type Report struct {
	ID        string // filled in unless set; the same one is stored once
	Room      id.RoomID
	Event     id.EventID // "" if the user is reported, and no message
	User      id.UserID  // who is reported
	Reporter  id.UserID
	Reason    string
	At        time.Time // filled in, to the millisecond
	Case      int64     // the number of its case; 0 for none
	HandledBy id.UserID // "" while open
	Handled   time.Time // zero while open
}

// Reports are what moderators were told by others.
type Reports struct{ view }

// Add stores a report. One of the same ID stays as it is.
func (rs *Reports) Add(ctx context.Context, r Report) (Report, error) {
	if r.ID == "" {
		r.ID = rand.Text()
	}
	r.At = moment(millis(time.Now()))
	err := rs.write(ctx, func(ctx context.Context) error {
		turn, err := rs.turns(ctx, 1)
		if err != nil {
			return err
		}
		_, err = rs.db.Exec(ctx, `INSERT INTO report (community, id, turn, room_id, event_id, user_id, reporter, reason, at, case_no, handled_by, handled)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0) ON CONFLICT (community, id) DO NOTHING`,
			rs.community, r.ID, turn, []byte(r.Room), []byte(r.Event), []byte(r.User), []byte(r.Reporter), []byte(r.Reason), millis(r.At), r.Case, []byte{})
		return err
	})
	if err != nil {
		return r, fmt.Errorf("store a report on %s: %w", r.User, err)
	}
	return r, nil
}

// Handle closes a report. A handled or unknown one is refused with [ErrNotOpen].
func (rs *Reports) Handle(ctx context.Context, report string, by id.UserID) error {
	err := changed(rs.db.Exec(ctx, `UPDATE report SET handled_by = $3, handled = $4 WHERE community = $1 AND id = $2 AND handled = 0`,
		rs.community, report, []byte(by), millis(time.Now())))
	if err != nil {
		return fmt.Errorf("handle report %s: %w", report, err)
	}
	return nil
}

// Open lists the reports that nobody has handled, the earliest first.
func (rs *Reports) Open(ctx context.Context) ([]Report, error) {
	return rs.find(ctx, `handled = 0 ORDER BY turn`)
}

// On lists the reports on a user, the earliest first.
func (rs *Reports) On(ctx context.Context, user id.UserID) ([]Report, error) {
	return rs.find(ctx, `user_id = $2 ORDER BY turn`, []byte(user))
}

func (rs *Reports) find(ctx context.Context, where string, args ...any) ([]Report, error) {
	found, err := list(ctx, rs.db, func(scan scanner) (r Report, err error) {
		var at, handled int64
		err = scan(&r.ID, &r.Room, &r.Event, &r.User, &r.Reporter, &r.Reason, &at, &r.Case, &r.HandledBy, &handled)
		r.At, r.Handled = moment(at), moment(handled)
		return r, err
	}, `SELECT id, room_id, event_id, user_id, reporter, reason, at, case_no, handled_by, handled FROM report WHERE community = $1 AND `+where,
		append([]any{rs.community}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read reports: %w", err)
	}
	return found, nil
}
