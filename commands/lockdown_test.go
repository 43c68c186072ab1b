package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// lockFake has a room that is open, one that is not, and one that was closed by the command.
type lockFake struct{ *world }

func (lockFake) Now() time.Time { return arrivalFake{}.Now() }

func (f lockFake) Locks(room id.RoomID) (all []Lock) {
	if f.locks != nil {
		return slices.DeleteFunc(slices.Clone(f.locks), func(l Lock) bool { return room != "" && room != l.Room })
	}
	for _, l := range []Lock{
		{Room: "!lobby:ours.example", Open: true, Asks: true},
		{Room: "!dev:ours.example", Voice: Latch{Refused: "it takes power to write there already"}},
		{Room: "!lost:ours.example", Door: Latch{Locked: true, By: "$lockdown", Posture: true}, Voice: Latch{Posture: true}},
		{Room: "!quiet:ours.example", Voice: Latch{Locked: true, By: "$lockdown"}},
		{Room: "!free:ours.example", Door: Latch{Opened: "$unlock"}, Voice: Latch{Refused: "no", Opened: "$unlock", Until: arrivalFake{}.Now().Add(time.Hour)}},
	} {
		if room == "" || room == l.Room {
			all = append(all, l)
		}
	}
	if f.closedToo {
		return map[id.RoomID][]Lock{
			"!dev:ours.example":   {{Room: room, Asks: true, Shared: true}},
			"!lobby:ours.example": {{Room: room, Asks: true, Shared: true, Door: Latch{Locked: true, By: "$lockdown"}}},
		}[room]
	}
	return all
}

// What another community of the account closed is held closed by both.
func TestLockdownOfASharedRoom(t *testing.T) {
	w := newWorld()
	w.closedToo = true
	expect(t, w, "lockdown !dev:ours.example", []string{"lock !dev:ours.example @mod:ours.example"}, "one has to ask to be let in (another community of mine has closed it already, and it stays so until both are done)")
	expect(t, w, "unlock !lobby:ours.example", []string{"unlock !lobby:ours.example"}, "another community of mine keeps it closed until it is done too")
}

func TestLockdown(t *testing.T) {
	w := newWorld()
	expect(t, w, "lockdown", nil, "I would close these, until `!forseti unlock`:\n- [Lobby]", ": one has to ask to be let in\n- [Lost]", "Not:\n- [Dev", "not open to all", "Close them?")
	expect(t, w, "lockdown #lobby:ours.example", []string{"lock !lobby:ours.example @mod:ours.example"}, "Closing these, until `!forseti unlock`:", "[Lobby]")
	expect(t, w, "lockdown #lobby:ours.example --for 1h", []string{"lock !lobby:ours.example @mod:ours.example 2026-01-10T13:00:00Z"}, "for 1h, until 2026-01-10 13:00")
	expect(t, w, "lockdown --for 1h --no-confirm", []string{"lock !lobby:ours.example @mod:ours.example 2026-01-10T13:00:00Z", "lock !lost:ours.example @mod:ours.example 2026-01-10T13:00:00Z"})
	expect(t, w, "lockdown #lobby:ours.example --hush", []string{"lock !lobby:ours.example @mod:ours.example", "lock !lobby:ours.example @mod:ours.example hush"}, "one has to ask to be let in and only who has power can write")
	expect(t, w, "lockdown #lobby:ours.example !dev:ours.example #lobby:ours.example --hush", nil, "Not:\n- [Dev", "it takes power to write there already", "Close them?")
	expect(t, w, "lockdown #lobby:ours.example #other:hs", nil, "I protect no room `#other:hs`")
	expect(t, w, "lockdown --hush --no-confirm", []string{
		"lock !lobby:ours.example @mod:ours.example", "lock !lobby:ours.example @mod:ours.example hush",
		"lock !lost:ours.example @mod:ours.example", "lock !quiet:ours.example @mod:ours.example hush",
	}, "a posture keeps newcomers from writing there")
	expect(t, w, "lockdown !dev:ours.example", nil, "There is nothing to close.", "not open to all")
	expect(t, w, "lockdown --for 10s", nil, "Usage")
	expect(t, w, "lockdown #other:hs", nil, "I protect no room")
	expect(t, w, "unlock", []string{"unlock !lost:ours.example", "unlock !quiet:ours.example hush"}, "Opening these as they were:", "[Lost]", "the posture keeps it closed")
	expect(t, w, "unlock #lobby:ours.example", nil, "has closed no such room")
}

