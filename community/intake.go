package community

import (
	"context"
	"encoding/json"
	"fmt"
	"forseti/action"
	"forseti/community/commits"
	"forseti/community/echo"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/community/survey"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// intake takes in the state of rooms, in each part that a room plays: what sync brings,
// what was read, and what we did.
type intake struct {
	world       *enforce.World
	runner      *enforce.Runner
	loop        *loop.Loop
	commits     *commits.Writer
	queue       *queue
	management  *management
	following   *following
	protecting  *protecting
	places      *places
	survey      *survey.Survey
	speaker     *speaker
	names       names
	protections interface {
		follow(id.RoomID, rooms.Change)
		looked(id.RoomID)
	}
	writes *echo.Writes
	looks  []*looking // protected rooms that are taken in, one after the other
}

// takeState applies one state event, or a redaction, in each part that its room
// plays. It says what that changed in a protected room, and whether it was taken in
// there.
func (i *intake) takeState(evt *event.Event, at time.Time, r roles, out *store.Commit) (change rooms.Change, taken bool) {
	i.survey.Meanwhile(evt.RoomID, evt)
	if evt.StateKey == nil && i.doubtful(evt, r) {
		i.places.again(evt.RoomID) // and find out what is there, before anything is loosened
		return change, false
	}
	keep := false
	if r.management {
		i.management.follow(i.management.room.take(i.world.Self(), evt, at))
		keep = i.management.room.stored(i.world.Self(), evt)
	}
	if r.list != nil {
		if change := r.list.take(i.world.Self(), evt, at); change.Kind == rooms.Tombstone {
			i.following.checkReplaced(r.list, true)
		}
		for _, gone := range i.following.takeRule(r.list, evt, at) {
			if evt.StateKey == nil { // redacted: no new state event says so, and the old one stays, without its content
				out.State = append(out.State, stateRow(stateEvent(gone.List, gone.Type, gone.StateKey, gone.Sender, gone.Event, json.RawMessage(`{}`))))
			}
		}
		keep = keep || r.list.stored(i.world.Self(), evt)
	}
	if r.protected != nil && !i.overtaken(evt) {
		change, taken = i.apply(evt, at), true
		i.noticeBan(evt, change, at, out)
		if evt.StateKey == nil && change.Kind == rooms.ACL {
			content, sender, eventID := i.world.Room(evt.RoomID).ACL()
			out.State = append(out.State, stateRow(stateEvent(evt.RoomID, event.StateServerACL.Type, "", sender, eventID, content)))
		}
		// What is stored counts as seen and weighed at the next start.
		same := evt.Type.Type == event.StateServerACL.Type && change.Kind == rooms.None // and stored: an echo, and it is long
		keep = keep || r.protected.read && evt.StateKey != nil && kept(evt.Type.Type) && !same
	}
	if keep {
		out.State = append(out.State, stateRow(evt))
	}
	if taken && change.Kind == rooms.Membership {
		forgetLeavers(i.world, evt.RoomID, at, out)
	}
	return change, taken
}

// doubtful reports whether a redaction would take away a rule, a server ACL or levels, and
// comes from somebody who neither wrote it nor may redact what others wrote. A
// homeserver should show none that does not hold; a stranger on its author's server
// may send one that does.
func (i *intake) doubtful(evt *event.Event, r roles) bool {
	if r.list != nil {
		if rule, ok := i.world.Rules.Redacts(evt.RoomID, evt); ok && !mayRedact(r.list.Room, evt.Sender, rule.Sender) {
			return true
		}
	}
	if r.protected == nil {
		return false
	}
	room := i.world.Room(evt.RoomID)
	for _, state := range []func() (json.RawMessage, id.UserID, id.EventID){room.ACL, room.PowerLevels} {
		_, author, of := state()
		if of != "" && (evt.Redacts == of || field(evt, "redacts") == string(of)) && !mayRedact(room, evt.Sender, author) {
			return true
		}
	}
	return false
}

func mayRedact(room *rooms.Room, who, author id.UserID) bool {
	_, may := room.Needs(who, rooms.PowerRedact)
	return may || who == author
}

// overtaken reports whether an event says that a banned user is present. Nobody
// is without an unban in between: the event forked off before the ban, lost to it,
// and comes late. Whether it truly lost is for a look to say.
func (i *intake) overtaken(evt *event.Event) bool {
	if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type {
		return false
	}
	before, _ := i.world.Room(evt.RoomID).Member(id.UserID(*evt.StateKey))
	if before.Membership != event.MembershipBan {
		return false
	}
	switch event.Membership(field(evt, "membership")) {
	case event.MembershipJoin, event.MembershipInvite, event.MembershipKnock:
	default:
		return false
	}
	if before.Event != "" { // else it is a ban of ours whose echo is on its way
		i.places.again(evt.RoomID)
	}
	return true
}

// apply takes in one event of a protected room, whoever it comes from: what sync
// brings, and what we wrote, before its echo. The echo changes nothing any more, so
// whatever has to follow from a change follows here.
func (i *intake) apply(evt *event.Event, at time.Time) rooms.Change {
	change, keys := i.world.Apply(evt.RoomID, evt, at)
	i.queue.enqueue(keys, at)
	i.followRoom(evt.RoomID, change)
	return change
}

// followRoom acts on what changed in a protected room besides its plan, however we
// learned of it.
func (i *intake) followRoom(room id.RoomID, change rooms.Change) {
	i.protections.follow(room, change)
	switch {
	case change.Kind == rooms.Tombstone:
		if _, dead := i.world.Room(room).Tombstone(); dead {
			tell := i.speaker.problem
			if i.following.replaced(i.world.Room(room), i.names.Room(room)) {
				tell = i.following.noted
			}
			tell(report.Key{Kind: report.Tombstone, Room: room}, fmt.Sprintf("%s was replaced by another room. %s has me protect that one too, after a look at both.", i.names.Room(room), text.Code("!forseti upgrade "+string(room))))
		}
	case change.Kind == rooms.Membership && change.User == i.world.Self():
		if w := i.protecting.rooms[room]; w != nil && change.After.Membership != event.MembershipJoin {
			i.protecting.awayFrom(room, w)
		} else if w != nil && w.away {
			i.places.again(room)
		}
		i.places.checkPresence(room)
	case change.Kind == rooms.Levels:
		i.protecting.checkPower(room)
	}
}

// viewManagement takes in the whole state of the management room.
func (i *intake) viewManagement(state []*event.Event, at time.Time) {
	for _, change := range i.management.room.look(i.world.Self(), state, at) {
		i.management.follow(change)
	}
	i.management.viewed(state)
	for _, l := range i.following.lists {
		if l.loaded {
			i.following.decideExempting(l)
		}
	}
}

// contentBefore is the content of the state that an event replaces, as far as it is
// known. What we do not keep, the homeserver may tell.
func (i *intake) contentBefore(evt *event.Event) json.RawMessage {
	if room := i.world.Room(evt.RoomID); room != nil && *evt.StateKey == "" {
		if content := room.Content(evt.Type.Type); content != nil {
			return content
		}
	}
	if evt.Unsigned.PrevContent != nil {
		return evt.Unsigned.PrevContent.VeryRaw
	}
	return nil
}

// behind reports whether an event is older than what we have of its slot.
func (i *intake) behind(evt *event.Event, at time.Time) bool {
	if evt.Sender == i.world.Self() && evt.Type.Type == event.StateServerACL.Type {
		i.world.ACLs.Echoed(evt.RoomID)
	}
	if !i.writes.Overtakes(evt, at) {
		return false
	}
	if evt.Sender != i.world.Self() {
		if evt.Type.Type == event.StateServerACL.Type {
			i.writeAgain(evt.RoomID, i.world.ACLs.WroteOver(evt.RoomID, evt.Content.VeryRaw), at)
		}
		// If our write turns out to have had no effect, this event was the newest.
		i.loop.After(echo.Wait, func() {
			if i.writes.Lapsed(evt, time.Now()) {
				i.places.again(evt.RoomID)
			}
		})
	}
	return true
}

// noticeBan records which event our ban became.
func (i *intake) noticeBan(evt *event.Event, change rooms.Change, at time.Time, out *store.Commit) {
	if change.Kind != rooms.Membership || change.After.Membership != event.MembershipBan || change.After.Sender != i.world.Self() {
		return
	}
	_, ours := i.world.Bans.Of(evt.RoomID, change.User)
	if entry, _, found := i.runner.Claim(evt.RoomID, change.User, at); found {
		out.Located = append(out.Located, store.Located{Entry: entry, Event: evt.ID})
		i.runner.Touch([]enforce.Key{{Lane: action.MemberLane, Room: evt.RoomID, Subject: string(change.User)}}, enforce.Soon)
	} else if ours {
		out.Located = append(out.Located, located(evt.RoomID, change.User, evt.ID))
	}
}

// claimAll finds bans without an answer in a room that was read as a whole.
func (i *intake) claimAll(room id.RoomID, at time.Time) {
	i.runner.ClaimAll(room, at, func(entry string, user id.UserID, evt id.EventID) {
		i.commits.Locate(store.Located{Entry: entry, Event: evt})
		i.runner.Touch([]enforce.Key{{Lane: action.MemberLane, Room: room, Subject: string(user)}}, enforce.Soon)
	})
}

// takeBan takes up that a ban was ours, and reports whether it still is.
func (i *intake) takeBan(b store.Ban) (ours bool) {
	r := i.world.Room(b.Room)
	if r == nil {
		return false
	}
	m, _ := r.Member(b.User)
	switch banned := m.Membership == event.MembershipBan; {
	case !banned && b.Event == "":
		// We stopped before its echo came; the first batch may bring it.
		i.world.Bans.Set(b.Room, b.User, enforce.Ban{Cause: b.Cause})
		return true
	case !banned || m.Sender != i.world.Self() || b.Event != "" && b.Event != m.Event:
		return false
	}
	i.world.Bans.Set(b.Room, b.User, enforce.Ban{Event: m.Event, Cause: b.Cause})
	if b.Event == "" {
		i.locate(b.Room, b.User, m.Event)
	}
	return true
}

// settle says for what a protected room is left alone, whose stored state was taken in.
func (i *intake) settle(room id.RoomID, w *protectedRoom, word string, now time.Time) {
	w.away = i.places.isOut(room)
	w.asked, w.refused, w.unswept = word == asked, word == rejected, word == unswept && w.read && !w.away
	i.queue.enqueue(i.world.HoldRoom(room, !w.read || word != "" || w.away), now)
}

// load takes in what is stored of a room. There may be very many members, who are taken in
// as they are read.
func (i *intake) load(ctx context.Context, kept *store.RoomState, room id.RoomID, as roles, now time.Time) error {
	var state []*event.Event
	for row, err := range kept.Of(ctx, room) {
		if err != nil {
			return err
		}
		if as.protected != nil && row.Type == event.StateMember.Type {
			if u, m, ok := restoredMember(row, now); ok {
				enforce.RestoreMember(i.world, room, u, m)
			}
			if !as.management && (as.list == nil || id.UserID(row.Key) != i.world.Self()) {
				continue
			}
		}
		if evt, ok := storedState(row); ok {
			state = append(state, evt)
		}
	}
	i.restore(room, as, state, now)
	return nil
}

// restore takes in a room's stored state; the members of a protected room have been. What it says was weighed and told when
// it first came.
func (i *intake) restore(room id.RoomID, r roles, state []*event.Event, now time.Time) {
	if r.management {
		for _, change := range i.management.room.look(i.world.Self(), state, now) {
			i.management.follow(change)
		}
		i.management.settled = true
	}
	if r.list != nil {
		r.list.look(i.world.Self(), state, now)
		i.following.decideExempting(r.list)
		policy.Stood(state, now)
		_, slots, _ := i.world.ReplaceRules(room, state)
		i.world.Follow(slots...)
		i.world.SetUnread(room, false)
		i.places.checkPresence(room)
	}
	if r.protected != nil {
		r.protected.read = true
		enforce.RestoreRoom(i.world, room, state, now)
	}
	if i.places.absent(room) {
		i.places.expelled(room)
	}
}
