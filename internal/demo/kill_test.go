package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// The real process is killed at its first request after a command, then at its
// second after another, and so on: before the homeserver hears of the request and,
// in every other round, after it has done it and before the bot hears of that.
// Each command is obeyed all the same, and once.
func TestKilledAtEachRequest(t *testing.T) {
	t.Parallel()
	s, err := newStage(t.Context(), Options{Out: &bytes.Buffer{}, Executable: build(t), patience: 2 * time.Minute})
	if s != nil {
		defer s.close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.greeted(t.Context()); err != nil {
		t.Fatal(err)
	}
	const rounds = 7 // the rule, the bans, the answer
	for n := 1; n <= rounds; n++ {
		user, err := s.member(t.Context(), "spammer", fmt.Sprint("victim-", n))
		if err != nil {
			t.Fatal(err)
		}
		reached := killAt(s, n, n%2 == 0)
		if err := s.command(t.Context(), fmt.Sprintf("ban %s %s spam", user.UserID, s.list)); err != nil {
			t.Fatal(err)
		}
		select {
		case <-reached.held:
		case <-time.After(2 * time.Minute):
			t.Fatalf("a ban takes no more than %d requests", n-1)
		}
		s.bot.Kill()
		reached.undo()
		if err := s.startBot(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		err = s.everywhere(ctx, user.UserID, event.MembershipBan)
		cancel()
		if err != nil {
			t.Fatalf("killed at request %d: %v\n%s", n, err, s.bot.lastWords())
		}
		if got := s.rulesAbout(t, user.UserID); got != 1 {
			t.Errorf("killed at request %d: %d rules", n, got)
		}
		for _, room := range s.rooms {
			// Some homeservers tell of what is in force before it is in the timeline.
			got := 0
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			_ = until(ctx, func() error {
				if got = s.bansOf(t, room, user.UserID); got == 0 {
					return errors.New("no ban yet")
				}
				return nil
			})
			cancel()
			if got != 1 {
				t.Errorf("killed at request %d: %d bans in a room", n, got)
			}
		}
	}
}

// trap holds the bot's requests from the n-th on.
type trap struct {
	held chan struct{}
	undo func()
}

// killAt counts what is not sync, for the poll is always under way.
func killAt(s *stage, n int, late bool) trap {
	t := trap{held: make(chan struct{})}
	var lock sync.Mutex
	seen := 0
	var passed sync.WaitGroup
	passed.Add(n - 1)
	t.undo = s.proxy.On(faults.But(faults.Sync, faults.Everything), func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		lock.Lock()
		seen++
		mine := seen
		lock.Unlock()
		if mine < n {
			next.ServeHTTP(w, r)
			passed.Done()
			return
		}
		if mine == n {
			// What the homeserver is at work on when the bot goes, no bot can know.
			passed.Wait()
			if late {
				next.ServeHTTP(httptest.NewRecorder(), r)
			}
			close(t.held)
		}
		<-r.Context().Done() // the bot's end
		panic(http.ErrAbortHandler)
	})
	return t
}

func (s *stage) rulesAbout(t *testing.T, user id.UserID) (n int) {
	t.Helper()
	state, err := s.moderator.State(t.Context(), s.list)
	if err != nil {
		t.Fatal(err)
	}
	for _, byKey := range state {
		for _, evt := range byKey {
			if evt.Content.Raw["entity"] == string(user) {
				n++
			}
		}
	}
	return n
}

func (s *stage) bansOf(t *testing.T, room id.RoomID, user id.UserID) (n int) {
	t.Helper()
	page, err := s.moderator.Messages(t.Context(), room, "", "", mautrix.DirectionBackward, nil, 50)
	if err != nil {
		t.Fatal(err)
	}
	for _, evt := range page.Chunk {
		if evt.Type.Type == event.StateMember.Type && evt.GetStateKey() == string(user) && evt.Content.Raw["membership"] == "ban" {
			n++
		}
	}
	return n
}
