package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"forseti/internal/child"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// bot is the running bot: a process of its own, so that it can be killed.
type bot struct {
	*child.Process
	ready chan struct{}

	mu  sync.Mutex
	log []string
}

// startBot starts the bot, for the first time or once more.
func (s *stage) startBot(ctx context.Context) error {
	path := filepath.Join(s.dir, "forseti.yaml")
	text := fmt.Sprintf("homeserver:\n  address: %s\n  user: %q\n  access_token: %s\nmanagement_room: %q\ndatabase:\n  url: sqlite:%s\nencryption:\n  key: a key for nothing but the demo\ncommands:\n  trust: any\n",
		s.proxy.URL, s.account.UserID, s.account.AccessToken, s.management, filepath.Join(s.dir, "forseti.db"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	b, cmd := &bot{ready: make(chan struct{})}, child.Bot(s.options.Executable, path)
	errs, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if b.Process, err = child.Start(cmd, func() { b.read(errs) }); err != nil {
		return fmt.Errorf("start the bot: %w", err)
	}
	s.bot = b
	select {
	case <-b.ready:
		return nil
	case <-b.Exited():
		return fmt.Errorf("the bot ended at its start:\n%s", b.lastWords())
	case <-time.After(s.options.patience):
		return errors.New("the bot did not get ready")
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *bot) read(r io.Reader) {
	var once sync.Once
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready") {
			once.Do(func() { close(b.ready) })
		}
		b.mu.Lock()
		b.log = append(b.log, "       "+lines.Text())
		b.mu.Unlock()
	}
}

func (b *bot) lastWords() string {
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.log[max(0, len(b.log)-10):], "\n")
}
