package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"forseti/action"
)

// Tokens are a login by OAuth 2.0, as kept across restarts.
type Tokens struct {
	AccessToken string
	// RefreshToken gets new tokens when AccessToken has expired. It works once.
	RefreshToken string
	// ClientID is what the authorisation server knows us by; RefreshToken is good
	// only with it.
	ClientID string
}

// refreshTimeout bounds one refresh. All other requests wait for it.
const refreshTimeout = 30 * time.Second

// bearer puts the present access token into requests, and refreshes it when the
// homeserver says that it has expired. mautrix could do so too, but it goes by
// the clock alone, and asks again without end when a token is revoked early.
type bearer struct {
	base     http.RoundTripper
	exchange func(ctx context.Context, old Tokens) (Tokens, error)
	save     func(ctx context.Context, fresh Tokens) error

	// turn is held while refreshing. It is a channel as waiting for it ends with
	// the request that waits.
	turn    chan struct{}
	unsaved *Tokens // refreshed but not stored; guarded by turn

	mu      sync.Mutex
	tokens  Tokens
	refused error // set once the authorisation server wants no more of us
}

func newBearer(base http.RoundTripper, tokens Tokens) *bearer {
	if base == nil {
		base = http.DefaultTransport
	}
	return &bearer{base: base, tokens: tokens, turn: make(chan struct{}, 1)}
}

func (b *bearer) present() (Tokens, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tokens, b.refused
}

// RoundTrip makes the request, and makes it once more if the token had expired.
func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	// http.Client drops the header when it follows a redirect to another host, which
	// must not get the token from us either.
	if req.Header.Get("Authorization") == "" {
		return b.base.RoundTrip(req)
	}
	tokens, _ := b.present()
	resp, err := b.base.RoundTrip(authorized(req, tokens.AccessToken))
	if err != nil || !expired(resp) || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	resp.Body.Close()
	fresh, err := b.refresh(req.Context(), tokens.AccessToken)
	if err != nil {
		return nil, err
	}
	again := authorized(req, fresh)
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return b.base.RoundTrip(again)
}

// authorized is req with another token. A RoundTripper must leave req itself alone.
func authorized(req *http.Request, token string) *http.Request {
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", "Bearer "+token)
	return out
}

// refresh returns an access token newer than used. Of requests that find the same
// token expired only the first refreshes it.
func (b *bearer) refresh(ctx context.Context, used string) (string, error) {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	tokens, refused := b.present()
	switch {
	case refused != nil:
		return "", refused
	case tokens.AccessToken != used:
		return tokens.AccessToken, nil
	}
	// Whoever asked may give up, but a refresh broken off half-way may have used up
	// the refresh token.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshTimeout)
	defer cancel()
	if b.unsaved == nil {
		fresh, err := b.exchange(ctx, tokens)
		if err != nil {
			return "", b.fail(err)
		}
		b.unsaved = &fresh
	}
	// Once used, the old refresh token is void: new ones that only we know of would
	// be lost with us.
	if err := b.save(ctx, *b.unsaved); err != nil {
		return "", &action.Failure{Kind: action.Transient, Err: fmt.Errorf("store the refreshed login: %w", err)}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens, b.unsaved = *b.unsaved, nil
	return b.tokens.AccessToken, nil
}

var errLogInAgain = errors.New("the login is no longer good, log in again")

// fail remembers a refusal, so that it is not asked for again with each request.
func (b *bearer) fail(err error) error {
	f := *failure(err, time.Now())
	if f.Kind != action.Unauthorized {
		f.Err = fmt.Errorf("refresh the login: %w", f.Err)
		return &f
	}
	f.Err = fmt.Errorf("%w: %w", errLogInAgain, f.Err)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refused = &f
	return &f
}
