package community

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"

	"maunium.net/go/mautrix"

	"forseti/action"
	"forseti/community/desk"
	"forseti/store"
	"forseti/text"
)

// errDryRun answers what would change something.
const errDryRun = desk.Sentence("This is a dry run, in which I change nothing. Write `!forseti dry-run off` first")

func refuse(format string, args ...any) error { return desk.Refuse(format, args...) }

// actions are those of commands: each has them carried out by name, so that after a
// crash none is done twice.
type actions struct {
	jobs    *jobs
	journal *store.Journal
}

// try has an action carried out, and waits for it.
func (as *actions) try(ctx context.Context, by run, a action.Action) (action.Result, error) {
	if a.ID == "" {
		a.ID = rand.Text()
	}
	e, err := as.jobs.step(ctx, a, by.resumed)
	switch {
	case err != nil:
		return action.Result{}, err
	case e.Fate == action.Done:
		return e.Result, nil
	case e.Fate == action.Would:
		return e.Result, errDryRun
	case e.Kind != "":
		return e.Result, failed(a, &action.Failure{Kind: e.Kind, Err: e.Err})
	default:
		return e.Result, refuse("%s", text.Escape(e.Why, text.MostReason))
	}
}

// settled finds what was done, or given up, before a crash. What it changed is in the
// rooms' state, and no news.
func (as *actions) settled(ctx context.Context, by run, a action.Action) (e store.Entry, settled bool, err error) {
	if !by.resumed || a.Verb == action.CreateRoom { // of a room that was made, the journal does not say which
		return store.Entry{}, false, nil
	}
	entries, err := as.journal.Entries(ctx, a.ID)
	if err != nil || len(entries) == 0 || entries[0].State == store.EntryOpen {
		return store.Entry{}, false, err
	}
	return entries[0], true, nil
}

// want journals actions, with evidence of what they are about, and puts them to work.
func (as *actions) want(ctx context.Context, by run, wanted []action.Action, exhibits []any) error {
	if by.resumed {
		var err error
		if wanted, err = as.unknown(ctx, wanted); err != nil {
			return err
		}
	}
	wanted, err := as.happened(ctx, wanted)
	if err != nil {
		return err
	}
	var kept []store.Evidence
	for _, e := range exhibits {
		if evidence, ok := e.(store.Evidence); ok {
			kept = append(kept, evidence)
		}
	}
	return as.jobs.want(ctx, store.Commit{Open: wanted, Evidence: kept})
}

// happened leaves out what would take back something that was not done after all, and gives the others what stood there before.
func (as *actions) happened(ctx context.Context, wanted []action.Action) ([]action.Action, error) {
	var parents []string
	for _, a := range wanted {
		if a.Parent != "" {
			parents = append(parents, a.Parent)
		}
	}
	if len(parents) == 0 {
		return wanted, nil
	}
	entries, err := as.journal.Entries(ctx, parents...)
	if err != nil {
		return nil, err
	}
	of := map[string]store.Entry{}
	for _, e := range entries {
		of[e.Action.ID] = e
	}
	wanted = slices.DeleteFunc(slices.Clone(wanted), func(a action.Action) bool {
		e, known := of[a.Parent]
		return known && (e.State == store.EntryFailed || e.State == store.EntryDropped)
	})
	for i, a := range wanted {
		if e := of[a.Parent]; a.Was == nil && e.State == store.EntryDone {
			wanted[i].Was = e.Was
		}
	}
	return wanted, nil
}

// unknown leaves out what is in the journal: it was done, or is at work again already.
func (as *actions) unknown(ctx context.Context, wanted []action.Action) ([]action.Action, error) {
	ids := make([]string, len(wanted))
	for i, a := range wanted {
		ids[i] = a.ID
	}
	entries, err := as.journal.Entries(ctx, ids...)
	if err != nil {
		return nil, err
	}
	known := map[string]bool{}
	for _, e := range entries {
		known[e.Action.ID] = true
	}
	return slices.DeleteFunc(wanted, func(a action.Action) bool { return known[a.ID] }), nil
}

// before is what came of an action that was settled before a crash.
func before(e store.Entry) (action.Result, error) {
	if e.State == store.EntryDone {
		return action.Result{Event: e.Event}, nil
	}
	return action.Result{}, refuse("I could not %s before I was stopped: %s", e.Action.Verb.Row().Words.Do, text.Escape(e.Failure, text.MostReason))
}

// failed says why a command's action was not done.
func failed(a action.Action, f *action.Failure) error {
	if errors.Is(f, mautrix.MRoomInUse) {
		return &failure{f, "That address is taken already. Choose another"}
	}
	return &failure{f, "I cannot " + a.Verb.Row().Words.Do + ": " + explain(f)}
}

// failure is an action.Failure in a sentence for moderators.
type failure struct {
	f    *action.Failure
	said string
}

func (e *failure) Error() string    { return e.said }
func (e *failure) Sentence() string { return e.said }
func (e *failure) Unwrap() error    { return e.f }
