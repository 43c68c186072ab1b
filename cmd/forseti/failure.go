package main

import (
	"errors"

	"forseti/action"
)

func unauthorized(err error) bool {
	f, ok := errors.AsType[*action.Failure](err)
	return ok && f.Kind == action.Unauthorized
}

func temporary(err error) bool {
	f, ok := errors.AsType[*action.Failure](err)
	return ok && f.Temporary()
}
