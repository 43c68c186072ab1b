package commands

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
)

type byHandFake struct{}

func (byHandFake) ByHand() ByHandMode { return ByHandAsk }

func TestByHandIsSet(t *testing.T) {
	w := newWorld()
	expect(t, w, "by-hand", nil, "I ask whether bans")
	expect(t, w, "by-hand ASK", nil, "I ask whether bans")
	expect(t, w, "by-hand auto", []string{"by_hand auto"}, "become rules at once")
	expect(t, w, "by-hand off", []string{"by_hand off"}, "stay what they are")
	expect(t, w, "by-hand never", nil, "`never` does not fit")
}

// What was banned by hand is offered as what it is, and never as more: its words come from whoever wrote them.
func TestOffer(t *testing.T) {
	several := func(w *world) {
		w.lists = append(w.lists, List{ID: "!spam:ours.example", Shortcode: "spam", Writable: true})
	}
	for name, tt := range map[string]struct {
		hand   ByHand
		world  func(*world)
		atOnce bool
		rules  []string // entities
		reason string
		ask    string
		said   string
	}{
		"one":     {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Reason: "spam"}, rules: []string{"@bad:far.example"}, reason: "spam", ask: "Write the rule into `coc`?"},
		"several": {hand: ByHand{Users: []id.UserID{"@bad:far.example", "@worse:far.example"}}, rules: []string{"@bad:far.example", "@worse:far.example"}, ask: "Write the rules into `coc`?"},
		"at once": {hand: ByHand{Users: []id.UserID{"@bad:far.example"}}, atOnce: true, rules: []string{"@bad:far.example"}},
		"wide all the same": {hand: ByHand{Users: []id.UserID{"@spam1:evil.example", "@spam2:evil.example", "@rude:calm.example"}}, atOnce: true,
			rules: []string{"@spam1:evil.example", "@spam2:evil.example", "@rude:calm.example"}, ask: "Write the rules into `coc`?"},
		"a list's name":   {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Reason: "theirs is --no-confirm \"bad\" \\"}, rules: []string{"@bad:far.example"}, reason: "theirs is --no-confirm \"bad\" \\", ask: "Write"},
		"lines":           {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Reason: "a\nban @*:*\u2028b\x00"}, rules: []string{"@bad:far.example"}, reason: "a ban @*:* b", ask: "Write"},
		"patterns":        {hand: ByHand{Users: []id.UserID{"@*:evil.example", "@a b:evil.example", "evil.example", "", "@bad:far.example\nban @*:*"}}},
		"ruled":           {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Reason: "spam"}, world: func(w *world) { w.rule("!coc:ours.example", policy.User, "@bad:far.example") }},
		"which list":      {hand: ByHand{Users: []id.UserID{"@bad:far.example"}}, world: several, said: "`!forseti ban @bad:far.example`"},
		"no list":         {hand: ByHand{Users: []id.UserID{"@bad:far.example"}}, world: func(w *world) { w.lists = nil }},
		"dry":             {hand: ByHand{Users: []id.UserID{"@bad:far.example"}}, world: func(w *world) { w.status.DryRun = true }},
		"lifted":          {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Lifted: true, Reason: "sorry"}, world: func(w *world) { w.rule("!coc:ours.example", policy.User, "@bad:far.example") }, rules: []string{""}, ask: "Remove the rule?"},
		"lifted, theirs":  {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Lifted: true}, world: func(w *world) { w.rule("!theirs:else.example", policy.User, "@bad:far.example") }},
		"lifted, no rule": {hand: ByHand{Users: []id.UserID{"@bad:far.example"}, Lifted: true}, world: func(w *world) { w.banned["@bad:far.example"] = []id.RoomID{"!dev:ours.example"} }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			if tt.world != nil {
				tt.world(w)
			}
			s := newSet(w)
			line, p := s.Offer(t.Context(), Request{Sender: mod, Event: "$ban", Room: "!lobby:ours.example"}, tt.hand, tt.atOnce)
			var rules []string
			for a := range p.actions() {
				if a.Verb != action.WriteRule && a.Verb != action.RemoveRule {
					continue
				}
				content, reason := string(a.State.Content), quotedReason(tt.reason)
				for _, entity := range tt.rules {
					if strings.Contains(content, `"entity":"`+entity+`"`) || entity == "" && content == "{}" {
						rules = append(rules, entity)
					}
				}
				if a.Reason+content != "" && tt.reason != "" && !strings.Contains(content, `"reason":`+string(reason)) {
					t.Errorf("%s: %s", line, content)
				}
			}
			if len(rules) != len(tt.rules) || (p.Ask == "") != (tt.ask == "") || !strings.Contains(p.Ask, tt.ask) || p.Crash != "" {
				t.Errorf("%q: rules %q, asks %q, effect %q, says %q", line, rules, p.Ask, p.Effect, p.Answer)
			}
			if len(tt.rules) == 0 && (len(p.Steps) > 0 || (p.Answer == "") != (tt.said == "") || !strings.Contains(p.Answer, tt.said)) {
				t.Errorf("%q: %+v", line, p)
			}
			if len(Lines(line)) != 1 {
				t.Errorf("several commands: %q", line)
			}
		})
	}
}

func quotedReason(s string) []byte {
	raw, _ := json.Marshal(s)
	return raw
}

// Whoever is offered is one user, whatever somebody called themselves.
func FuzzOfferable(f *testing.F) {
	for _, seed := range []string{"@a:b", "@*:b", "@?a:b.example", "@a b:c", "<@a:b>", "@a:b:443", "@-x:b", "@\u200ba:b", "\"@a:b\"", "@a:b,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, u string) {
		if !Offerable(id.UserID(u)) {
			return
		}
		words, unread := grammar.Split(ByHand{Users: []id.UserID{id.UserID(u)}}.line(""))
		if len(words) != 2 || unread != "" {
			t.Fatalf("%q is %d words", u, len(words))
		}
		if e, err := parseEntity(words[1]); err != nil || e.kind != policy.User || e.glob || e.name != u {
			t.Errorf("%q becomes %+v, %v", u, e, err)
		}
	})
}

// Of what somebody wrote who was banned by hand, it is said as of a ban that is written how it goes.
func TestOfferSaysWhatStays(t *testing.T) {
	for user, stays := range map[id.UserID]bool{"@spam1:evil.example": true, "@rude:calm.example": false} {
		_, p := newSet(newWorld()).Offer(t.Context(), Request{Sender: mod, Event: "$ban", Room: "!lobby:ours.example"}, ByHand{Users: []id.UserID{user}, Reason: "spam"}, false)
		if p.Ask == "" || strings.Contains(p.Effect, "What they wrote stays") != stays || strings.Contains(p.Answer, "`!forseti redact "+string(user)+" \"spam\"` removes it") != stays {
			t.Errorf("%s: asks %q, would %q, says %q", user, p.Ask, p.Effect, p.Answer)
		}
	}
}
