package main

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/term"

	"forseti/internal/demo"
)

func demoCommand(ctx context.Context, args []string, s streams) error {
	f := flags("demo", s)
	once := f.Bool("once", false, "end after the story, with exit code 1 if a step failed")
	listen := f.String("listen", "", "`address` and port at which the homeserver answers, such as 127.0.0.1:8008; a free port if left out")
	if err := parse(f, args); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("the demo starts this program once more and cannot find it: %w", err)
	}
	return demo.Run(ctx, demo.Options{Once: *once, Listen: *listen, Colour: colourful(s), Out: s.out, Executable: self})
}

// colourful reports whether colours are shown: on a terminal, unless somebody wants none.
//
// https://no-color.org
func colourful(s streams) bool {
	file, ok := s.out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd())) && s.getenv("NO_COLOR") == "" && s.getenv("TERM") != "dumb"
}
