package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"forseti/action"
	"forseti/config"
	"forseti/matrix"
	"forseti/store"
)

// resume makes opts use a stored login. What its tokens are refreshed to is
// stored, and kept in login, before it is used.
func resume(opts matrix.Options, db *store.Database, login *store.Session) matrix.Options {
	opts.Device, opts.AccessToken = login.Device, login.AccessToken
	if opts.User == "" {
		opts.User = login.User
	}
	if login.RefreshToken == "" {
		return opts
	}
	opts.RefreshToken, opts.ClientID = login.RefreshToken, login.ClientID
	opts.SaveTokens = func(ctx context.Context, fresh matrix.Tokens) error {
		login.AccessToken, login.RefreshToken, login.ClientID = fresh.AccessToken, fresh.RefreshToken, fresh.ClientID
		return db.SaveSession(ctx, *login)
	}
	return opts
}

// logIn uses the stored session if there is one that is still good, so that no
// new device appears with each start. The database must be locked: a refresh
// token works once, and only for one process.
func logIn(ctx context.Context, c config.Config, db *store.Database, log zerolog.Logger) (*matrix.Session, error) {
	opts := matrix.Options{
		Homeserver: c.Homeserver.Address, User: c.Homeserver.User,
		AccessToken: c.Homeserver.AccessToken, Password: c.Homeserver.Password,
		DeviceName: loginName, Log: log,
	}
	if opts.AccessToken != "" {
		return openPatiently(ctx, opts, log)
	}
	stored, found, err := db.Session(ctx)
	if err != nil {
		return nil, err
	}
	ours := found && (opts.User == "" || stored.User == opts.User)
	if ours {
		session, err := openPatiently(ctx, resume(opts, db, &stored), log)
		if err == nil || opts.Password == "" || !unauthorized(err) {
			return session, err
		}
		log.Warn().Str("why", brief(err)).Msg("The stored login is no longer good; logging in by password")
		if matrix.SoftLogout(err) {
			opts.Device = stored.Device // the homeserver has kept it, and its keys
		}
	}
	switch {
	case opts.Password != "":
	case found && !ours:
		return nil, fmt.Errorf("the login in the database is of %s, and homeserver.user is %s. Log in as that one with forseti login", stored.User, opts.User)
	default:
		return nil, errors.New("the bot is not logged in. Run forseti login, or set FORSETI_ACCESS_TOKEN or FORSETI_PASSWORD")
	}
	session, err := openPatiently(ctx, opts, log)
	if err != nil {
		return nil, err
	}
	return session, db.SaveSession(ctx, store.Session{User: session.User(), Device: session.Device(), AccessToken: session.AccessToken()})
}

const (
	startTries = 10
	startPause = 3 * time.Second
)

// openPatiently waits for a homeserver that is not up yet, as after a restart of
// the machine. A refusal is not waited out.
func openPatiently(ctx context.Context, opts matrix.Options, log zerolog.Logger) (session *matrix.Session, err error) {
	err = patiently(ctx, log, func() (err error) {
		session, err = matrix.Open(ctx, opts)
		return err
	})
	return session, err
}

// patiently tries something again that failed for want of a homeserver.
func patiently(ctx context.Context, log zerolog.Logger, f func() error) error {
	for try := 1; ; try++ {
		err := f()
		if err == nil || try == startTries || !temporary(err) {
			return err
		}
		pause := min(max(startPause, action.FailureOf(err).Pause()), action.LongestPause)
		log.Warn().Str("why", brief(err)).Int("tries_left", startTries-try).Msg("No homeserver yet; waiting " + pause.Round(time.Second).String())
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return errors.Join(err, errors.New("given up waiting"))
		}
	}
}
