package sanction

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// ground knows one zone, and calls everybody whose name does not begin with a stranger's.
type ground struct{}

func (ground) Zone(name string) error {
	_, err := ParseZone(name, time.LoadLocation)
	return err
}

func (ground) Moderator(u id.UserID) bool { return !strings.HasPrefix(string(u), "@stranger") }

// sharedCandidates are values of all sorts, of which each setting takes some.
var sharedCandidates = []string{
	"default", "off", "none", "here", "never", "good", "1", "15", "36", "60", "120", "1000", "25%", "90m", "2h", "36h", "14d", "1h30m", "mute", "BAN", "takedown",
	"@room", "@mod:hs", "@mod:[::1]:8448", "!r:hs", "!roomwithoutserver", "22:00-07:00", "23:30-01:15", "22:00-07:00 Europe/Berlin", "22:00-07:00 +02:00 except attack",
	"Asia/Tokyo", "+05:30", "Daily 08:00", "weekly SUNDAY 23:59", "7:5-8:00 except spam, ATTACK spam", "In {room} {what}: {why}.\nCase {case}", "write to `@help:hs`, # not \"here\"", "Ünïcode ☃",
}

// What is set of whatever holds for all is read as what it was written, and is valid.
func TestSharedIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		for _, name := range SharedNames() {
			settings := Shared{Name: name}.Settings()
			written := map[string]string{}
			for _, s := range settings {
				if rapid.Bool().Draw(rt, "set") {
					written[s.Name] = rapid.SampledFrom(sharedCandidates).Draw(rt, s.Name)
				}
			}
			read, err := ReadShared(name, written, ground{})
			if err != nil {
				misfits, ok := errors.AsType[Misfits](err)
				if !ok || len(misfits) == 0 {
					rt.Fatalf("%s %v: %v", name, written, err)
				}
				for _, m := range misfits {
					for _, of := range m.Settings {
						if !slices.ContainsFunc(settings, func(s SharedSetting) bool { return s.Name == of }) {
							rt.Errorf("%v is of no setting", m)
						}
					}
				}
				continue
			}
			again, err := ReadShared(name, read.Values, ground{})
			if err != nil || !again.Same(read) {
				rt.Fatalf("%v is read as %v, and that as %v: %v", written, read, again, err)
			}
			for _, s := range read.Settings() {
				now, set := read.Values[s.Name]
				if !set {
					now = s.Default
				}
				if s.Value != now || s.Doc == "" {
					rt.Errorf("%s of %s: %+v, and stored is %q", s.Name, name, s, now)
				}
			}
		}
	})
}

// All that a community can have set in any way is in what is written: nothing of the types
// that hold it is left out.
func TestSharedHasAllOfIt(t *testing.T) {
	calls := Calls{Quiet: Hours{1, 2}, Zone: "UTC", Loud: []string{"spam"}, Ping: map[string]string{}, Room: map[string]id.RoomID{}, Log: "!log:hs", Words: map[string]string{}}
	for _, c := range ClassNames() {
		calls.Ping[c], calls.Room[c], calls.Words[c] = "@mod:hs", "!r:hs", "Look: {severity}"
	}
	back, err := ParseCalls(calls.Written(), ground{})
	if err != nil || fmt.Sprint(back) != fmt.Sprint(calls) {
		t.Errorf("%v is %v: %v", calls, back, err)
	}
	words := Wording{"a", "{who}", "b"}
	if back, err := ParseWording(words.Written()); err != nil || back != words {
		t.Errorf("%v is %v: %v", words, back, err)
	}
	routine := Routine{2 * time.Hour, Hours{5, 6}}
	if back, err := ParseRoutine(routine.Written()); err != nil || back != routine {
		t.Errorf("%v is %v: %v", routine, back, err)
	}
	clock := Clock{"Europe/Berlin", Rhythm{"monday", 480}}
	if back, err := ParseClock(clock.Written(), ground{}); err != nil || back != clock {
		t.Errorf("%v is %v: %v", clock, back, err)
	}
	for _, name := range SharedNames() {
		if usual, err := ReadShared(name, nil, nil); err != nil || len(usual.Values) > 0 {
			t.Errorf("%s: %v, %v", name, usual, err)
		}
	}
}

