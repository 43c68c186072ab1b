package community

import (
	"crypto/rand"
	"fmt"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
	"forseti/store"
	"forseti/text"
)

// ruleEnds takes rules away that moderators meant for a time. Until when, the rule itself
// says, so that it ends also if nobody remembers it; and it ends only if it is as we wrote
// it.
type ruleEnds struct {
	rounds
	world     *enforce.World
	following *following
	speaker   *speaker

	seen   time.Time               // what was over then was looked at
	again  time.Time               // when to look at that once more; zero if nothing is left of it
	ending map[string]policy.Rule  // by the action that takes it away
	told   map[enforce.Slot]string // the rules of which it was told that they cannot be taken away
}

// due is when to look.
func (r *ruleEnds) due() time.Time {
	_, at := r.world.Terms.Over(r.seen)
	r.next = earlier(at, r.again)
	return r.rounds.due()
}

// lookDue has rules end whose time is over.
func (r *ruleEnds) lookDue(now time.Time) {
	r.due()
	r.look(now, "end rules that were for a time", r.plan)
}

// plan is what is to be done now, and what to store with it.
func (r *ruleEnds) plan(now time.Time) plan {
	var wanted store.Commit
	over, _ := r.world.Terms.Over(now)
	r.seen, r.again = now, time.Time{}
	under := map[enforce.Slot]bool{}
	for _, of := range r.ending {
		under[slotOf(of)] = true
	}
	for _, of := range over {
		r.again = now.Add(lookAgain) // also to see that what is to end now did
		if under[slotOf(of)] || !r.may(of) {
			continue
		}
		a := commands.RemoveRule(of)
		a.ID, a.Cause.Kind = "term-"+rand.Text(), action.ByForseti
		write := written(a.Room, stateEvent(a.Room, a.State.Type.Type, a.State.Key, r.world.Self(), "", a.State.Content))
		r.following.weigher.expected.Add(write, now) // whoever wrote it was told of its end
		wanted.Settings = append(wanted.Settings, store.NewSetting{Namespace: expectedWrites, Key: writeKey(write), Value: expectedRow{write, now.UnixMilli()}})
		wanted.Open = append(wanted.Open, a)
		r.ending[a.ID] = of
	}
	return plan{wanted: wanted, undo: func(time.Time) {
		for _, a := range wanted.Open {
			delete(r.ending, a.ID)
		}
	}}
}

// may reports whether a rule can be taken away, and says so once if it cannot.
func (r *ruleEnds) may(of policy.Rule) bool {
	l := r.following.lists[of.List]
	if l != nil && l.loaded && !l.out && enforce.Writes(r.world.Self(), l.Room) {
		delete(r.told, slotOf(of))
		return true
	}
	if r.told[slotOf(of)] != string(of.Event) {
		r.told[slotOf(of)] = string(of.Event)
		r.speaker.tell(fmt.Sprintf("The rule for %s in %s was for a time that is over, and I may not write to that list any more, so it stays. I take it away when I may; until then somebody else has to.",
			text.Code(of.Entity), r.following.names.List(of.List)))
	}
	return false
}

// ended takes in what came of it.
func (r *ruleEnds) ended(e action.Ending) {
	of, ours := r.ending[e.Action.ID]
	if !ours {
		return
	}
	delete(r.ending, e.Action.ID)
	if e.Fate == action.Done {
		r.speaker.note(fmt.Sprintf("The time of a rule is over, so it is gone: %s.", r.words(of)))
	}
}

// words say what a rule was about.
func (r *ruleEnds) words(of policy.Rule) string {
	whom := text.Code(of.Entity)
	if of.Entity == "" {
		whom = "a hash"
	}
	said := fmt.Sprintf("%s of the %s %s in %s", of.Recommendation, of.Kind, whom, r.following.names.List(of.List))
	if reason := text.Escape(of.Reason, text.MostReason); reason != "" {
		said += ", for " + reason
	}
	return said
}

func slotOf(r policy.Rule) enforce.Slot {
	return enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey}
}
