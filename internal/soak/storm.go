package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// cast is how many members have which part.
var cast = map[string]int{
	"cmd": 5, "kick": 3, "talk": 3, // what moderators' commands are about
	"rule": 3, "hash": 2, "old": 2, // of the own list, which moderators edit by hand
	"far": 4, "passing": 2, // of the neighbour's lists
	"hand":  2, // whom a moderator bans by hand
	"plain": 2, // whom nobody means
}

// order is a command that was given.
type order struct {
	verb, about string // about a person by name, a server, or a room
	user        id.UserID
	event       id.EventID
	at          time.Time // by the homeserver's clock, which is ours
	over        bool      // nothing more comes of it
}

// storm does things, and remembers what they ought to come to.
type storm struct {
	s      *stage
	random *rand.Rand

	orders            []*order
	deeds, shut       int
	kills             []time.Time
	revived           int
	hand              map[string]map[id.RoomID]bool // bans by hand that stand
	handEntries       map[id.RoomID][]string        // of ACLs
	said              map[string][]message
	dry               bool
	removed, watching bool
	wide              bool
	last              map[string]*order // the last command about each
	ended             time.Time         // of all trouble
}

// message is what a member said.
type message struct {
	room  id.RoomID
	event id.EventID
	at    time.Time
}

func newStorm(s *stage, seed uint64) *storm {
	return &storm{
		s: s, random: rand.New(rand.NewPCG(seed, 1)), hand: map[string]map[id.RoomID]bool{},
		handEntries: map[id.RoomID][]string{}, said: map[string][]message{}, last: map[string]*order{},
	}
}

// rage does things until the time is over, and then makes it calm.
func (st *storm) rage(ctx context.Context, d time.Duration) error {
	st.s.trouble.on.Store(true)
	end := time.Now().Add(d)
	nextKill := time.Now().Add(st.between(4, 9))
	nextShut := time.Now().Add(st.between(10, 20))
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
			st.s.bot.kill()
			st.kills = append(st.kills, time.Now())
			pause(ctx, st.between(0, 1))
			st.s.trouble.settle(ctx)
			if err := st.s.launch(); err != nil {
				return err
			}
			nextKill = time.Now().Add(st.between(4, 14))
		}
		if shut == nil && time.Now().After(nextShut) {
			shut = make(chan error, 1)
			st.shut++
			long := st.between(2, 10)
			go func() { shut <- st.s.shutDatabase(ctx, long) }()
		}
		select {
		case <-shut: // that it could not be shut is no fault of the bot's
			shut, nextShut = nil, time.Now().Add(st.between(10, 20))
		default:
		}
	}
	if shut != nil {
		<-shut
	}
	st.s.trouble.on.Store(false)
	return st.calm(ctx)
}

// calm undoes what would keep the rules from being followed.
func (st *storm) calm(ctx context.Context) error {
	if st.dry {
		if err := st.order(ctx, "dry-run off", "", ""); err != nil {
			return err
		}
		st.dry = false
	}
	if st.wide {
		if err := st.rule(ctx, st.s.neighbour, st.s.far, "m.policy.rule.user", "everybody", nil); err != nil {
			return err
		}
		st.wide = false
	}
	if st.removed {
		st.removed = false
		return st.order(ctx, "rooms add "+string(st.coming()), string(st.coming()), "")
	}
	return nil
}

// coming is the room that comes and goes.
func (st *storm) coming() id.RoomID { return st.s.rooms[len(st.s.rooms)-1] }

func (st *storm) between(from, to int) time.Duration {
	return time.Duration(from)*time.Second + time.Duration(st.random.Int64N(int64(to-from)*int64(time.Second)))
}

func (st *storm) pick(part string) string {
	return fmt.Sprintf("%s%d", part, st.random.IntN(cast[part]))
}

func (st *storm) user(name string) id.UserID { return st.s.people[name].UserID }

