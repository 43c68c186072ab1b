package e2ee

import (
	"fmt"
	"runtime/debug"

	"github.com/rs/zerolog"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// base is what every part works with.
type base struct {
	client *mautrix.Client
	mach   *crypto.OlmMachine
	keys   *crypto.SQLCryptoStore
	db     *dbutil.Database // our own tables
	log    zerolog.Logger
	opts   Options
	turns  turns
	// whose are the turns of who has the library store devices of users and who gives them keys. It stores
	// a device before what its owner's identity says of it: whoever comes between takes it for one
	// that nobody vouches for. They come after those above.
	whose turns
}

func (m *base) isModerator(user id.UserID) bool {
	return m.opts.Moderator != nil && m.opts.Moderator(user)
}

// guarded keeps a crash in the library, on something a stranger sent, from being
// ours.
func (m *base) guarded(evt *event.Event, f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	f()
	return nil
}

// safely is guarded for what has an error of its own.
func (m *base) safely(f func() error) error {
	var err error
	if crash := m.guarded(nil, func() { err = f() }); crash != nil {
		return crash
	}
	return err
}
