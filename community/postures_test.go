package community

import (
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/commands"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// news are what the next digests say.
func (r *reader) news(at time.Time) (said string) {
	for range 5 {
		at = at.Add(time.Minute)
		for _, s := range r.speaker.report.Speak(at) {
			said += s.Message.Markdown
			r.speaker.report.Posted(s.Name, "$said", at)
		}
	}
	return said
}

func (r *reader) restarted() *reader {
	r.store(store.Commit{NextBatch: "1"})
	return newReader(r.t, r.opts.Store, 0)
}

// What is ordered holds, also after a restart, ends at its time, also if that came while
// we were away, and then all is as it was found.
func TestPostureOutlivesARestart(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	now := time.Now()
	r.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: "attack", User: "@mod:hs", Sure: true, Value: now.Add(time.Hour).UTC().Format(time.RFC3339)}, now)
	if said := r.news(now); said != "" {
		t.Errorf("who ordered it is told twice: %s", said)
	}
	if got, _ := (&Community{protectors: r.protectors}).hears("@u:hs", 1, 4); !slices.Contains(got, "ban") {
		t.Errorf("in an attack floods are found: %v", got)
	}
	again := r.restarted()
	if again.protectors.set.Posture != sanction.Assault || len(again.protectors.stand.in(kit.On)) != 0 {
		t.Fatalf("after a restart %v", again.protectors.set.Posture)
	}
	p := again.protectors.posture
	p.turnDue(now.Add(time.Minute))
	if said := again.news(now); said != "" {
		t.Errorf("told again: %s", said)
	}
	if !p.doors.close {
		t.Error("doors are not closed after a restart")
	}
	if want := now.Add(time.Hour).Truncate(time.Second); !p.due.Equal(want) {
		t.Errorf("due at %s, not %s", p.due, want)
	}
	p.turnDue(p.due.Add(-1))
	if again.protectors.set.Posture != sanction.Assault {
		t.Error("it ended early")
	}
	late := again.restarted()
	late.protectors.posture.due = now.Add(5 * time.Hour)
	late.protectors.posture.turnDue(now.Add(5 * time.Hour))
	if late.protectors.set.Posture != sanction.Calm {
		t.Errorf("it holds on: %v", late.protectors.set.Posture)
	}
	if late.protectors.posture.doors.close {
		t.Error("doors stay closed")
	}
	if said := late.news(now.Add(5 * time.Hour)); strings.Count(said, "**calm**") != 1 {
		t.Errorf("said %q", said)
	}
	if got, _ := (&Community{protectors: late.protectors}).hears("@v:hs", 1, 20); got != nil {
		t.Errorf("what was off is on: %v", got)
	}
}

// When nobody of the team speaks it is stricter, until one does, wherever they do; what
// others say ends nothing.
func TestPostureOfSilence(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	now := time.Now()
	r.world.SetModerator("@mod:hs", true)
	p := r.protectors.posture
	p.order(commands.Change{Kind: commands.PostureSilence, Number: 3600}, now)
	p.turnDue(now.Add(time.Hour))
	if r.protectors.set.Posture != sanction.Unattended {
		t.Fatalf("after an hour %v", r.protectors.set.Posture)
	}
	if said := r.news(now.Add(time.Hour)); !strings.Contains(said, "**unattended** (no moderator has said anything for 1 hour") {
		t.Errorf("said %q", said)
	}
	said := func(by, kind string) *matrix.RoomBatch {
		return &matrix.RoomBatch{Timeline: []*event.Event{{Sender: benchOwner, Type: event.EventMessage}, {Sender: "@mod:hs", Type: event.Type{Type: kind}}}}
	}
	p.heard(benchOwner, now.Add(2*time.Hour))
	p.heardIn(said("@mod:hs", "m.room.redaction"), now.Add(2*time.Hour))
	if r.protectors.set.Posture != sanction.Unattended {
		t.Error("others end it")
	}
	again := r.restarted()
	again.protectors.posture.due = now.Add(2 * time.Hour)
	again.protectors.posture.turnDue(now.Add(2 * time.Hour))
	again.world.SetModerator("@mod:hs", true)
	if again.protectors.set.Posture != sanction.Unattended {
		t.Errorf("after a restart %v", again.protectors.set.Posture)
	}
	again.protectors.posture.heardIn(said("@mod:hs", "m.room.message"), now.Add(3*time.Hour))
	if again.protectors.set.Posture != sanction.Calm {
		t.Error("a moderator spoke, and it holds on")
	}
}
