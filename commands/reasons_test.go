package commands

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
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
	// And for some what was written goes with a ban.
	expect(t, w, "reasons remove none", nil, "It is so already")
	expect(t, w, "reasons remove  spam , *advert* ,, ", []string{"reason remove spam, *advert*"}, `none → “spam, \*advert\*”`)
	expect(t, w, "reasons remove", nil, "missing")
	w.reasons["remove"] = "*advert*, scam"
	expect(t, w, "reasons", nil, "A ban for `*advert*` and `scam` removes what its user wrote, too")
	gone := []string{`rule user "@rude:calm.example" in !coc:ours.example because "Adverts!", sure false`, `redact $of-@rude:calm.example in !lobby:ours.example because "Adverts!"`}
	expect(t, w, "ban @rude:calm.example coc Adverts!", gone, "The reason is one for which what they wrote goes too (`reasons remove`: `*advert*`).", "Removing 1 message")
	expect(t, w, "ban @rude:calm.example coc a scam", []string{`rule user "@rude:calm.example" in !coc:ours.example because "a scam", sure false`}, "!!Removing")
	expect(t, w, "ban !den:evil.example coc scam", []string{`rule room "!den:evil.example" in !coc:ours.example because "scam", sure false`}, "!!goes too")
	expect(t, w, "ban @rude:calm.example --room #lobby:ours.example scam", []string{`ban @rude:calm.example in !lobby:ours.example because "scam"`}, "!!goes too")
	delete(w.reasons, "remove")
	if got := slices.Sorted(maps.Keys(w.reasons)); !slices.Equal(got, Reasoned()) {
		t.Errorf("these have a reason: %v", Reasoned())
	}
}

// Of several usual reasons each is offered by a sign, and none besides, once it is known which list is
// meant; what is chosen is done. Where a reason stands, or nothing is to be asked, none is offered.
func TestUsualReasonsAreOffered(t *testing.T) {
	const odd = `say "no" \ --into=x *b*`
	w := newWorld()
	expect(t, w, "reasons set ban -- spam |  harassment|| spam|"+odd, []string{"reason ban spam | harassment | " + odd}, "none → “spam” or “harassment” or")
	expect(t, w, "reasons set ban a|b|c|d|e|f|g|h|i", nil, "Those are 9 reasons, and I offer 8")
	expect(t, w, "reasons set ban a|"+strings.Repeat("x", 3000), nil, "too long")
	expect(t, w, "reasons set ban | |", nil, "It is so already")
	w.reasons = map[string]string{"ban": "spam | harassment | " + odd, "kick": "loud | rude", "mute": "loud | rude", "warn": "loud | rude"}
	expect(t, w, "reasons", nil, "`ban`: “spam” or “harassment” or")
	w.lists = append(w.lists, List{ID: "!spam:ours.example", Shortcode: "spam", Writable: true})
	s := newSet(w)
	plan := func(line string) Plan { return s.Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line) }
	rule := func(line, list, reason string) {
		t.Helper()
		p := plan(line)
		if _, because := p.About(); len(p.Steps) == 0 || because != reason || string(p.Steps[0].Do.Room) != list || len(p.Choices) > 0 {
			t.Errorf("%s: %+v", line, p)
		}
	}
	lists := plan("ban @rude:calm.example")
	if len(lists.Choices) != 2 || lists.Choices[1].Name != "`spam`" {
		t.Fatalf("%+v", lists)
	}
	p := plan(lists.Choices[1].Line)
	if len(p.Steps) > 0 || len(p.Choices) != 4 || p.Misread || !strings.HasPrefix(p.Answer, "Which reason?") || p.Choices[0].Name != "“spam”" || p.Choices[3].Name != "no reason" {
		t.Fatalf("%+v", p)
	}
	for i, reason := range []string{"spam", "harassment", odd, ""} {
		rule(p.Choices[i].Line, "!spam:ours.example", reason)
	}
	rule("ban @rude:calm.example coc his own", "!coc:ours.example", "his own")
	rule("ban @rude:calm.example coc --because 'his own'", "!coc:ours.example", "his own")
	rule("ban @rude:calm.example coc --because none", "!coc:ours.example", "")
	rule("ban @rude:calm.example coc --no-confirm", "!coc:ours.example", "")
	expect(t, w, "ban @rude:calm.example coc --dry-run", nil, "Nothing was done", "!!Which reason")
	expect(t, w, "ban @rude:calm.example coc spam --because rude", nil, "The reason is named twice")
	if p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c", Plain: true}, "ban @rude:calm.example coc"); len(p.Choices) > 0 || len(p.Steps) == 0 {
		t.Errorf("where nothing can be chosen: %+v", p)
	}
	for _, name := range []string{"kick", "mute", "warn"} {
		p := plan(name + " @rude:calm.example")
		if len(p.Choices) != 3 || len(p.Steps) > 0 {
			t.Errorf("%s: %+v", name, p)
			continue
		}
		if one, none := plan(p.Choices[1].Line), plan(p.Choices[2].Line); len(one.Steps) == 0 || len(none.Steps) == 0 || !strings.Contains(fmt.Sprintf("%+v", stepsOf(one)), "rude") || strings.Contains(fmt.Sprintf("%+v", stepsOf(none)), "loud") {
			t.Errorf("%s: %+v, %+v", name, one, none)
		}
	}
	// In a reply it goes on to be about the message that was replied to.
	if p := plan(s.InReply("ban coc", "$bad")); len(p.Choices) > 0 {
		if _, to := repliedTo(p.Choices[0].Line); to != "$bad" {
			t.Errorf("%+v", p.Choices)
		}
	}
	// A ban by hand is offered with them too, and with none if it is to follow at once.
	hand := ByHand{Users: []id.UserID{"@bad:far.example"}}
	w.lists = w.lists[:1]
	if _, p := s.Offer(t.Context(), Request{Sender: mod, Event: "$c"}, hand, false); len(p.Choices) != 4 || len(p.Steps) > 0 {
		t.Errorf("by hand: %+v", p)
	}
	if _, p := s.Offer(t.Context(), Request{Sender: mod, Event: "$c"}, hand, true); len(p.Choices) > 0 || len(p.Steps) != 1 {
		t.Errorf("by hand, at once: %+v", p)
	}
}

func stepsOf(p Plan) (all []string) {
	for _, s := range p.Steps {
		raw, _ := json.Marshal(s)
		all = append(all, string(raw))
	}
	return all
}
