package e2ee

import (
	"context"
	"sync"
	"time"
)

// Run backs up keys, asks for those that are missing, answers those who ask, drops
// messages that waited in vain, and watches over our identity, until ctx ends. If
// somebody makes another identity for the account meanwhile it ends with
// [*IdentityError].
func (m *Machine) Run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.RunBackup(ctx) })
	wg.Go(func() { _ = m.RunRequests(ctx) })
	wg.Go(func() { m.runTidy(ctx) })
	err := m.watchIdentity(ctx)
	stop()
	wg.Wait()
	return err
}

// watchPause is how long to wait after a look that failed.
const watchPause = time.Minute

// watchIdentity looks whenever the homeserver says that our devices changed, and
// returns when our identity is not the account's any more.
func (m *Machine) watchIdentity(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-m.selfChanged:
		}
		theirs, err := m.published(ctx)
		if err != nil && ctx.Err() == nil {
			m.log.Warn().Err(err).Msg("Identity not compared")
			select {
			case <-ctx.Done():
			case <-time.After(watchPause):
				poke(m.selfChanged)
			}
			continue
		}
		ours := m.mach.CrossSigningKeys
		// An answer without any identity is rather a homeserver in trouble than a reset;
		// the next start asks again.
		if err == nil && ours != nil && theirs.there() && *ours.PublicKeys() != theirs.keys {
			return &IdentityError{IdentityMismatch}
		}
	}
}
