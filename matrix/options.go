package matrix

import (
	"context"
	"net/http"

	"maunium.net/go/mautrix/id"

	"github.com/rs/zerolog"
)

// Options say who logs in where.
type Options struct {
	// Homeserver is a URL, or a server name to discover the URL of. If empty, it
	// is the server name of User.
	Homeserver string
	// User may be empty if AccessToken is set.
	User id.UserID
	// AccessToken is preferred to Password.
	AccessToken string
	Password    string
	// RefreshToken and ClientID are of the login that AccessToken is of, if it was
	// made by DeviceLogin. SaveTokens then stores what they are refreshed to: it is
	// called before the new tokens are used, and until it succeeds they are not.
	RefreshToken string
	ClientID     string
	SaveTokens   func(ctx context.Context, fresh Tokens) error
	// Device is the device to log in as again; if empty, a new one is made. With
	// an access token the homeserver tells.
	Device     id.DeviceID
	DeviceName string

	HTTP *http.Client // nil for one with sensible timeouts
	Log  zerolog.Logger
	// GapPages is how many pages of 100 events are read to fill a gap in a
	// room's timeline; 10 if zero.
	GapPages int
}
