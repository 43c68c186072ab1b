package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"forseti/action"

	"github.com/rs/zerolog"
)

// signIn opens a session at m and collects what it saves.
func signIn(t *testing.T, m *mas, change func(*Options)) (s *Session, saved func() []Tokens) {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	var mu sync.Mutex
	var all []Tokens
	opts := Options{
		Homeserver: server.URL, AccessToken: "good-0", RefreshToken: "refresh-0", ClientID: "client",
		SaveTokens: func(_ context.Context, fresh Tokens) error {
			mu.Lock()
			defer mu.Unlock()
			all = append(all, fresh)
			return nil
		},
	}
	if change != nil {
		change(&opts)
	}
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, func() []Tokens {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(all)
	}
}

var redaction = action.Action{Verb: action.Redact, ID: "txn", Room: "!r:x", Event: "$e", Reason: "spam"}

func TestExpiredTokenIsRefreshed(t *testing.T) {
	m := newMAS(t)
	var bodies []string
	m.homeserver = func(r *http.Request) (int, string) {
		raw, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(raw))
		return 200, `{"user_id":"@bot:x","device_id":"DEV","event_id":"$new","joined_rooms":[],"next_batch":"b"}`
	}
	s, saved := signIn(t, m, nil)
	m.seen, bodies = nil, nil

	m.expire()
	if _, err := s.Act(t.Context(), redaction); err != nil {
		t.Fatal(err)
	}
	m.expire()
	if _, err := s.JoinedRooms(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.expire()
	run(t, s, "a")
	if want := []string{"PUT rooms/!r:x/redact/$e/txn", "GET joined_rooms", "GET sync"}; !slices.Equal(m.seen, want) {
		t.Errorf("homeserver saw %q, want %q", m.seen, want)
	}
	if bodies[0] != `{"reason":"spam"}` {
		t.Errorf("sent %s", bodies[0])
	}
	want := []Tokens{{"good-1", "refresh-1", "client"}, {"good-2", "refresh-2", "client"}, {"good-3", "refresh-3", "client"}}
	if got := saved(); !reflect.DeepEqual(got, want) || s.AccessToken() != "good-3" {
		t.Errorf("saved %v, want %v", got, want)
	}
}

func TestOpenRefreshes(t *testing.T) {
	m := newMAS(t)
	m.metadata = "/_matrix/client/unstable/org.matrix.msc2965/auth_metadata"
	m.expire()
	s, saved := signIn(t, m, nil)
	if s.User() != "@bot:x" || s.AccessToken() != "good-1" || len(saved()) != 1 {
		t.Errorf("%s with %s, saved %v", s.User(), s.AccessToken(), saved())
	}
}

func TestConcurrentRequestsRefreshOnce(t *testing.T) {
	m := newMAS(t)
	m.homeserver = func(*http.Request) (int, string) { return 200, `{"user_id":"@bot:x","joined_rooms":[]}` }
	s, saved := signIn(t, m, nil)
	m.expire()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.JoinedRooms(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if m.refreshed != 1 || len(saved()) != 1 {
		t.Errorf("refreshed %d times, saved %v", m.refreshed, saved())
	}
}

func TestRefusedRefresh(t *testing.T) {
	m := newMAS(t)
	s, saved := signIn(t, m, nil)
	m.expire()
	m.refresh = "revoked"
	for range 3 {
		_, err := s.Act(t.Context(), redaction)
		if f := action.FailureOf(err); f.Kind != action.Unauthorized || !errors.Is(err, errLogInAgain) || !strings.Contains(err.Error(), "no such grant") {
			t.Fatalf("got %+v", f)
		}
	}
	err := s.Run(t.Context(), "a", func(context.Context, *Batch) (time.Duration, error) { t.Error("handled"); return 0, nil })
	if action.FailureOf(err).Kind != action.Unauthorized {
		t.Errorf("sync: %v", err)
	}
	if m.refreshed != 1 || len(saved()) != 0 {
		t.Errorf("refreshed %d times, saved %v", m.refreshed, saved())
	}
}

func TestFailedRefreshIsTriedAgain(t *testing.T) {
	for _, answer := range []string{`503 <html>`, `200 <html>`, `200 null`, `200 {}`, `200 {"access_token":5}`, `404 nginx`, `403 forbidden`, `429 {}`, `400 {}`} {
		m := newMAS(t)
		s, saved := signIn(t, m, nil)
		m.expire()
		m.answers = []string{answer}
		_, err := s.Act(t.Context(), redaction)
		if f := action.FailureOf(err); f == nil || !f.Temporary() || len(saved()) != 0 {
			t.Errorf("%s: got %+v, saved %v", answer, f, saved())
		}
		if _, err := s.Act(t.Context(), redaction); err != nil {
			t.Errorf("%s, then: %v", answer, err)
		}
	}
}

// A refreshed token whose storing failed is neither used nor thrown away.
func TestTokensAreSavedBeforeUse(t *testing.T) {
	m := newMAS(t)
	full, saves := true, []Tokens(nil)
	s, _ := signIn(t, m, func(opts *Options) {
		opts.SaveTokens = func(_ context.Context, fresh Tokens) error {
			saves = append(saves, fresh)
			if full {
				return errors.New("disk full")
			}
			return nil
		}
	})
	m.expire()
	m.seen = nil
	_, err := s.Act(t.Context(), redaction)
	if f := action.FailureOf(err); f == nil || f.Kind != action.Transient || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %+v", f)
	}
	if len(m.seen) != 0 || s.AccessToken() != "good-0" {
		t.Errorf("used before it was stored: %q, %s", m.seen, s.AccessToken())
	}
	full = false
	if _, err := s.Act(t.Context(), redaction); err != nil {
		t.Error(err)
	}
	if m.refreshed != 1 || len(saves) != 2 || saves[0] != saves[1] || s.AccessToken() != "good-1" {
		t.Errorf("refreshed %d times, saved %v", m.refreshed, saves)
	}
}

