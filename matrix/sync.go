package matrix

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"time"

	"forseti/action"
	"forseti/worker"

	"maunium.net/go/mautrix"
)

const (
	pollTimeout = 30 * time.Second
	// A first sync of a big account takes a homeserver minutes.
	firstTimeout = 15 * time.Minute
	laterTimeout = pollTimeout + 90*time.Second

	// deafness is how long a handler, or a gap, may keep us from asking before what
	// comes next counts as a backlog.
	deafness = 5 * time.Second

	minBackoff = time.Second
	maxBackoff = time.Minute

	// staleTries is how often in a row a homeserver calls our request wrong before we
	// believe that it is because of since.
	staleTries = 3
)

// filter asks for every member and every kind of event, as a member or an event
// that we do not see is one we cannot act on, but for none of the chatter.
const filter = `{"presence":{"not_types":["*"]},"room":{"ephemeral":{"not_types":["*"]},"account_data":{"not_types":["*"]},` +
	`"state":{"lazy_load_members":false},"timeline":{"limit":100,"lazy_load_members":false}}}`

// firstFilter asks for no more than where we are and what encryption needs: all rooms as a
// whole may be more than fits into memory, and rooms that matter are read one by one.
const firstFilter = `{"presence":{"not_types":["*"]},"room":{"ephemeral":{"not_types":["*"]},"account_data":{"not_types":["*"]},` +
	`"state":{"types":["m.room.encryption","m.room.history_visibility"],"lazy_load_members":true},"timeline":{"limit":1,"lazy_load_members":true}}}`

// Handler handles one batch. It may be given the same batch again after a
// restart, if what it did was not stored together with Batch.Next.
//
// Run waits pause before it asks for the next batch: our own echoes while work is
// under way are not worth a request each.
type Handler func(ctx context.Context, b *Batch) (pause time.Duration, err error)

// Run syncs from the token since, or from nothing if it is empty, and gives each
// batch to h before it asks for the next. Failures of the homeserver are waited
// out, and if it no longer knows the token, as after its database was restored
// from a backup, Run begins anew with a whole sync. Run returns when ctx ends, when
// the access token is no longer good, or with the error or panic of h; Batch.Next
// counts only once h returned nil.
func (s *Session) Run(ctx context.Context, since string, h Handler) error {
	failures, refused := 0, 0
	var listened time.Time // when the last answer came
	var woken bool
	for {
		deaf := failures > 0 || time.Since(listened) > deafness
		// The first answer, like that after a failure, should come even if it is empty:
		// it says that we are up to date.
		var b *Batch
		err := worker.Try(func() (err error) {
			b, err = s.next(ctx, since, failures > 0 || woken || listened.IsZero())
			return err
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if woken = errors.Is(err, errWoken); woken {
			continue
		}
		if err != nil {
			f := failure(err, time.Now())
			_, broke := errors.AsType[*worker.Panic](err)
			if f.Kind == action.Unauthorized {
				return fmt.Errorf("sync: %w", f)
			}
			if f.Kind != action.Invalid && !broke {
				refused = 0
			} else if refused++; refused == staleTries && since != "" {
				s.log.Error().Err(err).Str("since", since).Msg("The homeserver does not know where we were, or we break over what it says; beginning anew")
				since = ""
			}
			pause := max(f.Pause(), backoff(failures))
			failures++
			s.log.Warn().Err(err).Int("failures", failures).Dur("pause", pause).Msg("Sync failed")
			if err := sleep(ctx, pause); err != nil {
				return err
			}
			continue
		}
		failures, refused, listened = 0, 0, b.Arrived
		b.Backlog = deaf
		s.takeStrangers(b)
		s.directs.hear(b.AccountData)
		if b.Dropped > 0 {
			s.log.Warn().Int("dropped", b.Dropped).Str("since", since).Msg("Sync had entries that are no events")
		}
		pause, err := handle(ctx, b, h)
		if err != nil {
			return fmt.Errorf("handle sync: %w", err)
		}
		if err := s.settleLate(ctx, b); err != nil {
			return fmt.Errorf("handle sync: %w", err)
		}
		s.gaps.remember(b)
		since = b.Next
		if pause > 0 {
			if err := sleep(ctx, pause); err != nil {
				return err
			}
		}
	}
}

// next asks for the next batch and fills its gaps.
func (s *Session) next(ctx context.Context, since string, atOnce bool) (*Batch, error) {
	query := map[string]string{
		"filter":                             filter,
		"use_state_after":                    "true",
		"org.matrix.msc4222.use_state_after": "true",
	}
	timeout, poll := firstTimeout, time.Duration(0)
	if since == "" {
		query["filter"] = firstFilter
		// Synapse keeps its answer for two minutes, for whoever asks the same: a start with a new
		// database would be told how everything stood before. A first answer comes at once, however
		// long it may take.
		query["timeout"] = fmt.Sprint(1 + rand.IntN(1000))
	} else {
		query["since"] = since
		timeout = laterTimeout
		if !atOnce {
			poll = pollTimeout
		}
		query["timeout"] = fmt.Sprint(poll.Milliseconds())
	}
	asked, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if poll > 0 {
		var rested func()
		asked, rested = s.wakeable(asked)
		defer rested()
	}
	// Failures are logged by Run, and a poll that was woken is none.
	body, err := s.client.MakeFullRequest(quiet(asked), mautrix.FullRequest{
		Method: http.MethodGet,
		URL:    s.client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, query),
		Client: s.http,

		ResponseSizeLimit: s.limit,
	})
	if errors.Is(context.Cause(asked), errWoken) {
		return nil, errWoken
	}
	if err != nil {
		return nil, err
	}
	var r response
	if err := unmarshal(body, &r); err != nil {
		return nil, fmt.Errorf("answer of sync: %w", err)
	}
	if r.NextBatch == "" {
		return nil, errors.New("answer without next_batch")
	}
	b := r.batch(since, time.Now())
	s.fillAll(ctx, b)
	return b, s.decipher(ctx, &r, b)
}

// handle turns a panic of h into an error.
func handle(ctx context.Context, b *Batch, h Handler) (pause time.Duration, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return h(ctx, b)
}

// backoff grows with each failure up to a minute, and is spread so that not all
// clients of a homeserver come back to it at once.
func backoff(failures int) time.Duration {
	full := min(minBackoff<<min(failures, 10), maxBackoff)
	return full/2 + rand.N(full/2)
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
