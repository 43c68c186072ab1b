package action

import (
	"math"
	"testing"
	"time"
)

// No answer keeps us away for long, whatever it says.
func TestPauseIsBounded(t *testing.T) {
	for kind, longest := range map[FailureKind]time.Duration{
		RateLimited: 5 * time.Minute, Transient: time.Minute, Unwritten: time.Minute, Forbidden: time.Minute,
	} {
		for asked, want := range map[time.Duration]time.Duration{
			-time.Hour: 0, 0: 0, 2 * time.Second: 2 * time.Second, longest: longest, longest + 1: longest, time.Hour: longest, math.MaxInt64: longest,
		} {
			if got := (&Failure{Kind: kind, RetryAfter: asked}).Pause(); got != want {
				t.Errorf("%s, asked for %s: %s, want %s", kind, asked, got, want)
			}
		}
	}
}
