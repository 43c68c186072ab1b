package community

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/sanction"
)

// came is the alert that three users came together.
var came = kit.Finding{
	Protection: "join-wave", Room: benchRoom, Offence: "$last", Alert: true, Wave: true, Why: "a wave of joins has begun",
	Users: []id.UserID{spammer(0), spammer(1), spammer(2)},
}

// tells has moderators be told of a wave in a message.
func (a *alerted) tells(f kit.Finding, message id.EventID) {
	a.t.Helper()
	a.said = nil
	a.loop.See(func() {
		a.protectors.consequences([]kit.Finding{f}, time.Now())
		a.hearsAll(message)
	})
}

// hearsAll has all be said that waits, each as the same message.
func (a *alerted) hearsAll(message id.EventID) {
	for at := time.Now(); ; at = at.Add(time.Hour) {
		next := a.speaker.report.Speak(at)
		if len(next) == 0 && a.speaker.report.Due(at).IsZero() {
			return
		}
		for _, s := range next {
			a.said = append(a.said, s.Message.Markdown+s.Message.Reaction)
			a.speaker.report.Posted(s.Name, message, at)
			if posted := a.speaker.posted[s.Name]; posted != nil {
				delete(a.speaker.posted, s.Name)
				posted(message)
			}
		}
	}
}

// An alert about a wave offers to close the rooms and to remove whom it names, also after a
// restart; who has left is left alone.
func TestAWaveIsAnswered(t *testing.T) {
	for _, restart := range []bool{false, true} {
		kept := openStore(t)
		a := newAlerted(t, kept)
		a.tells(came, "$wave")
		if said := strings.Join(a.said, "\n"); !strings.Contains(said, report.WaveOffer) || strings.Count(said, report.AttackSign) != 2 || strings.Count(said, report.SweepSign) != 2 {
			t.Fatalf("said %q", said)
		}
		if restart {
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			a = newAlerted(t, kept)
		}
		if do, said := a.reacts(spammer(1), "$wave", report.UndoSign); do != nil || said != "" {
			t.Errorf("an answer that is none: %v, %q", do, said)
		}
		a.member(spammer(1), spammer(1), event.MembershipLeave, "$gone")
		do, said := a.reacts(benchModerator, "$wave", report.SweepSign)
		if len(do) != 2 || do[0].Verb != action.Kick || do[0].User != spammer(0) || do[1].User != spammer(2) || do[0].Cause.Moderator != benchModerator {
			t.Errorf("removes %+v", do)
		}
		if !strings.Contains(said, "I remove 2 users") || !strings.Contains(said, "1 user had left before") {
			t.Errorf("said %q", said)
		}
		do, said = a.reacts(benchModerator, "$wave", report.AttackSign)
		if len(do) != 0 || !strings.Contains(said, "The posture is **attack** (ordered by `@mod:hs`)") || !strings.Contains(said, "closed until then") {
			t.Errorf("attack: %v, %q", do, said)
		}
		p := a.protectors.posture
		if p.held != sanction.Assault || !p.doors.close || p.told.Until.Before(time.Now().Add(time.Hour)) {
			t.Errorf("%+v, closed: %v", p.told, p.doors.close)
		}
	}
}

// An alert about a wave is undone, also what was ordered because of it and after a restart, and nothing
// else is; it is a mistake of its protection, or its users are exempt.
func TestAWaveIsUndone(t *testing.T) {
	closes := came
	closes.Raises, closes.Close, closes.Lasts = sanction.Guarded, true, time.Hour
	for _, sign := range []string{report.UndoSign, report.WrongSign, report.ExemptSign} {
		for _, attacked := range []bool{false, true} {
			kept := openStore(t)
			a := newAlerted(t, kept)
			a.tells(closes, "$wave")
			if said := strings.Join(a.said, "\n"); strings.Count(said, sign) != 2 { // offered, and to be tapped
				t.Errorf("%s: said %q", sign, said)
			}
			if attacked {
				a.reacts(benchModerator, "$wave", report.AttackSign)
			}
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			a = newAlerted(t, kept)
			if held := a.protectors.posture.held; (held == sanction.Assault) != attacked || held == sanction.Calm {
				t.Fatalf("%s: before it is %s", sign, held)
			}
			do, said := a.reacts(benchModerator, "$wave", sign)
			p := a.protectors.posture
			if len(do) != 0 || p.held != sanction.Calm || p.doors.close || !strings.Contains(said, "The posture is **calm**") || strings.Contains(said, "mistake") != (sign == report.WrongSign) {
				t.Errorf("%s, %v: %v, %s, %q", sign, attacked, do, p.held, said)
			}
			if exempt := strings.Contains(said, "left alone by `join-wave`"); exempt != (sign == report.ExemptSign) {
				t.Errorf("%s: %q", sign, said)
			}
			a.loop.See(func() {
				_, values := a.protectors.stand.of["join-wave"].In(benchRoom)
				if got := strings.Fields(values["exempt-users"]); (len(got) == 3) != (sign == report.ExemptSign) {
					t.Errorf("%s: exempt are %v", sign, got)
				}
			})
			if _, said := a.reacts(benchModerator, "$wave", sign); !strings.Contains(said, "Nothing was done about it that goes on") {
				t.Errorf("%s once more: %q", sign, said)
			}
			a.tells(closes, "$again")
			if p.held != sanction.Calm {
				t.Errorf("%s: the next wave within the hour makes it %s", sign, p.held)
			}
		}
	}
	// What a moderator ordered for another reason goes on.
	a := newAlerted(t, openStore(t))
	a.tells(closes, "$wave")
	a.loop.See(func() {
		a.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: "attack", User: benchModerator}, time.Now())
	})
	if _, said := a.reacts(benchModerator, "$wave", report.UndoSign); a.protectors.posture.held != sanction.Assault || !strings.Contains(said, "**attack**") {
		t.Errorf("ordered before: %s, %q", a.protectors.posture.held, said)
	}
}

