package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"
)

// Question is something that waits for a moderator's word, such as an approval.
type Question struct {
	ID         string // given by Ask
	Room       id.RoomID
	Event      id.EventID      // our message that asks it; "" until Posted
	Kind       string          // whose question it is, for who asked to read Details
	Details    json.RawMessage // what it is about
	Answer     string          // "" while open
	AnsweredBy id.UserID
	Asked      time.Time // to the millisecond
	Answered   time.Time // zero while open
}

const questionColumns = `id, room_id, event_id, kind, details, answer, answered_by, asked, answered`

// Questions are what moderators were asked.
type Questions struct{ view }

// Ask stores a question before it is posted, and gives it an ID unless it has one. A
// question of the same ID stays as it is.
func (qs *Questions) Ask(ctx context.Context, q Question) (Question, error) {
	err := qs.write(ctx, func(ctx context.Context) error {
		turn, err := qs.turns(ctx, 1)
		if err != nil {
			return err
		}
		return qs.put(ctx, &q, turn)
	})
	return q, err
}

func (qs *Questions) put(ctx context.Context, q *Question, turn int64) error {
	if q.ID == "" {
		q.ID = rand.Text()
	}
	if q.Details == nil {
		q.Details = json.RawMessage("null")
	}
	q.Asked = moment(millis(time.Now()))
	_, err := qs.db.Exec(ctx, `
		INSERT INTO question (community, id, turn, room_id, event_id, kind, details, state, answer, answered_by, asked, answered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $8, $9, 0) ON CONFLICT (community, id) DO NOTHING`,
		qs.community, q.ID, turn, []byte(q.Room), []byte(q.Event), q.Kind, []byte(q.Details), []byte{}, millis(q.Asked))
	if err != nil {
		return fmt.Errorf("store question: %w", err)
	}
	return nil
}

// Posted notes which event asks an open question.
func (qs *Questions) Posted(ctx context.Context, question string, event id.EventID) error {
	err := changed(qs.db.Exec(ctx, `UPDATE question SET event_id = $2 WHERE community = $3 AND id = $1 AND state = 'open'`, question, []byte(event), qs.community))
	if err != nil {
		return fmt.Errorf("note post of question %s: %w", question, err)
	}
	return nil
}

// At finds the question, open or answered, that an event of ours asks.
func (qs *Questions) At(ctx context.Context, event id.EventID) (Question, bool, error) {
	if event == "" { // what is not posted yet has no event either
		return Question{}, false, nil
	}
	row := qs.db.QueryRow(ctx, `SELECT `+questionColumns+` FROM question WHERE community = $1 AND event_id = $2 ORDER BY turn DESC LIMIT 1`, qs.community, []byte(event))
	q, err := readQuestion(row.Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Question{}, false, nil
	case err != nil:
		return Question{}, false, fmt.Errorf("read question at %s: %w", event, err)
	}
	return q, true, nil
}

// Open lists the questions without an answer, oldest first.
func (qs *Questions) Open(ctx context.Context) ([]Question, error) {
	questions, err := list(ctx, qs.db, readQuestion,
		`SELECT `+questionColumns+` FROM question WHERE community = $1 AND state = 'open' ORDER BY turn`, qs.community)
	if err != nil {
		return nil, fmt.Errorf("read open questions: %w", err)
	}
	return questions, nil
}

// Answer closes a question, and forgets what it was about, which may have been said
// in secret. Of two answers the first counts; the second gets [ErrNotOpen], and must
// not be acted on.
func (qs *Questions) Answer(ctx context.Context, question, answer string, by id.UserID) error {
	err := changed(qs.db.Exec(ctx, `UPDATE question SET state = 'done', answer = $2, answered_by = $3, answered = $4, details = $5
		WHERE community = $6 AND id = $1 AND state = 'open'`, question, []byte(answer), []byte(by), millis(time.Now()), []byte(`{}`), qs.community))
	if err != nil {
		return fmt.Errorf("answer question %s: %w", question, err)
	}
	return nil
}

// Answered is a moderator's word on a question.
type Answered struct {
	Question string // its ID
	Answer   string
	By       id.UserID
}

func readQuestion(scan scanner) (q Question, err error) {
	var asked, answered int64
	var details []byte
	err = scan(&q.ID, &q.Room, &q.Event, &q.Kind, &details, &q.Answer, &q.AnsweredBy, &asked, &answered)
	q.Details, q.Asked, q.Answered = details, moment(asked), moment(answered)
	return q, err
}
