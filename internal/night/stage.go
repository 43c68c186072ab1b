package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/child"
	"forseti/internal/cryptoclient"
	"forseti/internal/homeserver"
)

// options say how large a night is.
type options struct {
	accounts, rooms, each int
	encrypted, verbose    bool
	timed                 bool // what comes late is wrong
	program               string
}

const (
	evil      = "evil.example"
	innocent  = "spamalot" // of that server, and here before
	neighbour = "gooduser" // of that server too, with another name
	members   = 4
)

var roomNames = []string{"Lobby", "Help", "Off-Topic"}

// stage is the community that the night comes over. Everybody but the bot is exempt from the
// homeserver's limits: it is the bot that is to come through them.
type stage struct {
	options
	dir       string
	server    *homeserver.Server
	abroad    *abroad
	bot       *child.Process
	account   *mautrix.Client
	moderator *cryptoclient.Client

	management, list id.RoomID
	rooms            []id.RoomID
	wave             []*mautrix.Client
	sent             map[id.RoomID][]id.EventID // by the wave
	kept             map[id.RoomID][]id.EventID // by the innocent
}

func build(ctx context.Context, dir string) (string, error) {
	bin := filepath.Join(dir, "forseti")
	cmd := exec.CommandContext(ctx, "go", "build", "-tags", "goolm", "-o", bin, "forseti/cmd/forseti")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the bot: %w\n%s", err, out)
	}
	return bin, nil
}

func newStage(ctx context.Context, o options) (*stage, error) {
	s := &stage{options: o, sent: map[id.RoomID][]id.EventID{}, kept: map[id.RoomID][]id.EventID{}}
	var err error
	if s.dir, err = os.MkdirTemp("", "forseti-night-"); err != nil {
		return nil, err
	}
	const home = "localhost"
	limits := &homeserver.Limits{}
	for _, name := range s.names() {
		limits.Exempt = append(limits.Exempt, id.NewUserID(name, home))
	}
	report := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if s.server, err = homeserver.Start(ctx, homeserver.Options{Name: home, Limits: limits, Report: report}); err != nil {
		return s, err
	}
	if s.abroad, err = startAbroad(s.server.URL, home, evil, func(user string) bool { return !isSpammer(id.UserID(user)) }); err != nil {
		return s, err
	}
	if err := s.furnish(ctx); err != nil {
		return s, fmt.Errorf("set the stage: %w", err)
	}
	return s, s.start(ctx)
}

// names are all accounts but the bot's.
func (s *stage) names() []string {
	all := []string{"maria", foreign(evil, innocent), foreign(evil, neighbour)}
	for n := range members {
		all = append(all, fmt.Sprintf("member%d", n+1))
	}
	for n := range s.accounts {
		all = append(all, spammer(n))
	}
	return all
}

func spammer(n int) string { return foreign(evil, fmt.Sprintf("spam%02d", n+1)) }

// isSpammer tells whether an account, as it is shown, is one of the wave's.
func isSpammer(u id.UserID) bool {
	return strings.HasPrefix(string(u), "@spam") && u != shown(innocent)
}

func (s *stage) person(ctx context.Context, name string) (*mautrix.Client, error) {
	user, token, err := s.server.Register(ctx, name, rand.Text(), false)
	if err != nil {
		return nil, err
	}
	return mautrix.NewClient(s.server.URL, user, token)
}

func (s *stage) furnish(ctx context.Context) (err error) {
	if s.account, err = s.person(ctx, "forseti"); err != nil {
		return err
	}
	user, token, err := s.server.Register(ctx, "maria", rand.Text(), false)
	if err != nil {
		return err
	}
	if s.moderator, err = cryptoclient.Start(ctx, s.abroad.URL, user, token, s.dir); err != nil {
		return err
	}
	if s.management, err = s.room(ctx, "Moderators", "", s.encrypted); err != nil {
		return err
	}
	if s.encrypted {
		if _, err := s.moderator.Identify(ctx); err != nil {
			return err
		}
		if _, err := s.moderator.State(ctx, s.management); err != nil {
			return err
		}
	}
	if s.list, err = s.room(ctx, "Our rules", "m.policy", false); err != nil {
		return err
	}
	if _, err := s.moderator.SendStateEvent(ctx, s.list, event.Type{Type: "org.matrix.mjolnir.shortcode", Class: event.StateEventType}, "", map[string]any{"shortcode": "coc"}); err != nil {
		return err
	}
	for _, name := range roomNames[:s.options.rooms] {
		room, err := s.room(ctx, name, "", false)
		if err != nil {
			return err
		}
		s.rooms = append(s.rooms, room)
	}
	for _, name := range s.names()[1 : 3+members] {
		cli, err := s.person(ctx, name)
		if err != nil {
			return err
		}
		for _, room := range s.rooms {
			if _, err := cli.JoinRoomByID(ctx, room); err != nil {
				return err
			}
			said, err := cli.SendText(ctx, room, "Good evening, all.")
			if err != nil {
				return err
			}
			s.kept[room] = append(s.kept[room], said.EventID)
		}
	}
	if err := s.account.SetAccountData(ctx, "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": s.rooms}); err != nil {
		return err
	}
	return s.account.SetAccountData(ctx, "org.matrix.mjolnir.watched_lists", map[string]any{"references": []string{s.list.URI().MatrixToURL()}})
}

