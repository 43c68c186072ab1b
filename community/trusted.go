package community

import (
	"context"
	"time"

	"forseti/sanction/trust"
	"forseti/store"
)

// loadTrust takes up what is known of members.
func (p *protectors) loadTrust(ctx context.Context, stored *store.Trust, now time.Time) error {
	for row, err := range stored.All(ctx) {
		if err != nil {
			return err
		}
		p.set.Trust.Load(trust.Row(row), now)
	}
	return nil
}

// keepTrust has stored what has changed of it, and of what was learned from messages: a few rows a day for each who talks, with
// what goes to the database anyway.
func (p *protectors) keepTrust() {
	next := p.commits.Next()
	for _, row := range p.set.Trust.Changed() {
		next.Known.Trust = append(next.Known.Trust, store.TrustRow(row))
	}
	p.keepSamples()
}
