package community

import (
	"testing"
	"time"
)

// Nobody's schedule is left out, and no two happen in the same moment for long.
func TestJitter(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for expression, interval := range map[string]time.Duration{"0 * * * *": time.Hour, "@every 10s": 10 * time.Second, "30 4 * * *": 24 * time.Hour} {
		for _, share := range []float64{0, 0.5, 1} {
			s, err := scheduled(expression)
			if err != nil {
				t.Fatal(err)
			}
			j := s.(jittered)
			j.share = func() float64 { return share }
			plain := j.Schedule.Next(at)
			late := j.Next(at).Sub(plain)
			if want := time.Duration(share * float64(min(interval/10, mostJitter))); late != want {
				t.Errorf("%s: %s late, want %s", expression, late, want)
			}
			// What comes after it is the next time, and not the same again.
			if next := j.Schedule.Next(j.Next(at)); next.Sub(plain) > interval+interval/10 || !next.After(plain) {
				t.Errorf("%s: %s after %s", expression, next, plain)
			}
		}
	}
	if _, err := scheduled("now and then"); err == nil {
		t.Error("no schedule, and no error")
	}
}