// A refresh goes on when the request that wanted it is given up.
func TestGivenUpRequestKeepsTheRefresh(t *testing.T) {
	m := newMAS(t)
	ctx, cancel := context.WithCancel(t.Context())
	var saved []Tokens
	s, _ := signIn(t, m, func(opts *Options) {
		opts.SaveTokens = func(ctx context.Context, fresh Tokens) error {
			cancel()
			saved = append(saved, fresh)
			return ctx.Err()
		}
	})
	m.expire()
	if _, err := s.Act(ctx, redaction); err == nil {
		t.Error("a request that was given up succeeds")
	}
	if _, err := s.Act(t.Context(), redaction); err != nil || len(saved) != 1 || m.refreshed != 1 {
		t.Errorf("%v; saved %v, refreshed %d times", err, saved, m.refreshed)
	}
}

func TestTokenStaysWithItsHost(t *testing.T) {
	var leaked []string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaked = append(leaked, r.Header.Get("Authorization"))
		w.WriteHeader(401)
		io.WriteString(w, `{"errcode":"M_UNKNOWN_TOKEN"}`)
	}))
	defer other.Close()
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
	server := httptest.NewServer(http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect))
	defer server.Close()
	b := newBearer(nil, Tokens{AccessToken: "good-0"})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	req.Header.Set("Authorization", "Bearer old")
	resp, err := (&http.Client{Transport: b}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if !slices.Equal(leaked, []string{""}) {
		t.Errorf("the other host got %q", leaked)
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	m := newMAS(t)
	var log bytes.Buffer
	logger := zerolog.New(&log)
	s, _ := signIn(t, m, func(opts *Options) { opts.Log = logger })
	m.expire()
	m.answers = []string{"503 no", `200 <html>`}
	for range 3 {
		_, _ = s.Act(logger.WithContext(t.Context()), redaction)
	}
	if s.AccessToken() == "good-0" || log.Len() == 0 {
		t.Fatal("nothing was refreshed, or nothing logged")
	}
	for _, secret := range []string{"good-0", "good-", "refresh-"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log: %s", secret, &log)
		}
	}
}

// An answer of 401 that is not about the token is read as if nobody had looked.
func TestOther401(t *testing.T) {
	for _, body := range []string{`{"errcode":"M_USER_LOCKED","soft_logout":true}`, `<html>`, ``, strings.Repeat("x", 2*maxSmallAnswer)} {
		resp := &http.Response{StatusCode: 401, Body: io.NopCloser(strings.NewReader(body))}
		if expired(resp) {
			t.Errorf("%.20q: token expired", body)
		}
		if got, err := io.ReadAll(resp.Body); err != nil || string(got) != body {
			t.Errorf("%.20q reads as %.20q, %v", body, got, err)
		}
	}
}

func TestOpenNeedsAllOfARefreshToken(t *testing.T) {
	save := func(context.Context, Tokens) error { return nil }
	for _, opts := range []Options{
		{RefreshToken: "r", ClientID: "c", SaveTokens: save, Password: "p", User: "@bot:x"},
		{RefreshToken: "r", AccessToken: "a", SaveTokens: save},
		{RefreshToken: "r", AccessToken: "a", ClientID: "c"},
	} {
		if _, err := Open(t.Context(), opts); err == nil || !strings.Contains(err.Error(), "refresh token") {
			raw, _ := json.Marshal(opts.RefreshToken)
			t.Errorf("%s: %v", raw, err)
		}
	}
}
