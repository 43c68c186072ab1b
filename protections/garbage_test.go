package protections

import (
	"testing"

	"forseti/internal/growth"
	"forseti/protections/kit"
)

// mostGarbage is how many bytes a message may leave for the collector, all protections on.
const mostGarbage = 2 << 10

// An ordinary message leaves little to be collected: most of what is remembered of it has the
// place of what is forgotten, and what is not asked for is not made. So it is with ten rules of
// moderators, which remember ten thousand texts.
func TestLittleIsLeftForTheCollector(t *testing.T) {
	const (
		members  = 1000
		messages = 2000
	)
	talk := longTalk()
	for name, tc := range map[string]struct {
		rules []string
		warm  int
	}{"all protections": {nil, 4000}, "ten rules besides": {tenRules, 14_000}} {
		h := newHall(t, Kinds()...).fill(members)
		// What is remembered for an hour grows for an hour; for a minute it is the same.
		h.bench.Set.Use(repeats(), kit.Standing{Mode: kit.On, Values: map[string]string{"within": "1m"}})
		if tc.rules != nil {
			asRules(t, h, tc.rules...)
		}
		for range tc.warm {
			h.say(t, talk)
		}
		_, bytes := h.used(t, talk, messages)
		if each := bytes / messages; each > mostGarbage && !growth.Raced { // the race detector has pools forget
			t.Errorf("%s: a message leaves %d bytes, and %d are allowed", name, each, mostGarbage)
		} else {
			t.Logf("%s: %d bytes", name, each)
		}
	}
}
