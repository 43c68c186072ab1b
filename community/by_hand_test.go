package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/rooms"
	"forseti/store"
)

const handMod = id.UserID("@mod:hs")

// handing is a community in which moderators ban by hand.
func handing(t *testing.T, kept *store.Store) *reader {
	r := newReader(t, kept, 0)
	for _, u := range []id.UserID{handMod, "@other:hs", "@draupnir:hs", "@writes:hs"} {
		r.world.SetModerator(u, true)
		r.places.management.known.Store(u, "")
	}
	r.places.management.bots.load("@writes:hs", "")
	r.hearing.byHand.begun = func() bool { return true }
	return r
}

// byHand has somebody ban, or unban, somebody in a room.
func (r *reader) byHand(by, user id.UserID, room id.RoomID, reason string, bans bool, at time.Time) {
	change := rooms.Change{Kind: rooms.Membership, User: user, Before: rooms.Member{Membership: event.MembershipJoin}, After: rooms.Member{Membership: event.MembershipBan, Reason: reason, Sender: by}}
	if !bans {
		change.Before, change.After = rooms.Member{Membership: event.MembershipBan}, rooms.Member{Membership: event.MembershipLeave, Reason: reason, Sender: by}
	}
	evt := &event.Event{ID: id.EventID(fmt.Sprint("$", by, user, room, at.UnixNano())), Sender: by, RoomID: room}
	r.hearing.byHand.take(evt, change, at)
}

// offers are what is offered by a time.
func (r *reader) offers(t *testing.T, at time.Time) (said []string) {
	t.Helper()
	h := r.hearing.byHand
	if len(h.waits) == 0 || h.next.After(at) {
		return nil
	}
	for _, order := range h.plans(at).wanted.Commands {
		var of proposal
		if raw, ok := strings.CutPrefix(order.Body, offerMark); !ok || json.Unmarshal([]byte(raw), &of) != nil {
			t.Fatal(order.Body)
		}
		said = append(said, fmt.Sprintf("%s %v %v in %v for %q, at once %v", order.Sender, of.Lifted, of.Users, of.Rooms, of.Reason, of.AtOnce))
	}
	slices.Sort(said)
	return said
}

// Several bans within a moment are one offer; what others do, or rules say already, is none.
func TestByHandIsOffered(t *testing.T) {
	r := handing(t, openStore(t))
	now := time.Now()
	r.byHand(handMod, "@a:x", "!1:hs", "spam", true, now)
	r.byHand(handMod, "@a:x", "!2:hs", "spam", true, now.Add(time.Second))
	r.byHand(handMod, "@b:x", "!1:hs", "spam", true, now.Add(2*time.Second))
	r.byHand("@other:hs", "@c:x", "!1:hs", "", true, now.Add(2*time.Second))
	for _, by := range []id.UserID{"@nobody:hs", benchSelf, "@draupnir:hs", "@writes:hs", "@d:x"} {
		r.byHand(by, "@d:x", "!1:hs", "", true, now.Add(2*time.Second))
	}
	for _, u := range []id.UserID{benchSelf, "@other:hs", "@*:x", "@a b:x", "", "@" + id.UserID(strings.Repeat("x", 300)) + ":x"} {
		r.byHand(handMod, u, "!1:hs", "spam", true, now.Add(2*time.Second))
	}
	r.byHand(handMod, "@e:x", "!1:hs", "", false, now.Add(2*time.Second)) // whom no rule bans
	r.byHand(handMod, "@f:x", "!1:hs", "", true, now.Add(2*time.Second))  // and thinks better of it
	r.byHand(handMod, "@f:x", "!1:hs", "", false, now.Add(3*time.Second))
	if got := r.offers(t, now.Add(handPause+time.Second)); got != nil {
		t.Errorf("too soon: %q", got)
	}
	want := []string{`@mod:hs false [@a:x @b:x] in [!1:hs !2:hs] for "spam", at once false`, `@other:hs false [@c:x] in [!1:hs] for "", at once false`}
	if got := r.offers(t, now.Add(handPause+2*time.Second)); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}

	// Whoever goes on and on is asked all the same, and of a crowd no more at once than fits.
	for i := range 60 {
		r.byHand(handMod, id.UserID(fmt.Sprintf("@n%02d:x", i)), "!1:hs", "", true, now.Add(time.Hour+time.Duration(i)*3*time.Second))
	}
	got := r.offers(t, now.Add(time.Hour+handLongest))
	if len(got) != 3 {
		t.Errorf("%d offers", len(got))
	}
}

// How it is set holds from then on, and over a restart, and so does what waits.
func TestByHandIsKept(t *testing.T) {
	kept := openStore(t)
	r := handing(t, kept)
	now := time.Now()
	if r.hearing.byHand.mode != commands.ByHandAsk {
		t.Errorf("it is %s at first", r.hearing.byHand.mode)
	}
	r.byHand(handMod, "@a:x", "!1:hs", "spam", true, now)
	if (byHandDesk{r.hearing.byHand}).change(commands.Change{Kind: commands.SetByHand, Value: "never"}) == nil {
		t.Error("it is set to anything")
	}
	r.hearing.byHand.set(commands.ByHandAuto)
	r.store(store.Commit{})
	r = handing(t, kept)
	want := []string{`@mod:hs false [@a:x] in [!1:hs] for "spam", at once true`}
	if got := r.offers(t, now.Add(handLongest)); !slices.Equal(got, want) {
		t.Errorf("after a restart: %q", got)
	}
	r.hearing.byHand.set(commands.ByHandOff)
	r.byHand(handMod, "@b:x", "!1:hs", "spam", true, now)
	if got := r.offers(t, now.Add(time.Hour)); got != nil {
		t.Errorf("off: %q", got)
	}
}
