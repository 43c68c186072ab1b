package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"forseti/action"
	"forseti/matrix/patience"

	"maunium.net/go/mautrix"
)

func TestFailure(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tt := range map[string]struct {
		status int
		header string
		body   string
		want   action.FailureKind
		after  time.Duration
	}{
		"seconds":            {429, "7", `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1000}`, action.RateLimited, 7 * time.Second},
		"date":               {429, now.Add(90 * time.Second).Format(http.TimeFormat), `{}`, action.RateLimited, 90 * time.Second},
		"past date":          {429, now.Add(-time.Hour).Format(http.TimeFormat), `{}`, action.RateLimited, 0},
		"body":               {429, "", `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":1500}`, action.RateLimited, 1500 * time.Millisecond},
		"bad header":         {429, "soon", `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":"1500"}`, action.RateLimited, 1500 * time.Millisecond},
		"html":               {429, "", `<html>`, action.RateLimited, 0},
		"negative":           {429, "-7", ``, action.RateLimited, 0},
		"forever":            {429, "1e300", ``, action.RateLimited, patience.Longest},
		"not a number":       {429, "NaN", ``, action.RateLimited, 0},
		"maintenance":        {503, "30", ``, action.Transient, 30 * time.Second},
		"gateway":            {502, "", `<html>`, action.Transient, 0},
		"internal":           {500, "", `{"errcode":"M_UNKNOWN"}`, action.Transient, 0},
		"forbidden":          {403, "", `{"errcode":"M_FORBIDDEN"}`, action.Forbidden, 0},
		"forbidden by proxy": {403, "", ``, action.Forbidden, 0},
		"full server":        {403, "", `{"errcode":"M_RESOURCE_LIMIT_EXCEEDED"}`, action.Transient, 0},
		"not banned":         {403, "", `{"errcode":"M_BAD_STATE"}`, action.Gone, 0},
		"not found":          {404, "", `{"errcode":"M_NOT_FOUND"}`, action.Gone, 0},
		"no such path":       {404, "", `{"errcode":"M_UNRECOGNIZED"}`, action.Unsupported, 0},
		"no such page":       {404, "", `404 page not found`, action.Unsupported, 0},
		"method":             {405, "", ``, action.Unsupported, 0},
		"logged out":         {401, "", `{"errcode":"M_UNKNOWN_TOKEN"}`, action.Unauthorized, 0},
		"too large":          {413, "", `{"errcode":"M_TOO_LARGE"}`, action.TooLarge, 0},
		"bad request":        {400, "", `{"errcode":"M_BAD_JSON"}`, action.Invalid, 0},
		"cut off":            {200, "", `{"a":`, action.Transient, 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				w.WriteHeader(tt.status)
				fmt.Fprint(w, tt.body)
			}))
			defer server.Close()
			client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
			if err != nil {
				t.Fatal(err)
			}
			_, err = client.Whoami(t.Context())
			f := failure(err, now)
			if f == nil || f.Kind != tt.want || f.RetryAfter != tt.after {
				t.Errorf("got %+v, want %s after %s", f, tt.want, tt.after)
			}
		})
	}
}

func TestFailureElsewhere(t *testing.T) {
	if f := failure(nil, time.Time{}); f != nil {
		t.Errorf("nil became %v", f)
	}
	if f := failure(context.DeadlineExceeded, time.Time{}); f.Kind != action.Transient || !errors.Is(f, context.DeadlineExceeded) {
		t.Errorf("got %+v", f)
	}
	own := &action.Failure{Kind: action.Invalid, Err: errors.New("no")}
	if f := failure(fmt.Errorf("ban: %w", own), time.Time{}); f.Kind != action.Invalid {
		t.Errorf("got %+v", f)
	}
}
