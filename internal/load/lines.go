package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// tail is how long requests are counted after the last ban: what a command costs
// is not over with it.
const tail = 3 * time.Second

func measureStart(ctx context.Context, b *bench) ([]figure, error) {
	ready := figure{name: "start to ready, nothing changed", unit: "s", target: 0.3, peers: "0.47"}
	memory := figure{name: "resident memory after it", unit: "MB", target: 27, peers: "30"}
	own := figure{name: "… of that its own, and not the program's file", unit: "MB"}
	messages := figure{name: "messages to the moderators", target: 1}
	for range b.rounds {
		b.child.stop()
		if err := b.launch(ctx); err != nil {
			return nil, err
		}
		ready.values = append(ready.values, b.child.ready.Seconds())
		began := b.child.began
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		mb, err := b.child.memory()
		if err != nil {
			return nil, err
		}
		memory.values = append(memory.values, mb)
		if mb, err = b.child.status("RssAnon:"); err != nil {
			return nil, err
		}
		own.values = append(own.values, mb)
		messages.values = append(messages.values, float64(len(b.proxy.since(began, b.Bot.Token, isMessage))))
	}
	return []figure{ready, memory, own, messages}, nil
}

// floor is a trivial client that writes a rule and then does what follows from
// it, eight at a time. It speaks for the bot's account, whose power it needs.
func (b *bench) floor(ctx context.Context, entity string, kind string, follow func(*mautrix.Client, id.RoomID) error) (time.Duration, error) {
	bot, err := b.client(b.Bot)
	if err != nil {
		return 0, err
	}
	// A list that the bot does not watch: or it would do the same at the same time.
	began := time.Now()
	if _, err := sendRule(ctx, bot, b.Management, kind, "floor", entity); err != nil {
		return 0, err
	}
	err = each(b.Rooms, func(room id.RoomID) error { return follow(bot, room) })
	return time.Since(began), err
}

func (b *bench) banFloor(ctx context.Context) (time.Duration, error) {
	user, err := b.member(ctx, "floor")
	if err != nil {
		return 0, err
	}
	if err := b.settle(ctx); err != nil {
		return 0, err
	}
	return b.floor(ctx, string(user.User), "user", func(bot *mautrix.Client, room id.RoomID) error {
		_, err := bot.BanUser(ctx, room, &mautrix.ReqBanUser{UserID: user.User, Reason: "spam"})
		return err
	})
}

func measureBan(ctx context.Context, b *bench) ([]figure, error) {
	return b.measureBans(ctx, "a ban command", func(ctx context.Context, user id.UserID) error {
		_, err := b.mod.SendText(ctx, b.Management, fmt.Sprintf("!forseti ban %s %s spam", user, b.List))
		return err
	})
}

func measureForeign(ctx context.Context, b *bench) ([]figure, error) {
	return b.measureBans(ctx, "a rule of somebody else", func(ctx context.Context, user id.UserID) error {
		_, err := sendRule(ctx, b.other, b.OtherList, "user", string(user[1:]), string(user))
		return err
	})
}

// measureBans measures what sets off bans in all rooms, in turn with the floor.
func (b *bench) measureBans(ctx context.Context, name string, set func(context.Context, id.UserID) error) ([]figure, error) {
	floor := figure{name: name + ": the floor's last ban", unit: "ms"}
	bans := figure{name: name + ": last ban", unit: "ms"}
	ratio := figure{name: name + ": last ban, times the floor", target: 1.25, peers: "1.7"}
	requests := figure{name: name + ": requests in all", target: 26, peers: "43"}
	messages := figure{name: name + ": messages in all", target: 1, peers: "1 to 83"}
	for range b.rounds {
		least, err := b.banFloor(ctx)
		if err != nil {
			return nil, err
		}
		user, err := b.member(ctx, "banned")
		if err != nil {
			return nil, err
		}
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		began := time.Now()
		if err := set(ctx, user.User); err != nil {
			return nil, err
		}
		if err := until(ctx, "ban in all rooms", func() bool {
			return len(b.proxy.since(began, b.Bot.Token, isBan)) >= len(b.Rooms)
		}); err != nil {
			return nil, err
		}
		took := last(b.proxy.since(began, b.Bot.Token, isBan)).Sub(began)
		wait(ctx, tail)
		floor.values = append(floor.values, ms(least))
		bans.values = append(bans.values, ms(took))
		ratio.values = append(ratio.values, ms(took)/ms(least))
		requests.values = append(requests.values, float64(len(b.proxy.since(began, b.Bot.Token, nil))))
		messages.values = append(messages.values, float64(len(b.proxy.since(began, b.Bot.Token, isMessage))))
	}
	return []figure{floor, bans, ratio, requests, messages}, nil
}

