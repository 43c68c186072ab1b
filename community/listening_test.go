package community

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// Where a moderator says so the bot goes over to another room, says so in the old one first, and does it
// once; said again after a crash, by when it is there, nothing follows. Until then it says which command
// has it go over, where it doubts.
func TestListeningInAnotherRoom(t *testing.T) {
	const next = id.RoomID("!new:hs")
	r := newReader(t, openStore(t), 0)
	s := r.hearing.direct.succession
	s.stays("The room that it was replaced by was made by somebody else than who wrote so.")
	if told := strings.Join(s.speaker.report.Problems.All(), "\n"); !strings.Contains(told, "`!forseti listen` with its ID") || !strings.Contains(told, "somebody else") {
		t.Errorf("in doubt: %s", told)
	}
	s.ordered(r.opts.ManagementRoom, "@mod:hs")
	if s.over {
		t.Error("it leaves the room where it is")
	}
	s.ordered(next, "@mod:hs")
	s.ordered("!third:hs", "@mod:hs")
	var said strings.Builder
	for _, one := range s.speaker.report.Speak(time.Now()) {
		said.WriteString(one.Message.Markdown)
		if posted := s.speaker.posted[one.Name]; posted != nil {
			posted("$said")
		}
	}
	if !s.over || len(s.speaker.report.Problems.All()) > 0 || !strings.Contains(said.String(), "!new:hs") || strings.Contains(said.String(), "third") || !strings.Contains(said.String(), "`@mod:hs` said") {
		t.Errorf("said %q", said.String())
	}
	to, ok := errors.AsType[*Moved](context.Cause(r.loop.Context()))
	if !ok || *to != (Moved{From: r.opts.ManagementRoom, To: next}) {
		t.Errorf("ended with %v", context.Cause(r.loop.Context()))
	}
}