// What is closed as long as it is asked for is said to be so, and not closed once more; what somebody opened, or what is to
// end at another time, is.
func TestLockdownOfWhatIsClosed(t *testing.T) {
	now := arrivalFake{}.Now()
	const lobby, close = "!lobby:ours.example", "lock !lobby:ours.example @mod:ours.example"
	shut := Latch{Locked: true, Holds: true}
	hour := Latch{Locked: true, Holds: true, Ends: now.Add(time.Hour - 10*time.Second)}
	for _, tc := range []struct {
		lock Lock
		line string
		did  []string
	}{
		{Lock{Door: shut}, "", nil},
		{Lock{Door: hour}, "--for 1h", nil},
		{Lock{Door: hour}, "", []string{close}},
		{Lock{Door: hour}, "--for 2h", []string{close + " 2026-01-10T14:00:00Z"}},
		{Lock{Door: Latch{Locked: true}, Open: true}, "", []string{close}}, // somebody opened it
		{Lock{Door: shut}, "--hush", []string{close, close + " hush"}},
		{Lock{Door: shut, Voice: shut}, "--hush", nil},
		{Lock{Voice: hour}, "--hush --for 1h", nil},
	} {
		w := newWorld()
		tc.lock.Room = lobby
		w.locks = []Lock{tc.lock}
		said := "Closed already"
		if tc.did != nil {
			said = "Closing these"
		}
		expect(t, w, "lockdown "+lobby+" "+tc.line, tc.did, said, "`!forseti unlock` opens them as they were.")
	}
	w := newWorld()
	w.locks = []Lock{{Room: lobby, Door: shut}, {Room: "!dev:ours.example", Open: true}}
	expect(t, w, "lockdown --no-confirm", []string{"lock !dev:ours.example @mod:ours.example"}, "Closing these, until `!forseti unlock`:\n- [Dev", "Closed already, until `!forseti unlock`:\n- [Lobby]")
}

// What a lockdown closed is opened by its undo, if it is that one which holds.
func TestUndoOfALockdown(t *testing.T) {
	w := newWorld()
	w.acts = []Act{}
	_, p := undoes(t, w, "undo 17")
	var did []string
	for _, s := range p.Steps {
		did = append(did, fmt.Sprintf("%s %s %s %s", s.Change.Kind, s.Change.Room, s.Change.Key, s.Change.Name))
	}
	if got := strings.Join(did, "; "); got != "unlock !lost:ours.example  $lockdown; unlock !quiet:ours.example hush $lockdown; overturn   " || !p.Undoes() {
		t.Error(got)
	}
	did = nil
	_, p = undoes(t, w, "undo 19")
	for _, s := range p.Steps {
		did = append(did, fmt.Sprintf("%s %s %s %s", s.Change.Kind, s.Change.Room, s.Change.Key, s.Change.Name))
	}
	if got := strings.Join(did, "; "); got != "relock !free:ours.example  $unlock; relock !free:ours.example hush $unlock; overturn   " ||
		!strings.Contains(p.Effect, "again to who wants to come in and to who has no power and wants to write, until 2026-01-10 13:00 UTC") || p.Ask == "" {
		t.Errorf("%s: %s", got, p.Effect)
	}
	for line, want := range map[string]string{"undo 18": "Nothing of case 18 stands any more", "undo 20": "`!forseti lockdown` closes them anew"} {
		if did, p := undoes(t, w, line); len(did) > 0 || !strings.Contains(p.Answer, want) {
			t.Errorf("%s: %q, %+v", line, did, p)
		}
	}
}
