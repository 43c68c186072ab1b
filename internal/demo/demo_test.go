package demo

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
)

// The whole story, with the real program on a real homeserver.
func TestStory(t *testing.T) {
	program := filepath.Join(t.TempDir(), "forseti")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", program, "forseti/cmd/forseti").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	var out bytes.Buffer
	err := Run(t.Context(), Options{Once: true, Out: &out, Executable: program})
	t.Logf("\n%s", out.String())
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), " ok "); got != len(story) {
		t.Errorf("%d of %d steps are told", got, len(story))
	}
}

// A step without its effect must fail: without a bot, none has any.
func TestStepsNeedTheBot(t *testing.T) {
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
