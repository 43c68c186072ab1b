package e2ee

import (
	"errors"
	"net/http"
	"time"

	"go.mau.fi/util/retryafter"
	"maunium.net/go/mautrix"
)

// maxPatience bounds how long a homeserver can make us wait.
const maxPatience = time.Hour

// status is the HTTP status that a request failed with, 0 if it got no answer.
func status(err error) int {
	answer, ok := errors.AsType[mautrix.HTTPError](err)
	if !ok || answer.Response == nil {
		return 0
	}
	return answer.Response.StatusCode
}

// isRefusal reports whether the homeserver knows us and says no.
func isRefusal(err error) bool {
	return status(err) == http.StatusUnauthorized || status(err) == http.StatusForbidden
}

// isTemporary reports whether the same request may succeed later.
func isTemporary(err error) bool {
	if _, ok := errors.AsType[mautrix.HTTPError](err); !ok {
		return false
	}
	code := status(err)
	return code == 0 || code == http.StatusTooManyRequests || code >= 500
}

// askedToWait is how long the homeserver wants to be left alone, 0 if it did not say.
func askedToWait(err error) time.Duration {
	answer, ok := errors.AsType[mautrix.HTTPError](err)
	if !ok || answer.Response == nil || !retryafter.Should(answer.Response.StatusCode, true) {
		return 0
	}
	wait := retryafter.Parse(answer.Response.Header.Get("Retry-After"), 0)
	if answer.RespError != nil && wait <= 0 {
		ms, _ := answer.RespError.ExtraData["retry_after_ms"].(float64)
		wait = time.Duration(min(max(ms, 0), float64(maxPatience.Milliseconds()))) * time.Millisecond
	}
	return min(wait, maxPatience)
}
