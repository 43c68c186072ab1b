package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/store"
)

// apply does what a plan says, and stores that it is done: what is answered must
// hold, also after a crash. It reports whether that is so.
func (o *orders) apply(ctx context.Context, by id.EventID, r *recorded, resumed bool) bool {
	a := o.set.Apply(ctx, r.Plan, o.executor(run{r.Command, resumed, far{o.loop, o.speaker, r.Command, time.Now()}.step, r.Sender}))
	o.crashed(a.Crash)
	if o.loop.Context().Err() != nil {
		return false
	}
	var answer report.Answer
	if o.loop.Do(o.loop.Context(), func() {
		answer = o.speaker.report.Replies.Claims(r.Command)
		o.questions.moot(time.Now())
	}) != nil {
		return false
	}
	if a.Failed {
		r.course, a.Markdown = r.stopped(a.Markdown)
		r.Plan.Choices = nil // of what follows from what was not done
	} else if r.Case > 0 && len(r.Rest) == 0 {
		a.Markdown = numbered(a.Markdown, r.Case)
	}
	answer.Text, answer.Follows = a.Markdown, append(answer.Follows, a.Rules...)
	r.Carried = &answer
	plan, err := json.Marshal(r)
	if err == nil {
		err = o.commits.Put(o.loop.Context(), store.Commit{Carried: []store.Planned{{Command: by, Plan: plan}}})
	}
	if err != nil && o.loop.Context().Err() == nil {
		o.log.Err(err).Msg("That a command was carried out is not stored yet")
	}
	return o.loop.Context().Err() == nil
}

// tellResumed tells the report what a command whose plan goes on named and did before the
// restart, so that its reply counts all of it. What is open in the journal ends now, and
// tells itself; so this comes before that is taken up.
func tellResumed(ctx context.Context, told *report.Report, journal *store.Journal, order store.Command, now time.Time) error {
	var r recorded
	if json.Unmarshal(order.Plan, &r) != nil || r.Command == "" {
		return nil // nothing was planned yet
	}
	told.Replies.Resumed(r.Command, now)
	named := report.Answer{Command: r.Command}
	if r.Carried != nil {
		named = *r.Carried
	}
	own, err := journal.SetOffBy(ctx, r.Command)
	if err != nil {
		return err
	}
	began := now
	for _, e := range own {
		if e.Created.Before(began) {
			began = e.Created
		}
		switch a := e.Action; {
		case e.State == store.EntryDone && a.Verb == action.WriteRule:
			named.Follows = append(named.Follows, e.Event)
		case e.State == store.EntryOpen && a.Verb == action.WriteRule: // it may stand there all the same
			named.Writes = append(named.Writes, entryOf(a))
		case (e.State == store.EntryDone || e.State == store.EntryOpen) && a.Verb == action.RemoveRule:
			named.Lifts = append(named.Lifts, a.Cause.Rule)
		case a.For == r.Command && a.Verb.Row().Direction == action.Loosens && !r.takesUp(a.Room) && !r.takesUp(a.Cause.List):
			named.Lifts = append(named.Lifts, a.Cause.Rule) // the others whom it held are freed too
		}
	}
	told.Replies.Claim(named, now)
	if len(own) == 0 {
		return nil
	}
	done, err := journal.DoneSince(ctx, began)
	if err != nil {
		return err
	}
	type deed struct {
		verb    action.Verb
		room    id.RoomID
		subject string
	}
	counted := map[deed]bool{}
	for _, e := range done {
		// What a command and a rule both wanted happened once.
		once := deed{e.Action.Verb, e.Action.Room, e.Action.Verb.Row().Subject(e.Action)}
		again := counted[once] && e.Action.Verb.Row().Lane == action.MemberLane
		if ledTo(e.Action, named) && !again {
			counted[once] = true
			told.Replies.Did(r.Command, action.Ending{Action: e.Action, Fate: action.Done, Result: action.Result{Event: e.Event}, Before: e.Was}, now)
		}
	}
	return nil
}

// takesUp reports whether a command is about a room or list as such: what rules want there,
// or what its rules want, is its own because of that, and says nothing of other places.
func (r *recorded) takesUp(room id.RoomID) bool {
	return slices.ContainsFunc(r.Plan.Steps, func(s commands.Step) bool {
		return s.Change != nil && s.Change.Room == room && (s.Change.Kind == commands.Protect || s.Change.Kind == commands.Watch)
	})
}

// ledTo reports whether an action is what a command did to somebody, or a rule that it
// wrote, or the end of one that it took away. ACLs are not counted: they belong to nobody
// alone, and the journal has the one that was tried first, where another may have been
// set. Of what the command waited for its answer tells.
func ledTo(a action.Action, named report.Answer) bool {
	row := a.Verb.Row()
	switch row.Lane {
	case action.MemberLane, action.LevelLane, action.MessageLane:
	default:
		return false
	}
	switch {
	case a.For != "":
		return a.For == named.Command
	case a.Cause.Kind == action.ByRule && row.Direction == action.Loosens:
		return slices.Contains(named.Lifts, a.Cause.Rule)
	case a.Cause.Kind == action.ByRule:
		return slices.Contains(named.Follows, a.Cause.Rule) || slices.Contains(named.Writes, report.Entry{List: a.Cause.List, Entity: a.Cause.Entity})
	default:
		return a.Cause.Kind == action.ByModerator && a.Cause.Event == named.Command
	}
}