// deed is one thing that somebody does.
func (st *storm) deed(ctx context.Context) error {
	st.deeds++
	switch n := st.random.IntN(100); {
	case n < 22:
		return st.command(ctx)
	case n < 29:
		return st.kick(ctx)
	case n < 34:
		st.deeds--
		name := st.pick("talk")
		return st.order(ctx, "redact "+string(st.user(name)), name, st.user(name))
	case n < 40:
		return st.talk(ctx)
	case n < 50:
		return st.editOwn(ctx)
	case n < 60:
		return st.editFar(ctx)
	case n < 66:
		return st.exempt(ctx)
	case n < 72:
		return st.server(ctx)
	case n < 78:
		return st.byHand(ctx)
	case n < 84:
		return st.comeBack(ctx)
	case n < 88:
		st.deeds--
		st.dry = !st.dry
		if st.dry {
			return st.order(ctx, "dry-run on", "", "")
		}
		return st.order(ctx, "dry-run off", "", "")
	case n < 92:
		st.deeds--
		st.removed = !st.removed
		if st.removed {
			return st.order(ctx, "rooms remove "+string(st.coming())+" --no-confirm", string(st.coming()), "")
		}
		return st.order(ctx, "rooms add "+string(st.coming()), string(st.coming()), "")
	case n < 95:
		st.deeds--
		st.watching = !st.watching
		if st.watching {
			return st.order(ctx, "watch "+string(st.s.passing)+" --no-confirm", "passing", "")
		}
		return st.order(ctx, "unwatch "+string(st.s.passing)+" --no-confirm", "passing", "")
	case n < 97:
		st.wide = !st.wide
		if st.wide {
			return st.rule(ctx, st.s.neighbour, st.s.far, "m.policy.rule.user", "everybody", ban("@*:*"))
		}
		return st.rule(ctx, st.s.neighbour, st.s.far, "m.policy.rule.user", "everybody", nil)
	default:
		st.deeds--
		return st.order(ctx, "status", "", "")
	}
}

// order has one of the moderators give a command.
func (st *storm) order(ctx context.Context, words, about string, user id.UserID) error {
	n := st.random.IntN(len(st.s.moderators))
	verb, _, _ := strings.Cut(words, " ")
	if verb == "rooms" || verb == "dry-run" {
		verb = strings.Join(strings.Fields(words)[:2], " ")
	}
	o := &order{verb: verb, about: about, user: user, at: time.Now()}
	client := st.s.moderators[n]
	if st.s.secret != nil {
		client = st.s.secret[n].Client
	}
	sent, err := client.SendMessageEvent(ctx, st.s.management, event.EventMessage, map[string]any{"msgtype": "m.text", "body": "!forseti " + words})
	if err != nil {
		return fmt.Errorf("command %s: %w", words, err)
	}
	o.event = sent.EventID
	st.orders = append(st.orders, o)
	if about != "" {
		st.last[about] = o
	}
	return nil
}

func (st *storm) command(ctx context.Context) error {
	st.deeds--
	name := st.pick("cmd")
	user := st.user(name)
	if last := st.last[name]; last != nil && last.verb == "ban" {
		return st.order(ctx, "unban "+string(user)+" --no-confirm", name, user)
	}
	return st.order(ctx, "ban "+string(user)+" own spam", name, user)
}

// kick has somebody removed who is in all rooms, and lets them come back when they
// are removed from all. So each kick can be told from those before it.
func (st *storm) kick(ctx context.Context) error {
	name := st.pick("kick")
	user := st.user(name)
	if last := st.last[name]; last != nil && !last.over {
		answers, err := st.answers(ctx)
		if err != nil {
			return err
		}
		if said := answers[last.event]; len(said) == 0 || read(said[0]).waiting {
			return nil
		} else if !read(said[0]).dry {
			for _, room := range st.s.rooms[:len(st.s.rooms)-1] {
				if m, err := st.membership(ctx, room, user); err != nil || m != event.MembershipLeave {
					return err
				}
			}
		}
		last.over = true
	}
	for _, room := range st.s.rooms {
		if m, err := st.membership(ctx, room, user); err != nil || m != event.MembershipJoin {
			if err == nil {
				_, err = st.s.people[name].JoinRoomByID(ctx, room)
			}
			if err != nil {
				return err
			}
		}
	}
	st.deeds--
	return st.order(ctx, "kick "+string(user), name, user)
}

