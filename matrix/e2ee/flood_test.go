package e2ee

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

func TestFloodOfKeys(t *testing.T) {
	var f flood
	now := time.Now()
	taken := func(user id.UserID, n int, at time.Time) (taken int) {
		for range n {
			if f.takes(user, at) {
				taken++
			}
		}
		return taken
	}
	if n := taken("@flooder:example.org", 3*maxKeysOfOne, now); n != maxKeysOfOne {
		t.Errorf("%d of one user", n)
	}
	if n := taken("@person:example.org", 10, now.Add(time.Minute)); n != 10 {
		t.Errorf("%d of another", n)
	}
	if n := taken("@flooder:example.org", 1, now.Add(floodTime)); n != 1 {
		t.Errorf("%d after an hour", n)
	}
	if n := taken("@person:example.org", 1, now.Add(-24*time.Hour)); n != 1 {
		t.Error("a clock that was set back stops keys")
	}
}

// The store itself turns away what comes beyond.
func TestFloodOfKeysIsNotStored(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	d.mach.CryptoStore.(*keyStore).flood.of = map[id.UserID]int{"@flooder:example.org": maxKeysOfOne}
	d.mach.CryptoStore.(*keyStore).flood.since = time.Now()
	_, key := newKey(t, "!room:example.org")
	key.SourceUser = "@flooder:example.org"
	if err := d.mach.StoreGroupSession(t.Context(), key); !errors.Is(err, errFlood) || d.has(key) {
		t.Errorf("stored: %v", err)
	}
	key.SourceUser = d.client.UserID // our own are never too many
	must(t, d.mach.StoreGroupSession(t.Context(), key))
}

// fixed answers every question for keys in the backup alike.
type fixed struct {
	http.RoundTripper
	body string
}

func (f fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet || !strings.Contains(r.URL.Path, "/room_keys/") {
		return f.RoundTripper.RoundTrip(r)
	}
	resp := answering(http.StatusOK, f.body)
	resp.Request = r
	return resp, nil
}

// A backup that is malformed is an error, never a crash, and is not taken for empty.
func TestHostileBackup(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	d.bootstrap()
	key, err := d.backupKey(t.Context())
	must(t, err)
	for _, body := range []string{
		``, `7`, `[]`, `null`, `{"rooms": 7}`, `{"rooms": {"!r": []}}`, `{"rooms": {"!r": {"sessions": null}}}`, `{"rooms": {"!r": {"sessions": {"s": `,
		`{"rooms": ` + strings.Repeat(`{"a":`, 20_000),
	} {
		d.client.Client = &http.Client{Transport: fixed{http.DefaultTransport, body}}
		r := &restoring{m: d.backups, key: key}
		if err := r.fetch(t.Context(), ""); err == nil {
			t.Errorf("%.40s: read", body)
		}
	}
	for _, body := range []string{`{"rooms": {"!r": {"sessions": {"s": 7, "t": null, "u": {"session_data": 8}, "v": {"session_data": {"ephemeral": null}}}}}}`, `{"other": [[]]}`} {
		d.client.Client = &http.Client{Transport: fixed{http.DefaultTransport, body}}
		r := &restoring{m: d.backups, key: key}
		if err := r.fetch(t.Context(), ""); err != nil || r.Keys != 0 {
			t.Errorf("%.40s: %v", body, err)
		}
	}
	for _, body := range []string{
		`7`, `{}`, `{"algorithm": 7}`, `{"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "version": "1"}`,
		`{"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "version": "1", "auth_data": {"public_key": "AAAA"}}`,
		`{"algorithm": "m.megolm_backup.v1.curve25519-aes-sha2", "version": "1", "auth_data": {"public_key": "` + strings.Repeat("A", 43) + `", "signatures": 9}}`,
	} {
		d.client.Client = &http.Client{Transport: fixed{http.DefaultTransport, body}}
		if _, err := d.usableBackup(t.Context()); err == nil {
			t.Errorf("%s is used", body)
		}
	}
}
