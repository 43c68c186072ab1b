package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"forseti/internal/child"
	"forseti/internal/synthetic"
)

// worlds are how large a community is measured to be: rooms × members, of how many users,
// and rules.
const worlds = "20x200,200x500,500x2000,1000x1000"

// scaled measures the bot in communities of several sizes, on a homeserver of our own that
// answers at once.
func scaled(ctx context.Context, b *bench, sizes string, rules []int) error {
	defer b.close()
	var err error
	if b.dir, err = os.MkdirTemp("", "forseti-scale-"); err != nil {
		return err
	}
	if err := b.build(ctx); err != nil {
		return err
	}
	for size := range strings.SplitSeq(sizes, ",") {
		rooms, members, ok := strings.Cut(size, "x")
		r, err1 := strconv.Atoi(rooms)
		m, err2 := strconv.Atoi(members)
		if !ok || err1 != nil || err2 != nil || r < 1 || m < 1 {
			return fmt.Errorf("%q is no size, as 200x500", size)
		}
		for _, n := range rules {
			w := synthetic.World{
				Rooms: r, Members: m, Users: max(m, r*m/5), Servers: min(4700, m), UserRules: n - n/11, ServerRules: n / 11,
			}
			fmt.Printf("\n%d rooms × %d members, %d users, %d user and %d server rules\n\n", r, m, w.Users, w.UserRules, w.ServerRules)
			figures, err := (&world{bench: b, World: w}).measure(ctx)
			for _, f := range figures {
				fmt.Println(f)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// world is one community that is measured.
type world struct {
	*bench
	synthetic.World
	home    *synthetic.Homeserver
	child   *running
	longest time.Duration // in which the bot that ended did one thing, and nothing else
	figures []figure
}

func (w *world) found(name string, value float64, unit string) {
	w.figures = append(w.figures, figure{name: name, values: []float64{value}, unit: unit})
}

func (w *world) measure(ctx context.Context) ([]figure, error) {
	dir, err := os.MkdirTemp(w.dir, "world-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }() // it is a temporary folder
	w.home = synthetic.New(w.World)
	server := httptest.NewServer(w.home.Handler())
	defer server.Close()
	config := fmt.Sprintf("homeserver:\n  address: %s\n  user: %q\n  access_token: %s\nmanagement_room: %q\ndatabase:\n  url: sqlite:%s\nlog:\n  level: info\n  json: true\n",
		server.URL, synthetic.Bot, synthetic.Token, synthetic.Management, filepath.Join(dir, "forseti.db"))
	if err := os.WriteFile(filepath.Join(dir, "forseti.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	defer func() { w.child.stop() }()
	for _, step := range []func(context.Context, string) error{w.first, w.again, w.userRule, w.paced, w.serverRule, w.messages} {
		if err := step(ctx, dir); err != nil {
			return w.figures, err
		}
	}
	return w.figures, nil
}

// launch starts the bot and waits until it has handled what its first sync brought.
func (w *world) launch(ctx context.Context, dir string) error {
	cmd := child.Bot(w.bin, filepath.Join(dir, "forseti.yaml"))
	errs, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	w.child = &running{began: time.Now()}
	if w.child.Process, err = child.Start(cmd, func() { w.listen(errs) }); err != nil {
		return err
	}
	return w.until(ctx, "get ready", func() bool { return len(w.home.Since(w.child.began, isOf(http.MethodGet, "/sync"))) > 0 })
}

// listen reads what the bot logs, for what it says at its end.
func (w *world) listen(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		var line struct {
			Longest string `json:"longest_turn"`
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Longest != "" {
			w.longest, _ = time.ParseDuration(line.Longest)
		}
		if w.verbose {
			fmt.Fprintln(os.Stderr, "bot:", lines.Text())
		}
	}
}

// end ends the bot, and notes for how long it stood still at most.
func (w *world) end(name string) {
	w.longest = 0
	w.child.stop()
	w.found(name+", the longest stretch of the owner", ms(w.longest), "ms")
}

// until is for what takes long.
func (w *world) until(ctx context.Context, what string, condition func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	for !condition() {
		select {
		case <-time.After(time.Millisecond):
		case <-w.child.Exited():
			return fmt.Errorf("the bot ended before it did %s", what)
		case <-ctx.Done():
			return fmt.Errorf("the bot did not %s", what)
		}
	}
	return nil
}

func isOf(method, part string) func(synthetic.Request) bool {
	return func(r synthetic.Request) bool { return r.Method == method && strings.Contains(r.Path, part) }
}

// quiet waits until nothing but news was asked for in a while, and the bot is at work on
// nothing.
func (w *world) quiet(ctx context.Context) error {
	const long = 3 * time.Second
	since, used := time.Now(), time.Duration(0)
	return w.until(ctx, "come to rest", func() bool {
		time.Sleep(50 * time.Millisecond)
		now, err := w.child.processor()
		busy := w.home.Since(time.Now().Add(-long), func(r synthetic.Request) bool { return !strings.HasSuffix(r.Path, "/sync") })
		if err != nil || now-used > long/20 || len(busy) > 0 || !w.home.Resting() {
			since, used = time.Now(), now
		}
		return time.Since(since) > long
	})
}

// first starts with nothing stored.
func (w *world) first(ctx context.Context, dir string) error {
	if err := w.launch(ctx, dir); err != nil {
		return err
	}
	asked := w.home.Since(w.child.began, isOf(http.MethodGet, "/sync"))[0]
	if err := w.until(ctx, "ask for news", func() bool { return w.home.Resting() }); err != nil {
		return err
	}
	w.found("first start, its sync answered after", asked.Ended.Sub(w.child.began).Seconds(), "s")
	w.found("first start, handled after", time.Since(w.child.began).Seconds(), "s")
	if err := w.quiet(ctx); err != nil {
		return err
	}
	if acls := w.home.Since(w.child.began, isOf(http.MethodPut, "/state/m.room.server_acl")); len(acls) > 0 {
		w.found("first start, all ACLs in place after", acls[len(acls)-1].Ended.Sub(w.child.began).Seconds(), "s")
		w.found("first start, ACLs", float64(len(acls)), "")
	}
	return w.weigh("first start", dir)
}

// weigh notes what the bot takes.
func (w *world) weigh(name, dir string) error {
	rest, err := w.child.memory()
	if err != nil {
		return err
	}
	peak, err := w.child.status("VmHWM:")
	if err != nil {
		return err
	}
	cpu, err := w.child.processor()
	if err != nil {
		return err
	}
	w.found(name+", resident at rest", rest, "MB")
	w.found(name+", resident at most", peak, "MB")
	w.found(name+", processor time", cpu.Seconds(), "s")
	size := int64(0)
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.Contains(entry.Name(), "forseti.db") {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	w.found(name+", database", float64(size)/1e6, "MB")
	return err
}

// again starts from what is stored.
func (w *world) again(ctx context.Context, dir string) error {
	w.end("first start")
	if err := w.launch(ctx, dir); err != nil {
		return err
	}
	asked := w.home.Since(w.child.began, isOf(http.MethodGet, "/sync"))[0]
	w.found("restart, up to date after", asked.Ended.Sub(w.child.began).Seconds(), "s")
	if err := w.quiet(ctx); err != nil {
		return err
	}
	return w.weigh("restart", dir)
}

// effects has something done several times, waits each time for a number of requests, and notes
// when the first and the last were made.
func (w *world) effects(ctx context.Context, name string, times, n int, which func(synthetic.Request) bool, act func(i int)) error {
	heard, first, last, processor := figure{name: name + ", heard of after", unit: "ms"}, figure{name: name + ", the first after", unit: "ms"},
		figure{name: name + ", the last after", unit: "ms"}, figure{name: name + ", processor time", unit: "s"}
	for i := range times {
		before, err := w.child.processor()
		if err != nil {
			return err
		}
		began := time.Now()
		act(i)
		if err := w.until(ctx, name, func() bool { return len(w.home.Since(began, which)) >= n }); err != nil {
			return err
		}
		made := w.home.Since(began, which)
		first.values = append(first.values, ms(made[0].Began.Sub(began)))
		last.values = append(last.values, ms(made[len(made)-1].Ended.Sub(began)))
		heard.values = append(heard.values, ms(w.home.Ended(began, isOf(http.MethodGet, "/sync"))[0].Ended.Sub(began)))
		if err := w.quiet(ctx); err != nil {
			return err
		}
		after, err := w.child.processor()
		if err != nil {
			return err
		}
		processor.values = append(processor.values, (after - before).Seconds())
	}
	w.figures = append(w.figures, heard, first, last, processor)
	return nil
}

func (w *world) userRule(ctx context.Context, _ string) error {
	const times = 5
	return w.effects(ctx, "a user rule, bans in all rooms", times, w.Rooms, isOf(http.MethodPost, "/ban"), w.wander)
}

// wander writes a rule about somebody who is in all rooms.
func (w *world) wander(i int) {
	w.home.SetState(synthetic.List, synthetic.Moderator, "m.policy.rule.user", synthetic.Wanderer(i).String(), map[string]any{"entity": synthetic.Wanderer(i), "recommendation": "m.ban", "reason": "spam"})
}

func (w *world) serverRule(ctx context.Context, _ string) error {
	const times = 3
	return w.effects(ctx, "a server rule, ACLs", times, w.Rooms, isOf(http.MethodPut, "/state/m.room.server_acl"), func(i int) {
		server := fmt.Sprintf("new%d.evil.example", i)
		w.home.SetState(synthetic.List, synthetic.Moderator, "m.policy.rule.server", server, map[string]any{"entity": server, "recommendation": "m.ban", "reason": "spam"})
	})
}

// messages are what is said most of the time: nothing follows from them.
func (w *world) messages(ctx context.Context, _ string) error {
	const n = 2000
	before, err := w.child.processor()
	if err != nil {
		return err
	}
	for i := range n {
		w.home.Say(synthetic.Room(i%w.Rooms), w.User(i%w.Users), i, "Hello, everybody")
		time.Sleep(time.Millisecond)
	}
	if err := w.quiet(ctx); err != nil {
		return err
	}
	after, err := w.child.processor()
	w.found("2,000 messages, processor time", (after - before).Seconds(), "s")
	w.end("restart and all that")
	return err
}
