package commands

import (
	"context"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// applying is a plan that is being carried out.
type applying struct {
	plan     Plan
	executor Executor
	made     id.RoomID // the room that a step made or that the plan is about
	did      []string
	rules    []id.EventID  // that were written
	failed   map[int]error // of those that the plan is about
}

// all goes through the steps. What is put to work goes together, up to the next step
// that is waited for.
func (r *applying) all(ctx context.Context) error {
	var wanted []action.Action
	flush := func() error {
		if len(wanted) == 0 {
			return nil
		}
		err := r.executor.Want(ctx, wanted, r.plan.Exhibits)
		wanted = nil
		return err
	}
	waited, done := 0, 0
	for _, s := range r.plan.Steps {
		if s.Want == nil {
			waited++
		}
	}
	for _, s := range r.plan.Steps {
		if s.Want != nil {
			wanted = append(wanted, *s.Want)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		r.executor.Step(done, waited)
		done++
		if r.failed[s.Of] != nil {
			continue
		}
		switch err := r.one(ctx, s); {
		case err != nil && s.Of > 0 && ctx.Err() == nil:
			r.failed[s.Of] = err
			continue
		case err != nil:
			return err
		}
		if s.Did != "" {
			r.did = append(r.did, s.Did)
		}
	}
	return flush()
}

func (r *applying) one(ctx context.Context, s Step) error {
	if s.Do != nil {
		result, err := r.executor.Do(ctx, *s.Do, r.plan.Sure)
		if result.Room != "" {
			r.made = result.Room
		}
		if result.Event != "" {
			r.rules = append(r.rules, result.Event)
		}
		return err
	}
	change := *s.Change
	if change.Kind == Watch && change.Room == "" {
		change.Room = r.made
	}
	return r.executor.Change(ctx, change)
}

// here stands in an answer for the room that a plan is about, as it is once all is
// done.
const here = "\x00"

// shown fills in what is known only now.
func (k *known) shown(answer string, room id.RoomID) string {
	for {
		before, rest, named := strings.Cut(answer, hereMark)
		of, after, _ := strings.Cut(rest, hereMark)
		if !named {
			break
		}
		answer = before + k.standing(id.RoomID(of)) + after
	}
	if !strings.Contains(answer, here) {
		return answer
	}
	return strings.ReplaceAll(answer, here, k.standing(room))
}

// hereMark stands around the room in hereIs.
const hereMark = "\x01"

// hereIs is here of a room that is known when the plan is made.
func hereIs(room id.RoomID) string { return hereMark + string(room) + hereMark }

// standing shows a room or list as it is.
func (k *known) standing(room id.RoomID) string {
	said := k.roomLink(room, "")
	for _, l := range k.watched() {
		if l.ID == room {
			said = k.roomLink(l.ID, l.Name)
		}
	}
	for _, r := range k.names.Rooms() {
		if r.ID == room {
			said = k.roomState(r)
		}
	}
	return said
}
