package e2ee

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"forseti/matrix/patience"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/backup"
	"maunium.net/go/mautrix/id"
)

// backingUp runs the backup until the test, or the returned function, ends it.
func (d *device) backingUp() (stop func()) {
	ctx, cancel := context.WithCancel(d.t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { _ = d.RunBackup(ctx) })
	stop = sync.OnceFunc(func() { cancel(); wg.Wait() })
	d.t.Cleanup(stop)
	return stop
}

func (d *device) backup() Backup {
	d.t.Helper()
	b, err := d.BackupStatus(d.t.Context())
	must(d.t, err)
	return b
}

// makeKeys stores keys as if rooms had brought them.
func (d *device) makeKeys(n int) {
	d.t.Helper()
	for range n {
		_, key := newKey(d.t, "!room:example.org")
		must(d.t, d.mach.StoreGroupSession(d.t.Context(), key))
	}
}

// newKey is the key of a room, at both ends.
func newKey(t *testing.T, room id.RoomID) (*crypto.OutboundGroupSession, *crypto.InboundGroupSession) {
	t.Helper()
	out, err := crypto.NewOutboundGroupSession(room, nil, nil)
	must(t, err)
	sender := crypto.NewOlmAccount()
	in, err := crypto.NewInboundGroupSession(sender.IdentityKey(), sender.SigningKey(), room, out.Internal.Key(), time.Hour, 100, nil, false)
	must(t, err)
	return out, in
}

// counting counts requests to back up keys, and can answer them.
type counting struct {
	http.RoundTripper
	mu     sync.Mutex
	puts   int
	answer func(n int) *http.Response // may be nil, and return nil
}

func (c *counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/room_keys/keys") {
		c.mu.Lock()
		c.puts++
		var resp *http.Response
		if c.answer != nil {
			resp = c.answer(c.puts)
		}
		c.mu.Unlock()
		if resp != nil {
			resp.Request = r
			return resp, nil
		}
	}
	return c.RoundTripper.RoundTrip(r)
}

func (c *counting) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.puts
}

func (d *device) counting() *counting {
	c := &counting{RoundTripper: http.DefaultTransport}
	d.client.Client = &http.Client{Transport: c}
	return c
}

func TestBackupInBatches(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		d := newAccount(t).device(t, url)
		d.bootstrap()
		requests := d.counting()
		d.makeKeys(250)
		stop := d.backingUp()
		eventually(t, "all keys in the backup", func() bool { return d.backup().Saved == 250 })
		if n := requests.count(); n != 3 {
			t.Errorf("%d requests", n)
		}
		// What comes together goes together.
		d.makeKeys(5)
		eventually(t, "the new keys in the backup", func() bool { return d.backup().Saved == 255 })
		if n := requests.count(); n > 5 {
			t.Errorf("%d requests for 5 more keys", n-3)
		}
		// What a run leaves, the next one does.
		stop()
		d.makeKeys(3)
		d.reopen()
		if got := d.state(); got != IdentityReady {
			t.Fatal(got)
		}
		if b := d.backup(); b.Waiting != 258 || b.Version != "" {
			t.Errorf("before the first look: %+v", b)
		}
		d.backingUp()
		eventually(t, "what was left in the backup", func() bool { return d.backup().Saved == 258 })
		latest, err := d.latestBackup(t.Context())
		must(t, err)
		if b := d.backup(); b.Waiting != 0 || b.Err != nil || latest.Count != 258 || b.Version != latest.Version {
			t.Errorf("%+v, and the homeserver has %d", b, latest.Count)
		}
	})
}

func TestBackupRestored(t *testing.T) {
	onBoth(t, func(t *testing.T, url string) {
		a := newAccount(t)
		d := a.device(t, url)
		recoveryKey := d.bootstrap()
		person := a.person(t)
		room := d.secretRoom(person)
		d.sync(func() bool { return d.Encrypted(room) })
		d.backingUp()
		say(t, person, room, "old words")
		d.sync(func() bool { return d.hears("old words") })
		eventually(t, "the key in the backup", func() bool { b := d.backup(); return b.Saved > 0 && b.Waiting == 0 })

		// A new machine, with nothing but the login and the recovery key.
		fresh := a.device(t, sqlite(t))
		fresh.sync(func() bool { n, _ := fresh.Unread(t.Context()); return n[room] > 0 })
		if err := fresh.Unlock(t.Context(), "EsTc wrong"); !errors.Is(err, ErrWrongKey) {
			t.Errorf("a wrong key: %v", err)
		}
		must(t, fresh.Unlock(t.Context(), recoveryKey))
		var looked int
		restored, err := fresh.Restore(t.Context(), func(done, _ int) { looked = done })
		must(t, err)
		if restored.Keys != d.backup().Saved || restored.Broken != 0 || looked != restored.Keys {
			t.Errorf("restored %+v of %+v, looked at %d", restored, d.backup(), looked)
		}
		fresh.sync(func() bool { return fresh.hears("old words") })
		if trust := fresh.heard[0].Mautrix.TrustState; trust != id.TrustStateBackup {
			t.Errorf("a restored key is trusted as %s", trust)
		}
		// What came from the backup is in it.
		if got := fresh.state(); got != IdentityReady {
			t.Fatal(got)
		}
		requests := fresh.counting()
		fresh.backingUp()
		eventually(t, "the backup of the new machine", func() bool { return fresh.backup().Saved == restored.Keys })
		if n := requests.count(); n > 0 {
			t.Errorf("sent back in %d requests", n)
		}
	})
}

