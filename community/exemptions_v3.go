package community

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// allDecided reports whether it is decided of all lists that were read whether their
// exemptions are followed.
func (f *following) allDecided(read func(list id.RoomID) bool) bool {
	for room, l := range f.lists {
		if !l.decided && read(room) {
			return false
		}
	}
	return true
}

// weighFormer weighs what it does that exemptions count no more which did in version 3:
// those of lists that are not our own, and what Mjolnir writes for an ACL's allow list.
// Whom they kept from being banned is banned unasked only if they are few.
func (f *following) weighFormer(_ context.Context, at time.Time) error {
	var over []policy.Rule
	for room, l := range f.lists {
		if !l.former {
			continue
		}
		l.former = false
		for r := range f.world.Rules.Rules(room) {
			if r.Recommendation == policy.Allow || r.Recommendation == policy.Exempt && !f.world.Rules.Exempting(room) {
				over = append(over, r)
			}
		}
	}
	e, rules := f.world.Scales.Unfreed(over)
	if !f.world.Settings.Limits.Wide(e) {
		return nil
	}
	for _, r := range rules {
		s, keys := f.world.HoldBack(r.Event)
		f.weigher.keepHeld(s)
		f.queue.enqueue(keys, at)
	}
	f.speaker.tell(fmt.Sprintf("From this version on an exemption counts only in your own lists and in those that you let exempt (`!forseti list exempt`), and `org.matrix.mjolnir.allow` frees nobody. That would now %s. I ask before I do.", effectText(e)))
	return nil
}
