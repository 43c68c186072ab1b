package e2ee

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/semaphore"
	"maunium.net/go/mautrix/id"
)

// turns keeps apart what the library does not: it remembers our own identity in a field
// that it drops whenever our own devices are asked for, and that nearly all else reads.
// Whoever has a turn must not ask for another.
type turns struct{ free *semaphore.Weighted }

// allTurns is as many as there are. What needs our identity to stay as it is takes one.
const allTurns = 1 << 20

func newTurns() turns { return turns{semaphore.NewWeighted(allTurns)} }

// take waits for n turns, no longer than ctx.
func (t turns) take(ctx context.Context, n int64, f func() error) error {
	if err := t.free.Acquire(ctx, n); err != nil {
		return fmt.Errorf("wait for devices to be read: %w", err)
	}
	defer t.free.Release(n)
	return f()
}

// beside runs what reads our identity.
func (m *base) beside(ctx context.Context, f func() error) error { return m.turns.take(ctx, 1, f) }

// asking runs what may ask the homeserver for the devices of users.
func (m *base) asking(ctx context.Context, f func() error, users ...id.UserID) error {
	if !slices.Contains(users, m.client.UserID) {
		return m.beside(ctx, f)
	}
	return m.turns.take(ctx, allTurns, func() error {
		defer m.prime(ctx)
		return f()
	})
}

// prime has the library remember our identity again, so that those beside each other
// only read it.
func (m *base) prime(ctx context.Context) {
	if _, err := m.mach.GetOwnCrossSigningPublicKeys(context.WithoutCancel(ctx)); err != nil {
		m.log.Warn().Err(err).Msg("Our own identity cannot be read from the store")
	}
}

// fetch asks the homeserver for the devices of users.
func (m *base) fetch(ctx context.Context, users ...id.UserID) (found map[id.UserID]map[id.DeviceID]*id.Device, err error) {
	err = m.asking(ctx, func() error {
		return m.whose.take(ctx, allTurns, func() (err error) {
			found, err = m.mach.FetchKeys(ctx, users, true)
			return err
		})
	}, users...)
	return found, err
}

// resolve judges a device by what is stored of it.
func (m *base) resolve(ctx context.Context, device *id.Device) (trust id.TrustState, err error) {
	err = m.beside(ctx, func() (err error) {
		trust, err = m.mach.ResolveTrustContext(ctx, device)
		return err
	})
	return trust, err
}
