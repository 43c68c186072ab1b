package community

import (
	"context"
	"encoding/json"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/echo"
	"forseti/community/loop"
)

// accountWrites change what is written down where Mjolnir and Draupnir would.
type accountWrites struct {
	loop       *loop.Loop
	commits    *commits.Writer
	actions    *actions
	configured *configured
	writes     *echo.Writes
}

// save changes account data, and then follows it. What stands there is read at the last
// moment, and by one at a time: two changes at once would undo each other.
func (w *accountWrites) save(ctx context.Context, by run, kind, key string, change func([]json.RawMessage) []json.RawMessage) error {
	select {
	case w.configured.saving <- struct{}{}:
		defer func() { <-w.configured.saving }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var before json.RawMessage
	w.loop.See(func() { before = w.configured.content[kind] })
	content := withEntries(before, key, change)
	if before != nil && echo.Same(before, content) {
		return nil
	}
	if err := w.write(ctx, by, kind, content); err != nil {
		return err
	}
	w.loop.See(func() {
		w.commits.State(w.configured.apply(accountEvent(kind, content))...)
	})
	return nil
}

// write sends account data, whose echo is then no news.
func (w *accountWrites) write(ctx context.Context, by run, kind string, content json.RawMessage) error {
	w.loop.See(func() { w.writes.WroteData(kind, content) })
	_, err := w.actions.try(ctx, by, action.Action{
		Verb: action.SetAccountData, Data: &action.AccountData{Type: kind, Content: content}, Cause: action.Cause{Kind: action.ByForseti},
	})
	if err != nil {
		w.loop.See(func() { w.writes.Unwritten(kind, content) })
	}
	return err
}

func accountEvent(kind string, content []byte) *event.Event {
	evt := stateEvent(accountData, kind, "", "", "", content)
	evt.StateKey = nil
	return evt
}
