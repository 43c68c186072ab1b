package matrix

import (
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/matrix/e2ee"

	"github.com/rs/zerolog"
)

// maxAnswer bounds an answer of the homeserver, which is held in memory. A first
// sync of thousands of big rooms comes near it.
const maxAnswer = 512 << 20

// caller makes requests of which each stands for itself. It keeps nothing of what the
// homeserver says.
type caller struct {
	client *mautrix.Client
	log    zerolog.Logger
	limit  int64 // of an answer, in bytes
	// password is that of the account, if it was opened with one: homeservers want it again of whoever
	// logs out other devices.
	password string
}

// Session is one account logged in to its homeserver. Run may be called once at
// a time; everything else is safe for concurrent use.
type Session struct {
	*caller
	http   *http.Client // for /sync, which has timeouts of its own
	bearer *bearer      // nil if the login is not refreshed
	gaps   gaps

	crypto *e2ee.Machine // nil without encryption
	sendTo e2ee.Trust

	ours    ours // what this process said
	told    told // which removals were told to whom they are about
	directs *directs
	// lookedAtParked is whether messages that an earlier run left unread were tried.
	lookedAtParked bool
}

func newSession(client *mautrix.Client, opts Options) *Session {
	transport := *client.Client
	transport.Timeout = 0
	pages := opts.GapPages
	if pages <= 0 {
		pages = 10
	}
	c := &caller{client: client, log: opts.Log, limit: maxAnswer, password: opts.Password}
	return &Session{
		caller:  c,
		http:    &transport,
		gaps:    gaps{c, pages, make(map[id.RoomID]id.EventID)},
		directs: newDirects(client),
	}
}

// User returns the account.
func (s *caller) User() id.UserID { return s.client.UserID }

// Device returns the device of the login.
func (s *caller) Device() id.DeviceID { return s.client.DeviceID }

// AccessToken returns the token in use, for keeping it across restarts after a
// login by password.
func (s *Session) AccessToken() string {
	if s.bearer == nil {
		return s.client.AccessToken
	}
	tokens, _ := s.bearer.present()
	return tokens.AccessToken
}