// A big backup is read room by room; what is broken in it costs only itself.
func TestRestoreByRoom(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	latest, err := d.latestBackup(t.Context())
	must(t, err)
	_, good := newKey(t, "!room:example.org")
	sealed, err := seal(good, latest.public)
	must(t, err)
	put := func(session id.SessionID, data string) {
		_, err := d.client.PutKeysInBackupForRoomAndSession(t.Context(), latest.Version, "!room:example.org", session, &mautrix.ReqKeyBackupData{SessionData: json.RawMessage(data)})
		must(t, err)
	}
	put(good.ID(), string(sealed.SessionData))
	put("another", string(sealed.SessionData)) // a name that is not the key's
	put("empty", `{}`)
	put("odd", `{"ciphertext": "AAAA", "mac": "AAAA", "ephemeral": "AAAA"}`)
	for name, room := range map[string]id.RoomID{"whole": "", "room": "!room:example.org", "unknown": "!other:example.org"} {
		fresh := a.device(t, sqlite(t))
		key, err := d.backupKey(t.Context())
		must(t, err)
		r := &restoring{m: fresh.backups, key: key, Restored: Restored{Version: latest.Version}}
		must(t, r.fetch(t.Context(), room))
		want := Restored{Version: latest.Version, Keys: 1, Broken: 3}
		if name == "unknown" {
			want = Restored{Version: latest.Version}
		}
		if r.Restored != want {
			t.Errorf("%s: %+v", name, r.Restored)
		}
	}
}

// A backup that somebody else made gets no keys.
func TestUntrustedBackup(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	theirs, err := backup.NewMegolmBackupKey()
	must(t, err)
	_, err = d.client.CreateKeyBackupVersion(t.Context(), &mautrix.ReqRoomKeysVersionCreate[backup.MegolmAuthData]{
		Algorithm: id.KeyBackupAlgorithmMegolmBackupV1, AuthData: backup.MegolmAuthData{PublicKey: id.Ed25519(base64.RawStdEncoding.EncodeToString(theirs.PublicKey().Bytes()))},
	})
	must(t, err)
	requests := d.counting()
	d.makeKeys(3)
	d.backingUp()
	eventually(t, "word of it", func() bool { return errors.Is(d.backup().Err, ErrBackupUntrusted) })
	if b := d.backup(); b.Saved != 0 || b.Waiting != 3 || requests.count() != 0 {
		t.Errorf("%+v after %d requests", b, requests.count())
	}
}

// The backup is replaced under way: by one of ours, by a stranger's, or by none.
func TestBackupReplaced(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	recoveryKey := d.bootstrap()
	d.makeKeys(3)
	d.backingUp()
	eventually(t, "keys in the first backup", func() bool { return d.backup().Saved == 3 })
	first := d.backup().Version
	must(t, d.client.DeleteKeyBackupVersion(t.Context(), first))
	d.makeKeys(1)
	eventually(t, "all keys in the next backup", func() bool { b := d.backup(); return b.Saved == 4 && b.Version != first })
	// Another client of ours makes one with a key of its own, in the same storage.
	second := d.backup().Version
	other := a.device(t, sqlite(t))
	must(t, other.Unlock(t.Context(), recoveryKey))
	must(t, other.client.DeleteKeyBackupVersion(t.Context(), second))
	storage, err := other.keptStorageKey(t.Context())
	must(t, err)
	key, err := backup.NewMegolmBackupKey()
	must(t, err)
	must(t, other.writeStorage(t.Context(), storage, id.SecretMegolmBackupV1, key.Bytes()))
	_, err = other.createBackup(t.Context())
	must(t, err)
	d.makeKeys(1)
	eventually(t, "all keys in the other client's backup", func() bool { b := d.backup(); return b.Saved == 5 && b.Version != second })
}

func TestBackupRetries(t *testing.T) {
	t.Parallel()
	d := newAccount(t).device(t, sqlite(t))
	d.bootstrap()
	requests := d.counting()
	requests.answer = func(n int) *http.Response {
		switch n {
		case 1:
			return answering(http.StatusTooManyRequests, `{"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 10}`)
		case 2:
			return answering(http.StatusRequestEntityTooLarge, `{"errcode": "M_TOO_LARGE"}`)
		default:
			return nil
		}
	}
	d.makeKeys(100)
	d.backingUp()
	eventually(t, "word of the failure", func() bool { return d.backup().Err != nil || d.backup().Saved == 100 })
	eventually(t, "keys in the backup", func() bool { b := d.backup(); return b.Saved == 100 && b.Err == nil })
	if n := requests.count(); n != 4 {
		t.Errorf("%d requests: wanted a refused one, one too large, and two halves", n)
	}
}

func answering(code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Status: fmt.Sprint(code), Header: http.Header{"Content-Type": {"application/json"}},
		Body: readCloser{strings.NewReader(body)}, ContentLength: int64(len(body)),
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }

func TestBackupPauseIsWhatTheHomeserverAsks(t *testing.T) {
	asked := mautrix.HTTPError{Response: &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"600"}}}}
	if got := backupPause(asked, 0); got < 10*time.Minute || got > 15*time.Minute {
		t.Errorf("asked for 10m, waits %s", got)
	}
	mad := mautrix.HTTPError{Response: &http.Response{StatusCode: 429, Header: http.Header{"Retry-After": {"99999999999"}}}}
	if got := backupPause(mad, 0); got > 2*patience.Longest {
		t.Errorf("waits %s", got)
	}
	if got := backupPause(errors.New("cut"), 60); got > 2*backupRetry || got < backupRetry {
		t.Errorf("after many tries waits %s", got)
	}
}
