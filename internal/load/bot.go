package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"forseti/internal/child"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"
)

// running is the running bot.
type running struct {
	*child.Process
	began time.Time
	ready time.Duration // from the start of the process to its first answer of sync
}

// start runs the bot, as it was left or for the first time, until it is ready:
// what is stored is planned, and sync has said that nothing else happened.
func (b *bench) start(ctx context.Context) error {
	bot, err := b.client(b.Bot)
	if err != nil {
		return err
	}
	if err := bot.SetAccountData(ctx, "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": b.Rooms}); err != nil {
		return err
	}
	if err := b.watch(ctx, b.List, b.OtherList); err != nil {
		return err
	}
	config := fmt.Sprintf("homeserver:\n  address: %s\n  user: %q\n  access_token: %s\nmanagement_room: %q\ndatabase:\n  url: sqlite:%s\nlog:\n  level: warn\n",
		b.proxy.server.URL, b.Bot.User, b.Bot.Token, b.Management, filepath.Join(b.dir, "forseti.db"))
	if err := os.WriteFile(filepath.Join(b.dir, "forseti.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	if err := b.launch(ctx); err != nil {
		return err
	}
	return b.settle(ctx)
}

// watch writes down which lists the bot follows.
func (b *bench) watch(ctx context.Context, lists ...id.RoomID) error {
	bot, err := b.client(b.Bot)
	if err != nil {
		return err
	}
	var links []string
	for _, l := range lists {
		links = append(links, l.URI().MatrixToURL())
	}
	return bot.SetAccountData(ctx, "org.matrix.mjolnir.watched_lists", map[string]any{"references": links})
}

func (b *bench) launch(ctx context.Context) error {
	cmd := child.Bot(b.bin, filepath.Join(b.dir, "forseti.yaml"))
	errs, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	r := &running{began: time.Now()}
	if r.Process, err = child.Start(cmd, func() { b.relay(errs) }); err != nil {
		return err
	}
	b.child = r
	err = until(ctx, "get ready", func() bool {
		first := b.proxy.since(r.began, b.Bot.Token, isSync)
		if len(first) > 0 {
			r.ready = first[0].ended.Sub(r.began)
		}
		return len(first) > 0
	})
	return err
}

func (b *bench) relay(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if b.verbose {
			fmt.Fprintln(os.Stderr, "bot:", lines.Text())
		}
	}
}

// stop ends the bot in good order.
func (r *running) stop() {
	if r != nil {
		r.Stop()
	}
}

// settle waits until the bot has handled all there is and asked for nothing but sync
// for a while.
func (b *bench) settle(ctx context.Context) error {
	const quiet = 2 * time.Second
	began := time.Now()
	return until(ctx, "come to rest", func() bool {
		lately := b.proxy.since(time.Now().Add(-quiet), b.Bot.Token, nil)
		return time.Since(began) > quiet && len(lately) == 0 && b.proxy.polling(b.Bot.Token)
	})
}

// memory is the resident memory of the bot in MB.
func (r *running) memory() (float64, error) { return r.status("VmRSS:") }

// status is one of the process's figures, in MB.
func (r *running) status(name string) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.PID()))
	if err != nil {
		return 0, err
	}
	for l := range strings.Lines(string(raw)) {
		if kb, ok := strings.CutPrefix(l, name); ok {
			n, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kb), "kB")), 64)
			return n / 1000, err
		}
	}
	return 0, errors.New("no " + name)
}

// processor is the processor time that the bot has used.
func (r *running) processor() (time.Duration, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.PID()))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("short stat")
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	const tick = 10 * time.Millisecond // USER_HZ is 100 on every Linux that matters
	return time.Duration(user+system) * tick, errors.Join(err1, err2)
}

// until waits for a condition.
func until(ctx context.Context, what string, condition func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the bot did not %s", what)
		}
	}
	return nil
}
