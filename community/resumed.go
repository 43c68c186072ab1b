package community

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/store"
)

// apply does what a plan says, and stores that it is done: what is answered must
// hold, also after a crash. It reports whether that is so.
func (o *orders) apply(ctx context.Context, by id.EventID, r *recorded, resumed bool) bool {
	a := o.set.Apply(ctx, r.Plan, o.executor(run{r.Command, resumed}))
	o.crashed(a.Crash)
	if o.loop.Context().Err() != nil {
		return false
	}
	var answer report.Answer
	if o.loop.Do(o.loop.Context(), func() { answer = o.speaker.report.Replies.Claims(r.Command) }) != nil {
		return false
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
		if e.State == store.EntryDone && e.Action.Verb == action.WriteRule {
			named.Follows = append(named.Follows, e.Event)
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
	for _, e := range done {
		if ledTo(e.Action, r.Command, named.Follows) {
			told.Ended(action.Ending{Action: e.Action, Fate: action.Done, Result: action.Result{Event: e.Event}}, now)
		}
	}
	return nil
}

// ledTo reports whether an action is what a command, or a rule that it wrote, did to
// somebody. Of what the command waited for its answer tells.
func ledTo(a action.Action, command id.EventID, rules []id.EventID) bool {
	row := a.Verb.Row()
	switch row.Lane {
	case action.MemberLane, action.LevelLane, action.MessageLane:
	default:
		return false
	}
	if a.Cause.Kind == action.ByRule {
		return row.Direction != action.Loosens && slices.Contains(rules, a.Cause.Rule)
	}
	return a.Cause.Kind == action.ByModerator && a.Cause.Event == command
}
