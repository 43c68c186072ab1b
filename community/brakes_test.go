package community

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/protections"
	"forseti/protections/kit"
	"forseti/store"
)

// A protection that braked stays in shadow, also after a restart, and that stands as a
// problem until somebody switches it otherwise.
func TestBrakesAreToldAndKept(t *testing.T) {
	kind, _ := protections.Find("flooding")
	for _, room := range []id.RoomID{"", benchRoom} {
		c := governed(t, `{"users":{"@forseti:hs":100}}`)
		floods(t, c)
		c.protectors.stand.braked(kit.Brake{Protection: "nothing", Room: room, Why: "x"})
		c.protectors.stand.braked(kit.Brake{Protection: "flooding", Room: room, Why: "within a minute it would have hit 4 of the 10 members who are active there"})
		told := c.speaker.report.Problems.All()
		if len(told) != 1 || !strings.Contains(told[0], "`flooding` went to shadow") || !strings.Contains(told[0], "4 of the 10") || strings.Contains(told[0], "--room !room:hs") != (room != "") {
			t.Fatalf("told %q", told)
		}
		if got, _ := c.hears("@u:hs", 1, 9); got != nil {
			t.Errorf("wants %v", got)
		}
		stored := c.commits.Next().Settings
		at := slices.IndexFunc(stored, func(s store.NewSetting) bool { return s.Namespace == protectionNamespace })
		last := stored[at]
		if !slices.ContainsFunc(stored, func(s store.NewSetting) bool { return s.Namespace == problemNamespace }) {
			t.Errorf("that it was told is not stored with it: %+v", stored)
		}
		var s kit.Standing
		if err := json.Unmarshal(last.Value.(json.RawMessage), &s); err != nil {
			t.Fatal(err)
		}
		if here, _ := s.In(benchRoom); here != kit.Shadow {
			t.Errorf("stored %+v", stored)
		}
		c.protectors.stand.change(kind, c.protectors.stand.of["flooding"].WithValues("", map[string]string{"messages": "5"}))
		if len(c.speaker.report.Problems.All()) != 1 {
			t.Error("a changed setting ends it")
		}
		c.protectors.stand.change(kind, c.protectors.stand.of["flooding"].WithMode(room, kit.On))
		if told := c.speaker.report.Problems.All(); len(told) != 0 {
			t.Errorf("switched on, it stands: %q", told)
		}
	}
}
