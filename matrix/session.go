package matrix

import (
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"github.com/rs/zerolog"
)

// Session is one account logged in to its homeserver. Run may be called once at
// a time; everything else is safe for concurrent use.
type Session struct {
	client *mautrix.Client
	http   *http.Client // for /sync, which has timeouts of its own
	log    zerolog.Logger
	pages  int

	// last is the newest event seen of each room. Only Run touches it.
	last map[id.RoomID]id.EventID
}

func newSession(client *mautrix.Client, opts Options) *Session {
	transport := *client.Client
	transport.Timeout = 0
	pages := opts.GapPages
	if pages <= 0 {
		pages = 10
	}
	return &Session{
		client: client,
		http:   &transport,
		log:    opts.Log,
		pages:  pages,
		last:   make(map[id.RoomID]id.EventID),
	}
}

// User returns the account.
func (s *Session) User() id.UserID { return s.client.UserID }

// Device returns the device of the login.
func (s *Session) Device() id.DeviceID { return s.client.DeviceID }

// AccessToken returns the token in use, for keeping it across restarts after a
// login by password.
func (s *Session) AccessToken() string { return s.client.AccessToken }
