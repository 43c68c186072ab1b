package community

import (
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
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
