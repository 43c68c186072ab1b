package main

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// mostMessages and mostReactions are what a moderator has to do in a night, at most.
const (
	mostMessages  = 4
	mostReactions = 2
)

// late is when first words come too late.
const late = 5 * time.Second

const pattern = "@spam*:" + evil

func play(ctx context.Context, o options) (played, error) {
	s, err := newStage(ctx, o)
	if s != nil {
		defer s.close()
	}
	if err != nil {
		return played{}, err
	}
	n := &night{stage: s, played: played{encrypted: o.encrypted}, seen: map[id.EventID]*reply{}}
	n.known = len(n.moderator.Events())
	if err := n.goes(ctx); err != nil {
		return n.played, err
	}
	n.ends()
	n.judge()
	return n.played, nil
}

// goes is the night.
func (n *night) goes(ctx context.Context) error {
	n.begins(fmt.Sprintf("%d accounts of %s join %d rooms and post %d messages. Two members from there were here before.",
		n.accounts, evil, len(n.rooms), n.accounts*len(n.rooms)*n.each))
	if err := n.attack(ctx); err != nil {
		return err
	}
	n.known = len(n.moderator.Events()) // what it said of the room's encryption
	sent, spammers := n.accounts*len(n.rooms)*n.each, n.spammers()
	said, err := n.asks(ctx, "!forseti since 10m", "came into")
	if err != nil {
		return err
	}
	n.tells(said, fmt.Sprintf("%d users came into", n.accounts), "`"+evil+"`", fmt.Sprintf("They wrote %d messages in %d rooms", sent, len(n.rooms)), "2 members from there were here before", string(shown(innocent)), string(shown(neighbour)), "all of them new", "ago")
	n.names(said, spammers)
	order := proposed.FindString(said.plain)
	if !strings.Contains(order, pattern) {
		return fmt.Errorf("no command is proposed that bans %s: %s", pattern, said.plain)
	}
	if said, err = n.asks(ctx, order+" spam wave", "React with"); err != nil {
		return err
	}
	n.tells(said, fmt.Sprintf("%d present members", n.accounts), "exempt `"+string(shown(innocent))+"`", fmt.Sprintf("remove %d messages of %d users", sent, n.accounts))
	n.names(said, spammers)
	if err := n.reacts(ctx, "✅"); err != nil {
		return err
	}
	if err := n.are(ctx, spammers, event.MembershipBan); err != nil {
		return err
	}
	if err := n.gone(ctx); err != nil {
		return err
	}
	if said, err = n.hears(ctx, "Banned", "emoved"); err != nil {
		return err
	}
	n.tells(said, fmt.Sprintf("%d users", n.accounts), fmt.Sprintf("%d messages", sent), fmt.Sprintf("%d rooms", len(n.rooms)), "(Case 1.)")
	n.leftAlone(ctx)

	if said, err = n.asks(ctx, "!forseti undo", "React with"); err != nil {
		return err
	}
	n.tells(said, "removes the rules for `"+pattern+"` and `"+string(shown(innocent))+"`", fmt.Sprintf("free %d users", n.accounts), fmt.Sprintf("%d removed messages", sent))
	n.names(said, spammers)
	if err := n.reacts(ctx, "✅"); err != nil {
		return err
	}
	if err := n.are(ctx, spammers, event.MembershipLeave); err != nil {
		return err
	}
	if _, err = n.hears(ctx, "Case 1 is undone", "nbanned"); err != nil {
		return err
	}
	n.leftAlone(ctx)
	return nil
}

var proposed = regexp.MustCompile("!forseti ban [^`\n]*")

// spammers are those of the wave, as they are shown.
func (n *night) spammers() (all []id.UserID) {
	for i := range n.accounts {
		all = append(all, shown(spammer(i)))
	}
	return all
}

// asks writes a command and waits for words of the answer.
func (n *night) asks(ctx context.Context, command string, words ...string) (*reply, error) {
	if err := n.says(ctx, command); err != nil {
		return nil, err
	}
	return n.hears(ctx, words...)
}

