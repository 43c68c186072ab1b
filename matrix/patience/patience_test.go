package patience

import (
	"net/http"
	"testing"
	"time"

	"maunium.net/go/mautrix"
)

func TestAsked(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, c := range map[string]struct {
		header string
		body   any // retry_after_ms; nil for none
		want   time.Duration
	}{
		"nothing":          {"", nil, 0},
		"seconds":          {"7", 1000.0, 7 * time.Second},
		"a fraction":       {" 1.5 ", nil, 1500 * time.Millisecond},
		"a date":           {"Fri, 02 Jan 2026 03:04:15 GMT", nil, 10 * time.Second},
		"a date gone by":   {"Fri, 02 Jan 2025 03:04:15 GMT", nil, 0},
		"negative":         {"-5", 1000.0, 0},
		"for ever":         {"1e300", nil, Longest},
		"overflowing":      {"99999999999", nil, Longest},
		"not a number":     {"NaN", nil, 0},
		"words":            {"soon", "1500", 1500 * time.Millisecond},
		"body":             {"", 1500.0, 1500 * time.Millisecond},
		"body of no sense": {"", []any{1}, 0},
	} {
		answer := mautrix.HTTPError{Response: &http.Response{Header: http.Header{}}, RespError: &mautrix.RespError{ExtraData: map[string]any{}}}
		if c.header != "" {
			answer.Response.Header.Set("Retry-After", c.header)
		}
		if c.body != nil {
			answer.RespError.ExtraData["retry_after_ms"] = c.body
		}
		if got := Asked(answer, now); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if got := Asked(mautrix.HTTPError{}, now); got != 0 {
		t.Errorf("no answer at all: %v", got)
	}
}
