package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// credentials say how to log in: by flag, by environment, or by being asked for.
type credentials struct {
	homeserver, user             string
	login, password, accessToken string
}

const (
	byPassword = "password"
	byToken    = "token"
	byOAuth    = "oauth"
)

func (c *credentials) flags(f *pflag.FlagSet) {
	f.StringVar(&c.login, "login", "", "`how` to log in: password, token or oauth (by browser)")
	f.StringVar(&c.password, "password", "", "the account's password (better by FORSETI_PASSWORD)")
	f.StringVar(&c.accessToken, "access-token", "", "an access `token` of it (better by FORSETI_ACCESS_TOKEN)")
}

// complete asks for what no flag said.
func (c *credentials) complete(ask *asker, getenv func(string) string) (err error) {
	for key, value := range map[string]*string{
		"homeserver.address": &c.homeserver, "homeserver.user": &c.user,
		"homeserver.access_token": &c.accessToken, "homeserver.password": &c.password,
	} {
		if *value == "" {
			*value = config.FromEnvironment(key, getenv)
		}
	}
	if c.homeserver, err = ask.ask(c.homeserver, "Homeserver of the bot's account (server name or URL)", "", "homeserver"); err != nil {
		return err
	}
	switch {
	case c.login != "":
	case c.accessToken != "":
		c.login = byToken
	case c.password != "":
		c.login = byPassword
	}
	if c.login, err = ask.ask(c.login, "Log in by password, token or oauth (by browser)", byPassword, "login"); err != nil {
		return err
	}
	switch c.login = strings.ToLower(c.login); c.login {
	case byPassword:
		if c.user, err = ask.ask(c.user, "The bot's account (such as @forseti:example.org)", "", "user"); err != nil {
			return err
		}
		c.password, err = ask.secret(c.password, "Its password", "password")
	case byToken:
		c.accessToken, err = ask.secret(c.accessToken, "Its access token", "access-token")
	case byOAuth:
	default:
		err = misuse{fmt.Errorf("--login is %q: write password, token or oauth", c.login)}
	}
	return err
}

const passwordTries = 3

// enter asks for what is missing and logs in. A mistyped password may be typed
// again.
func (c *credentials) enter(ctx context.Context, ask *asker, db *store.Database, s streams) (*matrix.Session, error) {
	typed := c.password == "" && config.FromEnvironment("homeserver.password", s.getenv) == ""
	if err := c.complete(ask, s.getenv); err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		session, err := c.logIn(ctx, db, s.out)
		if err != nil && c.login == byPassword && action.FailureOf(err).Kind == action.Unsupported {
			return nil, fmt.Errorf("%w\nThis homeserver takes no passwords here. Try --login oauth, or an access token", err)
		}
		if err == nil || c.login != byPassword || !typed || try == passwordTries || action.FailureOf(err).Kind != action.Forbidden {
			return session, err
		}
		again, silence := ask.secret("", fmt.Sprintf("%s\nIts password", err), "password")
		if silence != nil {
			return nil, err
		}
		c.password = again
	}
}

// logIn logs in, and stores the login in place of one that was there.
func (c *credentials) logIn(ctx context.Context, db *store.Database, out io.Writer) (*matrix.Session, error) {
	opts := matrix.Options{Homeserver: c.homeserver, User: id.UserID(c.user), DeviceName: "Forseti"}
	var login store.Session
	switch c.login {
	case byPassword:
		opts.Password = c.password
	case byToken:
		opts.AccessToken = c.accessToken
	case byOAuth:
		tokens, err := logInByBrowser(ctx, c.homeserver, out)
		if err != nil {
			return nil, err
		}
		login = store.Session{AccessToken: tokens.AccessToken, RefreshToken: tokens.RefreshToken, ClientID: tokens.ClientID}
		opts = resume(opts, db, &login)
	}
	session, err := matrix.Open(ctx, opts)
	if err != nil {
		return nil, err
	}
	login.User, login.Device, login.AccessToken = session.User(), session.Device(), session.AccessToken()
	return session, db.SaveSession(ctx, login)
}
