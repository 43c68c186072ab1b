package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"maunium.net/go/mautrix/id"

	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// credentials say how to log in: by flag, by environment, or by being asked for.
type credentials struct {
	homeserver, user             string
	login, password, accessToken string

	flows []string // the homeserver's own ways to log in
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

// fromEnvironment takes what no flag said.
func (c *credentials) fromEnvironment(getenv func(string) string) {
	for key, value := range map[string]*string{
		"homeserver.address": &c.homeserver, "homeserver.user": &c.user,
		"homeserver.access_token": &c.accessToken, "homeserver.password": &c.password,
	} {
		if *value == "" {
			*value = config.FromEnvironment(key, getenv)
		}
	}
	switch {
	case c.login != "":
	case c.accessToken != "":
		c.login = byToken
	case c.password != "":
		c.login = byPassword
	}
}

// entry is a login that was made, and is not stored yet.
type entry struct {
	session *matrix.Session
	login   store.Session
	ours    bool // this run has made it, and may end it
}

// enter asks for what is missing and logs in. What was typed wrongly is asked for
// again, with the reason.
func (c *credentials) enter(ctx context.Context, ask *asker, db *store.Database, s streams) (entry, error) {
	c.fromEnvironment(s.getenv)
	if err := c.find(ctx, ask); err != nil {
		return entry{}, err
	}
	given := *c
	if err := c.complete(ctx, ask); err != nil {
		return entry{}, err
	}
	for {
		e, err := c.logIn(ctx, db, s.out)
		if err == nil || ctx.Err() != nil {
			return e, err
		}
		typed, asked := *c, ask.prompts
		*c = given
		again := c.again(ctx, ask, typed, err)
		if _, nobody := errors.AsType[silence](again); nobody || again == nil && ask.prompts == asked {
			return entry{}, err // nothing else is to be tried
		}
		if again != nil {
			return entry{}, again
		}
	}
}

// again asks anew for what was typed and did not do. Of the account and the password a
// refusal does not say which was wrong.
func (c *credentials) again(ctx context.Context, ask *asker, typed credentials, why error) (err error) {
	if c.login == "" || typed.login == byPassword && (c.user == "" || c.password == "") || typed.login == byToken && c.accessToken == "" {
		ask.say(why)
	}
	if typed.login == byPassword {
		c.login = typed.login
		if c.user == "" {
			if c.user, err = ask.ask(ctx, "", c.account(ctx, typed.user)); err != nil {
				return err
			}
		}
	}
	return c.complete(ctx, ask)
}

// find asks for the homeserver and looks whether there is one.
func (c *credentials) find(ctx context.Context, ask *asker) (err error) {
	look := func(address string) (err error) {
		c.flows, err = matrix.Flows(ctx, matrix.Options{Homeserver: address})
		return err
	}
	if c.homeserver != "" {
		return look(c.homeserver)
	}
	q := question{text: "Homeserver of the bot's account (server name or URL)", flag: "homeserver"}
	q.check = func(answer string) (string, error) {
		if !config.IsAddress(answer) {
			return "", fmt.Errorf("%q is no homeserver: write a server name such as example.org, or a URL such as https://matrix.example.org", answer)
		}
		return answer, look(answer)
	}
	c.homeserver, err = ask.ask(ctx, "", q)
	return err
}

var errNoPasswords = errors.New("this homeserver takes no passwords here. Try --login oauth, or an access token")

// ways are the ways to log in, by what may be written for each.
func ways() map[string][]string {
	return map[string][]string{
		byPassword: {"1", "p", "pw", "pass", "password"},
		byToken:    {"2", "t", "token", "access token", "access-token"},
		byOAuth:    {"3", "o", "b", "oauth", "oauth2", "browser", "by browser"},
	}
}

// complete asks for what no flag said.
func (c *credentials) complete(ctx context.Context, ask *asker) (err error) {
	byDefault := byPassword
	if !c.takesPasswords() {
		byDefault = byOAuth
	}
	if c.login == byPassword && !c.takesPasswords() {
		return errNoPasswords
	}
	c.login, err = ask.ask(ctx, c.login, question{
		text: "How to log in: 1 password, 2 token, 3 oauth (by browser)", flag: "login", byDefault: byDefault, check: c.way,
	})
	if err != nil {
		return err
	}
	switch c.login {
	case byPassword:
		if c.user, err = ask.ask(ctx, c.user, c.account(ctx, "")); err != nil {
			return err
		}
		c.password, err = ask.ask(ctx, c.password, question{text: "Its password", flag: "password", secret: true})
	case byToken:
		c.accessToken, err = ask.ask(ctx, c.accessToken, question{text: "Its access token", flag: "access-token", secret: true})
	}
	return err
}

func (c *credentials) way(answer string) (string, error) {
	answer = strings.ToLower(strings.Join(strings.Fields(answer), " "))
	for way, words := range ways() {
		if !slices.Contains(words, answer) {
			continue
		}
		if way == byPassword && !c.takesPasswords() {
			return "", errNoPasswords
		}
		return way, nil
	}
	return "", errors.New("write password, token or oauth (or 1, 2 or 3)")
}

func (c *credentials) takesPasswords() bool { return slices.Contains(c.flows, "m.login.password") }

func (c *credentials) account(ctx context.Context, byDefault string) question {
	return question{
		text: "The bot's account (such as @forseti:example.org)", flag: "user", byDefault: byDefault,
		check: func(answer string) (string, error) {
			return fullID(answer, func() string { return matrix.ServerName(ctx, c.homeserver) })
		},
	}
}

// fullID makes a user ID of what people write for one. The server is asked for if the
// name stands alone; it may be "".
func fullID(written string, server func() string) (string, error) {
	name, host, whole := strings.Cut(strings.TrimPrefix(written, "@"), ":")
	if strings.ContainsRune(name, '@') {
		local, domain, _ := strings.Cut(name, "@")
		return "", fmt.Errorf("%s is a mail address. A Matrix account is written @%s:%s", written, local, cmp.Or(host, domain))
	}
	if !whole {
		if host = server(); host == "" {
			return "", fmt.Errorf("write it in full, such as @%s:example.org: what the server is called does not follow from its URL", name)
		}
	}
	user := id.NewUserID(name, host)
	if _, _, err := user.ParseAndValidateRelaxed(); err != nil || name == "" || id.ParseServerName(host) == nil || strings.ContainsFunc(string(user), func(r rune) bool { return r <= ' ' }) {
		return "", fmt.Errorf("%q is no account: write it in full, such as @forseti:example.org", written)
	}
	return string(user), nil
}

// logIn logs in. The login is stored by whoever wants to keep it.
func (c *credentials) logIn(ctx context.Context, db *store.Database, out io.Writer) (entry, error) {
	opts := matrix.Options{Homeserver: c.homeserver, User: id.UserID(c.user), DeviceName: loginName}
	var login store.Session
	switch c.login {
	case byPassword:
		opts.Password = c.password
	case byToken:
		opts.AccessToken = c.accessToken
	case byOAuth:
		tokens, err := logInByBrowser(ctx, c.homeserver, out)
		if err != nil {
			return entry{}, err
		}
		login = store.Session{AccessToken: tokens.AccessToken, RefreshToken: tokens.RefreshToken, ClientID: tokens.ClientID}
		opts = resume(opts, db, &login)
	}
	session, err := matrix.Open(ctx, opts)
	if err != nil {
		return entry{}, err
	}
	login.User, login.Device, login.AccessToken = session.User(), session.Device(), session.AccessToken()
	return entry{session, login, c.login != byToken}, nil
}

// store keeps the login in place of one that was there.
func (e entry) store(ctx context.Context, db *store.Database) error {
	return db.SaveSession(ctx, e.login)
}
