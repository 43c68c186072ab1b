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

// orLogIn adds what to do to the error of a login that is no longer good.
func orLogIn(err error, c config.Config, path string) error {
	switch {
	case !unauthorized(err):
		return err
	case c.Homeserver.AccessToken != "":
		return fmt.Errorf("%w. Put a good one into homeserver.access_token or FORSETI_ACCESS_TOKEN", err)
	case c.Homeserver.Password != "":
		return fmt.Errorf("%w. Put a good one into homeserver.password or FORSETI_PASSWORD", err)
	default:
		return fmt.Errorf("%w.\nLog in again with %s. Rooms, lists and settings stay as they are", err, typed("login", path))
	}
}
