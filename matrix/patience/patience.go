// Package patience reads how long a homeserver, or the proxy before it, wants to be left
// alone. It is pure.
package patience

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix"
)

// Longest bounds what can be asked for.
const Longest = time.Hour

// Asked is how long an answer asks to wait, 0 if it does not say. The header comes before
// the deprecated field of the body. The library's reader of the header takes no
// fractions, and overflows.
//
// https://spec.matrix.org/v1.16/client-server-api/#rate-limiting
func Asked(answer mautrix.HTTPError, now time.Time) time.Duration {
	if answer.Response != nil {
		header := strings.TrimSpace(answer.Response.Header.Get("Retry-After"))
		if seconds, err := strconv.ParseFloat(header, 64); err == nil {
			return wait(seconds)
		}
		if at, err := http.ParseTime(header); err == nil {
			return wait(at.Sub(now).Seconds())
		}
	}
	if answer.RespError == nil {
		return 0
	}
	switch ms := answer.RespError.ExtraData["retry_after_ms"].(type) {
	case float64:
		return wait(ms / 1000)
	case string:
		n, _ := json.Number(ms).Float64()
		return wait(n / 1000)
	default:
		return 0
	}
}

func wait(seconds float64) time.Duration {
	if math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(min(seconds, Longest.Seconds()) * float64(time.Second))
}