// A wave that closes does so by itself, and says so; what a moderator calmed it leaves alone.
func TestAWaveClosesByItself(t *testing.T) {
	a := newAlerted(t, openStore(t))
	closes := came
	closes.Raises, closes.Close, closes.Lasts = sanction.Guarded, true, time.Hour
	a.tells(closes, "$wave")
	p := a.protectors.posture
	if said := strings.Join(a.said, "\n"); p.held != sanction.Guarded || !p.doors.close || !strings.Contains(said, "**guarded** (for a wave that came)") || !strings.Contains(said, "closed until then") {
		t.Fatalf("%+v, said %q", p.told, said)
	}
	a.loop.See(func() {
		p.watch.Set(sanction.Ordered{Posture: sanction.Calm, By: benchModerator}, time.Now())
		p.turn(time.Now(), false)
	})
	a.tells(closes, "$again")
	if p.held != sanction.Calm || p.doors.close {
		t.Errorf("%+v", p.told)
	}
}

// A room that comes to be protected while others are closed is closed as well; one that is
// not protected any more is told, and opened if it comes back.
func TestDoorsOfRoomsThatComeAndGo(t *testing.T) {
	l := newLobby(t, `{"join_rule":"invite"}`)
	l.doors().turn(true, l.now)
	l.calm()
	if len(l.stored) != 0 {
		t.Fatalf("stored %v", l.stored)
	}
	l.server = public // as another room that is protected now
	l.sync()
	l.calm()
	if !strings.Contains(l.server, "knock") || len(l.stored) != 1 {
		t.Fatalf("not closed: %s", l.server)
	}
	l.doors().unguarded(benchRoom)
	l.world.Unprotect(benchRoom)
	l.doors().turn(false, l.now)
	l.calm()
	said := ""
	for at := time.Now(); said == "" && at.Before(time.Now().Add(time.Hour)); at = at.Add(time.Minute) {
		for _, s := range l.speaker.report.Speak(at) {
			said += s.Message.Markdown
		}
	}
	if !strings.Contains(l.server, "knock") || len(l.stored) != 1 || !strings.Contains(said, "who may join was `public`") || !strings.Contains(said, "!forseti rooms add "+string(benchRoom)) {
		t.Fatalf("%s, said %q", l.server, said)
	}
	server := l.server
	l.world.Protect(benchRoom)
	for _, e := range [][3]string{{"m.room.create", "", `{"room_version":"11"}`}, {"m.room.member", string(benchSelf), `{"membership":"join"}`}, {"m.room.power_levels", "", `{"users":{"@forseti:hs":100}}`}} {
		l.happens(benchOwner, e[0], e[1], e[2])
	}
	l.server = server
	l.sync()
	l.calm()
	if l.server != public || len(l.stored) != 0 {
		t.Errorf("back again, it is %s; stored %v", l.server, l.stored)
	}
}

// That waves were mistakes counts for the brake also after a restart, and no more once it was
// pulled.
func TestMistakesAboutWavesOutliveARestart(t *testing.T) {
	kept := openStore(t)
	mode := kit.Off
	mistake := func(n int) {
		t.Helper()
		a := newAlerted(t, kept)
		a.loop.See(func() {
			if mode != kit.On {
				mode = kit.On
				kind, _ := a.protectors.stand.rules.find("join-wave")
				a.protectors.stand.change(kind, kit.Standing{Mode: kit.On})
			}
		})
		wave, message := came, id.EventID(fmt.Sprint("$wave", n))
		wave.Offence = id.EventID(fmt.Sprint("$last", n))
		a.loop.See(func() { a.protectors.set.Waved(wave, time.Now()) })
		a.tells(wave, message)
		a.reacts(benchModerator, message, report.WrongSign)
		a.loop.See(func() { mode, _ = a.protectors.stand.of["join-wave"].In(benchRoom) })
		if err := a.commits.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 3 {
		if mistake(n); (mode == kit.Shadow) != (n == 2) {
			t.Fatalf("after %d mistakes it is %s", n+1, mode)
		}
	}
	for n := range 3 {
		if mistake(3 + n); (mode == kit.Shadow) != (n == 2) {
			t.Fatalf("switched on again, after %d mistakes it is %s", n+1, mode)
		}
	}
}
