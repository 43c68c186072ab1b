package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
)

// TrustRow is what is known of a member, or of who talks in a room, in the words of
// package trust. A nil Record forgets it.
type TrustRow struct {
	Entity string
	Record []byte
}

// Trust is how far members are trusted.
type Trust struct{ view }

// All yields all rows, in no order. An error ends it. A database connection is held until
// it ends.
func (t *Trust) All(ctx context.Context) iter.Seq2[TrustRow, error] {
	return func(yield func(TrustRow, error) bool) {
		fail := func(err error) { yield(TrustRow{}, fmt.Errorf("read trust: %w", err)) }
		rows, err := t.db.Query(ctx, `SELECT entity, record FROM trust WHERE community = $1`, t.community)
		if err != nil {
			fail(err)
			return
		}
		defer rows.Close()
		var entity, record sql.RawBytes
		for rows.Next() {
			if err := rows.Scan(&entity, &record); err != nil {
				fail(err)
				return
			}
			if !yield(TrustRow{string(entity), append([]byte(nil), record...)}, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			fail(err)
		}
	}
}

// put stores rows; of equal ones the last counts.
func (t *Trust) put(ctx context.Context, rows []TrustRow) error {
	for _, row := range rows {
		var err error
		if row.Record == nil {
			_, err = t.db.Exec(ctx, `DELETE FROM trust WHERE community = $1 AND entity = $2`, t.community, []byte(row.Entity))
		} else {
			_, err = t.db.Exec(ctx, `INSERT INTO trust (community, entity, record) VALUES ($1, $2, $3)
				ON CONFLICT (community, entity) DO UPDATE SET record = excluded.record`, t.community, []byte(row.Entity), row.Record)
		}
		if err != nil {
			return fmt.Errorf("store trust in %s: %w", row.Entity, err)
		}
	}
	return nil
}
