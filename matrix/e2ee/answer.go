package e2ee

import (
	"errors"
	"net/http"
	"time"

	"forseti/matrix/patience"

	"maunium.net/go/mautrix"
)

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
func askedToWait(err error, now time.Time) time.Duration {
	answer, ok := errors.AsType[mautrix.HTTPError](err)
	if !ok || !isTemporary(err) {
		return 0
	}
	return patience.Asked(answer, now)
}
