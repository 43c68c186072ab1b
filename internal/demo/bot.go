package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/internal/child"
)

// bot is the running bot: a process of its own, so that it can be killed.
type bot struct {
	*child.Process
	ready chan struct{}

	mu  sync.Mutex
	log []string
}

// startBot starts the bot, for the first time or once more.
func (s *stage) startBot(ctx context.Context) (err error) {
	s.bot, err = s.runBot(ctx, "forseti", s.account, s.management, "encryption:\n  key: a key for nothing but the demo\ncommands:\n  trust: any\n")
	return err
}

// runBot runs the program as an account, commanded in a room, until it is ready. more are further
// lines of its configuration.
func (s *stage) runBot(ctx context.Context, name string, account *mautrix.Client, management id.RoomID, more string) (*bot, error) {
	path := filepath.Join(s.dir, name+".yaml")
	if err := os.WriteFile(path, []byte(s.config(name, account, management, more)), 0o600); err != nil {
		return nil, err
	}
	b, cmd := &bot{ready: make(chan struct{})}, child.Bot(s.options.Executable, path)
	errs, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if b.Process, err = child.Start(cmd, func() { b.read(errs) }); err != nil {
		return nil, fmt.Errorf("start the bot: %w", err)
	}
	select {
	case <-b.ready:
		return b, nil
	case <-b.Exited():
		return b, fmt.Errorf("the bot ended at its start:\n%s", b.lastWords())
	case <-time.After(s.options.patience):
		return b, errors.New("the bot did not get ready")
	case <-ctx.Done():
		return b, ctx.Err()
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
