package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// Settings are values as JSON, by a namespace and a key in it.
type Settings struct{ view }

// Read reads a setting into the value that into points to. It returns false,
// and leaves the value alone, if it was never set.
func (s *Settings) Read(ctx context.Context, namespace, key string, into any) (bool, error) {
	var text []byte
	err := s.db.QueryRow(ctx, `SELECT value FROM setting WHERE community = $1 AND namespace = $2 AND key = $3`, s.community, namespace, key).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return false, fmt.Errorf("read setting %s %s: %w", namespace, key, err)
	}
	return true, nil
}

// Set stores value as JSON.
func (s *Settings) Set(ctx context.Context, namespace, key string, value any) error {
	text, err := json.Marshal(value)
	if err == nil {
		_, err = s.db.Exec(ctx, `INSERT INTO setting (community, namespace, key, value) VALUES ($1, $2, $3, $4)
			ON CONFLICT (community, namespace, key) DO UPDATE SET value = excluded.value`, s.community, namespace, key, text)
	}
	if err != nil {
		return fmt.Errorf("store setting %s %s: %w", namespace, key, err)
	}
	return nil
}

func (s *Settings) put(ctx context.Context, n NewSetting) error {
	if n.Value == nil {
		return s.Drop(ctx, n.Namespace, n.Key)
	}
	return s.Set(ctx, n.Namespace, n.Key, n.Value)
}

// Drop makes a setting unset.
func (s *Settings) Drop(ctx context.Context, namespace, key string) error {
	_, err := s.db.Exec(ctx, `DELETE FROM setting WHERE community = $1 AND namespace = $2 AND key = $3`, s.community, namespace, key)
	if err != nil {
		return fmt.Errorf("drop setting %s %s: %w", namespace, key, err)
	}
	return nil
}

// All reads all settings of a namespace, by key.
func (s *Settings) All(ctx context.Context, namespace string) (map[string]json.RawMessage, error) {
	return pairs[json.RawMessage](ctx, s.db, "read settings of "+namespace,
		`SELECT key, value FROM setting WHERE community = $1 AND namespace = $2`, s.community, namespace)
}
