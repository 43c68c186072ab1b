package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/cryptoclient"
	"forseti/internal/faults"
	"forseti/internal/homeserver"
	"forseti/internal/pgtest"
)

var roomNames = []string{"Alpha", "Beta", "Gamma", "Delta"} // the last comes and goes

// stage is the community that the storm blows over. All but the bot reach the
// homeserver without faults.
type stage struct {
	dir      string
	program  string
	config   string
	database string
	server   *homeserver.Server
	proxy    *faults.Proxy
	trouble  *trouble
	ends     []func()

	mu   sync.Mutex
	bot  *process
	full bool // the disk

	account    *mautrix.Client   // the bot's
	moderators []*mautrix.Client // the first owns all rooms but the neighbour's
	neighbour  *mautrix.Client
	secret     []*cryptoclient.Client // the moderators', if they encrypt
	management id.RoomID
	own        id.RoomID // a list that the bot may write to
	far        id.RoomID // the neighbour's list
	passing    id.RoomID // another of theirs, which is watched now and then
	rooms      []id.RoomID
	people     map[string]*mautrix.Client
}

func newStage(ctx context.Context, o options) (*stage, error) {
	s := &stage{people: map[string]*mautrix.Client{}, trouble: newTrouble(o.seed)}
	var err error
	if s.dir, err = os.MkdirTemp("", "forseti-soak-"); err != nil {
		return nil, err
	}
	if s.program, err = build(ctx, s.dir); err != nil {
		return s, err
	}
	switch o.database {
	case "sqlite":
		s.database = "sqlite:" + filepath.Join(s.dir, "forseti.db")
	case "postgres":
		var stop func()
		if s.database, stop, err = pgtest.Start(ctx); err != nil {
			return s, err
		}
		s.ends = append(s.ends, stop)
	default:
		return s, fmt.Errorf("--database %s: write sqlite or postgres", o.database)
	}
	report := func(line string) { fmt.Fprintln(os.Stderr, line) }
	if s.server, err = homeserver.Start(ctx, homeserver.Options{Report: report}); err != nil {
		return s, err
	}
	s.ends = append(s.ends, s.server.Stop)
	if s.proxy, err = faults.Start(s.server.URL); err != nil {
		return s, err
	}
	s.ends = append(s.ends, s.proxy.Close)
	s.proxy.On(faults.Everything, s.trouble.Fault)
	if err := s.furnish(ctx); err != nil {
		return s, fmt.Errorf("set the stage: %w", err)
	}
	if o.encrypted {
		if err := s.encrypt(ctx); err != nil {
			return s, fmt.Errorf("encrypt: %w", err)
		}
	}
	return s, s.configure()
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
	if s.neighbour, err = s.person(ctx, "noor"); err != nil {
		return err
	}
	for _, name := range []string{"maria", "ben", "cleo"} {
		moderator, err := s.person(ctx, name)
		if err != nil {
			return err
		}
		s.moderators = append(s.moderators, moderator)
	}
	maria := s.moderators[0]
	for _, r := range []struct {
		to         *id.RoomID
		owner      *mautrix.Client
		name, kind string
		level      int
	}{
		{&s.management, maria, "Moderators", "", 100},
		{&s.own, maria, "Own rules", "m.policy", 100},
		{&s.far, s.neighbour, "Far rules", "m.policy", 0},
		{&s.passing, s.neighbour, "Passing rules", "m.policy", 0},
	} {
		if *r.to, err = s.room(ctx, r.owner, r.name, r.kind, r.level); err != nil {
			return err
		}
	}
	if _, err := maria.SendStateEvent(ctx, s.own, event.Type{Type: "org.matrix.mjolnir.shortcode", Class: event.StateEventType}, "", map[string]any{"shortcode": "own"}); err != nil {
		return err
	}
	for _, m := range s.moderators[1:] {
		if _, err := m.JoinRoomByID(ctx, s.management); err != nil {
			return err
		}
	}
	for _, name := range roomNames {
		room, err := s.room(ctx, maria, name, "", 100)
		if err != nil {
			return err
		}
		s.rooms = append(s.rooms, room)
	}
	if err := s.populate(ctx); err != nil {
		return err
	}
	if err := s.account.SetAccountData(ctx, "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": s.rooms}); err != nil {
		return err
	}
	return s.account.SetAccountData(ctx, "org.matrix.mjolnir.watched_lists", map[string]any{
		"references": []string{s.own.URI().MatrixToURL(), s.far.URI().MatrixToURL()},
	})
}