// room makes a room of the moderator's in which the bot has the power that it needs.
func (s *stage) room(ctx context.Context, name, kind string, encrypted bool) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{
		Name: name, Preset: "public_chat",
		PowerLevelOverride: &event.PowerLevelsEventContent{Users: map[id.UserID]int{s.account.UserID: 100}},
	}
	if kind != "" {
		req.CreationContent = map[string]any{"type": kind}
	}
	if encrypted {
		req.InitialState = []*event.Event{{Type: event.StateEncryption, Content: event.Content{Raw: map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}}
	}
	made, err := s.moderator.CreateRoom(ctx, req)
	if err != nil {
		return "", fmt.Errorf("create %s: %w", name, err)
	}
	_, err = s.account.JoinRoomByID(ctx, made.RoomID)
	return made.RoomID, err
}

// start starts the bot and waits until it greets: what was said before that is history to it.
func (s *stage) start(ctx context.Context) error {
	path := filepath.Join(s.dir, "forseti.yaml")
	text := fmt.Sprintf("homeserver:\n  address: %s\n  user: %q\n  access_token: %s\nmanagement_room: %q\ndatabase:\n  url: sqlite:%s\nencryption:\n  key: a key for nothing but one night\n",
		s.abroad.URL, s.account.UserID, s.account.AccessToken, s.management, filepath.Join(s.dir, "forseti.db"))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	cmd := child.Bot(s.program, path)
	errs, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if s.bot, err = child.Start(cmd, func() { s.relay(errs) }); err != nil {
		return fmt.Errorf("start the bot: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err = s.moderator.Await(ctx, s.speaks)
	return err
}

func (s *stage) relay(r io.Reader) {
	for lines := bufio.NewScanner(r); lines.Scan(); {
		if s.verbose {
			fmt.Fprintln(os.Stderr, "bot:", lines.Text())
		}
	}
}

// speaks tells whether an event is what the bot said to the moderators.
func (s *stage) speaks(evt *event.Event) bool {
	return evt.Sender == s.account.UserID && evt.RoomID == s.management && evt.Type.Type == event.EventMessage.Type
}

// attack has the wave come and post.
func (s *stage) attack(ctx context.Context) error {
	for n := range s.accounts {
		cli, err := s.person(ctx, spammer(n))
		if err != nil {
			return err
		}
		s.wave = append(s.wave, cli)
	}
	var lock sync.Mutex
	return each(s.wave, func(cli *mautrix.Client) error {
		for _, room := range s.rooms {
			if _, err := cli.JoinRoomByID(ctx, room); err != nil {
				return err
			}
			for n := range s.each {
				said, err := cli.SendText(ctx, room, fmt.Sprintf("Earn 3,000 a week from home, no risk: https://gold.example/%d", n+1))
				if err != nil {
					return err
				}
				lock.Lock()
				s.sent[room] = append(s.sent[room], said.EventID)
				lock.Unlock()
			}
		}
		return nil
	})
}

// each runs f on all items, four at a time.
func each[T any](items []T, f func(T) error) error {
	slots := make(chan struct{}, 4)
	errs := make([]error, len(items))
	var all sync.WaitGroup
	for i, item := range items {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			errs[i] = f(item)
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// patience is for what takes a minute under the limits of a homeserver.
const patience = 10 * time.Minute

// shown is a foreign account as the bot and the moderator see it.
func shown(name string) id.UserID { return id.NewUserID(strings.TrimPrefix(name, evil+"="), evil) }

func (s *stage) close() {
	if s.bot != nil {
		s.bot.Stop()
	}
	if s.moderator != nil {
		_ = s.moderator.Close()
	}
	if s.abroad != nil {
		s.abroad.close()
	}
	if s.server != nil {
		s.server.Stop()
	}
	_ = os.RemoveAll(s.dir)
}