func TestSharedRefuses(t *testing.T) {
	for _, tc := range []struct{ of, name, value, want string }{
		{"ladder", "mute", "soon", "`mute` cannot be `soon`: it is a whole number of points"},
		{"ladder", "mut", "40", "the ladder has no setting `mut`; did you mean `mute`?"},
		{"ladder", "mode", "on", "the ladder has no setting `mode`"},
		{"ladder", "mute", "60", "`kick` would begin at 50 points and `mute` at 60"},
		{"notice", "text", "{whom}", "`{whom` is nothing that I can fill in"},
		{"notice", "text", strings.Repeat("x", 1001), "more than 1000 letters"},
		{"notice", "appeal", "", "would say nothing"},
		{"alerts", "ping.attak", "@room", "did you mean `ping.attack`?"},
		{"alerts", "ping.attack", "everybody", "a moderator by their ID"},
		{"alerts", "ping.attack", "@stranger:hs", "`@stranger:hs` is not in this room"},
		{"alerts", "ping.attack", "@a:" + strings.Repeat("x", 300), "a moderator by their ID"},
		{"alerts", "ping.attack", "@a b:hs", "a moderator by their ID"},
		{"alerts", "room.spam", "#lounge:hs", "a room by its ID"},
		{"alerts", "log", "#log:hs", "a room by its ID"},
		{"alerts", "words.attack", strings.Repeat("x", 61), "more than 60 letters"},
		{"alerts", "words.attack", "{who}", "only `{severity}` can be filled in"},
		{"alerts", "words.attack", "a\u202eb", "can be seen"},
		{"alerts", "words.attack", "two\nlines", "on one line"},
		{"alerts", "quiet", "at night", "it is hours such as"},
		{"alerts", "quiet", "22:00-07:00 Middle/Earth", "there is no time zone `Middle/Earth`"},
		{"alerts", "quiet", "22:00-07:00 except atack", "there is no severity `atack`. Did you mean `attack`?"},
		{"posture", "silence", "1m", "from 10m to 7d, such as 90m or 2d, or off"},
		{"posture", "hours", "always", "it is hours such as"},
		{"posture", "attack", "2h", "the posture has no setting `attack`"},
		{"time", "zone", "Berlin", "`zone` cannot be `Berlin`: the nearest is `Europe/Berlin`"},
		{"time", "zone", "local", "a time zone such as"},
		{"time", "zone", strings.Repeat("+", 61), "a time zone such as"},
		{"time", "digest", "daily", "a time such as daily 08:00"},
		{"anything", "x", "y", "no such thing"},
	} {
		read, err := ReadShared(tc.of, map[string]string{tc.name: tc.value}, ground{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || len(read.Values) > 0 || len(err.Error()) > 400 {
			t.Errorf("%s %s: %v", tc.of, tc.name, err)
		}
	}
	// All mistakes are told, and none of two that go together.
	_, err := ReadShared("ladder", map[string]string{"mute": "x", "kick": "y", "z": "z", "warn": "999"}, ground{})
	if misfits, _ := errors.AsType[Misfits](err); len(misfits) != 3 {
		t.Errorf("%v", err)
	}
}

// A silence begins when it is set, and not when something else is.
func TestFollowARoutine(t *testing.T) {
	now := time.Unix(1e9, 0)
	w := Watch{Spoke: now.Add(-time.Hour), Order: Ordered{Posture: Guarded}}
	w.Follow(Routine{Hours: Hours{1, 2}}, now)
	if !w.Spoke.Equal(now.Add(-time.Hour)) || w.Hours != (Hours{1, 2}) || w.Order.Posture != Guarded {
		t.Errorf("%+v", w)
	}
	w.Follow(Routine{Silence: 30 * time.Minute}, now)
	if s, _ := w.At(now, time.UTC); s.Source == BySilence || w.Routine() != (Routine{Silence: 30 * time.Minute}) {
		t.Errorf("%+v: %+v", w, s)
	}
	if maps.Equal(w.Routine().Written(), Routine{}.Written()) {
		t.Error("it is not written")
	}
}
