package demo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// step is one line of the story. Its outcome is what was seen.
type step struct {
	title string
	run   func(ctx context.Context, s *stage) (outcome string, err error)
}

var story = []step{
	{"a shared list is watched", watchList},
	{"a ban lands in every room", banEverywhere},
	{"a server is shut out", shutServer},
	{"a rule with a wildcard", wildcard},
	{"a banned user tries to join", bannedAtTheDoor},
	{"the neighbours ban somebody", neighboursBan},
	{"a rule that would hit everybody waits for a yes", tooWide},
	{"a flood is stopped and cleaned up", flood},
	{"a rule is removed and the user is free again", freeAgain},
	{"the bot is killed in the middle of a job", killed},
	{"all that the moderators said is secret", secret},
}

// command writes to the bot as the moderator does.
func (s *stage) command(ctx context.Context, text string) error {
	s.began = time.Now()
	sent, err := s.secret.SendText(ctx, s.management, "!forseti "+text)
	if err == nil {
		s.talk.said(sent.EventID, s.began, "!forseti "+text, true)
	}
	return err
}

func (s *stage) rule(ctx context.Context, by *mautrix.Client, list id.RoomID, entity string) error {
	s.began = time.Now()
	_, err := by.SendStateEvent(ctx, list, event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}, "demo "+entity[1:],
		map[string]string{"entity": entity, "recommendation": "m.ban", "reason": "spam"})
	return err
}

func watchList(ctx context.Context, s *stage) (string, error) {
	if err := s.greeted(ctx); err != nil {
		return "", err
	}
	spammer, err := s.member(ctx, "spammer", "listed")
	if err != nil {
		return "", err
	}
	if err := s.rule(ctx, s.neighbour, s.shared, string(spammer.UserID)); err != nil {
		return "", err
	}
	if err := s.command(ctx, "watch "+string(s.shared)+" --no-confirm"); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s, whom the list names, is banned in %d rooms", spammer.UserID, len(s.rooms)),
		s.everywhere(ctx, spammer.UserID, event.MembershipBan)
}

