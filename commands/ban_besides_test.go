package commands

import (
	"slices"
	"strings"
	"testing"

	"forseti/action"
	"forseti/policy"
)

// A wave is banned with what it wrote, and who was here before is named, and spared.
func TestBanWithMessagesAndWithoutTheInnocent(t *testing.T) {
	w := newNamesakes()
	asked := expect(t, w, "ban @spam*:evil.example coc wave", nil, "hit 5 present members", "**One of them came long before the others**: `@spamalot:evil.example`. `--spare @spamalot:evil.example` leaves them out.", "Write the rule into `coc`?")
	if !asked.Ask {
		t.Error("who was here before is banned unasked")
	}
	asked = expect(t, w, "ban @spam*:evil.example coc --redact --spare @spamalot:evil.example wave", nil,
		"I would exempt `@spamalot:evil.example`.", "I would remove 4 messages of 4 users in [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example).", "Write the rule into `coc`?")
	for _, s := range asked.Plan.Steps { // a ban of who wrote it may remove it too
		if a := s.Want; a != nil && a.Verb == action.Redact && string(a.Event) != "$of-"+string(a.By) {
			t.Errorf("%+v", a)
		}
	}
	a := newSet(w).Apply(t.Context(), asked.Plan, executor{w})
	want := []string{
		`rule user "@spamalot:evil.example" in !coc:ours.example because "spared from the ban of @spam*:evil.example"`,
		`rule user "@spam*:evil.example" in !coc:ours.example because "wave"`,
		`redact $of-@spam0:evil.example in !lobby:ours.example because "wave"`,
	}
	if len(w.done) != 6 || !strings.HasPrefix(w.done[0], want[0]) || !strings.HasPrefix(w.done[1], want[1]) || w.done[2] != want[2] {
		t.Errorf("did %q", w.done)
	}
	for _, words := range []string{"`coc` now bans the user `@spam*:evil.example`", "`@spamalot:evil.example` is exempt now: no list bans them here.", "Removing 4 messages of 4 users in [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example)."} {
		if !strings.Contains(a.Markdown, words) {
			t.Errorf("%q is not in %q", words, a.Markdown)
		}
	}
	if !asked.Plan.Fresh {
		t.Error("what is written after the question stays")
	}

	// Who is exempt already keeps their messages, also if the rule is there.
	w.rule("!coc:ours.example", policy.User, "@spam*:evil.example")
	w.rules[0].Reason = "wave"
	w.rule("!coc:ours.example", policy.User, "@spamalot:evil.example")
	w.rules[1].Recommendation = policy.Exempt
	expect(t, w, "ban @spam*:evil.example coc --redact wave", nil, "I would remove 4 messages of 4 users in [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example).", "Remove them?")
	expect(t, w, "ban @spam*:evil.example coc wave", nil, "There is such a rule already")
}

// Without that it stays, and the answer says by which command it goes.
func TestBanOffersToRemove(t *testing.T) {
	w := newWorld()
	expect(t, w, "ban @spam1:evil.example coc so much", []string{`rule user "@spam1:evil.example" in !coc:ours.example because "so much", sure false`},
		"What they wrote stays: `!forseti redact @spam1:evil.example \"so much\"` removes it.")
	s := newSet(w)
	offers := func(r Request, line string) (lines []string) {
		r.Sender, r.Event, r.Room = mod, "$command", "!mods:ours.example"
		for _, of := range s.Plan(t.Context(), r, line).Choices {
			lines = append(lines, of.Line)
		}
		return lines
	}
	if of := offers(Request{}, "ban @spam1:evil.example coc so much"); !slices.Equal(of, []string{`redact @spam1:evil.example "so much"`}) {
		t.Errorf("a sign offers %q", of)
	}
	for _, none := range []struct {
		r    Request
		line string
	}{{Request{Plain: true}, "ban @spam1:evil.example coc"}, {Request{}, "ban @spam1:evil.example coc --redact"}, {Request{}, "ban @spam1:evil.example coc --dry-run"}, {Request{}, "ban @rude:calm.example coc"}} {
		if of := offers(none.r, none.line); len(of) > 0 {
			t.Errorf("%q offers %q", none.line, of)
		}
	}
	expect(t, w, "ban @rude:calm.example coc spam", []string{`rule user "@rude:calm.example" in !coc:ours.example because "spam", sure false`}, "!!stays")
	expect(t, w, "ban @spam*:evil.example coc", []string{`rule user "@spam*:evil.example" in !coc:ours.example because "", sure false`}, "What they wrote stays: `!forseti redact @spam*:evil.example` removes it.")
	expect(t, w, "ban evil.example coc --dry-run", nil, "What they wrote stays; with `--redact` it goes too.")
	// Also where the ban stands already, unless nothing does, or an exemption counts more.
	w.rule("!coc:ours.example", policy.User, "@spam1:evil.example")
	w.rule("!coc:ours.example", policy.User, "@rude:calm.example")
	w.rules[0].Reason, w.rules[1].Reason = "spam", "spam"
	expect(t, w, "ban @spam1:evil.example coc spam", nil, "There is such a rule already", "What they wrote stays: `!forseti redact @spam1:evil.example \"spam\"` removes it.")
	expect(t, w, "ban @rude:calm.example coc spam", nil, "There is such a rule already", "!!stays")
	w.rule("!coc:ours.example", policy.User, "@spam1:evil.example")
	w.rules[2].Recommendation = policy.Exempt
	expect(t, w, "ban @spam1:evil.example coc spam", nil, "There is such a rule already", "!!stays")
}