func (st *storm) membership(ctx context.Context, room id.RoomID, user id.UserID) (event.Membership, error) {
	var content struct {
		Membership event.Membership `json:"membership"`
	}
	err := st.s.moderators[0].StateEvent(ctx, room, event.StateMember, string(user), &content)
	return content.Membership, err
}

func (st *storm) talk(ctx context.Context) error {
	name := st.pick([]string{"talk", "plain"}[st.random.IntN(2)])
	room := st.s.rooms[st.random.IntN(len(st.s.rooms)-1)]
	for i := range 1 + st.random.IntN(3) {
		sent, err := st.s.people[name].SendText(ctx, room, fmt.Sprint("rubbish ", i))
		if err != nil {
			return fmt.Errorf("talk: %w", err)
		}
		st.said[name] = append(st.said[name], message{room, sent.EventID, time.Now()})
	}
	return nil
}

func ban(entity string) map[string]any {
	return map[string]any{"entity": entity, "recommendation": "m.ban", "reason": "spam"}
}

func hashed(entity string) map[string]any {
	sum := sha256.Sum256([]byte(entity))
	return map[string]any{"hashes": map[string]any{"sha256": base64.StdEncoding.EncodeToString(sum[:])}, "recommendation": "m.ban", "reason": "spam"}
}

// rule writes a rule, or blanks it.
func (st *storm) rule(ctx context.Context, by *mautrix.Client, list id.RoomID, kind, key string, content map[string]any) error {
	if content == nil {
		content = map[string]any{}
	}
	_, err := by.SendStateEvent(ctx, list, event.Type{Type: kind, Class: event.StateEventType}, key, content)
	if err != nil {
		return fmt.Errorf("write a rule: %w", err)
	}
	return nil
}

const newest, older, oldest = "m.policy.rule.user", "m.room.rule.user", "org.matrix.mjolnir.rule.user"

// editOwn changes the own list by hand.
func (st *storm) editOwn(ctx context.Context) error {
	maria := st.s.moderators[0]
	part := []string{"rule", "hash", "old"}[st.random.IntN(3)]
	name := st.pick(part)
	content := ban(string(st.user(name)))
	if part == "hash" {
		content = hashed(string(st.user(name)))
	}
	kind := newest
	if part == "old" {
		kind = []string{newest, older, oldest}[st.random.IntN(3)]
	}
	switch st.random.IntN(5) {
	case 0, 1, 2:
		return st.rule(ctx, maria, st.s.own, kind, name, content)
	case 3:
		return st.rule(ctx, maria, st.s.own, kind, name, nil)
	default:
		return st.redactRule(ctx, maria, st.s.own, kind, name)
	}
}

func (st *storm) redactRule(ctx context.Context, by *mautrix.Client, list id.RoomID, kind, key string) error {
	state, err := by.State(ctx, list)
	if err != nil {
		return err
	}
	evt := state[event.Type{Type: kind, Class: event.StateEventType}][key]
	if evt == nil {
		return nil
	}
	_, err = by.RedactEvent(ctx, list, evt.ID)
	return err
}

func (st *storm) editFar(ctx context.Context) error {
	list, name := st.s.far, st.pick("far")
	if st.random.IntN(4) == 0 {
		list, name = st.s.passing, st.pick("passing")
	}
	switch st.random.IntN(4) {
	case 0:
		return st.rule(ctx, st.s.neighbour, list, newest, name, nil)
	case 1:
		return st.redactRule(ctx, st.s.neighbour, list, newest, name)
	default:
		return st.rule(ctx, st.s.neighbour, list, newest, name, ban(string(st.user(name))))
	}
}

