package desk

import (
	"context"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/wire"
)

// Replacement says which room replaced another, who says so, and whether they may.
func Replacement(r *rooms.Room) (next id.RoomID, by id.UserID, rightly bool) {
	next, dead := r.Tombstone()
	if !dead {
		return "", "", false
	}
	by, _, _ = r.SetBy(event.StateTombstone.Type)
	_, rightly = r.Needs(by, rooms.PowerState(event.StateTombstone.Type)) // though they have left since
	return next, by, rightly && by != ""
}

// Successor reads the room that replaced a list or a protected room. Whoever may replace the old
// room can name any other one, and anybody can make a room that names it: only both together
// count.
func (d Lists) Successor(ctx context.Context, of id.RoomID, as commands.List) (commands.Successor, error) {
	var s commands.Successor
	rightly := false
	if as.ID != "" {
		about := d.Stands(of)
		s.ID, s.By, rightly = about.Next, about.By, about.Rightly
	} else {
		d.World.See(func(w *enforce.World) {
			if r := w.Room(of); r != nil {
				s.ID, s.By, rightly = Replacement(r)
			}
		})
	}
	next := s.ID
	switch {
	case s.By == "":
		return s, refuse("That room was not replaced by another one, as far as I know")
	case next == "" || next == of:
		s.ID, s.Doubt = "", "The room was replaced, and does not say by which one."
		return s, nil
	case !rightly:
		s.ID, s.Doubt = "", "Whoever wrote that the room was replaced may not write that there."
		return s, nil
	}
	if s.Via = []string{policy.ServerOf(s.By)}; s.Via[0] == "" {
		s.Via = nil
	}
	state, err := d.read(ctx, next, s.Via)
	if err != nil {
		return s, err
	}
	seen := rooms.New(next)
	for _, evt := range state {
		if evt.StateKey == nil {
			continue
		}
		if evt.Type.Type == event.StateCreate.Type && *evt.StateKey == "" {
			before := wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Object("predecessor")
			if id.RoomID(before.Text("room_id")) != of {
				s.Doubt = "The room that it was replaced by does not say that it takes its place."
			}
		}
		if rule, ok := policy.Parse(next, evt); ok {
			s.Has = append(s.Has, rule)
		}
		if evt.Type.Type != event.StateMember.Type {
			seen.Apply(evt, evt.Mautrix.ReceivedAt)
		}
	}
	s.ID, s.Name, s.Alias, s.Rules, s.IsList, s.Maker = next, seen.Name(), seen.Alias(), len(s.Has), looksLikeList(state), seen.Maker()
	if s.Maker == "" {
		s.Doubt = "Of the room that it was replaced by I cannot read who made it."
	}
	if s.Doubt != "" || as.ID == "" {
		return s, nil
	}
	d.World.See(func(w *enforce.World) {
		s.Writable = enforce.Writes(w.Self(), seen)
		s.Effect = inPlace(w, as, s)
		d.Shown(next, s.Has)
	})
	return s, nil
}

// inPlace is what it would do to follow a list in place of another one. What is moved there goes
// on as it is.
func inPlace(w *enforce.World, old commands.List, s commands.Successor) commands.Effect {
	aside := AsideOf(old.How)
	var adds, removes []policy.Rule
	for _, r := range s.Has {
		adds = append(adds, aside.Of(r))
	}
	if !old.Writable || !s.Writable {
		for r := range w.Rules.Rules(old.ID) {
			removes = append(removes, r)
		}
	}
	return EffectOf(w, w.Scales.Preview(adds, removes))
}
