package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// An alert about users who came together, or who wait to be let in, is a message of its own,
// for it offers other answers than one about what somebody did: to close the rooms and to
// remove all whom it names; to let in or to refuse.

const (
	waveAlert = "wave"
	gateAlert = "gate"

	attackWord = "attack"
	sweepWord  = "sweep"
	letInWord  = "let in"
	refuseWord = "refuse"
)

// waved tells of users who came together.
func (as *alerts) waved(f kit.Finding, said report.Part) {
	as.saying(waveAlert, f, report.Screen(report.WaveOffer, said))
}

// gated tells of somebody who waits to be let in, or to speak.
func (as *alerts) gated(f kit.Finding, said string) {
	f.Users = []id.UserID{f.User}
	as.saying(gateAlert, f, report.Screen(report.GateOffer, report.Part{said}))
}

// calmed ends what a wave brought. Who was removed was not banned, and may come back.
func (as *alerts) calmed(word string, of []finding, now time.Time) string {
	p := as.protectors.posture
	var ordered time.Time // by an answer to this alert, or to another of that wave
	for _, a := range as.at {
		if until := p.watch.Order.Until; a.Ordered.Equal(until) {
			ordered = until
		}
	}
	said := "Nothing was done about it that goes on. "
	if p.endWave(ordered, now) {
		said = p.words() + " "
	}
	if word == wrongWord {
		said = "I take it for a mistake of the protection. " + said
		as.protectors.set.Undone(waveOf(of[0]), now)
	}
	return said + "For an hour no wave makes it stricter."
}

// waveOf is where it is remembered that a wave was told.
func waveOf(f finding) kit.Place { return kit.Place{Room: f.Room, User: kit.Wave(f.Event)} }

// unsent is an alert about users that may not be out yet. It is stored with what it is about, and sent under its name, so
// that it is said after a crash, and once.
type unsent struct {
	alert

	Said string `json:"said"`
}

// unsentNamespace holds them by their names.
const unsentNamespace = "unsent"

func (as *alerts) saying(about string, f kit.Finding, said string) {
	u := unsent{alert{Told: time.Now(), About: about}, said}
	for _, user := range f.Users[:min(len(f.Users), mostCases)] {
		u.Cases = append(u.Cases, finding{Event: f.Offence, Room: f.Room, User: user, Protection: f.Protection})
	}
	name := about + "-" + rand.Text()
	as.commits.Setting(unsentNamespace, name, u)
	as.send(name, u)
}

func (as *alerts) send(name string, u unsent) {
	as.speaker.speakAs(name, action.Message{Markdown: u.Said}, func(evt id.EventID) {
		as.commits.Setting(unsentNamespace, name, nil)
		if evt != "" {
			u.Told = time.Now()
			as.note(evt, &u.alert, u.Cases)
		}
	})
}

// resend says what was to be said when we ended, unless that is no news any more.
func (as *alerts) resend(ctx context.Context, kept *store.Settings) (send func(now time.Time), err error) {
	stored, err := kept.All(ctx, unsentNamespace)
	if err != nil {
		return nil, err
	}
	return func(now time.Time) {
		for _, name := range slices.Sorted(maps.Keys(stored)) {
			var u unsent
			if json.Unmarshal(stored[name], &u) != nil || u.Said == "" || len(u.Cases) == 0 || now.Sub(u.Told) > mostUnsent || !as.matters(&u.alert) {
				as.commits.Setting(unsentNamespace, name, nil)
				continue
			}
			as.send(name, u)
		}
	}, nil
}

// mostUnsent is how long a crash may last for it to be told after it.
const mostUnsent = 7 * 24 * time.Hour

// offered are the answers to an alert.
func (a *alert) offered() []answerSign {
	switch a.About {
	case waveAlert:
		return []answerSign{{report.AttackSign, attackWord}, {report.SweepSign, sweepWord}, {report.UndoSign, undoWord}, {report.WrongSign, wrongWord}, {report.ExemptSign, exemptWord}}
	case gateAlert:
		return []answerSign{{report.LetInSign, letInWord}, {report.RefuseSign, refuseWord}}
	default:
		return answers[:]
	}
}

// answerGate carries out what a moderator said of somebody who waits.
func (as *alerts) answerGate(word string, of []finding, order store.Command, into *store.Commit) string {
	c := of[0]
	return as.protectors.gate.answer(kit.Place{Room: c.Room, User: c.User}, word == letInWord, order, into)
}

// answerWave carries out what a moderator said to an alert about a wave. What it does to the
// posture holds from when it was said, also if it is carried out twice.
func (as *alerts) answerWave(word string, of []finding, order store.Command, into *store.Commit) string {
	target, _, _ := strings.Cut(strings.TrimPrefix(order.Body, alertMark), " ")
	now := time.Now()
	switch word {
	case attackWord:
		until := now.Add(sanction.Assault.Lasts()).UTC().Truncate(time.Second)
		if a := as.at[id.EventID(target)]; a != nil {
			a.Ordered = until
			as.commits.Setting(alertNamespace, target, a)
		}
		as.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: sanction.Assault.String(), User: order.Sender, Value: until.Format(time.RFC3339), Sure: true}, now)
		return as.protectors.posture.words() + " `!forseti posture calm` ends it."
	case undoWord, wrongWord, exemptWord:
		return as.calmed(word, of, now)
	}
	gone := 0
	for _, c := range of {
		room := as.world.Room(c.Room)
		if room == nil {
			return "I do not look after that room any more."
		}
		if m, _ := room.Member(c.User); !slices.Contains([]event.Membership{event.MembershipJoin, event.MembershipInvite, event.MembershipKnock}, m.Membership) {
			gone++
			continue
		}
		into.Open = append(into.Open, action.Action{
			Verb: action.Kick, Room: c.Room, User: c.User, Reason: "came with a wave of joins",
			Cause: action.Cause{Kind: action.ByModerator, Moderator: order.Sender, Event: order.Event},
		})
	}
	said := fmt.Sprintf("I remove %s, as you will read below.", text.Count(len(into.Open), "user"))
	if len(into.Open) == 0 {
		said = "There is nobody left to remove."
	}
	if gone > 0 {
		said += fmt.Sprintf(" %s had left before.", text.Count(gone, "user"))
	}
	return said
}
