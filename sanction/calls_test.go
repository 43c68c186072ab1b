package sanction

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

// Nobody is called but whom moderators named for it, never in quiet hours unless they said so,
// and what is to be said somewhere is said there at any hour.
func TestCalls(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := Calls{Ping: map[string]string{}, Room: map[string]id.RoomID{}, Quiet: Hours{From: rapid.IntRange(0, 1439).Draw(rt, "from"), To: rapid.IntRange(0, 1439).Draw(rt, "to")}}
		for _, name := range ClassNames() {
			if rapid.Bool().Draw(rt, "ping "+name) {
				c.Ping[name] = "@" + name + ":hs"
			}
			if rapid.Bool().Draw(rt, "room "+name) {
				c.Room[name] = id.RoomID("!" + name)
			}
			if rapid.Bool().Draw(rt, "loud "+name) {
				c.Loud = append(c.Loud, name)
			}
		}
		ahead := rapid.IntRange(-14*60, 14*60).Draw(rt, "zone")
		zone := time.FixedZone("", ahead*60)
		minute := rapid.IntRange(0, 1439).Draw(rt, "minute")
		now := time.Date(2026, 3, 1, 0, minute, 0, 0, zone)
		quiet := c.Quiet.From != c.Quiet.To && (minute-c.Quiet.From+1440)%1440 < (c.Quiet.To-c.Quiet.From+1440)%1440
		of := Class(rapid.IntRange(0, len(ClassNames())-1).Draw(rt, "class"))
		want := Call{Ping: c.Ping[of.String()], Room: c.Room[of.String()]}
		for _, loud := range append(c.Loud, "") {
			if loud == of.String() {
				break
			} else if loud == "" && quiet {
				want.Ping = ""
			}
		}
		if got, said := c.For(of, now, zone); got != want || said != (want != Call{}) {
			rt.Errorf("%s at %s: %+v, want %+v", of, now, got, want)
		}
		if got, said := (Calls{}).For(of, now, zone); said {
			rt.Errorf("%+v", got)
		}
	})
}

func TestZones(t *testing.T) {
	names := func(name string) (*time.Location, error) {
		if name == "Europe/Berlin" {
			return time.FixedZone(name, 3600), nil
		}
		return nil, fmt.Errorf("unknown")
	}
	for written, want := range map[string]int{"": 0, "utc": 0, "Europe/Berlin": 3600, "+02:00": 7200, "-3:30": -12600, "+14": 50400} {
		zone, err := ParseZone(written, names)
		if err != nil {
			t.Errorf("%s: %v", written, err)
			continue
		}
		if _, ahead := time.Unix(0, 0).In(zone).Zone(); ahead != want {
			t.Errorf("%s is %d s ahead", written, ahead)
		}
	}
	for _, wrong := range []string{"+15", "+1:60", "+", "-x", "+-2", "Berlin", "Local", "../../etc/passwd", "+999999999999999999999"} {
		if zone, err := ParseZone(wrong, names); err == nil {
			t.Errorf("%s is %v", wrong, zone)
		}
	}
}
