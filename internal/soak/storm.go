package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// cast is how many members have which part.
var cast = map[string]int{
	"cmd": 5, "kick": 3, "talk": 3, // what moderators' commands are about
	"rule": 3, "hash": 2, "old": 2, "flap": 2, "glob": 2, // of the own list, which moderators edit by hand
	"far": 4, "passing": 2, // of the neighbour's lists
	"hand":  2, // whom a moderator bans by hand
	"plain": 2, // whom nobody means
}

// storm does things, and remembers what they ought to come to.
type storm struct {
	record
	s      *stage
	random *rand.Rand

	deeds, revived         int
	resets                 int            // of the homeserver's state, which the bot was told to look for
	shut                   map[string]int // how often the database was, by how
	dry, removed, watching bool           // as was asked for last
	wide                   *write         // the rule for everybody that stands
	last                   map[string]*order

	heard      []*event.Event // in the management room, if it is not encrypted
	heardUntil string         // the token of sync
}

func newStorm(s *stage, seed uint64) *storm {
	st := &storm{record: newRecord(), s: s, random: rand.New(rand.NewPCG(seed, 1)), shut: map[string]int{}, last: map[string]*order{}}
	st.bot, st.rooms, st.server = s.account.UserID, s.rooms, s.account.UserID.Homeserver()
	for name, p := range s.people {
		st.people[name] = p.UserID
	}
	return st
}

// rage does things until the time is over, and then makes it calm.
func (st *storm) rage(ctx context.Context, d time.Duration) error {
	if _, err := st.conversation(ctx); err != nil {
		return err
	}
	st.s.trouble.on.Store(true)
	end := time.Now().Add(d)
	nextKill := time.Now().Add(st.between(3, 7))
	nextShut := time.Now().Add(st.between(8, 16))
	var shut chan error
	for time.Now().Before(end) && ctx.Err() == nil {
		if err := st.deed(ctx); err != nil {
			return err
		}
		pause(ctx, st.between(0, 1)/2)
		revived, err := st.s.revive(ctx)
		if err != nil {
			return err
		}
		if revived {
			st.revived++
		}
		if time.Now().After(nextKill) {
			if err := st.kill(ctx); err != nil {
				return err
			}
			nextKill = time.Now().Add(st.between(3, 7))
		}
		if shut == nil && time.Now().After(nextShut) {
			ways := st.s.shutters()
			way := ways[st.random.IntN(len(ways))]
			shut = make(chan error, 1)
			st.shut[way.name]++
			long := st.between(2, 10)
			go func() { shut <- way.shut(ctx, long) }()
		}
		select {
		case err := <-shut:
			if err != nil {
				return fmt.Errorf("shut the database: %w", err)
			}
			shut, nextShut = nil, time.Now().Add(st.between(8, 16))
		default:
		}
	}
	if shut != nil {
		if err := <-shut; err != nil {
			return fmt.Errorf("shut the database: %w", err)
		}
	}
	st.s.trouble.on.Store(false)
	return st.calm(ctx)
}

func (st *storm) kill(ctx context.Context) error {
	st.s.bot.Kill()
	st.kills = append(st.kills, time.Now())
	pause(ctx, st.between(0, 1))
	st.s.trouble.settle(ctx)
	return st.s.launch()
}

// calm undoes what would keep the rules from being followed. Whether a command came to
// something in the storm only its answer says, so it is given again.
func (st *storm) calm(ctx context.Context) error {
	if _, err := st.s.revive(ctx); err != nil {
		return err
	}
	if err := st.order(ctx, "dry-run off", "", ""); err != nil {
		return err
	}
	if err := st.calmWide(ctx); err != nil {
		return err
	}
	return st.order(ctx, "rooms add "+string(st.coming()), string(st.coming()), "")
}

func (st *storm) between(from, to int) time.Duration {
	return time.Duration(from)*time.Second + time.Duration(st.random.Int64N(int64(to-from)*int64(time.Second)))
}

func (st *storm) pick(part string) string {
	return fmt.Sprintf("%s%d", part, st.random.IntN(cast[part]))
}

// deed is one thing that somebody does.
func (st *storm) deed(ctx context.Context) error {
	before := len(st.orders)
	defer func() {
		if len(st.orders) == before {
			st.deeds++
		}
	}()
	roll := st.random.IntN(100)
	for _, d := range []struct {
		share int
		do    func(context.Context) error
	}{
		{18, st.command}, {4, st.duel}, {7, st.kick}, {5, st.redact}, {7, st.talk},
		{9, st.editOwn}, {3, st.flap}, {9, st.editFar}, {6, st.exempt}, {7, st.serverRule},
		{6, st.byHand}, {6, st.comeBack}, {3, st.switchDry}, {4, st.switchRoom}, {3, st.switchList}, {2, st.everybody},
	} {
		if roll -= d.share; roll < 0 {
			return d.do(ctx)
		}
	}
	return st.order(ctx, "status", "", "")
}

func (st *storm) membership(ctx context.Context, room id.RoomID, user id.UserID) (event.Membership, error) {
	var content struct {
		Membership event.Membership `json:"membership"`
	}
	err := st.s.moderators[0].StateEvent(ctx, room, event.StateMember, string(user), &content)
	return content.Membership, err
}

// comeBack has those who were freed or kicked join again where they may.
func (st *storm) comeBack(ctx context.Context) error {
	part := []string{"cmd", "rule", "old", "flap", "glob", "far", "passing", "hash", "hand"}[st.random.IntN(9)]
	name := st.pick(part)
	if last := st.last[name]; part == "cmd" && (last == nil || last.verb == "ban") {
		return nil
	}
	for _, room := range st.rooms {
		m, err := st.membership(ctx, room, st.people[name])
		if err != nil {
			return err
		}
		if m == event.MembershipLeave {
			_, _ = st.s.people[name].JoinRoomByID(ctx, room) // they may be banned by now
		}
	}
	return nil
}

func (st *storm) talk(ctx context.Context) error {
	name := st.pick([]string{"talk", "plain"}[st.random.IntN(2)])
	return st.say(ctx, name, st.rooms[st.random.IntN(len(st.rooms)-1)], 1+st.random.IntN(3))
}

func (st *storm) say(ctx context.Context, name string, room id.RoomID, times int) error {
	for i := range times {
		sent, err := st.s.people[name].SendText(ctx, room, fmt.Sprint("rubbish ", i))
		if err != nil {
			return fmt.Errorf("talk: %w", err)
		}
		st.said[name] = append(st.said[name], message{room, sent.EventID, time.Now()})
	}
	return nil
}

// byHand has a moderator ban or free somebody in one room with a client, or shut out a
// server there.
func (st *storm) byHand(ctx context.Context) error {
	if st.random.IntN(4) == 0 {
		return st.entryByHand(ctx)
	}
	name := st.pick("hand")
	user, room := st.people[name], st.rooms[st.random.IntN(len(st.rooms)-1)]
	maria := st.s.moderators[0]
	if st.hand[name] == nil {
		st.hand[name] = map[id.RoomID]bool{}
	}
	if st.hand[name][room] {
		st.hand[name][room] = false
		_, err := maria.UnbanUser(ctx, room, &mautrix.ReqUnbanUser{UserID: user})
		return err
	}
	st.hand[name][room] = true
	_, err := maria.BanUser(ctx, room, &mautrix.ReqBanUser{UserID: user, Reason: "by hand"})
	return err
}
