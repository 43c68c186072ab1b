package e2ee

import (
	"context"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

// Own is how our identity stands to the account's, as far as we have looked.
type Own struct {
	Identity id.Ed25519 // our public master key, "" without one
	// Replaced says that the account has another identity than ours, or has lost ours:
	// then we neither say anything in secret nor verify anybody, as others cannot tell us
	// from who replaced it.
	Replaced bool
}

// ownIdentity makes our identity, gets it back, makes use of it and watches over it.
type ownIdentity struct {
	*base
	*vault
	backups *backups

	changed chan struct{} // our devices or identity did, says the homeserver; holds one token
	news    chan struct{} // for whoever follows it; holds one token

	mu  sync.Mutex
	now Own
}

func (o *ownIdentity) set(now Own) {
	o.mu.Lock()
	o.now = now
	o.mu.Unlock()
	poke(o.news)
}

func (o *ownIdentity) get() Own {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

// Own tells how our identity stands. It asks nobody.
func (m *ownIdentity) Own() Own { return m.get() }

// OwnNews is sent to when the account's devices or identity may have changed. One
// follows it.
func (m *ownIdentity) OwnNews() <-chan struct{} { return m.news }

// watchPause is how long to wait after a look that failed.
const watchPause = time.Minute

// watchIdentity looks whenever the homeserver says that our devices changed.
func (m *ownIdentity) watchIdentity(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.changed:
		}
		theirs, err := m.published(ctx)
		if err != nil && ctx.Err() == nil {
			m.log.Warn().Err(err).Msg("Identity not compared")
			select {
			case <-ctx.Done():
			case <-time.After(watchPause):
				poke(m.changed)
			}
			continue
		}
		if err == nil {
			m.compareIdentity(theirs)
		}
	}
}

// compareIdentity notes whether the account's identity is still ours.
func (m *ownIdentity) compareIdentity(theirs *identity) {
	now := m.get()
	before := now.Replaced
	// An answer without any identity is rather a homeserver in trouble than a reset; the
	// next start asks again.
	if now.Identity != "" && theirs.there() {
		now.Replaced = theirs.keys.MasterKey != now.Identity || m.mach.CrossSigningKeys != nil && *m.mach.CrossSigningKeys.PublicKeys() != theirs.keys
	}
	if now.Replaced && !before {
		m.log.Error().Err(&IdentityError{IdentityMismatch}).Msg("The account's identity was replaced: nothing is said in secret any more")
	}
	m.set(now)
}
