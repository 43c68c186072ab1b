package main

import (
	"context"
	"errors"
)

func initCommand(context.Context, []string, streams) error  { return errors.New("not built yet") }
func checkCommand(context.Context, []string, streams) error { return errors.New("not built yet") }
