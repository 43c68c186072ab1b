package community

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/protections/kit"
	"forseti/protections/rules"
	"forseti/store"
)

// say has somebody write something, and gives what is wanted then.
func (r *reader) say(who id.UserID, body string) (wanted []string) {
	r.places.management.room.loaded = true
	raw, _ := json.Marshal(map[string]any{"msgtype": "m.text", "body": body})
	evt := &event.Event{ID: id.EventID("$" + rand.Text()), RoomID: benchRoom, Sender: who, Type: event.EventMessage, Content: event.Content{VeryRaw: raw}}
	for _, a := range r.protectors.said(evt, time.Now(), false, false).actions {
		wanted = append(wanted, string(a.Verb))
	}
	return wanted
}

func (r *reader) change(c commands.Change) {
	r.t.Helper()
	if err := r.protectors.stand.changeRule(c); err != nil {
		r.t.Fatal(err)
	}
}

// A rule is added, changed, removed; and is as it was after a restart.
func TestRulebook(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 1)
	who := spammer(0)
	expect := func(what string, body string, want ...string) {
		t.Helper()
		if got := r.say(who, body); !slices.Equal(got, want) {
			t.Errorf("%s: %q wants %v, want %v", what, body, got, want)
		}
	}
	expect("no rule", "bananas")
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact`})
	expect("a rule", "bananas", string(action.Redact))
	kind, _ := r.protectors.stand.rules.find("rule:fruit")
	r.protectors.stand.change(kind, r.protectors.stand.of["rule:fruit"].WithMode(benchRoom, kit.Shadow))
	expect("in shadow here", "bananas")
	r.store(store.Commit{})

	r = newReader(t, kept, 1)
	expect("in shadow after a restart", "bananas")
	kind, _ = r.protectors.stand.rules.find("rule:fruit")
	r.protectors.stand.change(kind, r.protectors.stand.of["rule:fruit"].WithMode(benchRoom, kit.On))
	expect("on again", "bananas", string(action.Redact))
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("apple")' then redact`})
	expect("another rule of that name", "bananas")
	expect("another rule of that name", "apples", string(action.Redact))
	infos := r.protectors.stand.infos()
	if i := slices.IndexFunc(infos, func(p commands.ProtectionInfo) bool { return p.Rule != "" }); i < 0 || infos[i].Rule != `'text.body.contains("apple")' then redact` {
		t.Errorf("shown as %+v", infos)
	}
	r.change(commands.Change{Kind: commands.DropRule, Name: "fruit"})
	expect("none any more", "apples")
	r.store(store.Commit{})
	r = newReader(t, kept, 1)
	expect("none after a restart", "apples")
}

