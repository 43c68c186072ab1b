package community

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
)

// What asks nothing of moderators is said in its room, and all else where they command. When that
// room is lost, what could not be said there is said to moderators, once, and that it is lost as
// well; after a restart it is tried again, and no more is said of it.
func TestLogRoomIsLost(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	s, now := r.speaker, time.Now()
	s.logTo("!log:hs")
	speaks := func(r *reader, fails id.RoomID) (said map[id.RoomID]string) {
		said = map[id.RoomID]string{}
		s := r.speaker
		for range 100 {
			now = now.Add(time.Minute)
			for _, speech := range s.report.Speak(now) {
				room := s.where(&speech)
				attempt := enforce.Attempt{Action: action.Action{Room: room, Message: &speech.Message}}
				if room == fails {
					attempt.Failure = &action.Failure{Kind: action.Forbidden}
				} else {
					attempt.Result.Event = "$said"
					said[room] += speech.Message.Markdown + "\n"
				}
				s.uttered(speech, attempt)
			}
		}
		return said
	}
	s.note("a note")
	s.tell("a telling")
	if said := speaks(r, ""); strings.TrimSpace(said["!log:hs"]) != "a note" || strings.TrimSpace(said[s.room]) != "a telling" {
		t.Errorf("%q", said)
	}
	s.note("another note")
	said := speaks(r, "!log:hs")
	if len(said["!log:hs"]) != 0 || strings.Count(said[s.room], "another note") != 1 || strings.Count(said[s.room], "cannot be used") != 1 {
		t.Errorf("when it is lost: %q", said)
	}
	s.note("a third")
	if said := speaks(r, "!log:hs"); strings.TrimSpace(said[s.room]) != "a third" {
		t.Errorf("after it: %q", said)
	}
	s.keepProblems()
	again := r.restarted()
	again.speaker.logTo("!log:hs")
	again.speaker.note("a fourth")
	if said := speaks(again, "!log:hs"); strings.Count(said[s.room], "a fourth") != 1 || strings.Contains(said[s.room], "cannot be used") {
		t.Errorf("after a restart: %q", said)
	}
	again.speaker.logIs("!log:hs", "")
	again.speaker.note("a fifth")
	if said := speaks(again, ""); strings.TrimSpace(said["!log:hs"]) != "a fifth" {
		t.Errorf("when it is found again: %q", said)
	}
	again.speaker.logTo("")
	again.speaker.note("a sixth")
	if said := speaks(again, ""); !strings.Contains(said[s.room], "a sixth") {
		t.Errorf("without it: %q", said)
	}
	late := report.Speech{Aside: true, Message: action.Message{Edits: "$there"}}
	if room := again.speaker.where(&late); room != s.room || late.Message.Edits != "" {
		t.Errorf("what is in another room cannot be edited: %s %+v", room, late)
	}

	// What is said in secret is not said in clear: where moderators' room comes to be encrypted, the
	// other one is looked at first, once.
	again.speaker.logTo("!log:hs")
	secret, looks := true, 0
	again.speaker.voice.log.secret, again.speaker.voice.log.look = func() bool { return secret }, func() { looks++ }
	again.speaker.note("a secret")
	again.speaker.note("another")
	if said := speaks(again, ""); len(said["!log:hs"]) != 0 || looks != 1 {
		t.Errorf("before it is looked at: %q, %d", said, looks)
	}
	again.speaker.logIs("!log:hs", "")
	again.speaker.note("a third secret")
	if said := speaks(again, ""); strings.TrimSpace(said["!log:hs"]) != "a third secret" || looks != 1 {
		t.Errorf("after that: %q, %d", said, looks)
	}
}
