package demo

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
)

// program is the real one, made when it is first asked for.
var program struct {
	sync.Once
	dir, path string
	err       error
}

func TestMain(m *testing.M) {
	// They wait far more than they compute. A flag on the command line wins.
	_ = flag.Set("test.parallel", "4")
	code := m.Run()
	_ = os.RemoveAll(program.dir)
	os.Exit(code)
}

func build(t *testing.T) string {
	t.Helper()
	program.Do(func() {
		if program.dir, program.err = os.MkdirTemp("", "forseti-demo-"); program.err != nil {
			return
		}
		program.path = filepath.Join(program.dir, "forseti")
		if out, err := exec.Command("go", "build", "-tags", "goolm", "-o", program.path, "forseti/cmd/forseti").CombinedOutput(); err != nil {
			program.err = fmt.Errorf("build: %w\n%s", err, out)
		}
	})
	if program.err != nil {
		t.Fatal(program.err)
	}
	return program.path
}

// The whole story, with the real program on a real homeserver.
func TestStory(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Out: &out, Executable: build(t), patience: 2 * time.Minute})
	t.Logf("\n%s", out.String())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), " ok "); got != len(story) {
		t.Errorf("%d of %d steps are told", got, len(story))
	}
}

// A bot that does nothing gets no further than the first step, and the demo says so.
func TestStoryFailsWithoutAnEffect(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a shell")
	}
	idle := filepath.Join(t.TempDir(), "idle")
	if err := os.WriteFile(idle, []byte("#!/bin/sh\necho Ready >&2\nexec sleep 600\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Out: &out, Executable: idle, patience: 2 * time.Second})
	if !errors.Is(err, ErrStory) {
		t.Errorf("the story ended with %v", err)
	}
	if !strings.Contains(out.String(), "1  "+story[0].title) || !strings.Contains(out.String(), "FAILED") || strings.Contains(out.String(), " ok ") {
		t.Errorf("the story says:\n%s", out.String())
	}
}

// A step without its effect must fail: without a bot, none has any.
func TestStepsNeedTheBot(t *testing.T) {
	t.Parallel()
	s, err := newStage(t.Context(), Options{Out: &bytes.Buffer{}, Executable: "/nonexistent/forseti"})
	if s == nil {
		t.Fatal(err)
	}
	defer s.close()
	if err == nil {
		t.Fatal("a bot that does not exist was started")
	}
	user, err := s.member(t.Context(), "spammer", "somebody")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := s.everywhere(ctx, user.UserID, event.MembershipBan); err == nil {
		t.Error("nobody banned the user, and the check passes")
	}
	if err := s.shutOut(ctx, "evil.example"); err == nil || !strings.Contains(err.Error(), "evil.example") && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no ACL was set, and the check says %v", err)
	}
}
