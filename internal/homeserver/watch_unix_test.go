//go:build unix

package homeserver

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestWatch(t *testing.T) {
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		report string
	}{
		// A stopped process is as good as a wedged one: it takes connections
		// and never answers.
		{"wedged", syscall.SIGSTOP, "is wedged"},
		{"dead", syscall.SIGKILL, "ended by itself"},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx := t.Context()
			reports := make(chan string, 100)
			s, err := Start(ctx, Options{
				Kind:   Kind(os.Getenv(Variable)),
				Report: func(line string) { reports <- line },
				every:  200 * time.Millisecond, patience: 3 * time.Second,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Stop()
			dave := s.Client(t, "dave")
			if err := syscall.Kill(int(s.pid.Load()), c.signal); err != nil {
				t.Fatal(err)
			}
			noticed := false
			deadline := time.After(time.Minute)
			for back := false; !back; {
				select {
				case line := <-reports:
					noticed = noticed || strings.Contains(line, c.report)
					back = strings.HasSuffix(line, "is back")
				case <-deadline:
					t.Fatal("the homeserver did not come back")
				}
			}
			if !noticed {
				t.Errorf("no report that it %s", c.report)
			}
			if who, err := dave.Whoami(ctx); err != nil || who.UserID != dave.UserID {
				t.Errorf("after the restart dave is %v, %v", who, err)
			}
		})
	}
}
