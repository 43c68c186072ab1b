package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"forseti/matrix/e2ee"
	"forseti/store"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/olm"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	manyMessages = 1000
	manyBatches  = 20
)

// BenchmarkSync takes in 1,000 messages of one room, in clear and encrypted, from
// the answer of sync to the handler, with the store in a file. What encryption adds
// to each is the difference of ms/message; they come whole and in order.
func BenchmarkSync(b *testing.B) {
	for _, encrypted := range []bool{false, true} {
		b.Run(map[bool]string{false: "clear", true: "encrypted"}[encrypted], func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s, answers := newManyMessages(b, encrypted)
				b.StartTimer()
				heard := hearAll(b, s, answers)
				b.StopTimer()
				for i, text := range heard {
					if text != fmt.Sprint("message ", i) {
						b.Fatalf("message %d is %q", i, text)
					}
				}
				if len(heard) != manyMessages {
					b.Fatalf("heard %d messages", len(heard))
				}
				b.StartTimer()
			}
			b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/manyMessages, "ms/message")
		})
	}
}

// TestManyEncrypted is what the benchmark checks, without the clock.
func TestManyEncrypted(t *testing.T) {
	s, answers := newManyMessages(t, true)
	heard := hearAll(t, s, answers)
	for i, text := range heard {
		if text != fmt.Sprint("message ", i) {
			t.Fatalf("message %d is %q", i, text)
		}
	}
	if len(heard) != manyMessages {
		t.Errorf("heard %d messages", len(heard))
	}
}

func hearAll(t testing.TB, s *Session, answers []string) (heard []string) {
	t.Helper()
	err := s.Run(t.Context(), "0", func(_ context.Context, batch *Batch) (time.Duration, error) {
		for _, room := range batch.Rooms {
			for _, evt := range room.Timeline {
				heard = append(heard, saidBy(evt))
			}
		}
		if batch.Next == fmt.Sprint(len(answers)) {
			return 0, errEnough
		}
		return 0, nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return heard
}

// newManyMessages makes a session to which the messages come in batches, if
// encrypted with a new key for each hundred.
func newManyMessages(t testing.TB, encrypted bool) (*Session, []string) {
	t.Helper()
	const room, sender = id.RoomID("!room:hs.example"), id.UserID("@person:hs.example")
	var answers []string
	client, err := mautrix.NewClient("https://hs.example", "@bot:hs.example", "token")
	if err != nil {
		t.Fatal(err)
	}
	client.DeviceID = "BOT"
	client.Client = &http.Client{Transport: line(func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, "/sync") {
			return 200, `{"device_keys":{},"one_time_key_counts":{}}`
		}
		var n int
		_, _ = fmt.Sscan(r.URL.Query().Get("since"), &n)
		return 200, answers[n]
	})}
	s := newSession(client, Options{Log: zerolog.Nop()})
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "many.db"), zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	keys := crypto.NewSQLCryptoStore(db.DB(), nil, string(client.UserID), client.DeviceID, []byte("pickle"))
	if encrypted {
		machine, err := s.Encrypt(t.Context(), Encryption{DB: db.DB(), Key: []byte("pickle"), SendTo: e2ee.Any})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(machine.Close)
	}
	account, err := olm.NewAccount()
	if err != nil {
		t.Fatal(err)
	}
	signing, identity, err := account.IdentityKeys()
	if err != nil {
		t.Fatal(err)
	}
	var group *crypto.OutboundGroupSession
	for batch := range manyBatches {
		var events []any
		for n := range manyMessages / manyBatches {
			i := batch*manyMessages/manyBatches + n
			content := any(map[string]any{"msgtype": "m.text", "body": fmt.Sprint("message ", i)})
			kind := "m.room.message"
			if encrypted {
				if i%100 == 0 {
					group = newGroup(t, keys, room, identity, signing)
				}
				kind, content = "m.room.encrypted", sealIn(t, group, room, identity, content)
			}
			events = append(events, map[string]any{
				"type": kind, "sender": sender, "event_id": fmt.Sprint("$", i), "origin_server_ts": 1_000_000 + i, "content": content,
			})
		}
		raw, err := json.Marshal(map[string]any{
			"next_batch": fmt.Sprint(batch + 1),
			"rooms":      map[string]any{"join": map[id.RoomID]any{room: map[string]any{"timeline": map[string]any{"events": events}}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		answers = append(answers, string(raw))
	}
	return s, answers
}

func newGroup(t testing.TB, keys *crypto.SQLCryptoStore, room id.RoomID, identity id.Curve25519, signing id.Ed25519) *crypto.OutboundGroupSession {
	t.Helper()
	group, err := crypto.NewOutboundGroupSession(room, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	group.Shared = true
	inbound, err := crypto.NewInboundGroupSession(identity, signing, room, group.Internal.Key(), 0, 0, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := keys.PutGroupSession(t.Context(), inbound); err != nil {
		t.Fatal(err)
	}
	return group
}

func sealIn(t testing.TB, group *crypto.OutboundGroupSession, room id.RoomID, identity id.Curve25519, content any) *event.EncryptedEventContent {
	t.Helper()
	plain, err := json.Marshal(map[string]any{"type": "m.room.message", "room_id": room, "content": content})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := group.Encrypt(plain)
	if err != nil {
		t.Fatal(err)
	}
	return &event.EncryptedEventContent{Algorithm: id.AlgorithmMegolmV1, SenderKey: identity, SessionID: group.ID(), MegolmCiphertext: sealed}
}
