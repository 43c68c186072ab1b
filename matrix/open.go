package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"forseti/action"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
)

// Open finds the homeserver, logs in and returns the session. Its errors say
// which of the options to look at.
func Open(ctx context.Context, opts Options) (*Session, error) {
	if opts.AccessToken == "" && opts.Password == "" {
		return nil, errors.New("log in: neither an access token nor a password is set")
	}
	if opts.User != "" || opts.AccessToken == "" {
		if _, _, err := opts.User.Parse(); err != nil {
			return nil, fmt.Errorf("log in: user %q is not of the form @name:server", opts.User)
		}
	}
	if opts.RefreshToken != "" && (opts.AccessToken == "" || opts.ClientID == "" || opts.SaveTokens == nil) {
		return nil, errors.New("log in: the refresh token lacks the access token or the client it belongs to")
	}
	client, tokens, err := reach(ctx, opts)
	if err != nil {
		return nil, err
	}
	if err := login(ctx, client, opts); err != nil {
		return nil, err
	}
	s := newSession(client, opts)
	s.bearer = tokens
	return s, nil
}

// reach finds the homeserver and makes sure that it is one.
func reach(ctx context.Context, opts Options) (*mautrix.Client, *bearer, error) {
	if opts.HTTP == nil {
		opts.HTTP = newHTTP()
	}
	address, err := discover(ctx, opts)
	if err != nil {
		return nil, nil, err
	}
	client, err := mautrix.NewClient(address, opts.User, opts.AccessToken)
	if err != nil {
		return nil, nil, fmt.Errorf("homeserver %q is no URL: %w", address, err)
	}
	client.Client = opts.HTTP
	// Failed requests are logged where it is known what they were for.
	client.Log = zerolog.Nop()
	if opts.Log.GetLevel() <= zerolog.DebugLevel {
		client.Log = opts.Log
	}
	client.UserAgent = userAgent()
	client.ResponseSizeLimit = maxSmallAnswer
	var tokens *bearer
	if opts.RefreshToken != "" {
		tokens = newBearer(opts.HTTP.Transport, Tokens{AccessToken: opts.AccessToken, RefreshToken: opts.RefreshToken, ClientID: opts.ClientID})
		tokens.exchange, tokens.save = exchanger(address, opts.HTTP), opts.SaveTokens
		refreshing := *opts.HTTP
		refreshing.Transport = tokens
		client.Client = &refreshing
	}
	// Synapse looks at the token here too; what is wrong with it login says better.
	if _, err := client.Versions(ctx); err != nil && failure(err, time.Now()).Kind != action.Unauthorized {
		return nil, nil, fmt.Errorf("no Matrix homeserver answers at %s: %w", address, failure(err, time.Now()))
	}
	return client, tokens, nil
}

func userAgent() string { return "Forseti " + mautrix.DefaultUserAgent }

// newHTTP keeps as many connections open as actions run at once.
func newHTTP() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	return &http.Client{Timeout: actTimeout, Transport: transport}
}

// discover returns the URL of the homeserver. A server name without .well-known
// is tried as it stands.
//
// https://spec.matrix.org/v1.16/client-server-api/#well-known-uris
func discover(ctx context.Context, opts Options) (string, error) {
	name := opts.Homeserver
	if strings.Contains(name, "://") {
		return strings.TrimSuffix(name, "/"), nil
	}
	if name == "" {
		name = opts.User.Homeserver()
	}
	if name == "" {
		return "", errors.New("find the homeserver: neither homeserver nor user is set")
	}
	known, err := mautrix.DiscoverClientAPIWithClient(ctx, opts.HTTP, name)
	switch {
	case err != nil:
		return "", fmt.Errorf("find the homeserver of %s: %w (set homeserver to its https:// URL to do without .well-known)", name, err)
	case known == nil:
		return "https://" + name, nil
	case !strings.HasPrefix(known.Homeserver.BaseURL, "https://") && !strings.HasPrefix(known.Homeserver.BaseURL, "http://"):
		return "", fmt.Errorf("find the homeserver of %s: its .well-known names no URL but %q", name, known.Homeserver.BaseURL)
	default:
		return strings.TrimSuffix(known.Homeserver.BaseURL, "/"), nil
	}
}

func login(ctx context.Context, client *mautrix.Client, opts Options) error {
	if opts.AccessToken != "" {
		who, err := client.Whoami(ctx)
		if err != nil {
			return fmt.Errorf("log in with the access token: %w", failure(err, time.Now()))
		}
		if opts.User != "" && who.UserID != opts.User {
			return fmt.Errorf("log in: the access token is for %s, not for %s", who.UserID, opts.User)
		}
		client.UserID, client.DeviceID = who.UserID, who.DeviceID
		return nil
	}
	_, err := client.Login(ctx, &mautrix.ReqLogin{
		Type:                     mautrix.AuthTypePassword,
		Identifier:               mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(opts.User)},
		Password:                 opts.Password,
		DeviceID:                 opts.Device,
		InitialDeviceDisplayName: opts.DeviceName,
		StoreCredentials:         true,
	})
	if err != nil {
		return fmt.Errorf("log in as %s with the password: %w", opts.User, failure(err, time.Now()))
	}
	if client.UserID != opts.User {
		return fmt.Errorf("log in: the homeserver made %s of %s", client.UserID, opts.User)
	}
	return nil
}
