package community

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/enforce"
)

// slowly is a homeserver that takes its time, and a journal.
type slowly struct {
	takes time.Duration
	done  bool
}

func (s *slowly) Act(ctx context.Context, _ action.Action) (action.Result, error) {
	select {
	case <-time.After(s.takes):
		s.done = true
		return action.Result{Event: "$e"}, nil
	case <-ctx.Done():
		return action.Result{}, ctx.Err()
	}
}

func (s *slowly) Begin(_ context.Context, a action.Action) (action.Action, error) { return a, nil }
func (s *slowly) Settle(context.Context, string, action.Outcome) error            { return nil }
func (s *slowly) Managed(context.Context, id.RoomID, []string) error              { return nil }

// Who ends the bot does not cut off what it is saying, unless that takes long. What is in
// the journal is cut off: the next start goes on with it.
func TestLastWords(t *testing.T) {
	say := action.Action{ID: "s", Verb: action.Say, Room: "!m:hs", Message: &action.Message{Markdown: "Banned."}}
	ban := action.Action{ID: "b", Verb: action.Ban, Room: "!r:hs", User: "@u:hs"}
	for name, tt := range map[string]struct {
		a     action.Action
		takes time.Duration
		done  bool
		waits time.Duration // until all has ended
	}{
		"a word":      {say, 2 * time.Second, true, time.Second},
		"a slow word": {say, time.Hour, false, lastWords},
		"a ban":       {ban, 2 * time.Second, false, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			l, home := loop.New(), &slowly{takes: tt.takes}
			l.Begin(t.Context())
			d := &door{l, home, home}
			d.try(enforce.Job{Action: tt.a}, func(enforce.Attempt) {})
			time.Sleep(time.Second)
			l.Stop(context.Canceled)
			began := time.Now()
			l.Wait()
			if home.done != tt.done || time.Since(began) != tt.waits {
				t.Errorf("%s: done %t, ended after %s", name, home.done, time.Since(began))
			}
			// What is to be said after the end is not begun.
			home.done = false
			d.try(enforce.Job{Action: say}, func(enforce.Attempt) {})
			if l.Wait(); home.done {
				t.Errorf("%s: spoke after the end", name)
			}
		})
	}
}
