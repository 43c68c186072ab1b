package store

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Sample is something to learn from, in the words of package learning. Without a Body it is
// forgotten.
type Sample struct {
	ID   string
	Kind string
	At   time.Time // to the millisecond
	Body []byte    // which only who has the key can read
}

// mostSamples bounds what is read and kept of a community. Who learns keeps fewer.
const mostSamples = 20_000

// Samples are what a community learns from.
type Samples struct {
	view
	account *Database // which has the key
}

// Kept reports whether there is a key to seal samples with: without one none is kept.
func (s *Samples) Kept() bool { return s.account.seal != nil }

// put stores samples; of equal ones the last counts.
func (s *Samples) put(ctx context.Context, rows []Sample) error {
	if !s.Kept() {
		return nil
	}
	for _, row := range rows {
		var err error
		if row.Body == nil {
			_, err = s.db.Exec(ctx, `DELETE FROM sample WHERE community = $1 AND id = $2`, s.community, row.ID)
		} else {
			_, err = s.db.Exec(ctx, `INSERT INTO sample (community, id, kind, at, sealed) VALUES ($1, $2, $3, $4, $5)
				ON CONFLICT (community, id) DO UPDATE SET kind = excluded.kind, at = excluded.at, sealed = excluded.sealed`,
				s.community, row.ID, row.Kind, millis(row.At), s.account.seal.Seal(nil, nil, row.Body, sampleSeal(row.ID)))
		}
		if err != nil {
			return fmt.Errorf("store a sample: %w", err)
		}
	}
	return nil
}

// sampleSeal binds what is sealed to its row, and to this table.
func sampleSeal(id string) []byte { return []byte("sample\x00" + id) }

// All lists the samples, the oldest first. One that cannot be read has no body: it was sealed with
// another key, or changed since.
func (s *Samples) All(ctx context.Context) ([]Sample, error) {
	if !s.Kept() {
		return nil, nil
	}
	all, err := list(ctx, s.db, func(scan scanner) (row Sample, err error) {
		var at int64
		err = scan(&row.ID, &row.Kind, &at, &row.Body)
		row.At = moment(at)
		return row, err
	}, `SELECT id, kind, at, sealed FROM sample WHERE community = $1 ORDER BY at DESC, id DESC LIMIT $2`, s.community, mostSamples)
	if err != nil {
		return nil, fmt.Errorf("read samples: %w", err)
	}
	for i, row := range all {
		if all[i].Body, err = s.account.seal.Open(nil, nil, row.Body, sampleSeal(row.ID)); err != nil {
			all[i].Body = nil
		} else {
			all[i].Body = notNil(all[i].Body)
		}
	}
	slices.Reverse(all)
	return all, nil
}
