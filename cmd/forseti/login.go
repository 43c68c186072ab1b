package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"forseti/config"
	"forseti/store"
)

// loginCommand renews the login and nothing else: rooms, lists and settings do
// not hang on it.
func loginCommand(ctx context.Context, args []string, s streams) error {
	f := flags("login", s)
	path := configFlag(f, s)
	var a credentials
	a.flags(f)
	if err := parse(f, args); err != nil {
		return err
	}
	c, err := load(path, f, s)
	if err != nil {
		return err
	}
	if c.Homeserver.AccessToken != "" && config.FromEnvironment("homeserver.access_token", s.getenv) == "" {
		return errors.New("homeserver.access_token is set in the configuration, and wins over a login. Take it out first, or put a good one there")
	}
	db, err := store.Open(ctx, c.Database.URL, zerolog.Nop())
	if err != nil {
		return err
	}
	defer db.Close()
	stored, found, err := db.Session(ctx)
	if err != nil {
		return err
	}
	if found && stored.ClientID != "" && a.login == "" && a.password == "" && a.accessToken == "" {
		a.login = byOAuth // as the time before
	}
	a.homeserver, a.user = c.Homeserver.Address, string(c.Homeserver.User)
	e, err := a.enter(ctx, newAsker(s), db, s)
	if err != nil {
		return err
	}
	if err := e.store(ctx, db); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Logged in as %s. Start the bot with %s.\n", e.session.User(), typed("run", *path))
	return nil
}
