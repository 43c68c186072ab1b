package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/homeserver"
)

// account is a user of the prepared homeserver.
type account struct {
	User  id.UserID
	Token string
}

// prepared is what is in the kept homeserver.
type prepared struct {
	Scale            scale
	Bot, Mod, Other  account
	Management       id.RoomID
	List, OtherList  id.RoomID
	Rooms            []id.RoomID
	Complete         bool
	PreparedRevision int
}

// revision changes when what is prepared does.
const revision = 1

// bench is everything that a measurement needs.
type bench struct {
	prepared
	server     *homeserver.Server
	proxy      *proxy
	mod, other *mautrix.Client
	rounds     int
	crowd      int // whom limits has banned
	verbose    bool
	dir        string // of this run
	bin        string
	child      *running
}

// prepare starts the kept homeserver, which it makes first if there is none, and the
// bot on it.
func (b *bench) prepare(ctx context.Context, s scale) error {
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	home := filepath.Join(cache, "forseti", fmt.Sprintf("load-%d-%d-%d-%d", s.Rooms, s.Members, s.UserRules, s.ServerRules))
	kept := filepath.Join(home, "prepared.json")
	if raw, err := os.ReadFile(kept); err == nil {
		_ = json.Unmarshal(raw, &b.prepared)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !b.Complete || b.PreparedRevision != revision {
		b.prepared = prepared{Scale: s, PreparedRevision: revision}
		if err := os.RemoveAll(home); err != nil {
			return err
		}
	}
	say := func(text string) { fmt.Fprintln(os.Stderr, text) }
	if b.server, err = homeserver.Start(ctx, homeserver.Options{Dir: home, Report: say}); err != nil {
		return err
	}
	if b.proxy, err = newProxy(b.server.URL); err != nil {
		return err
	}
	if !b.Complete {
		say("preparing the homeserver; this happens once and takes some minutes")
		if err := b.populate(ctx, say); err != nil {
			return fmt.Errorf("prepare: %w", err)
		}
		b.Complete = true
		raw, err := json.Marshal(b.prepared)
		if err != nil {
			return err
		}
		if err := os.WriteFile(kept, raw, 0o600); err != nil {
			return err
		}
	}
	if b.mod, err = b.client(b.Mod); err != nil {
		return err
	}
	if b.other, err = b.client(b.Other); err != nil {
		return err
	}
	return b.start(ctx)
}

// build makes the bot.
func (b *bench) build(ctx context.Context) error {
	b.bin = filepath.Join(b.dir, "forseti")
	build := exec.CommandContext(ctx, "go", "build", "-tags", "goolm", "-trimpath", "-ldflags", "-s -w", "-o", b.bin, "forseti/cmd/forseti")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the bot: %w\n%s", err, out)
	}
	return nil
}

func (b *bench) close() {
	b.child.stop()
	if b.server != nil {
		b.server.Stop()
	}
	if b.proxy != nil {
		b.proxy.server.CloseClientConnections()
		b.proxy.server.Close()
	}
	_ = os.RemoveAll(b.dir)
}

// client speaks for an account through the proxy.
func (b *bench) client(a account) (*mautrix.Client, error) {
	return mautrix.NewClient(b.proxy.server.URL, a.User, a.Token)
}

func (b *bench) register(ctx context.Context, name string) (account, *mautrix.Client, error) {
	user, token, err := b.server.Register(ctx, name+"-"+strings.ToLower(rand.Text()[:10]), rand.Text(), false)
	if err != nil {
		return account{}, nil, err
	}
	a := account{user, token}
	cli, err := b.client(a)
	return a, cli, err
}

