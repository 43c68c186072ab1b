package community

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/desk"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
)

// upgrades asks moderators whether to go over to rooms that replaced lists and protected ones. A
// yes is an order of whoever says it: both rooms are looked at then, and if it would do much that
// is asked about as with any order.
type upgrades struct {
	orders *orders
	asked  map[id.RoomID]time.Time
}

// upgradePause is how long it is not asked again about one room: whoever rules it may replace it
// as often as they like.
const upgradePause = time.Hour

// ask asks about a room, called so, and reports whether it does: not about what nobody could follow.
func (u *upgrades) ask(r *rooms.Room, called string) bool {
	next, by, rightly := desk.Replacement(r)
	now := time.Now()
	if !rightly || next == "" || !u.orders.live() || now.Sub(u.asked[r.ID()]) < upgradePause {
		return false
	}
	u.asked[r.ID()] = now
	d := questionDetails{
		Kind: approval.Command, Line: "upgrade " + string(r.ID()), Room: r.ID(),
		Text: fmt.Sprintf("%s was replaced by another room, %s, as %s wrote there.\n\nShall I go over to it, if that says so too? I stay where I am until then, and ask again if that would do much.",
			called, text.Code(string(next)), text.Code(string(by))),
	}
	u.orders.loop.Later("ask about an upgrade", func(context.Context) { u.orders.askCommand(rand.Text(), d, store.Commit{}) }, nil)
	return true
}
