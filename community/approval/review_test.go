package approval

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// However often a list changes, moderators are asked about it once a day, and once an hour if it has waves; what waits is
// asked about within a day all the same, and a wave at once after a quiet hour.
func TestReviewsArePaced(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, now := NewReviews(), time.Unix(1_800_000_000, 0)
		var asked []time.Time
		var waits time.Time // since when something does; zero if nothing
		recent := []time.Time{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes")) * time.Minute)
			if n := rapid.SampledFrom([]int{0, 0, 1, 1, 2, 12}).Draw(t, "rules"); n > 0 {
				r.Came("!l:x", n, now)
				for range n {
					recent = append(recent, now)
				}
				if waits.IsZero() {
					waits = now
				}
			}
			if waits.IsZero() {
				continue
			}
			due := r.Due("!l:x", now)
			wave := len(recent) >= 10 && now.Sub(recent[len(recent)-10]) == 0
			quiet := len(asked) == 0 || now.Sub(asked[len(asked)-1]) >= time.Hour
			switch {
			case wave && quiet && due.After(now):
				t.Fatalf("a wave waits until %s", due.Sub(now))
			case due.Sub(waits) > 24*time.Hour:
				t.Fatalf("it waits for %s", due.Sub(waits))
			case due.After(now):
				continue
			}
			if len(asked) > 0 && now.Sub(asked[len(asked)-1]) < time.Hour {
				t.Fatalf("asked again after %s", now.Sub(asked[len(asked)-1]))
			}
			asked, waits, recent = append(asked, now), time.Time{}, nil
			r.Asked("!l:x", now)
		}
	})
	// A question that was just asked takes in the rest of its wave, and is left as it is after that.
	open, then := NewReviews(), time.Unix(1_800_000_000, 0)
	open.Asked("!l:x", then)
	for after, want := range map[time.Duration]time.Duration{0: 0, 59 * time.Minute: 0, time.Hour: 23 * time.Hour, 25 * time.Hour: 0} {
		if at := open.Edit("!l:x", then.Add(after)); at.Sub(then.Add(after)) != want {
			t.Errorf("after %s it is changed in %s", after, at.Sub(then.Add(after)))
		}
	}
	// Without waves it is one a day.
	r, now, asked := NewReviews(), time.Unix(1_800_000_000, 0), 0
	for range 30 * 24 * 4 {
		now = now.Add(15 * time.Minute)
		r.Came("!l:x", 3, now)
		if !r.Due("!l:x", now).After(now) {
			r.Asked("!l:x", now)
			asked++
		}
	}
	if asked < 28 || asked > 31 {
		t.Errorf("asked %d times in 30 days", asked)
	}
}

// What can wait does, and what cannot brings it forward.
func TestWhatCanWait(t *testing.T) {
	b, now := NewBoard(), time.Unix(1_800_000_000, 0)
	topic := Topic{Kind: Rules, About: "!l:x"}
	b.TouchFor(topic, now, now.Add(time.Hour))
	if due := b.Due(); due.Sub(now) != time.Hour {
		t.Errorf("due after %s", due.Sub(now))
	}
	if _, ok := b.Next(now.Add(30 * time.Minute)); ok { // longer than topics are kept that nothing waits of
		t.Error("asked too soon")
	}
	b.Touch(topic, now)
	if due := b.Due(); due.Sub(now) != firstPause {
		t.Errorf("due after %s", due.Sub(now))
	}
	b.TouchFor(topic, now, now.Add(time.Hour))
	if _, ok := b.Next(now.Add(time.Minute)); !ok {
		t.Error("put off")
	}
}
