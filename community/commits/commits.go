// Package commits is what a community has stored: in which turn, and what goes along
// with the next batch of sync. It knows nothing of what that means.
package commits

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/store"
	"forseti/worker"
)

// How long the database is left alone before a write is tried again.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// Store takes commits. It is slow.
type Store interface {
	Commit(ctx context.Context, c store.Commit) error
}

// Owner is whose state is stored. What it is told comes through Post.
type Owner interface {
	Do(ctx context.Context, f func()) error
	Post(f func())
	Later(what string, f func(ctx context.Context), broke func(error))
}

// Writer is what is to be stored. The owner calls Next, Take and what adds to the next
// commit; whoever has time to wait calls the rest.
type Writer struct {
	store Store
	owner Owner
	log   zerolog.Logger
	slot  chan struct{} // commits are stored in the order in which they are taken
	next  store.Commit
	set   map[[2]string]int            // where in next a setting is
	back  atomic.Pointer[store.Commit] // what was taken and could not be stored; one, for the next waits its turn
	soon  bool                         // it is stored within a moment …
	full  chan struct{}                // … or at once, for it is much

	// Waits hears, once, that the database cannot be written to, and Goes that it can be
	// again. The owner runs them.
	Waits func(err error)
	Goes  func()
}

// New returns a writer of nothing yet.
func New(s Store, o Owner, log zerolog.Logger) *Writer {
	return &Writer{store: s, owner: o, log: log, slot: make(chan struct{}, 1), set: map[[2]string]int{}, full: make(chan struct{}, 1), Waits: func(error) {}, Goes: func() {}}
}

// Next is what goes with the next commit, to be added to.
func (w *Writer) Next() *store.Commit { return &w.next }

// Replace stores a room's whole state in place of what was stored.
func (w *Writer) Replace(room id.RoomID, state []store.StateRow) {
	w.Forget(room)
	w.next.State = append(w.next.State, state...)
	if len(w.next.State) >= much {
		select {
		case w.full <- struct{}{}:
		default:
		}
	}
}

// much is how many rows are not left to become more while they wait.
const much = 20_000

// Much reports whether so much waits to be stored, and soon will be, that there should not
// be more.
func (w *Writer) Much() bool { return w.soon && len(w.next.State) >= much }

// Setting stores a setting with the next commit; nil takes it away. The value is read at once:
// what it points to may change before that. Of one that is set again before that, only the last value
// is stored.
func (w *Writer) Setting(namespace, key string, value any) {
	switch raw, err := json.Marshal(value); {
	case err != nil: // the commit says so
	case string(raw) == "null":
		value = nil
	default:
		value = json.RawMessage(raw)
	}
	to := store.NewSetting{Namespace: namespace, Key: key, Value: value}
	at := [2]string{namespace, key}
	if i, before := w.set[at]; before {
		w.next.Settings[i] = to
		return
	}
	w.set[at] = len(w.next.Settings)
	w.next.Settings = append(w.next.Settings, to)
}

// State stores state with the next commit.
func (w *Writer) State(rows ...store.StateRow) { w.next.State = append(w.next.State, rows...) }

// Forget drops the stored state of a room with the next commit, before State is stored.
func (w *Writer) Forget(room id.RoomID) { w.next.Forget = append(w.next.Forget, room) }

// Locate stores with the next commit which event something of the journal became.
func (w *Writer) Locate(l store.Located) { w.next.Located = append(w.next.Located, l) }

// Finish notes with the next commit that a command is done with.
func (w *Writer) Finish(command id.EventID) { w.next.Finished = append(w.next.Finished, command) }

// Take is what is to be stored now, with something put behind it. Who takes it stores it,
// or gives it Back.
func (w *Writer) Take(with store.Commit) store.Commit {
	taken := merge(w.next, with)
	if back := w.back.Swap(nil); back != nil {
		taken = merge(*back, taken)
	}
	w.next = store.Commit{}
	clear(w.set)
	return taken
}

// Back has stored with the next commit, and before it, what was taken and could not be
// stored.
func (w *Writer) Back(taken store.Commit) { w.back.Store(&taken) }

// endWait is how long the database is waited for in the end.
const endWait = 5 * time.Second

// End stores what is left, when the owner and all who worked for it have ended, so that
// nothing has to be found out again. If it cannot be stored, it is as after a crash.
func (w *Writer) End(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, endWait)
	defer cancel()
	if err := w.commit(ctx, w.Take(store.Commit{})); err != nil {
		w.log.Warn().Err(err).Msg("What was left to be stored is not; it is found out again at the next start")
	}
}

// Turn waits until no commit is being stored, and keeps others waiting until release is
// called: what is taken first must be stored first.
func (w *Writer) Turn(ctx context.Context) (release func(), err error) {
	select {
	case w.slot <- struct{}{}:
		return func() { <-w.slot }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Flush stores what would go with the next batch, which may be long in coming. The owner
// must not call it.
func (w *Writer) Flush(ctx context.Context) error { return w.flush(ctx, func() {}) }

// flush is Flush that has something else done when what is stored is taken.
func (w *Writer) flush(ctx context.Context, taken func()) error {
	release, err := w.Turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	var commit store.Commit
	if err := w.owner.Do(ctx, func() { taken(); commit = w.Take(store.Commit{}) }); err != nil {
		return err
	}
	if err := w.commit(ctx, commit); err != nil {
		w.Back(commit)
		return err
	}
	return nil
}

// soonPause is how long what is read at the same time is gathered.
const soonPause = time.Second

// Soon has stored within a moment what would go with the next batch: it may be much, and
// worth to be done with, as what was read of a room. The owner calls it.
func (w *Writer) Soon() {
	if w.soon {
		return
	}
	w.soon = true
	w.owner.Later("store what was read", func(ctx context.Context) {
		select {
		case <-time.After(soonPause):
		case <-w.full:
		case <-ctx.Done():
			return
		}
		if err := w.flush(ctx, func() { w.soon = false }); err != nil && ctx.Err() == nil {
			w.log.Warn().Err(err).Msg("What was read is not stored yet; it goes with the next batch")
		}
	}, func(error) { w.soon = false })
}

// Put is Flush with something put behind it, which waits for the database as Keep does.
func (w *Writer) Put(ctx context.Context, with store.Commit) error {
	release, err := w.Turn(ctx)
	if err != nil {
		return err
	}
	defer release()
	var commit store.Commit
	if err := w.owner.Do(ctx, func() { commit = w.Take(with) }); err != nil {
		return err
	}
	if err := w.Keep(ctx, commit); err != nil {
		w.Back(commit)
		return err
	}
	return nil
}

// commit stores. What it breaks over is not stored, and not lost.
func (w *Writer) commit(ctx context.Context, commit store.Commit) error {
	return worker.Try(func() error { return w.store.Commit(ctx, commit) })
}

// Keep stores what a batch leaves behind. A database that is full, locked or away is
// waited for like a homeserver, with the same batch: what is not written down was not
// taken in, and a program that ends would only be started again.
func (w *Writer) Keep(ctx context.Context, commit store.Commit) error {
	err := w.commit(ctx, commit)
	if err == nil || !store.Temporary(err) {
		return err
	}
	first := err
	w.owner.Post(func() { w.Waits(first) })
	for pause := firstPause; store.Temporary(err); pause = min(2*pause, longestPause) {
		w.log.Error().Err(err).Stringer("pause", pause).Msg("The database cannot be written to; waiting")
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
		err = w.commit(ctx, commit)
	}
	if err == nil {
		w.log.Info().Msg("The database can be written to again")
		w.owner.Post(w.Goes)
	}
	return err
}