// exempt frees one of those whom the far list means, or no longer.
func (st *storm) exempt(ctx context.Context) error {
	name := st.pick("far")
	if st.random.IntN(2) == 0 {
		return st.rule(ctx, st.s.moderators[0], st.s.own, newest, "exempt-"+name, nil)
	}
	return st.rule(ctx, st.s.moderators[0], st.s.own, newest, "exempt-"+name,
		map[string]any{"entity": string(st.user(name)), "recommendation": "fi.mau.meowlnir.unban", "reason": "a friend"})
}

// server shuts out a server, or lets it in again, by command or by hand.
func (st *storm) server(ctx context.Context) error {
	if st.random.IntN(2) == 0 {
		name := fmt.Sprintf("edit%d.example", st.random.IntN(3))
		if st.random.IntN(3) == 0 {
			return st.rule(ctx, st.s.moderators[0], st.s.own, "m.policy.rule.server", name, nil)
		}
		return st.rule(ctx, st.s.moderators[0], st.s.own, "m.policy.rule.server", name, ban(name))
	}
	st.deeds--
	name := fmt.Sprintf("evil%d.example", st.random.IntN(3))
	if last := st.last[name]; last != nil && last.verb == "ban" {
		return st.order(ctx, "unban "+name+" --no-confirm", name, "")
	}
	return st.order(ctx, "ban "+name+" own spam", name, "")
}

// byHand has a moderator ban or free somebody in one room with a client, or shut out a
// server there.
func (st *storm) byHand(ctx context.Context) error {
	if st.random.IntN(4) == 0 {
		return st.entryByHand(ctx)
	}
	name := st.pick("hand")
	user, room := st.user(name), st.s.rooms[st.random.IntN(len(st.s.rooms)-1)]
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

// entryByHand adds to an ACL, once for each room: what two write at a time is one's, and
// it is the bot that has to find the other's again.
func (st *storm) entryByHand(ctx context.Context) error {
	room := st.s.rooms[st.random.IntN(len(st.s.rooms)-1)]
	if len(st.handEntries[room]) > 0 {
		return nil
	}
	maria := st.s.moderators[0]
	content := map[string]any{}
	if err := maria.StateEvent(ctx, room, event.StateServerACL, "", &content); err != nil && !errors.Is(err, mautrix.MNotFound) {
		return err
	}
	if content["allow"] == nil {
		content["allow"] = []string{"*"}
	}
	deny, _ := content["deny"].([]any)
	content["deny"] = append(deny, "hand.example")
	if _, err := maria.SendStateEvent(ctx, room, event.StateServerACL, "", content); err != nil {
		return err
	}
	st.handEntries[room] = []string{"hand.example"}
	return nil
}

// finale has a command for each after the storm, when nothing goes wrong: its answer
// must count what it did to the last.
func (st *storm) finale(ctx context.Context) error {
	st.ended = time.Now()
	for i := range cast["cmd"] {
		name := fmt.Sprintf("cmd%d", i)
		words := "ban " + string(st.user(name)) + " own spam"
		if last := st.last[name]; last != nil && last.verb == "ban" {
			words = "unban " + string(st.user(name)) + " --no-confirm"
		}
		if err := st.order(ctx, words, name, st.user(name)); err != nil {
			return err
		}
	}
	return nil
}

// comeBack has those who were freed or kicked join again where they may.
func (st *storm) comeBack(ctx context.Context) error {
	part := []string{"cmd", "rule", "far", "hash", "hand"}[st.random.IntN(5)]
	name := st.pick(part)
	if last := st.last[name]; part == "cmd" && (last == nil || last.verb == "ban") {
		return nil
	}
	for _, room := range st.s.rooms {
		m, err := st.membership(ctx, room, st.user(name))
		if err != nil {
			return err
		}
		if m == event.MembershipLeave {
			_, _ = st.s.people[name].JoinRoomByID(ctx, room) // they may be banned by now
		}
	}
	return nil
}
