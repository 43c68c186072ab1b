package community

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/text"
)

// deedNamespace holds what protections did of late, and what of it was a mistake, so that their brakes
// count on after a restart.
const deedNamespace = "deed"

// loadDeeds takes up what protections did before a restart.
func (p *protectors) loadDeeds(ctx context.Context, now time.Time) error {
	stored, err := p.evidence.store.Settings.All(ctx, deedNamespace)
	if err != nil {
		return err
	}
	deeds := map[string]kit.Deed{}
	for name, raw := range stored {
		var d kit.Deed
		if json.Unmarshal(raw, &d) == nil {
			deeds[name] = d
		}
	}
	p.set.Remember(deeds, now)
	return nil
}

func brakeOf(protection string, room id.RoomID) report.Key {
	return report.Key{Kind: report.Protection, Room: room, Subject: "brake of " + protection}
}

// braked has a protection stay in shadow that went there by itself, and says so until it
// is switched on again.
func (st *standings) braked(b kit.Brake) {
	kind, known := st.rules.find(b.Protection)
	if !known {
		return
	}
	s := st.of[kind.Name]
	if mode, _ := s.In(b.Room); mode == kit.Off { // it is on for the posture alone
		s = s.WithMode(b.Room, kit.Shadow)
	}
	st.unasked(kind, s.Braked(b.Room), "its brake: "+b.Why)
	where, again := "everywhere", "!forseti enable "+kind.Name
	if b.Room != "" {
		where, again = "in "+st.names.Room(b.Room), again+" --room "+string(b.Room)
	}
	st.speaker.problem(brakeOf(kind.Name, b.Room), fmt.Sprintf("%s went to shadow %s: %s. What it did until then stands. Look at its settings (%s); %s has it act again.",
		text.Code(kind.Name), where, b.Why, text.Code("!forseti protections show "+kind.Name), text.Code(again)))
	st.speaker.keepProblems() // with that it is in shadow, so that a crash leaves neither without the other
}

// released ends what is said of brakes where a protection is switched otherwise.
func (st *standings) released(name string, to kit.Standing) {
	for _, key := range st.speaker.report.Problems.Keys(report.Protection) {
		if key != brakeOf(name, key.Room) {
			continue
		}
		if mode, _ := to.In(key.Room); mode != kit.Shadow {
			st.speaker.report.Problems.Solved(key)
		}
	}
}