func banEverywhere(ctx context.Context, s *stage) (string, error) {
	spammer, err := s.member(ctx, "spammer", "spammer")
	if err != nil {
		return "", err
	}
	if err := s.command(ctx, fmt.Sprintf("ban %s %s advertising", spammer.UserID, listName)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s is banned in %d of %d rooms", spammer.UserID, len(s.rooms), len(s.rooms)),
		s.everywhere(ctx, spammer.UserID, event.MembershipBan)
}

func shutServer(ctx context.Context, s *stage) (string, error) {
	if err := s.command(ctx, fmt.Sprintf("ban evil.example %s spam", listName)); err != nil {
		return "", err
	}
	return fmt.Sprintf("the server ACL of %d rooms keeps evil.example out", len(s.rooms)), s.shutOut(ctx, "evil.example")
}

func wildcard(ctx context.Context, s *stage) (string, error) {
	var bots []*mautrix.Client
	for _, name := range []string{"crypto-one", "crypto-two"} {
		b, err := s.member(ctx, "spammer", name)
		if err != nil {
			return "", err
		}
		bots = append(bots, b)
	}
	if err := s.command(ctx, fmt.Sprintf("ban @crypto-*:* %s spam", listName)); err != nil {
		return "", err
	}
	for _, b := range bots {
		if err := s.everywhere(ctx, b.UserID, event.MembershipBan); err != nil {
			return "", err
		}
	}
	return "@crypto-*:* bans both who match", nil
}

func bannedAtTheDoor(ctx context.Context, s *stage) (string, error) {
	late, err := s.person(ctx, "spammer", "crypto-three")
	if err != nil {
		return "", err
	}
	s.began = time.Now()
	_, err = late.client.JoinRoomByID(ctx, s.rooms[0])
	if err != nil && !errors.Is(err, mautrix.MForbidden) {
		return "", err
	}
	s.talk.expects(late.client.UserID)
	return fmt.Sprintf("%s is banned at the door", late.client.UserID), until(ctx, func() error {
		if m := s.membership(ctx, s.rooms[0], late.client.UserID); m != event.MembershipBan {
			return fmt.Errorf("the membership is %q", m)
		}
		return nil
	})
}

func neighboursBan(ctx context.Context, s *stage) (string, error) {
	troll, err := s.member(ctx, "troll", "troll")
	if err != nil {
		return "", err
	}
	if err := s.rule(ctx, s.neighbour, s.shared, string(troll.UserID)); err != nil {
		return "", err
	}
	s.talk.expects(troll.UserID)
	return fmt.Sprintf("a rule in their list bans %s here too", troll.UserID), s.everywhere(ctx, troll.UserID, event.MembershipBan)
}

// tooWide shows the blast radius: the neighbours' list would empty the rooms, and
// the moderator says no.
func tooWide(ctx context.Context, s *stage) (string, error) {
	// The rooms are small: more than ten members must be hit before the bot asks.
	var joined []*mautrix.Client
	for n := range 6 {
		guest, err := s.member(ctx, "member", fmt.Sprintf("guest%d", n+1))
		if err != nil {
			return "", err
		}
		joined = append(joined, guest)
	}
	if err := s.rule(ctx, s.neighbour, s.shared, "@*:"+s.server.Name); err != nil {
		return "", err
	}
	var question id.EventID
	err := until(ctx, func() error {
		for _, evt := range s.said() {
			if body, _ := evt.Content.Raw["body"].(string); strings.Contains(body, "React with") {
				question = evt.ID
				return nil
			}
		}
		return errors.New("the bot asks nothing")
	})
	if err != nil {
		return "", err
	}
	at := time.Now()
	sent, err := s.moderator.SendReaction(ctx, s.management, question, "❌")
	if err != nil {
		return "", err
	}
	s.talk.said(sent.EventID, at, "❌", false)
	if err := until(ctx, func() error {
		if said := s.heard(ctx); !slices.ContainsFunc(said, func(text string) bool { return strings.Contains(text, "said no") }) {
			return errors.New("the bot does not say that it was told no")
		}
		return nil
	}); err != nil {
		return "", err
	}
	return "the moderator says no, and nobody is banned", s.everywhere(ctx, joined[0].UserID, event.MembershipJoin)
}

func flood(ctx context.Context, s *stage) (string, error) {
	if err := s.command(ctx, "enable flooding"); err != nil {
		return "", err
	}
	flooder, err := s.member(ctx, "flooder", "flooder")
	if err != nil {
		return "", err
	}
	if err := until(ctx, func() error {
		if said := s.heard(ctx); !slices.ContainsFunc(said, func(text string) bool { return strings.Contains(text, "flooding") }) {
			return errors.New("flooding is not switched on")
		}
		return nil
	}); err != nil {
		return "", err
	}
	s.began = time.Now()
	sent := shout(ctx, flooder, s.rooms[0])
	if err := until(ctx, func() error {
		if m := s.membership(ctx, s.rooms[0], flooder.UserID); m != event.MembershipBan {
			return fmt.Errorf("the membership of the flooder is %q", m)
		}
		return nil
	}); err != nil {
		return "", err
	}
	if err := s.gone(ctx, s.rooms[0], sent); err != nil {
		return "", err
	}
	took := time.Since(s.began)
	err = until(ctx, func() error { // the moderators are told once it is over
		if said := s.heard(ctx); !slices.ContainsFunc(said, func(text string) bool { return strings.Contains(text, "messages in Lobby") }) {
			return errors.New("the moderators were not told of the flood")
		}
		return nil
	})
	s.began = time.Now().Add(-took)
	return fmt.Sprintf("banned, and none of %d messages remains", len(sent)), err
}

// shout sends messages, several at a time, until it is over for the sender.
func shout(ctx context.Context, flooder *mautrix.Client, room id.RoomID) []id.EventID {
	var lock sync.Mutex
	var sent []id.EventID
	var mouths sync.WaitGroup
	for range 3 {
		mouths.Go(func() {
			for n := range 20 {
				resp, err := flooder.SendText(ctx, room, fmt.Sprintf("BUY NOW %d", n))
				if err != nil {
					return // banned
				}
				lock.Lock()
				sent = append(sent, resp.EventID)
				lock.Unlock()
			}
		})
	}
	mouths.Wait()
	return sent
}

func freeAgain(ctx context.Context, s *stage) (string, error) {
	spammer := id.NewUserID("spammer", s.server.Name)
	if err := s.command(ctx, "unban "+string(spammer)); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s may come back to %d rooms", spammer, len(s.rooms)), s.everywhere(ctx, spammer, event.MembershipLeave)
}

func killed(ctx context.Context, s *stage) (string, error) {
	last, err := s.member(ctx, "spammer", "last-one")
	if err != nil {
		return "", err
	}
	const first = 2
	gate := faults.NewGate()
	open := s.proxy.On(faults.Ban, gate.Fault)
	s.proxy.Times(first, faults.Ban, faults.Pass)
	if err := s.command(ctx, fmt.Sprintf("ban %s %s spam", last.UserID, listName)); err != nil {
		return "", err
	}
	select {
	case <-gate.Held():
	case <-ctx.Done():
		return "", errors.New("the bot did not begin to ban")
	}
	banned := 0
	if err := until(ctx, func() error {
		banned = 0
		for _, room := range s.rooms {
			if s.membership(ctx, room, last.UserID) == event.MembershipBan {
				banned++
			}
		}
		if banned < first {
			return fmt.Errorf("%d bans have landed", banned)
		}
		return nil
	}); err != nil {
		return "", err
	}
	s.bot.Kill()
	if banned >= len(s.rooms) {
		return "", errors.New("the job was done before the bot was killed")
	}
	open()
	s.began = time.Now()
	if err := s.startBot(ctx); err != nil {
		return "", err
	}
	return fmt.Sprintf("killed after %d of %d bans; started again, it finished the rest", banned, len(s.rooms)),
		s.everywhere(ctx, last.UserID, event.MembershipBan)
}

func secret(ctx context.Context, s *stage) (string, error) {
	clear, secret, err := s.inClear(ctx)
	switch {
	case err != nil:
		return "", err
	case clear > 0 || secret == 0:
		return "", fmt.Errorf("the homeserver can read %d messages of the management room, and cannot read %d", clear, secret)
	}
	return fmt.Sprintf("%d messages of theirs and the bot's, and the homeserver could read none", secret), nil
}

func encode(content map[string]any) (json.RawMessage, error) { return json.Marshal(content) }
