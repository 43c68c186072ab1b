package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/synapseadmin"

	"forseti/internal/homeserver"
)

const (
	limitedRooms = 3
	// askEvery is how often a moderator asks for the status meanwhile, about: not in
	// step with the homeserver's limit.
	askEvery = 10 * time.Second
	// full is how long Synapse needs for all that it takes at once.
	full = time.Minute
)

// measureLimits bans a wave on a Synapse with its own limits while a moderator asks for
// the status again and again: when they hear that the bot is slowed down, and how long
// they wait for an answer. Once check found the limits out while the bot ran, and once
// the bot itself at its first start.
func measureLimits(ctx context.Context, of *bench) ([]figure, error) {
	var figures []figure
	for _, checked := range []bool{true, false} {
		b := &bench{rounds: of.rounds, verbose: of.verbose, crowd: of.crowd, bin: of.bin}
		some, err := b.limited(ctx, checked)
		b.close()
		figures = append(figures, some...)
		if err != nil {
			return figures, err
		}
	}
	return figures, nil
}

func (b *bench) limited(ctx context.Context, checked bool) (figures []figure, err error) {
	if b.dir, err = os.MkdirTemp("", "forseti-load-"); err != nil {
		return nil, err
	}
	b.server, err = homeserver.Start(ctx, homeserver.Options{Kind: homeserver.Synapse, Limits: &homeserver.Limits{}})
	if err != nil {
		return nil, err
	}
	if b.proxy, err = newProxy(b.server.URL); err != nil {
		return nil, err
	}
	admin, err := b.admin(ctx)
	if err != nil {
		return nil, err
	}
	pattern, err := b.setLimited(ctx, admin)
	if err != nil {
		return nil, err
	}
	name := "limits found at the start, "
	if checked {
		name = "limits found by check, "
		// Until then the account is exempt, and the bot finds that out.
		if err := b.start(ctx); err != nil {
			return nil, err
		}
	}
	if err := admin.unexempt(ctx, b.Bot.User); err != nil {
		return nil, err
	}
	if checked {
		config := filepath.Join(b.dir, "forseti.yaml")
		out, err := exec.CommandContext(ctx, b.bin, "check", "--limits", "--config", config).CombinedOutput()
		if !strings.Contains(string(out), "limits how fast the account may act") {
			return nil, fmt.Errorf("check --limits finds no limit: %w\n%s", err, out)
		}
	} else if err := b.start(ctx); err != nil {
		return nil, err
	}
	wait(ctx, full)
	return b.waveUnderLimits(ctx, name, pattern)
}

// admin is an admin of the homeserver.
type admin struct{ *synapseadmin.Client }

func (b *bench) admin(ctx context.Context) (admin, error) {
	user, token, err := b.server.Register(ctx, "admin", "opensesame", true)
	if err != nil {
		return admin{}, err
	}
	cli, err := mautrix.NewClient(b.server.URL, user, token)
	a := admin{&synapseadmin.Client{Client: cli}}
	if err != nil {
		return a, err
	}
	return a, a.exempt(ctx, user)
}

func (a admin) exempt(ctx context.Context, user id.UserID) error {
	return a.SetUserRatelimit(ctx, user, synapseadmin.ReqSetRatelimit{})
}

func (a admin) unexempt(ctx context.Context, user id.UserID) error {
	return a.DeleteUserRatelimit(ctx, user)
}

// setLimited makes the rooms and the wave, nobody of whom is limited yet.
func (b *bench) setLimited(ctx context.Context, admin admin) (pattern string, err error) {
	for name, to := range map[string]*account{"bot": &b.Bot, "mod": &b.Mod, "other": &b.Other} {
		if *to, _, err = b.register(ctx, name); err != nil {
			return "", err
		}
		if err := admin.exempt(ctx, to.User); err != nil {
			return "", err
		}
	}
	if b.mod, err = b.client(b.Mod); err != nil {
		return "", err
	}
	if b.other, err = b.client(b.Other); err != nil {
		return "", err
	}
	if b.Management, err = b.room(ctx, b.mod, "management", ""); err != nil {
		return "", err
	}
	if b.List, err = b.room(ctx, b.mod, "list", "m.policy"); err != nil {
		return "", err
	}
	if b.OtherList, err = b.room(ctx, b.other, "other list", "m.policy"); err != nil {
		return "", err
	}
	for i := range limitedRooms {
		room, err := b.room(ctx, b.mod, fmt.Sprintf("room %d", i), "")
		if err != nil {
			return "", err
		}
		b.Rooms = append(b.Rooms, room)
	}
	// One more than in all the rooms is in one of them: 30 make 91 bans.
	for n := range b.crowd + 1 {
		in := b.Rooms
		if n == b.crowd {
			in = in[:1]
		}
		a, cli, err := b.register(ctx, "wave")
		if err != nil {
			return "", err
		}
		if err := admin.exempt(ctx, a.User); err != nil {
			return "", err
		}
		for _, room := range in {
			if _, err := cli.JoinRoomByID(ctx, room); err != nil {
				return "", err
			}
		}
	}
	return "@wave-*:" + b.server.Name, nil
}

