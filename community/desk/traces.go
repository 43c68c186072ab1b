package desk

import (
	"context"
	"maps"
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
)

// looks are what a room shows of itself, and what each is called.
var looks = [...]struct {
	kind event.Type
	of   action.Object
}{{event.StateRoomName, action.ToName}, {event.StateTopic, action.ToTopic}, {event.StateRoomAvatar, action.ToPicture}}

// Traces gives what protected rooms show of users besides what they wrote. What moderators
// set is left alone.
func (d Members) Traces(s commands.Search) (all []commands.Trace) {
	d.World.See(func(w *enforce.World) {
		theirs := func(u id.UserID) bool { return s.Of(u) && u != w.Self() && !w.Moderator(u) }
		users := map[id.UserID]bool{}
		for _, of := range s.Users {
			if !of.Glob {
				users[of.User] = theirs(of.User)
				continue
			}
			for u := range w.Subjects().Affected(policy.Rule{Kind: policy.User, Entity: string(of.User)}) {
				users[u] = theirs(u)
			}
		}
		named := slices.Sorted(maps.Keys(users))
		for _, name := range slices.Sorted(maps.Keys(w.Rooms())) {
			if len(s.Rooms) > 0 && !slices.Contains(s.Rooms, name) {
				continue
			}
			room := w.Room(name)
			for _, u := range named {
				if m, known := room.Member(u); known && users[u] && m.Event != "" && m.Sender == u {
					all = append(all, commands.Trace{Room: name, User: u, Event: m.Event, Of: action.ToProfile})
				}
			}
			for _, of := range looks {
				if sender, evt, _ := room.SetBy(of.kind.Type); evt != "" && theirs(sender) {
					all = append(all, commands.Trace{Room: name, User: sender, Event: evt, Of: of.of, Kind: of.kind})
				}
			}
		}
		for _, t := range d.Invited(theirs) {
			if len(s.Rooms) == 0 || slices.Contains(s.Rooms, t.Room) {
				all = append(all, t)
			}
		}
	})
	return all
}

// Wrote tells whether anything still stands that users wrote lately.
func (d Members) Wrote(ctx context.Context, s commands.Search) bool {
	const most = 3 // what stands is mostly the latest
	for _, evt := range d.Latest(s.Of, most) {
		if now, err := d.History.Event(ctx, evt.RoomID, evt.ID); err == nil && stands(now) {
			return true
		}
	}
	return false
}
