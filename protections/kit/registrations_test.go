package kit

import (
	"fmt"
	"testing"
	"time"
)

// A server is asked once, its answer holds for a day and its silence for an hour; and however
// many there are, what is kept has a bound.
func TestRegistrations(t *testing.T) {
	now := time.Unix(1e9, 0)
	var r Registrations
	expect := func(server string, at time.Time, open, known bool) {
		t.Helper()
		if o, k := r.Open(server, at); o != open || k != known {
			t.Errorf("%s at %s: open %v, known %v", server, at.Sub(now), o, k)
		}
	}
	take := func(at time.Time, want string) {
		t.Helper()
		if server, more := r.Take(at); server != want || more != (want != "") {
			t.Errorf("asks %q", server)
		}
	}
	expect("a", now, false, false)
	expect("a", now, false, false)
	take(now, "a")
	expect("a", now, false, false) // asked, and not once more
	take(now, "")
	r.Answered("a", true, true, now)
	expect("a", now.Add(openHolds-1), true, true)
	expect("a", now.Add(openHolds), false, false)
	take(now.Add(openHolds), "a")
	r.Answered("a", true, false, now) // it did not say
	expect("a", now.Add(silenceHolds-1), false, true)
	expect("b", now, false, false)
	take(now, "b") // whose answer never comes
	expect("b", now.Add(answerWaits), false, false)
	if open, known := (*Registrations)(nil).Open("a", now); open || !known {
		t.Error("nobody asks")
	}
	for i := range 5 * mostServers {
		server := fmt.Sprint("s", i)
		r.Open(server, now)
		if i%2 == 0 {
			r.Take(now)
		}
		r.Answered(server, i%3 == 0, i%5 != 0, now.Add(time.Duration(i)*time.Second))
		if len(r.known) > mostServers || len(r.wants) > mostWanted {
			t.Fatalf("keeps %d, wants %d", len(r.known), len(r.wants))
		}
	}
}
