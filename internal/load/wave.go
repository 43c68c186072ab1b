package main

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

const (
	waveLists = 5
	waveRules = 1000 // in each list
	waveHits  = 4    // members among them, in each list
)

// measureWave writes 5,000 rules into five watched lists at once.
func measureWave(ctx context.Context, b *bench) ([]figure, error) {
	var lists []id.RoomID
	for n := range waveLists {
		list, err := b.room(ctx, b.other, fmt.Sprintf("wave %d", n), "m.policy")
		if err != nil {
			return nil, err
		}
		lists = append(lists, list)
	}
	if err := b.watch(ctx, append([]id.RoomID{b.List, b.OtherList}, lists...)...); err != nil {
		return nil, err
	}
	var targets []id.UserID
	for range waveLists * waveHits {
		a, err := b.member(ctx, "wave")
		if err != nil {
			return nil, err
		}
		targets = append(targets, a.User)
	}
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	before, err := b.child.processor()
	if err != nil {
		return nil, err
	}
	began := time.Now()
	done := make(chan error, waveLists)
	for n, list := range lists {
		go func() { done <- writeWave(ctx, b.other, list, n, targets[n*waveHits:(n+1)*waveHits]) }()
	}
	for range lists {
		if err := <-done; err != nil {
			return nil, err
		}
	}
	written := time.Now()
	want := len(targets) * len(b.Rooms)
	if err := until(ctx, "ban everybody in the wave", func() bool {
		return len(b.proxy.since(began, b.Bot.Token, isBan)) >= want
	}); err != nil {
		return nil, err
	}
	lastBan := last(b.proxy.since(began, b.Bot.Token, isBan))
	if err := b.settle(ctx); err != nil {
		return nil, err
	}
	wait(ctx, 20*time.Second) // for the last digest
	after, err := b.child.processor()
	if err != nil {
		return nil, err
	}
	one := func(v float64) []float64 { return []float64{v} }
	return []figure{
		{name: "5,000 rules in five lists: all written in", values: one(written.Sub(began).Seconds()), unit: "s"},
		{name: "5,000 rules: last ban after the last rule", values: one(max(lastBan.Sub(written).Seconds(), 0)), unit: "s", target: 1.2, peers: "1.1"},
		{name: "5,000 rules: processor time", values: one((after - before).Seconds()), unit: "s", target: 3, peers: "9.7"},
		{name: "5,000 rules: messages", values: one(float64(len(b.proxy.since(began, b.Bot.Token, isMessage)))), target: 60, peers: "143 to 8,040"},
	}, nil
}

// writeWave writes the rules of one list: servers and users, of whom some are
// here, by turns with the other lists, the last rule of the first being one of
// those. All at the end at once would measure how fast a homeserver bans.
func writeWave(ctx context.Context, by *mautrix.Client, list id.RoomID, n int, targets []id.UserID) error {
	for i := range waveRules {
		kind, entity := "user", fmt.Sprintf("@wave%d:w%d.example", i, n)
		if i%4 == 0 {
			kind, entity = "server", fmt.Sprintf("wave%d.w%d.example", i, n)
		}
		if every := waveRules / waveHits; i%every == every-1-n*every/waveLists {
			kind, entity = "user", string(targets[i/every])
		}
		if _, err := sendRule(ctx, by, list, kind, fmt.Sprint(i), entity); err != nil {
			return err
		}
	}
	return nil
}
