package commands

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

type reasonFake struct{ *world }

func (f reasonFake) Reasons() map[string]string { return f.reasons }

// A reason that is not written is the usual one, for those commands that have one and no others,
// and the answer says so.
func TestUsualReasons(t *testing.T) {
	w := newWorld()
	expect(t, w, "reasons", nil, "`ban`: none", "`warn`: none")
	expect(t, w, "reasons set ban no *spam*", []string{"reason ban no *spam*"}, `none → “no \*spam\*”`)
	expect(t, w, "reasons set ban NONE", nil, "It is so already")
	expect(t, w, "reasons set redact spam", nil, "has no reason that could be left out")
	expect(t, w, "reasons set ban "+strings.Repeat("x", 3000), nil, "too long")

	w.reasons = map[string]string{"ban": "spam", "kick": "calm *down*", "mute": "loud", "warn": "be kind"}
	expect(t, w, "reasons", nil, "`ban`: “spam”")
	expect(t, w, "reasons set ban none", []string{"reason ban"}, "“spam” → none")
	expect(t, w, "ban @rude:calm.example coc", []string{`rule user "@rude:calm.example" in !coc:ours.example because "spam", sure false`}, "The reason is the usual one: “spam”.")
	expect(t, w, "ban @rude:calm.example coc his own", []string{`rule user "@rude:calm.example" in !coc:ours.example because "his own", sure false`}, "!!the usual one")
	expect(t, w, "kick @rude:calm.example", []string{`kick @rude:calm.example in !lobby:ours.example because "calm *down*"`}, `“calm \*down\*”`)
	expect(t, w, "mute @rude:calm.example", []string{`mute @rude:calm.example in !lobby:ours.example because "loud"`}, "the usual one")
	expect(t, w, "warn @rude:calm.example", []string{"warn !lobby:ours.example @rude:calm.example [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example) @mod:ours.example be kind"}, "for: be kind")
	expect(t, w, "takedown @rude:calm.example coc --no-confirm", []string{`rule user "@rude:calm.example" in !coc:ours.example because "", sure true`}, "!!the usual one")
	expect(t, w, "ban @rude:calm.example coc --dry-run", nil, "the usual one")
	if p := newSet(w).Plan(t.Context(), Request{Sender: mod}, "unban @nobody:hs"); strings.Contains(p.Answer, "usual") {
		t.Error(p.Answer)
	}
	line, p := newSet(w).Offer(t.Context(), Request{Sender: mod, Event: "$c"}, ByHand{Users: newWorld().members["!lobby:ours.example"][4:5]}, true)
	if _, reason := p.About(); reason != "spam" {
		t.Errorf("%s is offered for %q", line, reason)
	}
	if got := slices.Sorted(maps.Keys(w.reasons)); !slices.Equal(got, Reasoned()) {
		t.Errorf("these have a reason: %v", Reasoned())
	}
}
