package commands

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// lockFake has a room that is open, one that is not, and one that was closed by the command.
type lockFake struct{}

func (lockFake) Now() time.Time { return arrivalFake{}.Now() }

func (lockFake) Locks(room id.RoomID) (all []Lock) {
	for _, l := range []Lock{
		{Room: "!lobby:ours.example", Open: true, Asks: true},
		{Room: "!dev:ours.example"},
		{Room: "!lost:ours.example", Locked: true, Posture: true},
	} {
		if room == "" || room == l.Room {
			all = append(all, l)
		}
	}
	return all
}

func TestLockdown(t *testing.T) {
	w := newWorld()
	expect(t, w, "lockdown", nil, "I would close these, until `!forseti unlock`:\n- [Lobby]", ": one has to ask to be let in\n- [Lost]", "Not:\n- [Dev", "not open to all", "Close them?")
	expect(t, w, "lockdown #lobby:ours.example", []string{"lock !lobby:ours.example @mod:ours.example"}, "Closing these, until `!forseti unlock`:", "[Lobby]")
	expect(t, w, "lockdown #lobby:ours.example --for 1h", []string{"lock !lobby:ours.example @mod:ours.example 2026-01-10T13:00:00Z"}, "for 1h, until 2026-01-10 13:00")
	expect(t, w, "lockdown --for 1h --no-confirm", []string{"lock !lobby:ours.example @mod:ours.example 2026-01-10T13:00:00Z", "lock !lost:ours.example @mod:ours.example 2026-01-10T13:00:00Z"})
	expect(t, w, "lockdown !dev:ours.example", nil, "There is nothing to close.", "not open to all")
	expect(t, w, "lockdown --for 10s", nil, "Usage")
	expect(t, w, "lockdown #other:hs", nil, "I protect no room")
	expect(t, w, "unlock", []string{"unlock !lost:ours.example"}, "Opening these as they were:", "[Lost]", "the posture keeps it closed")
	expect(t, w, "unlock #lobby:ours.example", nil, "has closed no such room")
}
