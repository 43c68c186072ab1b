package store_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"forseti/store"
)

func testEvidence(t *testing.T, url string) {
	ctx, s := t.Context(), open(t, url)
	e := store.Evidence{Event: "$evil", Room: "!r", Sender: "@spammer:x", Sent: 5, Type: "m.room.message", Content: json.RawMessage(`{"body":"secret words"}`), Secret: true}
	keep := func(e store.Evidence) {
		t.Helper()
		ok(t, s.Commit(ctx, store.Commit{Evidence: []store.Evidence{e}}))
	}
	keep(e)
	if _, _, err := s.Evidence.Of(ctx, e.Event); !errors.Is(err, store.ErrNoKey) {
		t.Errorf("without a key: %v", err)
	}
	ok(t, s.Account().UseKey([]byte("one key")))
	keep(e)
	later := e
	later.Content = json.RawMessage(`{}`) // as after its redaction
	keep(later)
	got, found, err := s.Evidence.Of(ctx, e.Event)
	if err != nil || !found || string(got.Content) != string(e.Content) || got.Sender != e.Sender || !got.Secret || got.Kept.IsZero() {
		t.Errorf("got %+v, %t, %v", got, found, err)
	}
	var sealed []byte
	if err := s.Account().DB().QueryRow(ctx, `SELECT sealed FROM evidence`).Scan(&sealed); err != nil || bytes.Contains(sealed, []byte("secret words")) || bytes.Contains(sealed, []byte("spammer")) {
		t.Errorf("stored in clear: %q, %v", sealed, err)
	}
	if _, found, err := s.Evidence.Of(ctx, "$other"); found || err != nil {
		t.Errorf("evidence of nothing: %t, %v", found, err)
	}
	ok(t, s.Account().UseKey([]byte("another key")))
	if _, _, err := s.Evidence.Of(ctx, e.Event); err == nil {
		t.Error("read with another key")
	}
	ok(t, s.Evidence.Drop(ctx, time.Now().Add(time.Hour)))
	if _, found, err := s.Evidence.Of(ctx, e.Event); found || err != nil {
		t.Errorf("after it was dropped: %t, %v", found, err)
	}
}
