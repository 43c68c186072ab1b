package community

import (
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/protections/kit"
	"forseti/sanction"
)

// calling takes what is said here, and what is to be said elsewhere.
func (r *reader) calling(at time.Time) (said []action.Message) {
	for range 5 {
		for _, s := range r.speaker.report.Speak(at) {
			said = append(said, s.Message)
			r.speaker.report.Posted(s.Name, "$said", at)
		}
		at = at.Add(time.Hour)
	}
	return said
}

// Nobody is called unless moderators said so, in whatever way something is told; who is, is
// called by a message of its own, and for the same severity once in a while.
func TestCalls(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	finds := func(class kit.Finding, event id.EventID, at time.Time) (called []action.Message) {
		class.Offence, class.Events = event, []id.EventID{event}
		r.protectors.consequences([]kit.Finding{class}, at)
		for _, m := range r.calling(at) {
			if len(m.Mentions) > 0 || m.Everybody {
				called = append(called, m)
			}
		}
		return called
	}
	spam := r.nuisance("@u:hs", "", "redact", "none")
	spam.Weight, spam.Points, spam.Why = kit.Spam, 80, "mentioned @room and @mod:hs"
	alert := kit.Finding{Room: benchRoom, Alert: true, Weight: kit.Attack, Protection: "join-wave", Why: "@room came"}
	for n, f := range []kit.Finding{spam, alert} {
		if got := finds(f, id.EventID(rune('a'+n)), now); got != nil {
			t.Errorf("by default: %+v", got)
		}
	}
	r.protectors.follows.calls.change(sanction.Calls{
		Ping:  map[string]string{"spam": "@mod:hs", "attack": sanction.Everybody},
		Quiet: sanction.Hours{From: 22 * 60, To: 7 * 60}, Zone: "Asia/Tokyo", Loud: []string{"attack"},
	})
	day := now.Add(-6 * time.Hour) // 15:00 there
	if got := finds(spam, "$1", day); len(got) != 1 || !slices.Equal(got[0].Mentions, []id.UserID{"@mod:hs"}) || got[0].Everybody || got[0].Edits != "" {
		t.Errorf("by day: %+v", got)
	}
	if got := finds(spam, "$2", day.Add(callAgain-time.Second)); got != nil {
		t.Errorf("at once again: %+v", got)
	}
	if got := finds(spam, "$3", day.Add(callAgain)); len(got) != 1 {
		t.Errorf("later: %+v", got)
	}
	night := now.Add(2 * time.Hour) // 23:00 there
	if got := finds(spam, "$4", night); got != nil {
		t.Errorf("by night: %+v", got)
	}
	if got := finds(alert, "$5", night); len(got) != 1 || !got[0].Everybody || got[0].Mentions != nil {
		t.Errorf("what is loud, by night: %+v", got)
	}
	r.protectors.shadowed(alert, night.Add(time.Hour))
	for _, m := range r.calling(night.Add(time.Hour)) {
		if m.Everybody {
			t.Errorf("in shadow: %+v", m)
		}
	}
	again := r.restarted()
	if set := again.protectors.follows.calls; set.set.Ping["spam"] != "@mod:hs" || set.zone.String() != "Asia/Tokyo" {
		t.Errorf("after a restart %+v", set)
	}
}

// Quiet hours without a zone of their own, and the hours of the posture, are by the clocks of
// moderators, at once and after a restart.
func TestHoursAreByTheClocksOfModerators(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) // 21:00 in Tokyo
	c := r.protectors.follows.calls
	c.change(sanction.Calls{Ping: map[string]string{"spam": "@mod:hs"}, Quiet: sanction.Hours{From: 20 * 60, To: 7 * 60}})
	r.protectors.posture.order(commands.Change{Kind: commands.PostureHours, Value: "20:00-07:00"}, now)
	rings := func(r *reader) int {
		r.protectors.follows.calls.last = map[string]time.Time{}
		r.protectors.follows.calls.found(sanction.Spam, "x", now)
		n := 0
		for _, m := range r.calling(now) {
			n += len(m.Mentions)
		}
		return n
	}
	if n, is := rings(r), r.protectors.posture.held; n != 1 || is != sanction.Calm {
		t.Errorf("by UTC: %d, %s", n, is)
	}
	if err := r.protectors.posture.setClock("zone", "Asia/Tokyo", now); err != nil {
		t.Fatal(err)
	}
	if n, is := rings(r), r.protectors.posture.held; n != 0 || is != sanction.Unattended {
		t.Errorf("by Tokyo: %d, %s", n, is)
	}
	again := r.restarted()
	again.protectors.posture.turn(now, false)
	if n, is := rings(again), again.protectors.posture.held; n != 0 || is != sanction.Unattended {
		t.Errorf("after a restart: %d, %s", n, is)
	}
	if err := again.protectors.posture.setClock("zone", "UTC", now); err != nil {
		t.Fatal(err)
	}
	if n := rings(again); n != 1 {
		t.Errorf("by UTC again: %d", n)
	}
}

// Who is on duty is called in place of all here, until they are no more or leave; who is named is
// called as before, and another room as it was set.
func TestWhoIsOnDutyIsCalled(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	now := time.Now()
	on := r.places.management.duty
	called := func(r *reader, of sanction.Class, at time.Time) (who []id.UserID, all bool) {
		r.protectors.follows.calls.last = map[string]time.Time{}
		r.protectors.follows.calls.found(of, "x", at)
		for _, m := range r.calling(at) {
			who, all = append(who, m.Mentions...), all || m.Everybody
		}
		return who, all
	}
	r.protectors.follows.calls.change(sanction.Calls{Ping: map[string]string{"spam": "@named:hs", "attack": sanction.Everybody}})
	if who, all := called(r, sanction.Attack, now); len(who) != 0 || !all {
		t.Errorf("with nobody on duty: %v, %v", who, all)
	}
	for _, u := range []id.UserID{"@b:hs", "@a:hs", "@c:hs"} {
		on.order(commands.Change{Kind: commands.SetDuty, User: u, Value: now.Add(time.Hour).UTC().Format(time.RFC3339)}, now)
	}
	on.order(commands.Change{Kind: commands.SetDuty, User: "@c:hs"}, now)
	if who, all := called(r, sanction.Attack, now); len(who) != 2 || !slices.Contains(who, "@a:hs") || !slices.Contains(who, "@b:hs") || all {
		t.Errorf("on duty: %v, %v", who, all)
	}
	if who, all := called(r, sanction.Spam, now); !slices.Equal(who, []id.UserID{"@named:hs"}) || all {
		t.Errorf("who is named: %v, %v", who, all)
	}
	again := r.restarted()
	again.places.management.duty.left("@a:hs", now)
	if who, all := called(again, sanction.Attack, now); !slices.Equal(who, []id.UserID{"@b:hs"}) || all {
		t.Errorf("after a restart, when one has left: %v, %v", who, all)
	}
	if who, all := called(again, sanction.Attack, now.Add(2*time.Hour)); len(who) != 0 || !all {
		t.Errorf("when it is over: %v, %v", who, all)
	}
	if on := again.restarted().places.management.duty.at(now); len(on) != 1 {
		t.Errorf("%v", on)
	}
}
