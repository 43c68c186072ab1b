package matrix

import (
	"errors"
	"net/http"
	"time"

	"forseti/action"
	"forseti/matrix/patience"

	"maunium.net/go/mautrix"
)

// codes are the error codes that say more than the HTTP status.
var codes = map[string]action.FailureKind{
	"M_LIMIT_EXCEEDED":          action.RateLimited,
	"M_RESOURCE_LIMIT_EXCEEDED": action.Transient, // a full server says 403
	"M_UNKNOWN_TOKEN":           action.Unauthorized,
	"M_MISSING_TOKEN":           action.Unauthorized,
	"M_USER_DEACTIVATED":        action.Unauthorized,
	"M_USER_LOCKED":             action.Unauthorized,
	"M_FORBIDDEN":               action.Forbidden,
	"M_USER_SUSPENDED":          action.Forbidden,
	"M_NOT_FOUND":               action.Gone,
	"M_NOT_JOINED":              action.Gone,
	"M_BAD_STATE":               action.Gone, // unban of a user who is not banned
	"M_TOO_LARGE":               action.TooLarge,
	"M_UNRECOGNIZED":            action.Unsupported,
}

// Temporary reports whether an error is of a request to the homeserver that can
// succeed later. Anything else than such an error is not.
func Temporary(err error) bool {
	if f, ok := errors.AsType[*action.Failure](err); ok {
		return f.Temporary()
	}
	_, ok := errors.AsType[mautrix.HTTPError](err)
	return ok && failure(err, time.Now()).Temporary()
}

// SoftLogout reports whether an error is of a login that the homeserver ended and whose
// device it keeps: a new login may be the same device.
//
// https://spec.matrix.org/v1.16/client-server-api/#soft-logout
func SoftLogout(err error) bool {
	answer, ok := errors.AsType[mautrix.HTTPError](err)
	return ok && answer.RespError != nil && answer.RespError.ExtraData["soft_logout"] == true
}

// failure classifies an error of a request. now is for a Retry-After header
// that names a date.
func failure(err error, now time.Time) *action.Failure {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*action.Failure](err); ok {
		return f
	}
	// Only an answer with an error status is a refusal. Everything else, also a
	// 200 that broke off, says nothing about the request.
	answer, ok := errors.AsType[mautrix.HTTPError](err)
	if !ok || answer.Response == nil || answer.Response.StatusCode < 300 {
		return &action.Failure{Kind: action.Transient, Err: err}
	}
	f := &action.Failure{Kind: kindOf(answer), Err: err}
	if f.Kind == action.RateLimited || f.Kind == action.Transient {
		f.RetryAfter = patience.Asked(answer, now)
	}
	return f
}

func kindOf(answer mautrix.HTTPError) action.FailureKind {
	status := answer.Response.StatusCode
	if status == http.StatusTooManyRequests {
		return action.RateLimited
	}
	if answer.RespError != nil {
		if kind, ok := codes[answer.RespError.ErrCode]; ok {
			return kind
		}
	}
	switch {
	case status == http.StatusRequestTimeout:
		return action.Transient
	case status == http.StatusUnauthorized:
		return action.Unauthorized
	case status == http.StatusForbidden:
		return action.Forbidden
	case status == http.StatusRequestEntityTooLarge:
		return action.TooLarge
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return action.Unsupported
	case status == http.StatusNotFound && answer.RespError == nil:
		// Not an answer of the Matrix API: nobody serves this path.
		return action.Unsupported
	case status == http.StatusNotFound, status == http.StatusGone:
		return action.Gone
	case status >= 500:
		return action.Transient
	default:
		return action.Invalid
	}
}