// Who was spared of a ban by a pattern is spared of what its sign removes, whether their exemption counts by then or not; and
// whoever is exempt, or a moderator, is left out of any pattern, unless they are named.
func TestWhoIsSparedKeepsMessages(t *testing.T) {
	w := newNamesakes()
	s := newSet(w)
	p := s.Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, "ban @spam*:evil.example coc wave --spare @spamalot:evil.example")
	if len(p.Choices) != 1 || p.Choices[0].Line != "redact @spam*:evil.example --spare @spamalot:evil.example \"wave\"" {
		t.Fatalf("a sign offers %+v", p.Choices)
	}
	removes := func(line string) string {
		t.Helper()
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$d"}, line)
		if p.Misread || p.Ask == "" && strings.Contains(line, "*") {
			t.Fatalf("%s: %+v", line, p)
		}
		var by []string
		for _, step := range p.Steps {
			by = append(by, strings.TrimPrefix(string(step.Want.Event), "$of-"))
		}
		slices.Sort(by)
		return strings.Join(by, " ") + "; " + p.Effect
	}
	all := removes("redact @spam*:evil.example")
	if !strings.Contains(all, "@spamalot:evil.example") {
		t.Fatalf("%s", all)
	}
	if got := removes(p.Choices[0].Line); strings.Contains(got, "@spamalot") || !strings.Contains(got, "@spam1:evil.example") {
		t.Errorf("the sign removes %s", got)
	}
	w.rule("!coc:ours.example", policy.User, "@spamalot:evil.example")
	w.rules[0].Recommendation = policy.Exempt
	who, words, _ := strings.Cut(removes("redact @spam*:evil.example"), ";")
	if strings.Contains(who, "@spamalot") || !strings.Contains(words, "What `@spamalot:evil.example` wrote stays, for they are exempt") {
		t.Errorf("%s, %s", who, words)
	}
	for _, named := range []string{"redact @spamalot:evil.example", "redact @spam*:evil.example @spamalot:evil.example"} {
		if got := removes(named); !strings.HasPrefix(got, "@spam") || !strings.Contains(got, "@spamalot:evil.example") || strings.Contains(got, "exempt") {
			t.Errorf("%s: %s", named, got)
		}
	}
	for line, want := range map[string]string{
		"redact @a:evil.example --spare @a:evil.example": "cannot be left out", "redact @spam*:evil.example --spare @*:evil.example": "by their IDs", "redact $e --spare @a:evil.example": "go with a user",
	} {
		expect(t, w, line, nil, want)
	}
}

// One user is banned with what they wrote unasked; a server's members keep nothing either.
func TestBanWithMessages(t *testing.T) {
	w := newWorld()
	expect(t, w, "ban @rude:calm.example coc --redact enough", []string{
		`rule user "@rude:calm.example" in !coc:ours.example because "enough", sure false`,
		`redact $of-@rude:calm.example in !lobby:ours.example because "enough"`,
	}, "Removing 1 message of `@rude:calm.example` in [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example).")
	expect(t, w, "ban evil.example coc --redact", nil, "I would remove 3 messages of 2 users in 2 rooms.", "Write the rule into `coc`?")
	expect(t, w, "ban @nobody:calm.example coc --redact", []string{`rule user "@nobody:calm.example" in !coc:ours.example because "", sure false`}, "I found no message of theirs")
	expect(t, w, "ban @host:calm.example coc --redact", []string{
		`rule user "@host:calm.example" in !coc:ours.example because "", sure false`,
		`uninvite @guest:hs.example in !lobby:ours.example because ""`, `uninvite @rude:calm.example in !lobby:ours.example because ""`,
	}, "I found no message of theirs", "Taking back 2 invitations of theirs in [Lobby](https://matrix.to/#/%21lobby:ours.example?via=ours.example): `@guest:hs.example` and `@rude:calm.example`.")
	// Who is banned is not let out again by taking an invitation back.
	expect(t, w, "ban @host:calm.example @rude:calm.example coc --redact --no-confirm", []string{
		`rule user "@host:calm.example" in !coc:ours.example because "", sure true`, `rule user "@rude:calm.example" in !coc:ours.example because "", sure true`,
		`redact $of-@rude:calm.example in !lobby:ours.example because ""`, `uninvite @guest:hs.example in !lobby:ours.example because ""`,
	}, "Taking back 1 invitation of theirs")
	expect(t, w, "ban #den:calm.example coc --redact", nil, "removes nothing of anybody")
	expect(t, w, "ban @a:calm.example --room #lobby:ours.example --redact", nil, "go with a rule")
	expect(t, w, "ban @a*:calm.example coc --spare @b*:calm.example", nil, "is a pattern. Write the users to spare")
	w.lists[0].Exempts = false
	expect(t, w, "ban @a*:calm.example coc --spare @b:calm.example", nil, "so I cannot spare anybody by it")
}
