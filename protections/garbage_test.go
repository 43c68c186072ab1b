package protections

import (
	"testing"

	"forseti/protections/kit"
)

// mostGarbage is how many bytes a message may leave for the collector, all protections on.
const mostGarbage = 2000

// An ordinary message leaves little to be collected: most of what is remembered of it has the
// place of what is forgotten, and what is not asked for is not made. Rules of moderators make
// values of what they read, so that with ten of them it is more.
func TestLittleIsLeftForTheCollector(t *testing.T) {
	const (
		members  = 1000
		messages = 2000
	)
	talk := longTalk()
	for name, tc := range map[string]struct {
		rules []string
		most  uint64
	}{"all protections": {nil, mostGarbage}, "ten rules besides": {tenRules, 2 * mostGarbage}} {
		h := newHall(t, Kinds()...).fill(members)
		// What is remembered for an hour grows for an hour; for a minute it is the same.
		h.bench.Set.Use(repeats(), kit.Standing{Mode: kit.On, Values: map[string]string{"within": "1m"}})
		if tc.rules != nil {
			asRules(t, h, tc.rules...)
		}
		for range 2 * messages {
			h.say(t, talk)
		}
		_, bytes := h.used(t, talk, messages)
		if each := bytes / messages; each > tc.most {
			t.Errorf("%s: a message leaves %d bytes, and not %d", name, each, tc.most)
		} else {
			t.Logf("%s: %d bytes", name, each)
		}
	}
}
