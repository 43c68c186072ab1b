package e2ee

import (
	"context"
	"sync"
)

// Run backs up keys, asks for those that are missing, answers those who ask, drops
// messages that waited in vain, and watches over our identity, until ctx ends.
func (m *Machine) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.RunBackup(ctx) })
	wg.Go(func() { _ = m.RunRequests(ctx) })
	wg.Go(func() { m.runTidy(ctx) })
	m.watchIdentity(ctx)
	wg.Wait()
}
