package community

import (
	"context"
	"errors"
	"testing"
	"time"

	"forseti/action"
	"forseti/community/report"
	"forseti/store"
)

// posts has what is due be said and posted; of each message the name.
func (r *reader) posts(at time.Time) (said []report.Speech) {
	for range 3 {
		for _, s := range r.speaker.report.Speak(at) {
			said = append(said, s)
			r.speaker.report.Posted(s.Name, "$said", at)
			if posted := r.speaker.posted[s.Name]; posted != nil {
				posted("$said")
			}
		}
		at = at.Add(time.Minute)
	}
	return said
}

// A digest comes once when it is due, by the clocks of moderators: never twice, also if it is not
// known after a crash whether it was sent, for then it is the same send; not for what is long past,
// nor at once when it is set; and what failed is tried again.
func TestDigestsBySchedule(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	drawn, fail := 0, error(nil)
	ready := func(r *reader) *digests {
		r.progress.begun = true
		d := r.hearing.digests
		d.draw = func(_ context.Context, week bool, _ *time.Location) (action.Message, error) {
			drawn++
			return action.Message{Markdown: "The last day"}, fail
		}
		go r.loop.Run(func() time.Duration { return time.Hour })
		return d
	}
	d := ready(r)
	looks := func(d *digests, now time.Time) {
		t.Helper()
		d.loop.See(func() { d.lookDue(now) })
		for busy := true; busy; {
			d.loop.See(func() { busy = d.busy })
		}
	}
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	if !d.due().IsZero() {
		t.Error("it comes though nobody wants it")
	}
	for name, value := range map[string]string{"zone": "Asia/Tokyo", "digest": "daily 08:00"} {
		if err := r.protectors.posture.setClock(name, value, now); err != nil {
			t.Fatal(err)
		}
	}
	morning := time.Date(2026, 3, 1, 23, 0, 0, 0, time.UTC) // 8:00 there, the next day
	if due := d.due(); !due.Equal(morning) {
		t.Fatalf("due at %s", due)
	}
	looks(d, morning.Add(-time.Second))
	if drawn != 0 {
		t.Error("too early")
	}
	fail = errors.New("no database")
	looks(d, morning)
	fail = nil
	if due := d.due(); !due.Equal(morning.Add(digestRetry)) || len(r.posts(morning)) != 0 {
		t.Errorf("after a failure it is due at %s", due)
	}
	late := morning.Add(digestRetry)
	looks(d, late)
	first := r.speaker.report.Speak(late)
	if len(first) != 1 || first[0].Message.Markdown != "The last day" {
		t.Fatalf("%+v", first)
	}

	// A crash: it was sent, and nobody knows.
	again := r.restarted()
	e := ready(again)
	looks(e, late.Add(time.Minute))
	second := again.posts(late.Add(time.Minute))
	if len(second) != 1 || second[0].Name != first[0].Name {
		t.Fatalf("after a crash: %+v", second)
	}
	// And another one: it was known, and that was not stored.
	killed := newReader(t, again.opts.Store, 0)
	looks(ready(killed), late.Add(time.Minute))
	if same := killed.posts(late.Add(time.Minute)); len(same) != 1 || same[0].Name != first[0].Name {
		t.Fatalf("after another crash: %+v", same)
	}
	looks(e, late.Add(time.Hour))
	if more := again.posts(late.Add(time.Hour)); len(more) != 0 {
		t.Errorf("twice: %+v", more)
	}
	third := again.restarted()
	f := ready(third)
	looks(f, late.Add(2*time.Hour))
	if more := third.posts(late.Add(2 * time.Hour)); len(more) != 0 || !f.due().Equal(morning.Add(24*time.Hour)) {
		t.Errorf("after a restart: %+v, due at %s", more, f.due())
	}

	// Long away, it comes at its next time, and not for each that was missed.
	away := morning.Add(3*24*time.Hour + digestLate + time.Minute)
	looks(f, away)
	if more := third.posts(away); len(more) != 0 || !f.due().Equal(morning.Add(4*24*time.Hour)) {
		t.Errorf("after days: %+v, due at %s", more, f.due())
	}
	if err := third.protectors.posture.setClock("digest", "off", away); err != nil {
		t.Fatal(err)
	}
	third.store(store.Commit{})
	if stored := storedAs(t, third.opts.Store, modeNamespace+" "+digestedKey); len(stored) != 0 || !f.due().IsZero() {
		t.Errorf("off: %v, due at %s", stored, f.due())
	}
}
