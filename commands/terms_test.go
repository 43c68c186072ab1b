package commands

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// written is the rule that a plan writes, as a list would have it.
func writtenBy(t *testing.T, p Plan) policy.Rule {
	t.Helper()
	if len(p.Steps) != 1 || p.Steps[0].Do == nil {
		t.Fatalf("%+v", p)
	}
	s := p.Steps[0].Do.State
	evt := &event.Event{Type: s.Type, StateKey: &s.Key, ID: "$e"}
	evt.Content.VeryRaw = s.Content
	r, ok := policy.Parse(p.Steps[0].Do.Room, evt)
	if !ok {
		t.Fatalf("no rule: %s", s.Content)
	}
	return r
}

// A ban for a time says when it ends in the rule itself, and in every answer.
func TestBanForATime(t *testing.T) {
	w := newWorld()
	const ends = "2027-01-22 08:00 UTC"
	a := run(t, w, "ban @a:hs.example coc --for 7d spam")
	if r := writtenBy(t, a.Plan); r.Until != 1_800_000_000_000+7*24*3600*1000 || r.Entity != "@a:hs.example" || r.Reason != "spam" {
		t.Errorf("wrote %+v", r)
	}
	if !strings.Contains(a.Markdown, "now bans the user `@a:hs.example` for 7d, until "+ends+".") || !strings.Contains(a.Plan.Effect, "end by itself on "+ends) {
		t.Errorf("said %q, would say %q", a.Markdown, a.Plan.Effect)
	}
	good := w.rule("!coc:ours.example", policy.User, "@b:hs.example")
	if a := run(t, w, "ban @b:hs.example coc --for 7d spam"); writtenBy(t, a.Plan).StateKey != good.StateKey || !strings.Contains(a.Markdown, "bans the user `@b:hs.example` already; it ends on "+ends+" now, and was for good.") {
		t.Errorf("said %q", a.Markdown)
	}
	w.rules[0].Until = 1_900_000_000_000
	if a := run(t, w, "ban @b:hs.example coc worse"); writtenBy(t, a.Plan).Until != 0 ||
		!strings.Contains(a.Markdown, "already; I changed the reason, which was: spam and it is for good now, and was until 2030-03-17 17:46 UTC.") {
		t.Errorf("said %q", a.Markdown)
	}
	expect(t, w, "rules coc", nil, "ban user `@b:hs.example` until 2030-03-17 17:46 UTC: spam")
	expect(t, w, "why @b:hs.example", nil, "until 2030-03-17 17:46 UTC")
	expect(t, w, "ban @c:hs.example coc --for good", []string{`rule user "@c:hs.example" in !coc:ours.example because "", sure false`}, "!!until")
	for _, line := range []string{"ban @c:hs.example --for never", "ban @c:hs.example --for 1s", "ban @c:hs.example --for 100y", "ban @c:hs.example --for"} {
		expect(t, w, line, nil, "Usage:")
	}
}

// In one room a ban is no rule.
func TestBanInOneRoom(t *testing.T) {
	w := newWorld()
	w.banned["@held:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	a := expect(t, w, "ban @rude:calm.example --room #lobby:ours.example --for 1d calm down",
		[]string{`ban @rude:calm.example in !lobby:ours.example because "calm down"`}, "alone for 1d, until 2027-01-16 08:00 UTC.")
	if len(a.Plan.Steps) != 1 || a.Plan.Steps[0].Want.Expires.UnixMilli() != 1_800_000_000_000+24*3600*1000 {
		t.Errorf("%+v", a.Plan.Steps)
	}
	expect(t, w, "ban @rude:calm.example --room !lobby:ours.example", []string{`ban @rude:calm.example in !lobby:ours.example because ""`}, "alone.")
	for line, want := range map[string]string{
		"ban @rude:calm.example coc --room !lobby:ours.example":    "no rule of a list",
		"ban @rude:calm.example --room !lobby:ours.example --hash": "Leave out `--hash` or `--room`",
		"ban evil.example --room !lobby:ours.example":              "is a server",
		"ban @r*:calm.example --room !lobby:ours.example":          "is a pattern",
		"ban @warden:ours.example --room !lobby:ours.example":      "That is me",
		"ban @mod:ours.example --room !lobby:ours.example":         "is a moderator here",
		"ban @held:calm.example --room !lobby:ours.example":        "banned in",
		"ban @rude:calm.example --room !elsewhere:ours.example":    "I protect no room",
	} {
		expect(t, w, line, nil, want)
	}
}

// A hashed rule says nowhere whom it is about, and is found by everybody who reads hashes.
func TestBanByHash(t *testing.T) {
	w := newWorld()
	for _, line := range []string{"ban @rude:calm.example coc --hash", "takedown @rude:calm.example coc --hash", "ban EVIL.example coc --hash", "takedown !den:hs.example coc --hash"} {
		a := run(t, w, line)
		r := writtenBy(t, a.Plan)
		raw := string(a.Plan.Steps[0].Do.State.Content)
		of := strings.Fields(line)[1]
		if r.Entity != "" || !r.Matches(of) || strings.Contains(strings.ToLower(raw), strings.ToLower(of)) {
			t.Errorf("%s wrote %s", line, raw)
		}
		var content map[string]json.RawMessage
		_ = json.Unmarshal([]byte(raw), &content)
		if string(content["hashes"]) != string(content["org.matrix.msc4205.hashes"]) {
			t.Errorf("%s wrote %s", line, raw)
		}
		if !strings.Contains(a.Plan.Answer, "only a hash") {
			t.Errorf("%s said %s", line, a.Plan.Answer)
		}
	}
	there := writtenBy(t, run(t, w, "ban @rude:calm.example coc --hash").Plan)
	there.Event = "$there"
	w.rules = append(w.rules, there)
	expect(t, w, "ban @rude:calm.example coc --hash", nil, "There is such a rule already")
	expect(t, w, "ban @*:calm.example coc --hash", nil, "A pattern has no hash")
	expect(t, w, "unban @rude:calm.example", []string{`remove "` + there.StateKey + `" from !coc:ours.example`}, "Removed 1 rule")
}
