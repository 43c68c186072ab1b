package rooms

import (
	"cmp"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// KeepLeavers says how long ago somebody may have left whom Replace brings back. The
// state of a room names for ever whoever was there once, and a stranger's server can send
// as many as it likes through a room.
func (r *roster) KeepLeavers(keep time.Duration) { r.keep = keep }

// forgot reports whether an event of a full look is of somebody unknown who left too long
// ago to matter. The time is the sender's claim: one that lies ahead is not believed, for
// it would bring them back with every look.
func (r *roster) forgot(u id.UserID, evt *event.Event, at time.Time) bool {
	if r.members.has(u) || r.keep <= 0 || ReadMember(raw(&evt.Content)).Membership != event.MembershipLeave {
		return false
	}
	ago := at.Sub(time.UnixMilli(evt.Timestamp))
	return ago < 0 || ago >= r.keep
}

// Forget drops who left before a time, and of the others those who left first until most
// are left, but nobody who is spared. It returns whom it dropped.
func (r *roster) Forget(before time.Time, most int, spare func(id.UserID) bool) (dropped []id.UserID) {
	if r.counts[left] == 0 {
		return nil
	}
	type leaver struct {
		user id.UserID
		at   int64
	}
	var gone []leaver
	drop := func(u id.UserID) {
		r.drop(u)
		dropped = append(dropped, u)
	}
	for u, m := range r.members.each {
		switch {
		case m.kind != left || spare(u):
		case time.Unix(0, m.changed).Before(before):
			drop(u)
		default:
			gone = append(gone, leaver{u, m.changed})
		}
	}
	if len(gone) > most {
		slices.SortFunc(gone, func(a, b leaver) int { return cmp.Compare(a.at, b.at) })
		for _, l := range gone[:len(gone)-most] {
			drop(l.user)
		}
	}
	r.members.shrink()
	return dropped
}
