package community

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/enforce"
	"forseti/policy"
)

// settled tells of what a question would do whether it is so already: by another command, by hand in a client, or since
// the room or the list plays no part here any more. It goes by what is known without asking anybody. Of all else it says
// that it is not so, and the question stays.
type settled struct {
	world      *enforce.World
	following  *following
	protecting *protecting
	cases      *cases
	dry        func() bool
	encrypted  func() bool // whether the management room is
}

// mostSettled is how many steps of one plan are looked at.
const mostSettled = 500

// settles reports whether a question goes by itself once all that it would do is so: only if nothing of that was so when it
// was asked, or else it asks for something that cannot be seen.
func (s *settled) settles(d questionDetails) bool {
	switch p := d.Plan; {
	case d.Kind != approval.Command || d.several():
		return false // what comes after it in its message waits for an answer too
	case p == nil:
		return d.Room != "" && !s.gone(d.Room)
	case len(p.Steps) == 0 || len(p.Steps) > mostSettled:
		return false
	default:
		return !slices.ContainsFunc(p.Steps, func(one commands.Step) bool { return s.step(one) != "" })
	}
}

// why says why nobody need answer a question any more; "" if somebody has to.
func (s *settled) why(d questionDetails) (why string) {
	switch {
	case !d.Settles:
		return ""
	case d.Plan == nil && s.gone(d.Room):
		return "I neither protect nor watch it any more"
	case d.Plan == nil:
		return ""
	}
	for _, one := range d.Plan.Steps {
		// What a case was is taken back as a whole, however that is done.
		if c := one.Change; c != nil && c.Kind == commands.OverturnCase && s.step(one) != "" {
			return s.step(one)
		}
	}
	for _, one := range d.Plan.Steps {
		switch so := s.step(one); {
		case so == "":
			return ""
		case why != "" && why != so:
			why = "all of it is so by now"
		default:
			why = so
		}
	}
	return why
}

func (s *settled) step(one commands.Step) string {
	if one.Change != nil {
		return s.change(one.Change)
	}
	return s.action(cmp.Or(one.Do, one.Want))
}

func (s *settled) gone(room id.RoomID) bool {
	return s.protecting.rooms[room] == nil && s.following.lists[room] == nil
}

// away reports whether a room is not protected any more, or we are not in it.
func (s *settled) away(room id.RoomID) bool {
	w := s.protecting.rooms[room]
	return w == nil || w.out
}

func (s *settled) change(c *commands.Change) string {
	w, l := s.protecting.rooms[c.Room], s.following.lists[c.Room]
	switch c.Kind {
	case commands.Protect:
		return when(w != nil && !w.out && slices.Contains(s.protecting.chosen, c.Room), "I protect it by now")
	case commands.Unprotect, commands.LockRoom, commands.UnlockRoom, commands.RelockRoom:
		return when(w == nil, "I do not protect it any more")
	case commands.Watch:
		return when(l != nil && !l.out && l.leaves == "", "I watch it by now")
	case commands.Unwatch, commands.SetHow, commands.Release, commands.KeepBans:
		return when(l == nil, "I do not watch it any more")
	case commands.Exempt, commands.Ignore:
		if l == nil {
			return "I do not watch it any more"
		}
		return when(l.decided && s.world.Rules.Exempting(c.Room) == (c.Kind == commands.Exempt), "that is so by now")
	case commands.SpareFrom, commands.CountAgain:
		if l == nil {
			return "I do not watch it any more"
		}
		return when(slices.Contains(s.following.spares[c.Room], c.User) == (c.Kind == commands.SpareFrom), "that is so by now")
	case commands.OverturnCase:
		return when(s.cases.undone[int64(c.Number)], "it is undone already")
	case commands.DryRunOn, commands.DryRunOff:
		return when(s.dry() == (c.Kind == commands.DryRunOn), "that is so by now")
	case commands.Encrypt:
		return when(s.encrypted(), "it is encrypted by now")
	default:
		return ""
	}
}

func (s *settled) action(a *action.Action) string {
	row := a.Verb.Row()
	if row.Guard == action.GuardList {
		return s.rule(a)
	}
	switch row.Lane {
	case action.MemberLane, action.LevelLane, action.MessageLane, action.StateLane, action.ACLLane:
	default:
		return ""
	}
	if s.away(a.Room) {
		return "I am not there any more"
	}
	r := s.world.Room(a.Room)
	if w := s.protecting.rooms[a.Room]; r == nil || !w.read || w.loading || w.away {
		return ""
	}
	m, _ := r.Member(a.User)
	return when(row.Fulfilled != nil && row.Fulfilled(m.Membership) || row.Lane == action.LevelLane && a.Level != nil && r.Level(a.User) == *a.Level, "that is so by now")
}

// rule is about a rule of a list, which is to be as the action has it or, if that says nothing, gone. One that is there counts
// if it is followed.
func (s *settled) rule(a *action.Action) string {
	l := s.following.lists[a.Room]
	switch {
	case l == nil:
		return "I do not watch that list any more"
	case !l.loaded || l.leaves != "" || l.reading() != nil:
		return ""
	case a.Cause.Rule != "":
		_, there := s.world.Rules.Rule(a.Cause.Rule)
		return when(!there, "that is out of the list by now")
	case a.State == nil:
		return ""
	}
	wanted, ok := policy.Parse(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, "", "", json.RawMessage(a.State.Content)))
	return when(ok && wanted.Entity != "" && slices.ContainsFunc(s.world.Rules.Matching(wanted.Kind, wanted.Entity), func(r policy.Rule) bool {
		_, waits := s.world.Book.Waiting(enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
		return r.List == a.Room && r.Entity == wanted.Entity && r.Recommendation == wanted.Recommendation && r.Until == wanted.Until && !waits
	}), "that is in the list by now")
}

func when(is bool, words string) string {
	if is {
		return words
	}
	return ""
}

// moot withdraws the questions of commands whose matter was settled otherwise. Those of which we decide what they are about
// as it changes (topics) go by themselves.
func (qs *questions) moot(now time.Time) {
	for question, d := range qs.details {
		if q, open := qs.board.Of(d.topic()); d.Settles && open && q.ID == question && q.Event != "" {
			if why := qs.settled.why(d); why != "" {
				qs.withdraw(q, "(No longer needed: "+why+".)", now)
			}
		}
	}
	for evt, c := range qs.speaker.choices.at {
		if len(c.Users) > 0 && !slices.ContainsFunc(c.Users, func(u id.UserID) bool { return !ruled(qs.world, u) }) {
			qs.speaker.withdrawChoice(evt, c)
		}
	}
}

// uninvited withdraws the question what a room is for that we were invited to, and are in no more.
func (qs *questions) uninvited(room id.RoomID, now time.Time) {
	for question, d := range qs.details {
		if q, open := qs.board.Of(d.topic()); d.Invited == room && open && q.ID == question && q.Event != "" {
			qs.withdraw(q, "(No longer needed: I am not there any more.)", now)
		}
	}
}

// ruled tells whether a rule of a list bans a user.
func ruled(w *enforce.World, u id.UserID) bool {
	return slices.ContainsFunc(w.Rules.Matching(policy.User, string(u)), func(r policy.Rule) bool {
		return r.Recommendation == policy.Ban || r.Recommendation == policy.Takedown
	})
}