// populate makes accounts, rooms, members and lists.
func (b *bench) populate(ctx context.Context, say func(string)) error {
	for _, a := range []struct {
		name string
		to   *account
	}{{"bot", &b.Bot}, {"mod", &b.Mod}, {"other", &b.Other}} {
		made, _, err := b.register(ctx, a.name)
		if err != nil {
			return err
		}
		*a.to = made
	}
	mod, err := b.client(b.Mod)
	if err != nil {
		return err
	}
	other, err := b.client(b.Other)
	if err != nil {
		return err
	}
	if b.Management, err = b.room(ctx, mod, "management", ""); err != nil {
		return err
	}
	if b.List, err = b.room(ctx, mod, "list", "m.policy"); err != nil {
		return err
	}
	if b.OtherList, err = b.room(ctx, other, "other list", "m.policy"); err != nil {
		return err
	}
	for i := range b.Scale.Rooms {
		room, err := b.room(ctx, mod, fmt.Sprintf("room %d", i), "")
		if err != nil {
			return err
		}
		b.Rooms = append(b.Rooms, room)
	}
	if err := b.fill(ctx, say); err != nil {
		return err
	}
	return b.writeRules(ctx, mod, say)
}

// room makes a room in which the bot has power 100.
func (b *bench) room(ctx context.Context, owner *mautrix.Client, name, kind string) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{Name: name, Preset: "public_chat"}
	if kind != "" {
		req.CreationContent = map[string]any{"type": kind}
	}
	made, err := owner.CreateRoom(ctx, req)
	if err != nil {
		return "", err
	}
	// What else is in the event depends on the room version, which the homeserver chose.
	var levels map[string]any
	if err := owner.StateEvent(ctx, made.RoomID, event.StatePowerLevels, "", &levels); err != nil {
		return "", err
	}
	users, _ := levels["users"].(map[string]any)
	if users == nil {
		users = map[string]any{}
	}
	users[string(b.Bot.User)] = 100
	levels["users"] = users
	if _, err := owner.SendStateEvent(ctx, made.RoomID, event.StatePowerLevels, "", levels); err != nil {
		return "", err
	}
	bot, err := b.client(b.Bot)
	if err != nil {
		return "", err
	}
	_, err = bot.JoinRoomByID(ctx, made.RoomID)
	return made.RoomID, err
}

// fill joins members to all rooms.
func (b *bench) fill(ctx context.Context, say func(string)) error {
	began := time.Now()
	for n := range b.Scale.Members - 2 {
		if _, err := b.member(ctx, "member"); err != nil {
			return err
		}
		if n%20 == 19 {
			say(fmt.Sprintf("%d of %d members, %d s", n+1, b.Scale.Members, int(time.Since(began).Seconds())))
		}
	}
	return nil
}

// member makes a user who is in all rooms.
func (b *bench) member(ctx context.Context, name string) (account, error) {
	a, cli, err := b.register(ctx, name)
	if err != nil {
		return a, err
	}
	return a, each(b.Rooms, func(room id.RoomID) error {
		_, err := cli.JoinRoomByID(ctx, room)
		return err
	})
}

func (b *bench) writeRules(ctx context.Context, mod *mautrix.Client, say func(string)) error {
	say("writing rules")
	var keys []int
	for n := range b.Scale.UserRules + b.Scale.ServerRules {
		keys = append(keys, n)
	}
	return each(keys, func(n int) error {
		kind, entity := "user", fmt.Sprintf("@spammer%d:bad%d.example", n, n%100)
		if n >= b.Scale.UserRules {
			kind, entity = "server", fmt.Sprintf("bad%d.example", n)
		}
		_, err := sendRule(ctx, mod, b.List, kind, fmt.Sprint("prepared", n), entity)
		return err
	})
}

func sendRule(ctx context.Context, by *mautrix.Client, list id.RoomID, kind, key, entity string) (id.EventID, error) {
	content := map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"}
	if entity == "" {
		content = map[string]any{}
	}
	sent, err := by.SendStateEvent(ctx, list, event.Type{Type: "m.policy.rule." + kind, Class: event.StateEventType}, key, content)
	if err != nil {
		return "", err
	}
	return sent.EventID, nil
}

// each runs f on all items, eight at a time.
func each[T any](items []T, f func(T) error) error {
	slots := make(chan struct{}, 8)
	failed := make(chan error, len(items))
	for _, item := range items {
		slots <- struct{}{}
		go func() {
			defer func() { <-slots }()
			failed <- f(item)
		}()
	}
	var first error
	for range items {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}
