package community

import (
	"slices"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/echo"
	"forseti/matrix"
	"forseti/policy"
)

// step is one event of what sync brought of a room.
type step struct {
	evt   *event.Event
	state bool // to be taken in as state, or a redaction of some
	said  bool // of the timeline
}

// inOrder puts state and timeline of a room into one order, so that each event finds
// the room as it was then: who joined, spoke and left in one batch was there when they
// spoke. First comes state from before the timeline, or from beside it. In the end the
// state is the same as if all of State had been taken in at once.
//
// A homeserver that tells the state after the timeline tells only what came out in the
// end. What the timeline has of the same piece of state before that was in force until
// then; what it has after it, or instead of it, lost to others and never was. Rules of
// lists are taken in as they came out: nobody needs to know what they were in between.
func inOrder(in *matrix.RoomBatch) []step {
	where := make(map[*event.Event]int, len(in.Timeline))
	byID := make(map[string]int, len(in.Timeline))
	for i, evt := range in.Timeline {
		where[evt] = i
		if evt.ID != "" && evt.StateKey != nil {
			byID[string(evt.ID)] = i
		}
	}
	steps := make([]step, 0, len(in.State)+len(in.Timeline))
	holds := make(map[echo.Slot]int) // where in the timeline that is which came out
	named := make(map[int]bool, 0)   // what of the timeline State has too
	for _, evt := range in.State {
		i, found := where[evt]
		if !found {
			i, found = byID[string(evt.ID)]
			found = found && echo.SlotOf(in.Timeline[i]) == echo.SlotOf(evt)
		}
		if !found {
			steps = append(steps, step{evt: evt, state: true})
			continue
		}
		holds[echo.SlotOf(evt)], named[i] = i, true
	}
	for i, evt := range in.Timeline {
		s := step{evt: evt, said: true}
		if evt.StateKey == nil {
			s.state = evt.Type.Type == event.EventRedaction.Type
		} else if last, known := holds[echo.SlotOf(evt)]; known {
			s.state = named[i] || i < last && !policy.IsRuleType(evt.Type.Type)
		}
		steps = append(steps, s)
	}
	return steps
}

// inTurn are the rooms of a batch in the order in which they are taken in: who has to
// be spared comes before what is said and done elsewhere, and so do the rules that we
// wrote, which moderators ordered. What others wrote comes last, for it is weighed: whom
// it hits may have come in the same batch.
func (p *places) inTurn(all []matrix.RoomBatch) []*matrix.RoomBatch {
	var first, then, last []*matrix.RoomBatch
	for i := range all {
		switch r, _ := p.roles(all[i].Room); {
		case r.management:
			first = slices.Insert(first, 0, &all[i])
		case r.list == nil:
			then = append(then, &all[i])
		case slices.ContainsFunc(slices.Concat(all[i].State, all[i].Timeline), func(evt *event.Event) bool { return ofRules(evt) && evt.Sender != p.world.Self() }):
			last = append(last, &all[i])
		default:
			first = append(first, &all[i])
		}
	}
	return slices.Concat(first, then, last)
}

// ofRules reports whether an event of a list may change its rules.
func ofRules(evt *event.Event) bool {
	return policy.IsRuleType(evt.Type.Type) || evt.Type.Type == event.EventRedaction.Type
}

// manyRules reports whether a batch brings more rules of a list than can be taken in at
// once. Where server ACLs are full, what each rule about servers pushes out is looked at too.
func manyRules(in *matrix.RoomBatch, full bool, self id.UserID) bool {
	const mostCrowding = 16
	n, crowding := 0, 0
	for _, evt := range in.State {
		if kind, is := policy.KindOf(evt.Type.Type); is {
			n++
			if kind == policy.Server && evt.Sender != self {
				crowding++
			}
		}
	}
	return n > readingPart || full && crowding > mostCrowding
}
