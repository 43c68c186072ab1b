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
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/demo/shown"
	"forseti/internal/homeserver"
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

// lookedAt is a terminal before which somebody sits, who does something once all is said.
type lookedAt struct {
	bytes.Buffer
	then func(said string)
}

func (l *lookedAt) Write(p []byte) (int, error) {
	n, err := l.Buffer.Write(p)
	if strings.Contains(string(p), "Ctrl-C") && l.then != nil {
		l.then(l.String())
	}
	return n, err
}

// The whole story, with the real program on a real homeserver, and then what it says to do: the
// bot answers whoever has no more than curl.
func TestStory(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	defer end()
	out := lookedAt{then: func(said string) {
		defer end()
		curl := regexp.MustCompile(`(?m)^  (curl .*)$`).FindAllStringSubmatch(said, -1)
		if len(curl) != 2 {
			t.Errorf("%d commands are shown: %q", len(curl), curl)
			return
		}
		if _, err := exec.LookPath("curl"); err != nil {
			t.Log("There is no curl here, so that what is shown is not tried.")
			return
		}
		if sent, err := exec.CommandContext(ctx, "sh", "-c", curl[0][1]).CombinedOutput(); err != nil || !strings.Contains(string(sent), "event_id") {
			t.Errorf("%s: %s, %v", curl[0][1], sent, err)
		}
		wait, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := until(wait, func() error {
			read, err := exec.CommandContext(wait, "sh", "-c", curl[1][1]).CombinedOutput()
			if err != nil || !strings.Contains(string(read), "`why`") {
				return fmt.Errorf("read %s, %w", read, err)
			}
			return nil
		}); err != nil {
			t.Error(err)
		}
	}}
	err := Run(ctx, Options{Out: &out, Executable: build(t), patience: 2 * time.Minute})
	t.Logf("\n%s", out.String())
	if err != nil {
		t.Fatal(err)
	}
	told := plain(out.String())
	for _, l := range shown.Lines() {
		if !strings.Contains(told, plain(l.Text)) {
			t.Errorf("the picture in the README has %s say %q, which is not in the story", l.By, l.Text)
		}
	}
	if door, next := strings.Index(told, "Banned `@crypto-three:localhost`"), strings.Index(told, "the neighbours ban somebody"); door < 0 || door > next {
		t.Error("what the bot tells by itself does not stand where it belongs")
	}
	if strings.Contains(out.String(), "\x1b") {
		t.Error("there are colours where there is no terminal")
	}
	if !strings.HasSuffix(out.String(), "Cleaning up.\n") {
		t.Error("nothing is said of its end")
	}
	if got := strings.Count(out.String(), " ok "); got != len(story) {
		t.Errorf("%d of %d steps are told", got, len(story))
	}
}

// plain is a text without its lines, bars and numbers.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, strings.ReplaceAll(s, "│", " "))
	for strings.Contains(s, "##") {
		s = strings.ReplaceAll(s, "##", "#")
	}
	return strings.Join(strings.Fields(s), " ")
}

// What one needs to look in stands first and by itself; all else is in a file.
func TestInvitation(t *testing.T) {
	t.Parallel()
	account := func(name string) *mautrix.Client {
		return &mautrix.Client{UserID: id.UserID("@" + name + ":localhost"), AccessToken: "token-of-" + name}
	}
	s := &stage{options: Options{Colour: true}, dir: t.TempDir(), server: &homeserver.Server{URL: "http://127.0.0.1:8008"}, moderator: account("maria")}
	s.people = []*person{
		{part: "bot", password: "bots", client: account("forseti")},
		{part: "moderator", password: "hers", client: s.moderator, recovery: "EsT0"},
		{part: "spammer", password: "his", client: account("spammer")},
	}
	var out strings.Builder
	s.invitation(func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) })
	said := out.String()
	for _, want := range []string{"http://127.0.0.1:8008", "@maria:localhost", "hers", "EsT0", "!forseti help", "commands.trust", "Bearer token-of-maria", "@playful:", "accounts.txt", "\x1b[32m"} {
		if !strings.Contains(said, want) {
			t.Errorf("%s is not in:\n%s", want, said)
		}
	}
	file, err := os.ReadFile(filepath.Join(s.dir, "accounts.txt"))
	if err != nil || !strings.Contains(string(file), "@spammer:localhost  password his") || strings.Contains(said, "@spammer") || strings.Contains(string(file), "hers") {
		t.Errorf("the file is %q, %v", file, err)
	}
}

// A message is told once, as it reads by now, in the order in which all was said.
func TestTalk(t *testing.T) {
	t.Parallel()
	var k talk
	at := time.Now()
	k.said("$order", at, "!forseti ban @a:b", true)
	k.said("$no", at.Add(2*time.Second), "❌", false)
	said := func(evt id.EventID, body, edits string) *event.Event {
		raw := map[string]any{"body": body}
		if edits != "" {
			raw = map[string]any{"body": "* " + body, "m.new_content": map[string]any{"body": body}, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": edits}}
		}
		at = at.Add(time.Second)
		return &event.Event{ID: evt, Timestamp: at.Add(-time.Second / 2).UnixMilli(), Content: event.Content{Raw: raw}}
	}
	bots := []*event.Event{said("$1", "Shall I?", ""), said("$2", "Shall I? Say yes or no.", "$1"), said("$3", "Left undone", "$1"), said("$4", "I did not.", "")}
	want := []line{{moderatorName, "!forseti ban @a:b"}, {botName, "Shall I? Say yes or no."}, {moderatorName, "❌"}, {botName, "I did not."}}
	if got := k.untold(bots); !slices.Equal(got, want) {
		t.Errorf("told %q", got)
	}
	if got := k.untold(append(bots, said("$5", "News", ""))); !slices.Equal(got, []line{{botName, "News"}}) {
		t.Errorf("told %q", got)
	}
	long := map[string]any{"body": "Three.\nMore\n* More\nAll & more\nnames", "formatted_body": "<p>Three.</p><details><summary>More</summary><ul><li>More</li></ul></details><details><summary>All &amp; more</summary><p>names</p></details>"}
	if got := read(long); got != "Three.\n▸ More\n* More\n▸ All & more\nnames" {
		t.Errorf("what is folded is shown as %q", got)
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