func (s *stage) room(ctx context.Context, owner *mautrix.Client, name, kind string, level int) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{
		Name: name, Preset: "public_chat",
		PowerLevelOverride: &event.PowerLevelsEventContent{Users: map[id.UserID]int{owner.UserID: 100, s.account.UserID: level}},
	}
	if kind != "" {
		req.CreationContent = map[string]any{"type": kind}
	}
	made, err := owner.CreateRoom(ctx, req)
	if err != nil {
		return "", fmt.Errorf("create %s: %w", name, err)
	}
	_, err = s.account.JoinRoomByID(ctx, made.RoomID)
	return made.RoomID, err
}

// populate makes the members, who are in all rooms.
func (s *stage) populate(ctx context.Context) error {
	var lock sync.Mutex
	var first error
	var work sync.WaitGroup
	slots := make(chan struct{}, 4)
	for part, n := range cast {
		for i := range n {
			work.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				name := fmt.Sprintf("%s%d", part, i)
				p, err := s.person(ctx, name)
				for _, room := range s.rooms {
					if err == nil {
						_, err = p.JoinRoomByID(ctx, room)
					}
				}
				lock.Lock()
				defer lock.Unlock()
				s.people[name] = p
				if err != nil && first == nil {
					first = fmt.Errorf("member %s: %w", name, err)
				}
			})
		}
	}
	work.Wait()
	return first
}

// encrypt makes the management room a secret one, and gives each moderator a client for it.
func (s *stage) encrypt(ctx context.Context) error {
	_, err := s.moderators[0].SendStateEvent(ctx, s.management, event.StateEncryption, "", map[string]string{"algorithm": "m.megolm.v1.aes-sha2"})
	if err != nil {
		return err
	}
	for _, m := range s.moderators {
		dir := filepath.Join(s.dir, m.UserID.Localpart())
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
		c, err := cryptoclient.Start(ctx, s.server.URL, m.UserID, m.AccessToken, dir)
		if err != nil {
			return err
		}
		s.ends = append(s.ends, func() { _ = c.Close() })
		if _, err := c.Identify(ctx); err != nil {
			return err
		}
		if _, err := c.State(ctx, s.management); err != nil {
			return err
		}
		s.secret = append(s.secret, c)
	}
	return nil
}

func (s *stage) configure() error {
	s.config = filepath.Join(s.dir, "forseti.yaml")
	// The limits of one rule are not what is tried, save for everybody, who has none.
	lines := []string{
		"homeserver:", "  address: " + s.proxy.URL, fmt.Sprintf("  user: %q", s.account.UserID), "  access_token: " + s.account.AccessToken,
		fmt.Sprintf("management_room: %q", s.management), "database:", fmt.Sprintf("  url: %q", s.database),
		"enforcement:", "  max_members: 1000", "  max_percent: 100",
		"encryption:", "  key: a key for nothing but the soak", "",
	}
	return os.WriteFile(s.config, []byte(strings.Join(lines, "\n")), 0o600)
}

func (s *stage) close(keep bool) {
	if s.bot != nil {
		s.bot.Stop()
	}
	for i := range s.ends {
		s.ends[len(s.ends)-1-i]()
	}
	if !keep {
		_ = os.RemoveAll(s.dir)
	}
}
