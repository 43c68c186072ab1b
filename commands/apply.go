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
	rules    []id.EventID // that were written
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
	for _, s := range r.plan.Steps {
		if s.Want != nil {
			wanted = append(wanted, *s.Want)
			continue
		}
		if err := flush(); err != nil {
			return err
		}
		if err := r.one(ctx, s); err != nil {
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
	if !strings.Contains(answer, here) {
		return answer
	}
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
	return strings.ReplaceAll(answer, here, said)
}
