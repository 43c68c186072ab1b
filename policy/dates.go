package policy

import (
	"time"

	"maunium.net/go/mautrix/event"
)

// When a rule was written is what its sender says. Where not all rules have room the oldest fall out, so that rules of
// the year 3000 would be the newest for ever: no time is followed that lies ahead.

// Arrived has an event of a list, which comes now, bear no later time than that.
func Arrived(evt *event.Event, now time.Time) {
	if evt.StateKey != nil && IsRuleType(evt.Type.Type) {
		evt.Timestamp = min(evt.Timestamp, now.UnixMilli())
	}
}

// skew is how far ahead of ours a clock may go and be believed.
const skew = time.Hour

// Stood is Arrived for events of which it is not known when they came: the whole state of a list, or what was stored of
// it. A time far ahead says nothing there, and is none: as that of now it would be the newest with every look.
func Stood(state []*event.Event, now time.Time) {
	for _, evt := range state {
		if evt == nil || evt.Timestamp <= now.UnixMilli() {
			continue
		}
		if evt.Timestamp > now.Add(skew).UnixMilli() && IsRuleType(evt.Type.Type) {
			evt.Timestamp = 0
		}
		Arrived(evt, now)
	}
}
