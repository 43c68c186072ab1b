package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// order has one of the moderators give a command.
func (st *storm) order(ctx context.Context, words, about string, user id.UserID) error {
	n := st.random.IntN(len(st.s.moderators))
	o := newOrder(words, about, user)
	st.orders = append(st.orders, o)
	if about != "" {
		st.last[about] = o
	}
	return st.give(ctx, n, o, words)
}

func newOrder(words, about string, user id.UserID) *order {
	parts := strings.Fields(words)
	verb := parts[0]
	if len(parts) > 1 && (verb == "rooms" || verb == "dry-run") {
		verb += " " + parts[1]
	}
	return &order{verb: verb, about: about, user: user, at: time.Now()}
}

func (st *storm) give(ctx context.Context, moderator int, o *order, words string) error {
	client := st.s.moderators[moderator]
	if st.s.secret != nil {
		client = st.s.secret[moderator].Client
	}
	sent, err := client.SendMessageEvent(ctx, st.s.management, event.EventMessage, map[string]any{"msgtype": "m.text", "body": "!forseti " + words})
	if err != nil {
		return fmt.Errorf("command %s: %w", words, err)
	}
	o.event = sent.EventID
	return nil
}

// banned tells whether the last command about somebody was to ban them.
func (st *storm) banned(about string) bool {
	return st.last[about] != nil && st.last[about].verb == "ban"
}

func (st *storm) command(ctx context.Context) error {
	name := st.pick("cmd")
	return st.toggle(ctx, name, string(st.people[name]), st.people[name])
}

// toggle bans whom the last command freed, and frees whom it banned.
func (st *storm) toggle(ctx context.Context, about, entity string, user id.UserID) error {
	if st.banned(about) {
		return st.order(ctx, "unban "+entity+" --no-confirm", about, user)
	}
	return st.order(ctx, "ban "+entity+" own spam", about, user)
}

// duel has two moderators want the opposite of each other at the same time.
func (st *storm) duel(ctx context.Context) error {
	name := st.pick("cmd")
	user := st.people[name]
	first := st.random.IntN(len(st.s.moderators))
	second := (first + 1) % len(st.s.moderators)
	one, other := "ban "+string(user)+" own spam", "unban "+string(user)+" --no-confirm"
	pair := []*order{newOrder(one, name, user), newOrder(other, name, user)}
	pair[0].rival, pair[1].rival = pair[1], pair[0]
	st.orders = append(st.orders, pair...)
	st.last[name] = pair[1]
	errs := make([]error, 2)
	var both sync.WaitGroup
	both.Go(func() { errs[0] = st.give(ctx, first, pair[0], one) })
	both.Go(func() { errs[1] = st.give(ctx, second, pair[1], other) })
	both.Wait()
	return errors.Join(errs...)
}

// kick has somebody removed who is in all rooms, and lets them come back when they
// are removed from all. So each kick can be told from those before it.
func (st *storm) kick(ctx context.Context) error {
	name := st.pick("kick")
	user := st.people[name]
	if last := st.last[name]; last != nil && !last.over {
		told, err := st.conversation(ctx)
		if err != nil {
			return err
		}
		v := newView()
		v.takeConversation(told, st.bot)
		said := v.answers[last.event]
		if len(said) == 0 || read(said[0].text).waiting {
			return nil
		}
		if read(said[0].text).done() {
			for _, room := range st.rooms[:len(st.rooms)-1] {
				if m, err := st.membership(ctx, room, user); err != nil || m != event.MembershipLeave {
					return err
				}
			}
		}
		last.over = true
	}
	return st.kickNow(ctx, name)
}

func (st *storm) kickNow(ctx context.Context, name string) error {
	user := st.people[name]
	for _, room := range st.rooms {
		m, err := st.membership(ctx, room, user)
		if err == nil && m != event.MembershipJoin {
			_, err = st.s.people[name].JoinRoomByID(ctx, room)
		}
		if err != nil {
			return err
		}
	}
	return st.order(ctx, "kick "+string(user), name, user)
}

func (st *storm) redact(ctx context.Context) error {
	name := st.pick("talk")
	return st.order(ctx, "redact "+string(st.people[name]), name, st.people[name])
}

func (st *storm) switchDry(ctx context.Context) error {
	st.dry = !st.dry
	if st.dry {
		return st.order(ctx, "dry-run on", "", "")
	}
	return st.order(ctx, "dry-run off", "", "")
}

func (st *storm) switchRoom(ctx context.Context) error {
	st.removed = !st.removed
	if st.removed {
		return st.order(ctx, "rooms remove "+string(st.coming())+" --no-confirm", string(st.coming()), "")
	}
	return st.order(ctx, "rooms add "+string(st.coming()), string(st.coming()), "")
}

func (st *storm) switchList(ctx context.Context) error {
	st.watching = !st.watching
	if st.watching {
		return st.order(ctx, "watch "+string(st.s.passing)+" --no-confirm", "passing", "")
	}
	return st.order(ctx, "unwatch "+string(st.s.passing)+" --no-confirm", "passing", "")
}

// finale has commands for each after the storm, when nothing goes wrong: their answers
// and what is told besides must count what was done to the last.
func (st *storm) finale(ctx context.Context) error {
	if err := st.quiet(ctx); err != nil {
		return err
	}
	st.ended = time.Now()
	if err := st.askAboutEverybody(ctx); err != nil {
		return err
	}
	for i := range cast["cmd"] {
		name := fmt.Sprintf("cmd%d", i)
		if err := st.toggle(ctx, name, string(st.people[name]), st.people[name]); err != nil {
			return err
		}
	}
	for i := range 3 {
		if err := st.toggle(ctx, evil(i), evil(i), ""); err != nil {
			return err
		}
	}
	for i := range cast["talk"] {
		name := fmt.Sprintf("talk%d", i)
		for _, room := range st.rooms[:len(st.rooms)-1] {
			if err := st.say(ctx, name, room, 2); err != nil {
				return err
			}
		}
		if err := st.order(ctx, "redact "+string(st.people[name]), name, st.people[name]); err != nil {
			return err
		}
	}
	if err := st.kickNow(ctx, "kick0"); err != nil {
		return err
	}
	return st.lastEdits(ctx)
}

// survey asks for what there is, once all is done.
func (st *storm) survey(ctx context.Context) error {
	for _, words := range []string{"rooms", "lists", "status"} {
		if err := st.order(ctx, words, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// quiet waits until the bot has told all that there is to tell.
func (st *storm) quiet(ctx context.Context) error {
	for end := time.Now().Add(time.Minute); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, time.Second) {
		told, err := st.conversation(ctx)
		if err != nil {
			return err
		}
		v := newView()
		v.takeConversation(told, st.bot)
		if v.quiet(time.Now().UnixMilli()) {
			break
		}
	}
	return ctx.Err()
}

// askAboutEverybody has a list ban everybody, until the bot has asked about it.
func (st *storm) askAboutEverybody(ctx context.Context) error {
	st.wideAt = time.Now()
	st.wide = &write{list: st.s.far, kind: newest, key: "everybody", content: ban(everybody[0])}
	if err := st.rule(ctx, *st.wide); err != nil {
		return err
	}
	asked := func(m said) bool { return m.last >= st.wideAt.UnixMilli() && strings.Contains(m.text, everybody[0]) }
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, time.Second) {
		told, err := st.conversation(ctx)
		if err != nil {
			return err
		}
		v := newView()
		v.takeConversation(told, st.bot)
		if slices.ContainsFunc(v.notices, asked) {
			break // or the judge says that it never did
		}
	}
	return st.calmWide(ctx)
}
