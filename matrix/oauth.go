package matrix

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"time"

	"forseti/action"

	"forseti/wire"
	"github.com/rs/zerolog"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/oauth"
)

// maxSmallAnswer is for answers that no stranger writes to.
const maxSmallAnswer = 1 << 20

// authorisation returns a client that talks to the authorisation server of a
// homeserver. It logs nothing: mautrix logs the bodies of requests, and these
// hold secrets.
//
// https://spec.matrix.org/v1.16/client-server-api/#server-metadata-discovery
func authorisation(ctx context.Context, address string, via *http.Client) (*mautrix.Client, *oauth.ServerMetadata, error) {
	client, err := mautrix.NewClient(address, "", "")
	if err != nil {
		return nil, nil, err
	}
	client.Client = via
	client.Log = zerolog.Nop()
	client.UserAgent = userAgent()
	client.ResponseSizeLimit = maxSmallAnswer
	var meta oauth.ServerMetadata
	for _, path := range []mautrix.ClientURLPath{{"v1", "auth_metadata"}, {"unstable", "org.matrix.msc2965", "auth_metadata"}} {
		_, err = client.MakeRequest(quiet(ctx), http.MethodGet, client.BuildURL(path), nil, &meta)
		if err == nil || failure(err, time.Now()).Kind != action.Unsupported {
			break
		}
	}
	if err != nil {
		return nil, nil, err
	}
	if !isURL(meta.TokenEndpoint) {
		return nil, nil, errors.New("the homeserver names no address for tokens")
	}
	client.OAuthSetServerMetadata(&meta)
	return client, &meta, nil
}

// quiet keeps loggers, that of ctx and the library's own, from what they should
// not see. A disabled one would not do: the library takes its own in place of it.
func quiet(ctx context.Context) context.Context {
	return zerolog.New(io.Discard).Level(zerolog.PanicLevel).WithContext(ctx)
}

func isURL(s string) bool {
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// exchanger returns a function that turns a refresh token into new tokens. It
// fails with Unauthorized only if the refresh token itself was refused.
func exchanger(address string, via *http.Client) func(context.Context, Tokens) (Tokens, error) {
	return func(ctx context.Context, old Tokens) (fresh Tokens, err error) {
		client, _, err := authorisation(ctx, address, via)
		if err != nil {
			return Tokens{}, softened(err)
		}
		client.OAuthSetTokens(old.ClientID, old.RefreshToken, "", time.Time{})
		client.SaveNewToken = func(_ context.Context, refresh, access string, _ time.Time) error {
			if access == "" {
				return errors.New("answer without an access token")
			}
			fresh = Tokens{AccessToken: access, RefreshToken: refresh, ClientID: old.ClientID}
			return nil
		}
		if err := client.OAuthRefreshToken(quiet(ctx), math.MaxInt64); err != nil {
			return Tokens{}, softened(err)
		}
		return fresh, nil
	}
}

// refusals are the errors of OAuth 2.0 that only a new login helps against.
//
// https://datatracker.ietf.org/doc/html/rfc6749#section-5.2
var refusals = []error{mautrix.ErrOAuthInvalidGrant, mautrix.ErrOAuthInvalidClient, mautrix.ErrOAuthUnauthorizedClient}

// softened takes whatever is no clear refusal, such as the page of a proxy, for
// something that may pass: a login is not given up easily.
func softened(err error) *action.Failure {
	f := failure(err, time.Now())
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return &action.Failure{Kind: action.Unauthorized, Err: err}
		}
	}
	if !f.Temporary() {
		f = &action.Failure{Kind: action.Transient, Err: f.Err}
	}
	return f
}

// expired reports whether the homeserver refused the access token. The body can
// be read afterwards as if nobody had looked.
func expired(resp *http.Response) bool {
	if resp.StatusCode != http.StatusUnauthorized {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(resp.Body, maxSmallAnswer))
	resp.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(head), resp.Body), resp.Body}
	return err == nil && wire.Text(wire.Fields(head)["errcode"]) == "M_UNKNOWN_TOKEN"
}
