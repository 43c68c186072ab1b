package matrix

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"forseti/action"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/oauth"
)

// DeviceLoginOptions say where to log in by OAuth 2.0.
type DeviceLoginOptions struct {
	Homeserver string       // as in Options
	HTTP       *http.Client // nil for one with sensible timeouts
	Log        zerolog.Logger
	// Website is shown to whoever is asked for consent, and some servers insist on
	// one; the address of the homeserver if empty.
	Website string
	// Show tells a person to open uri and to enter code there, if it asks for one.
	Show func(uri, code string)
}

const (
	defaultPoll   = 5 * time.Second
	slowDown      = 5 * time.Second
	maxPoll       = time.Minute
	defaultExpiry = 10 * time.Minute
)

// DeviceLogin logs in to a homeserver with the Matrix Authentication Service: a
// person confirms the login in a browser of any device. It returns once that is
// done, refused or too late.
//
// https://spec.matrix.org/v1.18/client-server-api/#device-authorization-flow
func DeviceLogin(ctx context.Context, opts DeviceLoginOptions) (Tokens, error) {
	tokens, err := deviceLogin(ctx, opts)
	if err != nil {
		return Tokens{}, wrap(err, "log in by browser")
	}
	return tokens, nil
}

func deviceLogin(ctx context.Context, opts DeviceLoginOptions) (Tokens, error) {
	if opts.HTTP == nil {
		opts.HTTP = newHTTP()
	}
	address, err := discover(ctx, Options{Homeserver: opts.Homeserver, HTTP: opts.HTTP})
	if err != nil {
		return Tokens{}, err
	}
	client, meta, err := authorisation(ctx, address, opts.HTTP)
	switch {
	case err != nil && failure(err, time.Now()).Kind == action.Unsupported,
		err == nil && (!isURL(meta.DeviceAuthorizationEndpoint) || !isURL(meta.RegistrationEndpoint)):
		return Tokens{}, &action.Failure{Kind: action.Unsupported, Err: errors.New("this homeserver does not offer it; use a password or an access token")}
	case err != nil:
		return Tokens{}, err
	}
	if opts.Website == "" {
		opts.Website = address
	}
	clientID, err := register(ctx, client, opts.Website)
	if err != nil {
		return Tokens{}, err
	}
	code, err := client.OAuthGenerateDeviceCode(quiet(ctx), oauth.GenerateDeviceCodeParams{
		ClientID: clientID,
		// The device is ours to name.
		Scopes: oauth.ScopeList{oauth.ScopeClientAPI, oauth.ScopeDevice(id.DeviceID(rand.Text()[:12]))},
	})
	if err != nil {
		return Tokens{}, fmt.Errorf("ask for a code: %w", err)
	}
	if code == nil || code.DeviceCode == "" || !isURL(code.VerificationURI) {
		return Tokens{}, errors.New("ask for a code: the answer has none")
	}
	opts.Log.Debug().Str("address", address).Msg("Waiting for the login to be confirmed")
	opts.Show(printable(link(code)), printable(code.UserCode))
	return poll(ctx, client, clientID, code)
}

func register(ctx context.Context, client *mautrix.Client, website string) (string, error) {
	registered, err := client.OAuthRegisterClient(quiet(ctx), &oauth.ClientMetadata{
		ApplicationType:         oauth.ApplicationTypeNative,
		ClientName:              "Forseti",
		ClientURI:               website,
		GrantTypes:              []oauth.GrantType{oauth.GrantTypeDeviceCode, oauth.GrantTypeRefreshToken},
		TokenEndpointAuthMethod: oauth.AuthMethodNone,
	})
	if err == nil && (registered == nil || registered.ClientID == "") {
		err = errors.New("answer without client_id")
	}
	if err != nil {
		return "", fmt.Errorf("introduce ourselves: %w", err)
	}
	return registered.ClientID, nil
}

// link prefers the address that holds the code already.
func link(code *oauth.DeviceCodeResponse) string {
	if isURL(code.VerificationURIComplete) {
		return code.VerificationURIComplete
	}
	return code.VerificationURI
}

// printable drops what would do more to a terminal than show a character.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, s)
}

// poll asks for the tokens until they are there.
//
// https://datatracker.ietf.org/doc/html/rfc8628#section-3.5
func poll(ctx context.Context, client *mautrix.Client, clientID string, code *oauth.DeviceCodeResponse) (Tokens, error) {
	interval, expiry := code.Interval.Duration, code.ExpiresIn.Duration
	if interval <= 0 {
		interval = defaultPoll
	}
	if expiry <= 0 {
		expiry = defaultExpiry
	}
	tooLate := time.Now().Add(expiry)
	for {
		if err := sleep(ctx, min(interval, maxPoll)); err != nil {
			return Tokens{}, err
		}
		got, err := client.OAuthPollDeviceCode(quiet(ctx), oauth.PollDeviceCodeParams{ClientID: clientID, DeviceCode: code.DeviceCode})
		if err == nil && (got == nil || got.AccessToken == "") {
			err = errors.New("answer without an access token")
		}
		late := time.Now().After(tooLate)
		switch {
		case err == nil:
			return Tokens{AccessToken: got.AccessToken, RefreshToken: got.RefreshToken, ClientID: clientID}, nil
		case errors.Is(err, mautrix.ErrOAuthAccessDenied):
			return Tokens{}, &action.Failure{Kind: action.Forbidden, Err: errors.New("the login was refused in the browser")}
		case errors.Is(err, mautrix.ErrOAuthExpiredToken), late && waiting(err):
			return Tokens{}, &action.Failure{Kind: action.Gone, Err: errors.New("nobody confirmed the login in time; start again")}
		case errors.Is(err, mautrix.ErrOAuthSlowDown):
			interval += slowDown
		case waiting(err):
		case late || ctx.Err() != nil || !failure(err, time.Now()).Temporary():
			return Tokens{}, err
		default:
			// https://datatracker.ietf.org/doc/html/rfc8628#section-3.5 wants us to
			// come less often after a failed connection.
			interval = max(min(2*interval, maxPoll), failure(err, time.Now()).Pause())
		}
	}
}

func waiting(err error) bool {
	return slices.ContainsFunc([]error{mautrix.ErrOAuthAuthorizationPending, mautrix.ErrOAuthSlowDown},
		func(target error) bool { return errors.Is(err, target) })
}