// waveUnderLimits bans everybody in the wave by one pattern.
func (b *bench) waveUnderLimits(ctx context.Context, name, pattern string) ([]figure, error) {
	if _, err := b.mod.SendText(ctx, b.Management, fmt.Sprintf("!forseti ban %s %s spam", pattern, b.List)); err != nil {
		return nil, err
	}
	var question id.EventID
	err := until(ctx, "ask", func() bool {
		for _, evt := range b.said(ctx) {
			if strings.Contains(evt.Content.AsMessage().Body, "React with") {
				question = evt.ID
			}
		}
		return question != ""
	})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	if _, err := b.mod.SendReaction(ctx, b.Management, question, "✅"); err != nil {
		return nil, err
	}
	var asked []id.EventID
	next := began.Add(askEvery / 2)
	want := limitedRooms*b.crowd + 1
	bans := func() int { return len(b.proxy.since(began, b.Bot.Token, isBan)) }
	// Twice what so many bans and as many answers take.
	for patience := time.After(25 * time.Minute); bans() < want; {
		select {
		case <-patience:
			return nil, fmt.Errorf("%d of %d bans", bans(), want)
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		if time.Now().Before(next) {
			continue
		}
		next = next.Add(askEvery + time.Duration(len(asked)%7-3)*time.Second/2)
		sent, err := b.mod.SendText(ctx, b.Management, "!forseti status")
		if err != nil {
			return nil, err
		}
		asked = append(asked, sent.EventID)
	}
	all := last(b.proxy.since(began, b.Bot.Token, isBan))
	wait(ctx, askEvery)
	return b.heard(ctx, name, began, all, asked)
}

// said is what the bot said to the moderators, oldest first.
func (b *bench) said(ctx context.Context) []*event.Event {
	return slices.DeleteFunc(b.timeline(ctx), func(evt *event.Event) bool {
		return evt.Sender != b.Bot.User || evt.Type != event.EventMessage
	})
}

func (b *bench) timeline(ctx context.Context) (all []*event.Event) {
	from := ""
	for {
		page, err := b.mod.Messages(ctx, b.Management, from, "", mautrix.DirectionBackward, nil, 500)
		if err != nil {
			return nil
		}
		for _, evt := range page.Chunk {
			_ = evt.Content.ParseRaw(evt.Type)
			all = append(all, evt)
		}
		if from = page.End; from == "" || len(page.Chunk) == 0 {
			slices.Reverse(all)
			return all
		}
	}
}

// heard judges what the moderators heard, by the homeserver's clock, which is ours.
func (b *bench) heard(ctx context.Context, name string, began, all time.Time, asked []id.EventID) ([]figure, error) {
	var word time.Time
	sent := map[id.EventID]time.Time{}
	answers := figure{name: name + "a status, answered after", unit: "s", target: 5}
	var order []id.EventID
	for _, evt := range b.timeline(ctx) {
		at := time.UnixMilli(evt.Timestamp)
		sent[evt.ID] = at
		if evt.Sender != b.Bot.User || evt.Type != event.EventMessage {
			continue
		}
		content := evt.Content.AsMessage()
		if b.verbose {
			fmt.Fprintf(os.Stderr, "%7.1f s: %s\n", at.Sub(began).Seconds(), content.Body)
		}
		if word.IsZero() && strings.Contains(content.Body, "slows me down") {
			word = at
		}
		above, _ := evt.Content.Raw["forseti.answers"].(string)
		if to := cmp.Or(content.RelatesTo.GetReplyTo(), id.EventID(above)); slices.Contains(asked, to) {
			answers.values = append(answers.values, at.Sub(sent[to]).Seconds())
			order = append(order, to)
		}
	}
	figures := []figure{
		{name: name + "first word after the yes", unit: "s", values: []float64{word.Sub(began).Seconds()}},
	}
	refused := b.proxy.since(began, b.Bot.Token, func(r request) bool { return r.status == 429 })
	if len(refused) > 0 {
		slices.SortFunc(refused, func(a, b request) int { return a.ended.Compare(b.ended) })
		figures = append(figures, figure{name: name + "first word after the first refusal", unit: "s", target: 2, values: []float64{max(word.Sub(refused[0].ended).Seconds(), 0)}})
	}
	answers.worst = true
	figures = append(figures, answers,
		figure{name: name + "requests refused", values: []float64{float64(len(refused))}},
		figure{name: name + fmt.Sprintf("%d bans made in", limitedRooms*b.crowd+1), unit: "s", values: []float64{all.Sub(began).Seconds()}},
		figure{name: name + "messages to the moderators", values: []float64{float64(len(b.proxy.since(began, b.Bot.Token, isMessage)))}},
	)
	switch {
	case word.IsZero():
		return figures, fmt.Errorf("no word about the limits")
	case !slices.Equal(order, asked):
		return figures, fmt.Errorf("%d questions, and %d answers, or in another order", len(asked), len(order))
	}
	return figures, nil
}