// What is refused changes nothing.
func TestRuleThatIsRefused(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact`})
	for _, wrong := range []string{`'text.bdy == ""' then alert`, `'true'`, ``, `'true' then dance`} {
		err := r.protectors.stand.changeRule(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: wrong})
		if err == nil || len(err.Error()) < 10 {
			t.Errorf("%s: %v", wrong, err)
		}
	}
	if got := r.say(spammer(0), "bananas"); !slices.Equal(got, []string{string(action.Redact)}) {
		t.Errorf("wants %v", got)
	}
}

// There are so many rules and no more: the next one is refused, and those that there are stay, and
// may be changed.
func TestMostRules(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	for i := range rules.Most {
		r.change(commands.Change{Kind: commands.SetRule, Name: fmt.Sprintf("r%d", i), Value: `'text.body == "x"' then redact`})
	}
	err := r.protectors.stand.changeRule(commands.Change{Kind: commands.SetRule, Name: "more", Value: `'true' then ban`})
	if err == nil || !strings.Contains(err.Error(), "100 rules at the most") {
		t.Errorf("%v", err)
	}
	if _, known := r.protectors.stand.rules.find("rule:more"); known || len(r.protectors.stand.rules.rules) != rules.Most {
		t.Errorf("there are %d", len(r.protectors.stand.rules.rules))
	}
	r.change(commands.Change{Kind: commands.SetRule, Name: "r0", Value: `'text.body == "y"' then redact`})
	if got := r.say(spammer(0), "y"); !slices.Equal(got, []string{string(action.Redact)}) {
		t.Errorf("wants %v", got)
	}
}

// A rule that fails goes into shadow, everywhere, and it is said once.
func TestRuleThatFailsGoesToShadow(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	r.change(commands.Change{Kind: commands.SetRule, Name: "large", Value: `'text.length * 9223372036854775807 > 5' then ban`})
	kind, _ := r.protectors.stand.rules.find("rule:large")
	r.protectors.stand.change(kind, r.protectors.stand.of["rule:large"].WithMode(benchRoom, kit.On))
	for range 3 {
		if got := r.say(spammer(0), "hello"); got != nil {
			t.Errorf("wants %v", got)
		}
		r.protectors.hearOne()
	}
	if stand := r.protectors.stand.of["rule:large"]; stand.Somewhere(kit.On) || !stand.Somewhere(kit.Shadow) {
		t.Errorf("it stands %+v", stand)
	}
	told := r.speaker.report.Problems.All()
	if len(told) != 1 || !strings.Contains(told[0], "`large` failed on a message") || !strings.Contains(told[0], "`!forseti rule enable large`") {
		t.Errorf("told %q", told)
	}
	r.change(commands.Change{Kind: commands.SetRule, Name: "large", Value: `'text.length > 5' then ban`})
	if told := r.speaker.report.Problems.All(); len(told) > 0 {
		t.Errorf("still told %q", told)
	}
}

// A stored rule that cannot be read is told, and the others run.
func TestStoredRuleThatCannotBeRead(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	r.protectors.stand.rules.load(map[string]json.RawMessage{
		"old": json.RawMessage(`"'text.gone == 1' then alert"`), "odd": json.RawMessage(`17`), "good": json.RawMessage(`"'true' then redact"`),
	})
	if told := r.speaker.report.Problems.All(); len(told) != 2 || !strings.Contains(strings.Join(told, " "), "`old` cannot be read by this version") {
		t.Errorf("told %q", told)
	}
	if _, known := r.protectors.stand.rules.find(rules.Prefix + "good"); !known {
		t.Error("a good one is lost")
	}
}

// What lists say of a sender is asked by their name or ID.
func TestRuleAsksLists(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	r.begin([]*event.Event{listed("one", string(spammer(0)), "m.ban", "$one")})
	for r.places.following.readOne(time.Now()) {
	}
	r.places.following.lists[readFrom].shortcode = "coc"
	who := acquaintance{r.world, func(list id.RoomID) string { return r.places.following.lists[list].shortcode }, r.protectors.follows.ledger}
	for list, want := range map[string]bool{"coc": true, string(readFrom): true, "other": false, "": false} {
		if got := who.Listed(list, spammer(0)); got != want {
			t.Errorf("%q: %t", list, got)
		}
	}
	if who.Listed("coc", spammer(1)) {
		t.Error("who is not named is listed")
	}
}

// A rule is tried on what was said lately, or on who joined lately if it is about that, and shows
// how far each was trusted.
func TestRulesAreTried(t *testing.T) {
	r := newTimed(t, openStore(t)) // whose owner answers
	desk := ownRuleDesk{protectionDesk{r.loop, r.protectors}}
	try := func(name, written string) commands.Tried {
		t.Helper()
		tried, err := desk.TryRule(t.Context(), name, written)
		if err != nil {
			t.Fatal(err)
		}
		return tried
	}
	if got := try("", `'join.picture' then alert`); got.Number != 0 || !got.Joins {
		t.Errorf("%+v", got)
	}
	r.loop.See(func() {
		r.say(spammer(0), "bananas")
		r.say(spammer(1), "bananas and more")
		r.say(spammer(1), "more bananas")
		r.say(spammer(2), "apples")
	})
	caught, err := desk.Caught(t.Context(), "", `'text.body.contains("banana")' then redact`)
	if err != nil || len(caught) != 3 || caught[0].By != spammer(1) || caught[0].Text != "more bananas" || caught[0].Event == "" || caught[0].Room != benchRoom || caught[0].At.IsZero() || caught[2].By != spammer(0) {
		t.Errorf("%+v, %v", caught, err)
	}
	for written, want := range map[string]string{`'join.picture' then redact`: "and not about what they write", `'text.bdy == ""' then redact`: "bdy", `'text.length * 9223372036854775807 > 5' then redact`: "cannot be tried"} {
		if _, err := desk.Caught(t.Context(), "", written); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", written, err)
		}
	}
	for i := range 12 {
		u := id.UserID(fmt.Sprintf("@new%d:hs", i))
		raw, _ := json.Marshal(map[string]string{"membership": "join", "displayname": "Banana"})
		evt := stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID("$j"+string(u)), raw)
		evt.RoomID = benchRoom
		r.loop.See(func() {
			now := time.Now()
			r.protectors.changed(evt, r.world.Room(benchRoom).Apply(evt, now), nil, now, false)
		})
	}
	if got := try("", `'text.body.contains("banana")' then alert`); got.Number != 4 || got.Joins || len(got.Hits) != 3 || got.Users["new"] != 2 || got.Hits[0].Shown != "more bananas" || got.Since.IsZero() {
		t.Errorf("%+v", got)
	}
	r.loop.See(func() {
		r.happens(benchOwner, "m.room.power_levels", "", fmt.Sprintf(`{"users":{%q:100,%q:100}}`, benchOwner, benchSelf))
		r.say(benchOwner, "a banana of a moderator")
		r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then alert`})
		fruit, _ := r.protectors.stand.rules.find("rule:fruit")
		r.protectors.stand.change(fruit, kit.Standing{Mode: kit.On, Values: map[string]string{"exempt-users": string(spammer(0))}})
	})
	if got := try("", `'text.body.contains("banana")' then alert`); len(got.Hits) != 3 || got.Spared != 1 || got.Users["new"] != 2 {
		t.Errorf("with a moderator: %+v", got)
	}
	if got := try("fruit", ""); len(got.Hits) != 2 || got.Spared != 2 || got.Users["new"] != 1 {
		t.Errorf("with who is exempt: %+v", got)
	}
	r.loop.See(func() {
		r.change(commands.Change{Kind: commands.SetRule, Name: "names", Value: `'join.name == "Banana" && trust() < KNOWN' then alert`})
	})
	if got := try("names", ""); got.Number != 12 || !got.Joins || len(got.Hits)+got.More != 12 || got.More != 2 || got.Users["new"] != 12 || got.Hits[0].User != "@new11:hs" || got.Hits[0].Shown != "Banana" {
		t.Errorf("%+v", got)
	}
	r.loop.See(func() {
		r.begin([]*event.Event{listed("one", string(spammer(2)), "m.ban", "$one")})
		for r.places.following.readOne(time.Now()) {
		}
	})
	if got := try("", `'matches_list("`+string(readFrom)+`")' then alert`); len(got.Hits) != 1 || got.Hits[0].User != spammer(2) {
		t.Errorf("%+v", got)
	}
	for _, wrong := range []struct{ name, written, want string }{
		{"gone", "", "no rule `gone` any more"}, {"", `'text.bdy == ""' then alert`, "bdy"}, {"", "true", "then"},
	} {
		if _, err := desk.TryRule(t.Context(), wrong.name, wrong.written); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if got := try("", `'text.length * 9223372036854775807 > 5' then ban`); got.Failed == nil || len(got.Hits) > 0 {
		t.Errorf("%+v", got)
	}
}
