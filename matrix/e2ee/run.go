package e2ee

import (
	"context"

	"forseti/worker"
)

// Run backs up keys, asks for those that are missing, answers those who ask, drops
// messages that waited in vain, and watches over our identity, until ctx ends. What
// breaks is begun again in a while.
func (m *Machine) Run(ctx context.Context) {
	var all worker.Group
	for what, f := range map[string]func(context.Context){
		"back up keys":            func(ctx context.Context) { _ = m.RunBackup(ctx) },
		"ask for keys":            func(ctx context.Context) { _ = m.RunRequests(ctx) },
		"drop parked messages":    m.runTidy,
		"watch over the identity": m.watchIdentity,
	} {
		broke := func(p *worker.Panic) { m.log.Error().Err(p).Str("was_to", what).Msg("Something broke") }
		all.Go(func() { worker.Keep(ctx, f, broke) }, broke)
	}
	all.Wait()
}
