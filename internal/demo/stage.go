package demo

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/cryptoclient"
	"forseti/internal/demo/shown"
	"forseti/internal/faults"
	"forseti/internal/homeserver"
)

const (
	managementName = "Moderators"
	listName       = "rules" // the shortcode of the moderators' own
	moderatorName  = "maria"
	botName        = shown.Bot
	protectedRooms = 5
	members        = 6
)

// person is an account with its part in the story.
type person struct {
	part     string
	password string
	client   *mautrix.Client
	recovery string // key of their identity, "" if they have none
}

// stage is everything that the story plays with.
type stage struct {
	options Options
	dir     string
	server  *homeserver.Server
	proxy   *faults.Proxy // the bot reaches the homeserver through it
	bot     *bot
	second  *bot // of the clear room

	talk  talk
	began time.Time // when the deed of the present step was done

	people               []*person
	account              *mautrix.Client // the bot's, for setting it up
	moderator, neighbour *mautrix.Client
	secret               *cryptoclient.Client // the moderator's, which encrypts

	management, list, shared id.RoomID
	clear                    id.RoomID // where those command whose client does not encrypt
	rooms                    []id.RoomID
}

func newStage(ctx context.Context, o Options) (*stage, error) {
	s := &stage{options: o}
	var err error
	if s.dir, err = os.MkdirTemp("", "forseti-demo-"); err != nil {
		return nil, err
	}
	report := func(line string) { fmt.Fprintln(o.Out, "  "+line) }
	if s.server, err = homeserver.Start(ctx, homeserver.Options{Listen: o.Listen, Report: report}); err != nil {
		return s, err
	}
	if s.proxy, err = faults.Start(s.server.URL); err != nil {
		return s, err
	}
	if err := s.cast(ctx); err != nil {
		return s, fmt.Errorf("set the stage: %w", err)
	}
	if err := s.furnish(ctx); err != nil {
		return s, fmt.Errorf("set the stage: %w", err)
	}
	if err := s.conspire(ctx); err != nil {
		return s, fmt.Errorf("set the stage: %w", err)
	}
	return s, s.startBot(ctx)
}

// greeted waits until a bot that is new here has looked around: what was said before that
// is history to it.
func (s *stage) greeted(ctx context.Context) error {
	return until(ctx, func() error {
		if len(s.heard(ctx)) == 0 {
			return errors.New("the bot says nothing")
		}
		return nil
	})
}

// cast makes the accounts that the story is about.
func (s *stage) cast(ctx context.Context) error {
	for _, c := range []struct {
		part, name string
		to         **mautrix.Client
	}{
		{"bot", "forseti", &s.account},
		{"moderator", moderatorName, &s.moderator},
		{"neighbour", "noor", &s.neighbour}, // owns the shared list
	} {
		p, err := s.person(ctx, c.part, c.name)
		if err != nil {
			return err
		}
		*c.to = p.client
	}
	return s.account.SetDisplayName(ctx, botName)
}

// person registers somebody.
func (s *stage) person(ctx context.Context, part, name string) (*person, error) {
	password := strings.ToLower(rand.Text()[:10])
	user, token, err := s.server.Register(ctx, name, password, false)
	if err != nil {
		return nil, err
	}
	client, err := mautrix.NewClient(s.server.URL, user, token)
	if err != nil {
		return nil, err
	}
	p := &person{part: part, password: password, client: client}
	s.people = append(s.people, p)
	return p, nil
}

// furnish makes the rooms and fills them.
func (s *stage) furnish(ctx context.Context) (err error) {
	if s.management, err = s.room(ctx, s.moderator, managementName, ""); err != nil {
		return err
	}
	if s.list, err = s.room(ctx, s.moderator, "Our rules", "m.policy"); err != nil {
		return err
	}
	if err := s.shortcode(ctx, s.list); err != nil {
		return err
	}
	if s.shared, err = s.room(ctx, s.neighbour, "The neighbours' rules", "m.policy"); err != nil {
		return err
	}
	for _, name := range []string{"Lobby", "Gardening", "Chess", "Music", "Help"}[:protectedRooms] {
		room, err := s.room(ctx, s.moderator, name, "")
		if err != nil {
			return err
		}
		s.rooms = append(s.rooms, room)
	}
	for n := range members {
		if _, err := s.member(ctx, "member", fmt.Sprintf("member%d", n+1)); err != nil {
			return err
		}
	}
	return looksAfter(ctx, s.account, s.rooms, s.list)
}

// room makes a room in which the bot has the power that it needs.
func (s *stage) room(ctx context.Context, owner *mautrix.Client, name, kind string) (id.RoomID, error) {
	return s.roomFor(ctx, s.account, owner, name, kind)
}

func (s *stage) roomFor(ctx context.Context, bot, owner *mautrix.Client, name, kind string) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{
		Name: name, Preset: "public_chat",
		PowerLevelOverride: &event.PowerLevelsEventContent{Users: map[id.UserID]int{bot.UserID: 100}},
	}
	if kind != "" {
		req.CreationContent = map[string]any{"type": kind}
	}
	made, err := owner.CreateRoom(ctx, req)
	if err != nil {
		return "", fmt.Errorf("create %s: %w", name, err)
	}
	_, err = bot.JoinRoomByID(ctx, made.RoomID)
	return made.RoomID, err
}

// conspire encrypts the management room, and gives the moderator a client for it
// and an identity, as the bot obeys nobody else there.
func (s *stage) conspire(ctx context.Context) (err error) {
	_, err = s.moderator.SendStateEvent(ctx, s.management, event.StateEncryption, "", map[string]string{"algorithm": "m.megolm.v1.aes-sha2"})
	if err != nil {
		return err
	}
	if s.secret, err = cryptoclient.Start(ctx, s.server.URL, s.moderator.UserID, s.moderator.AccessToken, s.dir); err != nil {
		return err
	}
	for _, p := range s.people {
		if p.client == s.moderator {
			if p.recovery, err = s.secret.Identify(ctx); err != nil {
				return err
			}
		}
	}
	_, err = s.secret.State(ctx, s.management)
	return err
}

// member makes somebody who is in all protected rooms.
func (s *stage) member(ctx context.Context, part, name string) (*mautrix.Client, error) {
	p, err := s.person(ctx, part, name)
	if err != nil {
		return nil, err
	}
	errs := make([]error, len(s.rooms))
	var joins sync.WaitGroup
	for i, room := range s.rooms {
		joins.Go(func() { _, errs[i] = p.client.JoinRoomByID(ctx, room) })
	}
	joins.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("join of %s: %w", name, err)
		}
	}
	return p.client, nil
}

func (s *stage) close() {
	for _, b := range []*bot{s.bot, s.second} {
		if b != nil {
			b.Stop()
		}
	}
	if s.secret != nil {
		_ = s.secret.Close()
	}
	if s.proxy != nil {
		s.proxy.Close()
	}
	if s.server != nil {
		s.server.Stop()
	}
	_ = os.RemoveAll(s.dir)
}
