package community

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// A burst costs one update, a stream that does not end ever fewer, and neither a
// room nor a moderator waits for ever.
func TestDebounce(t *testing.T) {
	const room = id.RoomID("!room")
	start := time.Now()
	at := func(d time.Duration) time.Time { return start.Add(d) }
	var d debounce
	if !d.due().IsZero() {
		t.Error("something is due of nothing")
	}
	d.want(room, start)
	d.changed(start)
	if got := d.due().Sub(start); got != firstQuiet {
		t.Errorf("one change is due after %s", got)
	}
	d.changed(at(100 * time.Millisecond))
	if got := d.due().Sub(start); got != laterQuiet+100*time.Millisecond {
		t.Errorf("a second change is due after %s", got)
	}

	// Changes that come just too late for the first update share the second.
	d = debounce{}
	updates := 0
	for now, n := start, 0; now.Before(at(10 * time.Second)); now = now.Add(10 * time.Millisecond) {
		if n < 5 && !now.Before(at(time.Duration(n)*300*time.Millisecond)) {
			d.want(room, now)
			d.changed(now)
			n++
		}
		if due := d.due(); !due.IsZero() && !now.Before(due) {
			updates++
			d.over(now)
		}
	}
	if updates != 2 {
		t.Errorf("five changes in little more than a second took %d updates", updates)
	}

	// A change every 100 ms, for ten minutes.
	d = debounce{}
	var waits []time.Duration
	for now := start; now.Before(at(10 * time.Minute)); now = now.Add(100 * time.Millisecond) {
		d.want(room, now)
		d.changed(now)
		if !now.Before(d.due()) {
			waits = append(waits, now.Sub(d.first))
			d.over(now)
		}
	}
	if len(waits) > 15 || waits[0] != longest || waits[len(waits)-1] != longestOfAll {
		t.Errorf("a stream was waited for by %v", waits)
	}
	d.want(room, start)
	d.first, d.asked = start, true
	if got := d.latest().Sub(start); got != longest {
		t.Errorf("a moderator waits %s", got)
	}
	// Once it is over, all is as at first.
	d.over(d.last.Add(laterQuiet))
	d.want(room, at(time.Hour))
	d.changed(at(time.Hour))
	if got := d.due().Sub(at(time.Hour)); got != firstQuiet {
		t.Errorf("after the stream one change is due after %s", got)
	}
}
