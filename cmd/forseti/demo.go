package main

import (
	"context"
	"fmt"
	"os"

	"forseti/internal/demo"
)

func demoCommand(ctx context.Context, args []string, s streams) error {
	f := flags("demo", s)
	once := f.Bool("once", false, "end after the story, with exit code 1 if a step failed")
	if err := parse(f, args); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the demo starts this program once more and cannot find it: %w", err)
	}
	return demo.Run(ctx, demo.Options{Once: *once, Out: s.out, Executable: self})
}
