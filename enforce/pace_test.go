package enforce

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A limit that is known is never exceeded, and speech always finds its reserve: whatever
// work there is, an answer can be given at once.
func TestPaceKeepsAReserveForSpeech(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := Rate{PerSecond: rapid.SampledFrom([]float64{0.2, 1, 5}).Draw(t, "rate"), Burst: 10}
		var p Pace
		now := start
		p.Know(limit, now)
		bucket, filled := limit.Burst, now // as the homeserver counts
		spoke := now.Add(-time.Hour)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 500).Draw(t, "ms")) * time.Millisecond)
			bucket = min(limit.Burst, bucket+limit.PerSecond*now.Sub(filled).Seconds())
			filled = now
			speech := rapid.IntRange(0, 20).Draw(t, "speech") == 0
			p.Waiting(speech)
			if speech && now.Sub(spoke) > time.Duration(2/limit.PerSecond*float64(time.Second)) && !p.May(now, true) {
				t.Fatalf("nothing left to speak with: %v tokens", p.tokens)
			}
			if !p.May(now, speech) {
				continue
			}
			p.Spend(now)
			if speech {
				spoke = now
			}
			if bucket--; bucket < -1e-6 {
				t.Fatal("more than the homeserver takes")
			}
		}
	})
}

// After a refusal nothing is sent until the homeserver said; then speech goes first.
func TestPaceAfterARefusal(t *testing.T) {
	var p Pace
	if !p.May(start, false) || p.Takes(100, start) != 0 {
		t.Fatal("an unknown limit is none")
	}
	p.Refused(4*time.Second, start)
	p.Waiting(true)
	if p.May(start.Add(3*time.Second), true) || p.May(start.Add(3*time.Second), false) {
		t.Error("does not wait")
	}
	at := start.Add(4 * time.Second)
	if !p.May(at, true) {
		t.Error("speech waits longer than it was told to")
	}
	if p.May(at, false) {
		t.Error("work goes before speech")
	}
	p.Waiting(false)
	if !p.May(at, false) {
		t.Error("work waits for speech that there is not")
	}
	if !p.Slowed(at) || p.Slowed(start.Add(2*time.Minute)) {
		t.Error("does not know for how long it was slowed")
	}
}

// One answer of a homeserver, or of somebody in between, does not stop everything for
// as long as it likes.
func TestPaceBoundsARefusal(t *testing.T) {
	var p Pace
	p.Refused(100*time.Hour, start)
	if free := p.Free(start, false); free.Sub(start) > longestPause {
		t.Errorf("stops for %s", free.Sub(start))
	}
	p = Pace{}
	p.Refused(0, start)
	if free := p.Free(start, false); free.Sub(start) < leastPause {
		t.Errorf("waits %s", free.Sub(start))
	}
}

func TestPaceEstimates(t *testing.T) {
	var p Pace
	p.Know(Rate{PerSecond: 0.2, Burst: 10}, start)
	if got := p.Takes(8, start); got != 0 {
		t.Errorf("a burst takes %s", got)
	}
	if got := p.Takes(91, start); got < 6*time.Minute || got > 8*time.Minute {
		t.Errorf("91 at one in five seconds take %s", got)
	}
	var unknown Pace
	now := start
	for range 10 {
		now = now.Add(5 * time.Second)
		unknown.Refused(5*time.Second, now)
		unknown.Passed(now)
	}
	if got := unknown.Takes(12, now); got < 40*time.Second || got > 3*time.Minute {
		t.Errorf("12 at one in five seconds take %s", got)
	}
}
