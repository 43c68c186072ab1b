package main

import (
	"errors"
	"fmt"

	"forseti/action"
	"forseti/config"
	"forseti/matrix"
)

func unauthorized(err error) bool {
	f, ok := errors.AsType[*action.Failure](err)
	return ok && f.Kind == action.Unauthorized
}

func temporary(err error) bool {
	return matrix.Temporary(err)
}

// logsInAgain reports whether an error is of a login that a new one by password can
// take the place of.
func logsInAgain(err error, c config.Config) bool {
	return unauthorized(err) && c.Homeserver.AccessToken == "" && c.Homeserver.Password != ""
}

// orLogIn adds what to do to the error of a login that is no longer good.
func orLogIn(err error, c config.Config, path string) error {
	switch {
	case !unauthorized(err):
		return err
	case c.Homeserver.AccessToken != "":
		return fmt.Errorf("%w. Put a good one into homeserver.access_token or FORSETI_ACCESS_TOKEN", err)
	case c.Homeserver.Password != "":
		return fmt.Errorf("%w.\n%s logs in again, with the password", err, typed("run", path))
	default:
		return fmt.Errorf("%w.\nLog in again with %s. Rooms, lists and settings stay as they are", err, typed("login", path))
	}
}
