package commands

import (
	"strings"
	"testing"

	"forseti/sanction"
)

type ladderFake struct{}

func (ladderFake) Ladder() sanction.Ladder {
	l, err := sanction.Usual().With("mute", "30")
	if err != nil {
		panic(err)
	}
	return l
}

func TestLadder(t *testing.T) {
	for line, want := range map[string]struct{ says, key, value string }{
		"ladder":                            {"`mute` is **30** (otherwise 35): From how many points on", "", ""},
		"ladder set mute 40":                {"`mute` of the ladder: `30` → `40`. From how", "mute", "40"},
		"ladder set MUTE Default":           {"`30` → `35`", "mute", "35"},
		"ladder set mute 30":                {"It is so already.", "", ""},
		"ladder set half-life 14D":          {"`7d` → `14d`", "half-life", "14d"},
		"ladder set mute 500":               {"`kick` would begin at 50 points and `mute` at 500", "", ""},
		"ladder set mute lots":              {"That does not fit: `mute` cannot be `lots`: it is a whole number of points from 1 to 1000, or never.", "", ""},
		"ladder set mote 40":                {"no setting `mote`; did you mean `mute`?", "", ""},
		"ladder set @room\\<b> *x*":         {"no setting", "", ""},
		"ladder set mute":                   {"Usage: `!forseti ladder set <setting> <value…>", "", ""},
		"ladder set ceiling mute":           {"`takedown` → `mute`", "ceiling", "mute"},
		"ladder set ceiling kick --dry-run": {"Nothing was done.", "", ""},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		if !strings.Contains(p.Answer, want.says) || (len(p.Steps) > 0) != (want.key != "") {
			t.Errorf("%s: %+v", line, p)
			continue
		}
		if want.key != "" && (p.Steps[0].Change.Kind != SetLadder || p.Steps[0].Change.Key != want.key || p.Steps[0].Change.Value != want.value || p.Writes()) {
			t.Errorf("%s: %+v", line, p.Steps[0].Change)
		}
	}
}