// names checks that all are named who are counted, be it folded.
func (n *night) names(r *reply, all []id.UserID) {
	for _, u := range all {
		n.tells(r, string(u))
	}
}

// tells checks that a reply says what has to be in it.
func (n *night) tells(r *reply, all ...string) {
	for _, words := range all {
		if !strings.Contains(r.plain, words) {
			n.wrongf("%q is not in: %s", words, r.plain)
		}
	}
}

// leftAlone checks that nothing happened to the others of that server.
func (n *night) leftAlone(ctx context.Context) {
	for _, name := range []string{innocent, neighbour} {
		for _, room := range n.rooms {
			if is := n.membership(ctx, room, shown(name)); is != event.MembershipJoin {
				n.wrongf("the membership of %s in %s is %s", name, room, is)
			}
		}
	}
	all := 0
	for _, events := range n.kept {
		all += len(events)
	}
	if left, err := n.remain(ctx, n.kept); err != nil || left != all {
		n.wrongf("of %d messages of others %d are left (%v)", all, left, err)
	}
}

// membership is what a room says of a user.
func (n *night) membership(ctx context.Context, room id.RoomID, user id.UserID) event.Membership {
	var content event.MemberEventContent
	if err := n.moderator.StateEvent(ctx, room, event.StateMember, string(user), &content); err != nil {
		return "unknown"
	}
	return content.Membership
}

// are waits until users have a membership in all rooms.
func (n *night) are(ctx context.Context, users []id.UserID, want event.Membership) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return n.until(ctx, fmt.Sprintf("bring %d users to %s", len(users), want), n.look(), func() bool {
		for _, room := range n.rooms {
			all, err := n.moderator.Members(ctx, room)
			if err != nil {
				return false
			}
			is := map[id.UserID]string{}
			for _, evt := range all.Chunk {
				is[id.UserID(evt.GetStateKey())], _ = evt.Content.Raw["membership"].(string)
			}
			for _, u := range users {
				if is[u] != string(want) {
					return false
				}
			}
		}
		return true
	})
}

// gone waits until nothing is left of what the wave wrote.
func (n *night) gone(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return n.until(ctx, "remove what they wrote", n.look(), func() bool {
		left, err := n.remain(ctx, n.sent)
		return err == nil && left == 0
	})
}

// remain counts which of some messages still say something.
func (n *night) remain(ctx context.Context, of map[id.RoomID][]id.EventID) (left int, err error) {
	for room, events := range of {
		said := map[id.EventID]bool{}
		from := ""
		for {
			page, err := n.moderator.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 500)
			if err != nil {
				return 0, err
			}
			for _, evt := range page.Chunk {
				said[evt.ID] = evt.Unsigned.RedactedBecause == nil && evt.Content.Raw["body"] != nil
			}
			if from = page.End; from == "" || len(page.Chunk) == 0 {
				break
			}
		}
		for _, evt := range events {
			there, known := said[evt]
			if !known { // the history leaves out some of what was said at the same moment
				one, err := n.moderator.GetEvent(ctx, room, evt)
				if err != nil {
					return 0, err
				}
				there = one.Unsigned.RedactedBecause == nil && one.Content.Raw["body"] != nil
			}
			if there {
				left++
			}
		}
	}
	return left, nil
}

// judge holds what was told against what it has to be.
func (n *night) judge() {
	if n.messages > mostMessages || n.reactions > mostReactions {
		n.wrongf("the moderator had to write %d messages and react %d times", n.messages, n.reactions)
	}
	for _, t := range n.turns {
		for _, r := range t.shown {
			if n.timed && r.new(t) && r.after > late {
				n.wrongf("the first words after %q came %s late", t.does, r.after)
			}
			if lines := r.onPhone(); len(lines) > phoneLines {
				n.wrongf("%d lines on a phone, after %q: %q", len(lines), t.does, lines)
			}
		}
	}
}
