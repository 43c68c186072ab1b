package main

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

const (
	campaignAccounts = 20
	campaignRooms    = 5
)

// measureCampaign has accounts that are in five rooms advertise one after another, each once,
// and measures from the message of the last of them until they are banned in all of the rooms.
func measureCampaign(ctx context.Context, b *bench) ([]figure, error) {
	banned := figure{name: "a campaign's 20th account: banned in all of five rooms", unit: "ms", target: 1000}
	remain := figure{name: "a campaign of 20 accounts: messages that remain", target: 0.5}
	if _, err := b.mod.SendText(ctx, b.Management, "!forseti enable repeats"); err != nil {
		return nil, err
	}
	rooms := b.Rooms[:campaignRooms]
	for round := range b.rounds {
		accounts, err := b.campaigners(ctx, rooms)
		if err != nil {
			return nil, err
		}
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		began := time.Now()
		sent := make([][]id.EventID, len(rooms))
		say := func(n int) error {
			room := n % len(rooms)
			got, err := accounts[n].SendText(ctx, rooms[room], fmt.Sprintf("Earn thousands a week from home without any risk, in your %dth week: https://gold%d.example/%d", n, round, n))
			if err == nil {
				sent[room] = append(sent[room], got.EventID)
			}
			return err
		}
		all := func(accounts int) func() bool {
			return func() bool { return len(b.proxy.since(began, b.Bot.Token, isBan)) >= accounts*len(rooms) }
		}
		latest := len(accounts) - 1
		for n := range latest {
			if err := say(n); err != nil {
				return nil, err
			}
		}
		if err := until(ctx, "ban the campaign", all(latest)); err != nil {
			return nil, err
		}
		came := time.Now()
		if err := say(latest); err != nil {
			return nil, err
		}
		if err := until(ctx, "ban the last of the campaign", all(len(accounts))); err != nil {
			return nil, err
		}
		banned.values = append(banned.values, ms(last(b.proxy.since(began, b.Bot.Token, isBan)).Sub(came)))
		if err := b.settle(ctx); err != nil {
			return nil, err
		}
		left := 0
		for n, room := range rooms {
			more, err := b.unredacted(ctx, room, sent[n])
			if err != nil {
				return nil, err
			}
			left += more
		}
		remain.values = append(remain.values, float64(left))
	}
	return []figure{banned, remain}, nil
}

// campaigners are new accounts that are in all of the rooms.
func (b *bench) campaigners(ctx context.Context, rooms []id.RoomID) ([]*mautrix.Client, error) {
	var all []*mautrix.Client
	for range campaignAccounts {
		_, cli, err := b.register(ctx, "campaign")
		if err != nil {
			return nil, err
		}
		for _, room := range rooms {
			if _, err := cli.JoinRoomByID(ctx, room); err != nil {
				return nil, err
			}
		}
		all = append(all, cli)
	}
	return all, nil
}