func wait(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

func measureServer(ctx context.Context, b *bench) ([]figure, error) {
	floor := figure{name: "a server ban: the floor's last ACL", unit: "ms"}
	acls := figure{name: "a server ban: last ACL", unit: "ms", peers: "700 to 16,000"}
	ratio := figure{name: "a server ban: last ACL, times the floor", target: 1.35}
	burst := figure{name: "five server bans within a second: updates per room", target: 1}
	for n := range b.rounds {
		name := fmt.Sprintf("r%d-%d.example", time.Now().UnixNano(), n)
		least, err := b.floorACL(ctx, name)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if _, err := b.mod.SendText(ctx, b.Management, fmt.Sprintf("!forseti ban %s %s spam", name, b.List)); err != nil {
			return nil, err
		}
		updates, err := b.aclUpdates(ctx, began)
		if err != nil {
			return nil, err
		}
		took := last(updates).Sub(began)
		floor.values = append(floor.values, ms(least))
		acls.values = append(acls.values, ms(took))
		ratio.values = append(ratio.values, ms(took)/ms(least))

		began = time.Now()
		for i := range 5 {
			if _, err := b.mod.SendText(ctx, b.Management, fmt.Sprintf("!forseti ban b%d.%s %s spam", i, name, b.List)); err != nil {
				return nil, err
			}
		}
		if updates, err = b.aclUpdates(ctx, began); err != nil {
			return nil, err
		}
		burst.values = append(burst.values, float64(len(updates))/float64(len(b.Rooms)))
	}
	return []figure{floor, acls, ratio, burst}, nil
}

// floorACL writes the present ACL with a further server. The bot is at rest: it
// takes the entry for one made by hand, and keeps it.
func (b *bench) floorACL(ctx context.Context, server string) (time.Duration, error) {
	if err := b.settle(ctx); err != nil {
		return 0, err
	}
	var content map[string]any
	if err := b.mod.StateEvent(ctx, b.Rooms[0], event.StateServerACL, "", &content); err != nil {
		return 0, err
	}
	deny, _ := content["deny"].([]any)
	content["deny"] = append(deny, "floor."+server)
	took, err := b.floor(ctx, server, "server", func(bot *mautrix.Client, room id.RoomID) error {
		_, err := bot.SendStateEvent(ctx, room, event.StateServerACL, "", content)
		return err
	})
	if err != nil {
		return 0, err
	}
	return took, b.settle(ctx)
}

func (b *bench) aclUpdates(ctx context.Context, began time.Time) ([]request, error) {
	err := until(ctx, "set all ACLs", func() bool {
		return len(b.proxy.since(began, b.Bot.Token, isACL)) >= len(b.Rooms)
	})
	if err != nil {
		return nil, err
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	return b.proxy.since(began, b.Bot.Token, isACL), nil
}

func measureJoin(ctx context.Context, b *bench) ([]figure, error) {
	banned := figure{name: "a listed user who joins: banned after", unit: "ms", target: 80, peers: "86"}
	for range b.rounds * 2 {
		a, cli, err := b.register(ctx, "joiner")
		if err != nil {
			return nil, err
		}
		if _, err := sendRule(ctx, b.other, b.OtherList, "user", string(a.User[1:]), string(a.User)); err != nil {
			return nil, err
		}
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		if _, err := cli.JoinRoomByID(ctx, b.Rooms[0]); err != nil {
			return nil, err
		}
		joined := time.Now()
		if err := until(ctx, "ban who joined", func() bool { return len(b.proxy.since(joined.Add(-time.Second), b.Bot.Token, isBan)) > 0 }); err != nil {
			return nil, err
		}
		banned.values = append(banned.values, ms(last(b.proxy.since(joined.Add(-time.Second), b.Bot.Token, isBan)).Sub(joined)))
	}
	return []figure{banned}, nil
}

// tooMany is the message that flooding bans at, by its default setting.
const tooMany = 11

func measureFlood(ctx context.Context, b *bench) ([]figure, error) {
	banned := figure{name: "30 messages in 5 s: banned after the first too many", unit: "ms", target: 70, peers: "69"}
	remain := figure{name: "30 messages in 5 s: messages that remain", target: 0.5, peers: "0 to 9"}
	if _, err := b.mod.SendText(ctx, b.Management, "!forseti enable flooding"); err != nil {
		return nil, err
	}
	for range b.rounds {
		a, cli, err := b.register(ctx, "flooder")
		if err != nil {
			return nil, err
		}
		room := b.Rooms[0]
		if _, err := cli.JoinRoomByID(ctx, room); err != nil {
			return nil, err
		}
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		began := time.Now()
		sent, reached := flood(ctx, cli, room)
		if err := until(ctx, "ban the flooder", func() bool { return len(b.proxy.since(began, b.Bot.Token, isBan)) > 0 }); err != nil {
			return nil, err
		}
		banned.values = append(banned.values, ms(last(b.proxy.since(began, b.Bot.Token, isBan)).Sub(reached)))
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		left, err := b.unredacted(ctx, room, sent)
		if err != nil {
			return nil, err
		}
		remain.values = append(remain.values, float64(left))
		_ = a
	}
	return []figure{banned, remain}, nil
}

// flood sends 30 messages in 5 s without waiting for answers, so that some are
// under way when the ban comes. It returns those that were accepted, and when the
// one too many was.
func flood(ctx context.Context, cli *mautrix.Client, room id.RoomID) (sent []id.EventID, reached time.Time) {
	type answer struct {
		event id.EventID
		at    time.Time
	}
	const messages = 30
	answers := make(chan answer, messages)
	tick := time.NewTicker(5 * time.Second / messages)
	defer tick.Stop()
	for n := range messages {
		go func() {
			resp, err := cli.SendText(ctx, room, fmt.Sprint("buy this ", n))
			if err != nil {
				answers <- answer{}
				return
			}
			answers <- answer{resp.EventID, time.Now()}
		}()
		<-tick.C
	}
	for range messages {
		got := <-answers
		if got.event == "" {
			continue
		}
		if sent = append(sent, got.event); len(sent) == tooMany {
			reached = got.at
		}
	}
	return sent, reached
}

func (b *bench) unredacted(ctx context.Context, room id.RoomID, sent []id.EventID) (int, error) {
	page, err := b.mod.Messages(ctx, room, "", "", mautrix.DirectionBackward, nil, 200)
	if err != nil {
		return 0, err
	}
	left := 0
	for _, evt := range page.Chunk {
		if slices.Contains(sent, evt.ID) && evt.Unsigned.RedactedBecause == nil {
			left++
		}
	}
	return left, nil
}
