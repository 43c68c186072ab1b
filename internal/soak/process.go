package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"forseti/internal/child"
	"forseti/internal/faults"
)

// process is one run of the bot.
type process struct {
	*child.Process
	began int64 // where its log begins in the file of all
}

// build makes the program that is tried.
func build(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "forseti")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "goolm", "-o", bin, "forseti/cmd/forseti")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the bot: %w\n%s", err, out)
	}
	return bin, nil
}

// launch starts the bot; its log is kept in a file over all runs.
func (s *stage) launch() error {
	log, err := os.OpenFile(filepath.Join(s.dir, "bot.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	info, err := log.Stat()
	if err != nil {
		return errors.Join(err, log.Close())
	}
	cmd := child.Bot(s.program, s.config)
	// It is copied, for a full disk is not one that the log is on.
	out := struct{ io.Writer }{log}
	cmd.Stdout, cmd.Stderr = out, out
	run, err := child.Start(cmd, nil)
	if err != nil {
		return errors.Join(fmt.Errorf("start the bot: %w", err), log.Close())
	}
	go func() {
		<-run.Exited()
		_ = log.Close()
	}()
	if err := s.fit(run.PID()); err != nil {
		run.Kill()
		return err
	}
	p := &process{run, info.Size()}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bot = p
	return nil
}

// start is launch until the bot has taken in what is there.
func (s *stage) start(ctx context.Context, patience time.Duration) error {
	before := len(s.proxy.Requests(faults.Sync))
	if err := s.launch(); err != nil {
		return err
	}
	for end := time.Now().Add(patience); len(s.proxy.Requests(faults.Sync)) < before+2; {
		select {
		case <-s.bot.Exited():
			return fmt.Errorf("the bot ended at its start:\n%s", s.lastWords())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			return errors.New("the bot did not get ready")
		}
	}
	return nil
}

func (s *stage) lastWords() string {
	raw, err := os.ReadFile(filepath.Join(s.dir, "bot.log"))
	if err != nil {
		return err.Error()
	}
	return string(raw[max(0, len(raw)-3000):])
}

// ready tells whether the present run came past its start. Before, it may end with
// an error, and whoever started it starts it again.
func (s *stage) ready() bool {
	raw, err := os.ReadFile(filepath.Join(s.dir, "bot.log"))
	return err == nil && bytes.Contains(raw[min(s.bot.began, int64(len(raw))):], []byte("Ready"))
}

// revive starts a bot again that ended at its start. One that ends later is at fault.
func (s *stage) revive(ctx context.Context) (revived bool, err error) {
	if s.bot.Alive() {
		return false, nil
	}
	if s.ready() {
		return false, fmt.Errorf("the bot ended by itself:\n%s", s.lastWords())
	}
	pause(ctx, time.Second)
	return true, s.launch()
}
