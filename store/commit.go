package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Commit is everything one sync response leaves behind, or one step of a command.
type Commit struct {
	NextBatch string          // of the account; "" keeps the token as it is
	Forget    []id.RoomID     // rooms whose state goes; before State is stored
	State     []StateRow      // of equal rows the last counts
	Open      []action.Action // journalled as open, not yet begun
	Commands  []Command       // ones seen before are left alone
	Planned   []Planned       // each must be of a command that is open
	Carried   []Planned       // what is left of plans that were carried out; of commands that are done it is left alone
	Asked     []Question      // as Questions.Ask
	Answered  []Answered      // each must be of a question that is open
	Finished  []id.EventID    // commands that are done with; unknown and done ones are left alone
	Located   []Located
	Settings  []NewSetting
	Evidence  []Evidence // dropped if the store has no key
	Offences  []Offence  // as Offences.Add
	Known     Known
}

// Known is what is learned by and by. Of equal rows the last counts.
type Known struct {
	Trust   []TrustRow
	Samples []Sample // dropped if the store has no key
	Cases   []Case   // as Cases.Put
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
	// Over says of the Entry that it is not to be undone any more, and nothing else.
	Over bool
	// Ends says of the Entry, which ends by itself, that it does then and no later.
	Ends time.Time
}

// StateRow is one state event of a room.
type StateRow struct {
	Room      id.RoomID
	Type, Key string
	Event     json.RawMessage // nil: deleted
}

// Commit stores c as a whole or not at all, so that a sync response that was cut
// short by a crash is delivered again. It fills in the IDs of c.Open, c.Asked and c.Offences and
// which of c.Commands were Seen, in place. With something that must be open and is
// not, all of it is refused with [ErrNotOpen].
func (s *Store) Commit(ctx context.Context, c Commit) error {
	// A Commit that is tried again was not stored.
	for i := range c.Commands {
		c.Commands[i].Seen = false
	}
	if err := s.write(ctx, func(ctx context.Context) error { return s.commit(ctx, c) }); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// commit takes the turns first: whoever has taken one needs no lock that another waits
// for a turn with.
func (s *Store) commit(ctx context.Context, c Commit) error {
	var turn int64
	if n := len(c.Open) + len(c.Commands) + len(c.Asked) + len(c.Offences); n > 0 {
		first, err := s.turns(ctx, n)
		if err != nil {
			return err
		}
		turn = first
	}
	next := func() int64 { turn++; return turn - 1 }
	for _, room := range c.Forget {
		if err := s.State.Forget(ctx, room); err != nil {
			return err
		}
	}
	if err := s.State.put(ctx, c.State); err != nil {
		return err
	}
	for i := range c.Open {
		if err := s.Journal.put(ctx, &c.Open[i], next(), 0); err != nil {
			return err
		}
	}
	for i := range c.Commands {
		if err := s.Commands.put(ctx, &c.Commands[i], next()); err != nil {
			return err
		}
	}
	for i := range c.Asked {
		if err := s.Questions.put(ctx, &c.Asked[i], next()); err != nil {
			return err
		}
	}
	for i := range c.Offences {
		if err := s.Offences.put(ctx, &c.Offences[i], next()); err != nil {
			return err
		}
	}
	if err := s.decide(ctx, c); err != nil {
		return err
	}
	for _, e := range c.Evidence {
		if err := s.Evidence.put(ctx, e); err != nil {
			return err
		}
	}
	for _, n := range c.Settings {
		if err := s.Settings.put(ctx, n); err != nil {
			return err
		}
	}
	if err := s.Trust.put(ctx, c.Known.Trust); err != nil {
		return err
	}
	if err := s.Samples.put(ctx, c.Known.Samples); err != nil {
		return err
	}
	for _, of := range c.Known.Cases {
		if err := s.Cases.put(ctx, of); err != nil {
			return err
		}
	}
	return s.putToken(ctx, c.NextBatch)
}

// decide stores what becomes of commands, questions and bans that are there already.
func (s *Store) decide(ctx context.Context, c Commit) error {
	for _, p := range c.Planned {
		if err := s.Commands.plan(ctx, p); err != nil {
			return err
		}
	}
	for _, p := range c.Carried {
		if err := s.Commands.carry(ctx, p); err != nil {
			return err
		}
	}
	for _, a := range c.Answered {
		if err := s.Questions.Answer(ctx, a.Question, a.Answer, a.By); err != nil {
			return err
		}
	}
	for _, command := range c.Finished {
		if err := s.Commands.Finish(ctx, command); err != nil && !errors.Is(err, ErrNotOpen) {
			return err
		}
	}
	for _, l := range c.Located {
		learn := s.Journal.locate
		if l.Over {
			learn = s.Journal.over
		} else if !l.Ends.IsZero() {
			learn = s.Journal.ends
		}
		if err := learn(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) putToken(ctx context.Context, token string) error {
	if token == "" {
		return nil
	}
	_, err := s.db.Exec(ctx, `INSERT INTO sync_token (one, next_batch) VALUES (1, $1)
		ON CONFLICT (one) DO UPDATE SET next_batch = excluded.next_batch`, token)
	if err != nil {
		return fmt.Errorf("store sync token: %w", err)
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
