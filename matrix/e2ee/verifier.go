package e2ee

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"forseti/matrix/e2ee/verify"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Verifier verifies other users' devices, and lets moderators verify ours. A
// moderator's request is accepted at once, as asking proves nothing; that the
// emoji are the same, or that a code was scanned, only people say. Others are not
// answered unless they were asked from here. Neither are other devices of our own
// account: they can be verified if that is started here.
//
// What goes on is lost in a restart: people start again.
type Verifier struct {
	machine *Machine
	tasks   chan task
	notices chan verify.Notice

	desk *verify.Desk // of the goroutine of Run, as is send
	send RoomSender

	mu       sync.Mutex
	partners map[id.UserID]bool // with whom a verification goes on
	queued   map[id.UserID]int  // messages that wait
}

// task is a message or a person's word, with where to say how that went.
type task struct {
	from id.UserID // of a message
	do   func(context.Context) error
	done chan<- error // nil for a message
}

// How much may wait. More is dropped: whoever sends that much is not verifying.
const (
	maxTasks      = 256
	maxTasksOfOne = 64
	maxNotices    = 256
)

func newVerifier(m *Machine) *Verifier {
	return &Verifier{
		machine: m, desk: verify.New(rand.Reader),
		tasks: make(chan task, maxTasks), notices: make(chan verify.Notice, maxNotices),
		partners: map[id.UserID]bool{}, queued: map[id.UserID]int{},
	}
}

// Verifier is that of this device.
func (m *Machine) Verifier() *Verifier { return m.verifier }

// Notices tell how verifications go on. The channel is never closed; what nobody
// reads for long is dropped.
func (v *Verifier) Notices() <-chan verify.Notice { return v.notices }

// Take hears an event of a room, or a message to this device, and tells whether it
// belongs to a verification, ours or not. It neither waits nor asks anything.
func (v *Verifier) Take(evt *event.Event) bool {
	msg, ok := verify.Read(evt)
	if !ok {
		return false
	}
	if !v.welcome(msg.From, msg.Room) {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.queued[msg.From] >= maxTasksOfOne {
		return true
	}
	select {
	case v.tasks <- task{from: msg.From, do: func(ctx context.Context) error {
		v.carry(ctx, v.desk.Take(time.Now(), msg))
		return nil
	}}:
		v.queued[msg.From]++
	default:
		v.machine.log.Warn().Stringer("sender", msg.From).Msg("Flooded with verifications; one message dropped")
	}
	return true
}

// welcome tells whether somebody is listened to. Strangers cost no more than this.
func (v *Verifier) welcome(user id.UserID, room id.RoomID) bool {
	if v.machine.Own().Replaced {
		return false
	}
	v.mu.Lock()
	known, busy := v.partners[user], len(v.partners) > 0
	v.mu.Unlock()
	if user == v.machine.client.UserID {
		return known || room != "" && busy
	}
	return known || v.machine.opts.Moderator != nil && v.machine.opts.Moderator(user)
}

// Start asks a user to verify us, by messages to their devices if room is empty, or
// in a room that both are in.
func (v *Verifier) Start(ctx context.Context, user id.UserID, room id.RoomID) (which verify.ID, err error) {
	// Not into the result: ctx may end before the task does.
	started := make(chan verify.ID, 1)
	err = v.ask(ctx, func(ctx context.Context) error {
		which, err := v.start(ctx, user, room)
		started <- which
		return err
	})
	if err == nil {
		which = <-started
	}
	return which, err
}

// Confirm is the word of a person that emoji are the same, or that the one who
// should scanned our code.
func (v *Verifier) Confirm(ctx context.Context, which verify.ID) error {
	return v.say(ctx, which, v.desk.Confirm)
}

// Mismatch is the word of a person that they are not, or that somebody else did.
func (v *Verifier) Mismatch(ctx context.Context, which verify.ID) error {
	return v.say(ctx, which, v.desk.Mismatch)
}

// CompareEmoji begins with emoji, rather than wait until the other side does or
// scans our code.
func (v *Verifier) CompareEmoji(ctx context.Context, which verify.ID) error {
	return v.say(ctx, which, v.desk.CompareEmoji)
}

// Cancel ends a verification.
func (v *Verifier) Cancel(ctx context.Context, which verify.ID) error {
	return v.say(ctx, which, func(now time.Time, which verify.ID) ([]verify.Effect, error) {
		return v.desk.Cancel(now, which, "cancelled by a moderator")
	})
}

func (v *Verifier) say(ctx context.Context, which verify.ID, what func(time.Time, verify.ID) ([]verify.Effect, error)) error {
	return v.ask(ctx, func(ctx context.Context) error {
		effects, err := what(time.Now(), which)
		v.carry(ctx, effects)
		return err
	})
}

// ask has the goroutine of Run do something, and waits for it.
func (v *Verifier) ask(ctx context.Context, do func(context.Context) error) error {
	done := make(chan error, 1)
	select {
	case v.tasks <- task{do: do, done: done}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
