package commands

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

// undoes is what an undo of what was done comes to, in few words, and the plan.
func undoes(t *testing.T, w *world, line string) (did []string, p Plan) {
	t.Helper()
	p = newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$undo"}, line)
	for _, s := range p.Steps {
		switch {
		case s.Do != nil && s.Do.State == nil:
			did = append(did, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", s.Do.Verb, s.Do.Room, s.Do.Alias, s.Do.Was)))
		case s.Want != nil && s.Want.Level != nil:
			did = append(did, fmt.Sprintf("%s %s %d %s", s.Want.Verb, s.Want.User, *s.Want.Level, s.Want.Was))
		case s.Do != nil:
			did = append(did, string(s.Do.Verb)+" "+string(s.Do.State.Content))
		case s.Want != nil:
			did = append(did, string(s.Want.Verb)+" "+string(s.Want.User)+" "+string(s.Want.Parent))
		default:
			did = append(did, string(s.Change.Kind))
		}
	}
	return did, p
}

// What a command did is what its undo takes back, from the rule that it wrote to the mute that it
// made; what was changed since stands in the way, and what cannot come back is said.
func TestUndo(t *testing.T) {
	w := newWorld()
	held := w.rule("!coc:ours.example", policy.User, "@spam*:evil.example")
	w.banned["@spam1:evil.example"] = []id.RoomID{"!lobby:ours.example"}
	wrote := func(r policy.Rule, event id.EventID) Act {
		a := writeRule(r, r.StateKey)
		a.State.Type.Type = r.Type
		return Act{Action: a, Event: event}
	}
	wrote(held, held.Event)
	edited := wrote(held, held.Event)
	edited.Action.Was = json.RawMessage(`{"entity":"@spam*:evil.example","recommendation":"m.ban","reason":"before"}`)
	gone := held
	gone.StateKey, gone.Entity = "gone", "@gone:hs.example"
	removed := Act{Action: RemoveRule(gone), Event: "$removed"}
	removed.Action.Room = gone.List
	back := Act{Action: RemoveRule(held), Event: "$removed"}
	mute := Act{Action: action.Action{ID: "m1", Verb: action.Mute, Room: "!lobby:ours.example", User: "@rude:calm.example"}}
	older := Act{Action: action.Action{ID: "m0", Verb: action.Mute, Room: "!lobby:ours.example", User: "@rude:calm.example"}}
	ban := Act{Action: action.Action{ID: "b1", Verb: action.Ban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true}
	lifted := ban
	lifted.Stands = false
	kept := Act{Action: action.Action{ID: "b2", Verb: action.Ban, Room: "!lobby:ours.example", User: "@spam1:evil.example"}, Stands: true}
	unban := Act{Action: action.Action{ID: "u1", Verb: action.Unban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true}
	redact := Act{Action: action.Action{Verb: action.Redact}}
	kick := Act{Action: action.Action{Verb: action.Kick}}
	open := func(a Act) Act {
		a.Open, a.Stands = true, false
		return a
	}
	for name, tc := range map[string]struct {
		acts []Act
		did  []string
		says string
	}{
		"a rule":                   {[]Act{wrote(held, held.Event)}, []string{"remove_rule {}", "overturn"}, "removes the rule for `@spam*:evil.example` from"},
		"a rule that was edited":   {[]Act{edited}, []string{`write_rule {"entity":"@spam*:evil.example","recommendation":"m.ban","reason":"before"}`, "overturn"}, "as it was"},
		"a rule that is newer":     {[]Act{wrote(held, "$older")}, nil, "something newer stands in its place: the rule for `@spam*:evil.example` was changed since"},
		"a rule that is gone":      {[]Act{wrote(gone, "$gone")}, nil, "Nothing of case 16 stands any more"},
		"a removed rule":           {[]Act{removed}, []string{`write_rule {"entity":"@gone:hs.example","reason":"spam","recommendation":"m.ban"}`, "overturn"}, "writes the rule for `@gone:hs.example`"},
		"a removed rule, anew":     {[]Act{back}, nil, "there is a rule for `@spam*:evil.example` again"},
		"a mute":                   {[]Act{mute}, []string{"unmute @rude:calm.example m1", "overturn"}, "ends the mute of `@rude:calm.example`"},
		"a mute, anew":             {[]Act{older}, nil, "was muted anew"},
		"a ban":                    {[]Act{ban}, []string{"unban @u:hs b1", "overturn"}, "lifts the ban of `@u:hs`"},
		"a ban, lifted":            {[]Act{lifted}, nil, "Nothing of case 16"},
		"a ban that a rule holds":  {[]Act{kept}, nil, "1 ban that a rule goes on to hold"},
		"who was freed":            {[]Act{unban}, []string{"ban @u:hs ", "overturn"}, "bans again `@u:hs`"},
		"banned, then freed":       {[]Act{lifted, unban}, nil, "Nothing of case 16"},
		"freed, then banned":       {[]Act{unban, lifted}, []string{"ban @u:hs ", "overturn"}, "bans again `@u:hs`"},
		"what cannot come back":    {[]Act{redact, redact, kick}, nil, "1 kick, after which they may come back and 2 removed messages"},
		"what is not done yet":     {[]Act{open(kick), open(redact), open(redact)}, []string{"halt", "overturn"}, "leaves undone what is still to do of it: 1 kick and 2 redactions"},
		"half of it is done":       {[]Act{mute, open(ban), open(older)}, []string{"halt", "unmute @rude:calm.example m0", "unban @u:hs b1", "unmute @rude:calm.example m1", "overturn"}, "1 ban and 1 mute\n- ends the mute of `@rude:calm.example`"},
		"some of it can come back": {[]Act{redact, ban}, []string{"unban @u:hs b1", "overturn"}, "Cannot be taken back: 1 removed message."},
	} {
		w.acts = tc.acts
		for _, line := range []string{"undo 16", "case 16 overturn"} {
			did, p := undoes(t, w, line)
			if strings.Join(did, "\n") != strings.Join(tc.did, "\n") || !strings.Contains(p.Effect+p.Answer, tc.says) || (p.Ask != "") != (len(tc.did) > 0) {
				t.Errorf("%s: %s: %q, %+v", name, line, did, p)
			}
			if !p.Undoes() && len(tc.did) > 0 {
				t.Errorf("%s: it would be a case of its own", name)
			}
		}
	}
	// In whatever order rooms were done, they are named as they are listed.
	there := ban
	there.Action.ID, there.Action.Room = "b3", "!dev:ours.example"
	for _, acts := range [][]Act{{ban, there}, {there, ban}} {
		w.acts = acts
		_, p := undoes(t, w, "undo 16")
		line := p.Effect[strings.Index(p.Effect, "lifts"):]
		for _, r := range w.Rooms() {
			if r.ID != "!dev:ours.example" && r.ID != "!lobby:ours.example" {
				continue
			}
			i := strings.Index(line, string(r.ID[1:]))
			if i < 0 || len(p.Steps) != 3 {
				t.Fatalf("%s in %s", r.ID, p.Effect)
			}
			line = line[i:]
		}
	}
	w.acts = []Act{wrote(held, held.Event)}
	if _, p := undoes(t, w, "undo 16"); p.Weight.Freed != 1 || !strings.Contains(p.Effect, "`@spam1:evil.example`") {
		t.Errorf("who is freed: %+v", p)
	}
}

// What one did last is another case once it is undone: a yes is to the one that was shown.
func TestUndoOfTheLatestNamesIt(t *testing.T) {
	w := newWorld()
	w.cases = []Case{{Number: 16, Ordered: Ordered{OpenedBy: mod, Command: "ban"}}}
	w.acts = []Act{{Action: action.Action{ID: "b1", Verb: action.Ban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true}}
	for line, as := range map[string]string{"undo": "undo 16", "undo latest": "undo 16", "undo 16": ""} {
		if _, p := undoes(t, w, line); p.As != as || p.Ask == "" || !p.Fresh {
			t.Errorf("%s: asked about as %q, %+v", line, p.As, p)
		}
	}
	w.going = true
	if _, p := undoes(t, w, "undo 16"); len(p.Steps) > 0 || !strings.Contains(p.Answer, "Case 16 is still being carried out") {
		t.Errorf("%+v", p)
	}
}

// What was set of rooms is as it was, if it is as it was left; if it is not, or may not be, it says why.
func TestUndoOfWhatRoomsSay(t *testing.T) {
	w := newWorld()
	level := func(room id.RoomID, u id.UserID, to int64, was string) Act {
		return Act{Action: action.Action{Verb: action.SetLevel, Room: room, User: u, Level: &to, Was: json.RawMessage(was)}}
	}
	alias := func(verb action.Verb, room id.RoomID, alias id.RoomAlias, was string) Act {
		a := Act{Action: action.Action{Verb: verb, Room: room, Alias: alias}}
		if was != "" {
			a.Action.Was = json.RawMessage(was)
		}
		return a
	}
	const lobby, dev, lost = "!lobby:ours.example", "!dev:ours.example", "!lost:ours.example"
	for name, tc := range map[string]struct {
		act  Act
		did  string
		says string
	}{
		"a level":                       {level(lobby, "@mod50:hs", 50, `{"level":0}`), `set_level @mod50:hs 0 {"level":50}`, "gives `@mod50:hs` level 0 again in [Lobby]"},
		"a level that is another":       {level(lobby, "@mod50:hs", 75, `{"level":0}`), "", "something newer stands in its place: `@mod50:hs` has level 50 in"},
		"a level that is as it was":     {level(lobby, "@mod50:hs", 75, `{"level":50}`), "", "Nothing of case 16 stands any more"},
		"a level where we may not":      {level(dev, "@mod50:hs", 50, `{"level":0}`), "", "Cannot be taken back: the power level of `@mod50:hs` in [Dev"},
		"a level of who stands as high": {level(lobby, "@high:hs", math.MaxInt64, `{"level":0}`), "", "they stand as high as you there"},
		"a level beyond one's own":      {level(lost, "@mod50:hs", 50, `{"level":60}`), "", "you have level 50 there, and give no more"},
		"a level where we are not":      {level("!away:hs", "@mod50:hs", 50, `{"level":0}`), "", "I do not look after that room any more"},
		"a level without what was":      {level(lobby, "@mod50:hs", 50, `{"level":"0"}`), "", "not written down"},
		"a level without anything":      {Act{Action: action.Action{Verb: action.SetLevel, Room: lobby, User: "@mod50:hs"}}, "", "not written down"},
		"an address":                    {alias(action.PointAlias, lobby, "#lobby:ours.example", ""), "drop_alias " + lobby + " #lobby:ours.example", "lead nowhere"},
		"an address that was moved":     {alias(action.PointAlias, lobby, "#lobby:ours.example", `{"room":"`+dev+`"}`), "point_alias " + dev + ` #lobby:ours.example {"room":"` + lobby + `"}`, "lead to [Dev"},
		"an address from elsewhere":     {alias(action.PointAlias, lobby, "#lobby:ours.example", `{"room":"!other:else.example"}`), "", "none of yours"},
		"an address that leads away":    {alias(action.PointAlias, lobby, "#theirs:ours.example", ""), "", "leads elsewhere by now"},
		"an address that went":          {alias(action.DropAlias, lobby, "#new:ours.example", ""), "point_alias " + lobby + " #new:ours.example", "lead to [Lobby"},
		"an address that is back":       {alias(action.DropAlias, lobby, "#lobby:ours.example", ""), "", "Nothing of case 16 stands any more"},
		"an address of another by now":  {alias(action.DropAlias, dev, "#lobby:ours.example", ""), "", "leads elsewhere by now"},
		"an entry in the directory":     {alias(action.List, lobby, "", ""), "unlist " + lobby, "takes [Lobby"},
		"an entry that went":            {alias(action.Unlist, lobby, "", ""), "list " + lobby, "lists [Lobby"},
		"an entry of a room let go":     {alias(action.Unlist, "!away:hs", "", ""), "", "which I do not protect"},
	} {
		w.acts = []Act{tc.act}
		want := []string{}
		if tc.did != "" {
			want = []string{tc.did, "overturn"}
		}
		did, p := undoes(t, w, "undo 16")
		if strings.Join(did, "\n") != strings.Join(want, "\n") || !strings.Contains(p.Effect+p.Answer, tc.says) {
			t.Errorf("%s: %q, %+v", name, did, p)
		}
	}
}

func TestUndoWithoutANumber(t *testing.T) {
	w := newWorld()
	expect(t, w, "undo", nil, "You have done nothing of late")
	w.cases = []Case{{Number: 20, User: mod, Ordered: Ordered{OpenedBy: "@other:ours.example"}}, {Number: 18, Ordered: Ordered{OpenedBy: mod}, Decided: CaseOverturned}, {Number: 16, Ordered: Ordered{OpenedBy: mod}}, {Number: 12, Ordered: Ordered{OpenedBy: mod}}}
	w.acts = []Act{{Action: action.Action{Verb: action.Ban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true}}
	if did, p := undoes(t, w, "undo"); len(did) != 2 || p.Steps[1].Change.Number != 16 {
		t.Errorf("%+v", p)
	}
	for line, want := range map[string]string{"undo 14": "was undone already", "undo 99": "There is no case 99", "undo 12": "would be undone", "undo x": "`x` is no number of a case. `!forseti cases` lists them"} {
		if _, p := undoes(t, w, line); !strings.Contains(p.Effect+p.Answer, want) {
			t.Errorf("%s: %+v", line, p)
		}
	}
}

// Who was spared when others were banned is not banned on the way back: the rule goes before the
// exemption from it.
func TestUndoGoesBackwards(t *testing.T) {
	w := newWorld()
	exempt := w.rule("!coc:ours.example", policy.User, "@spamalot:evil.example")
	w.rules[0].Recommendation = policy.Exempt
	rule := w.rule("!coc:ours.example", policy.User, "@spam*:evil.example")
	for _, r := range []policy.Rule{exempt, rule} {
		a := writeRule(r, r.StateKey)
		a.State.Type.Type = r.Type
		w.acts = append(w.acts, Act{Action: a, Event: r.Event})
	}
	w.cases = []Case{{Number: 16, User: mod, Ordered: Ordered{OpenedBy: mod, Command: "ban"}}}
	_, p := undoes(t, w, "undo 16")
	if len(p.Steps) != 3 || p.Steps[0].Do == nil || p.Steps[0].Do.State.Key != rule.StateKey || p.Steps[1].Do.State.Key != exempt.StateKey {
		t.Errorf("%+v", p.Steps)
	}
	if want := "removes the rules for `@spam*:evil.example` and `@spamalot:evil.example` from `coc`"; !strings.Contains(p.Effect, want) {
		t.Errorf("%q is not in %q", want, p.Effect)
	}
}

// What the rules of a list did is taken back by having the list not count for those whom it hit, and by nothing else.
func TestUndoOfWhatAListDid(t *testing.T) {
	const theirs = id.RoomID("!theirs:else.example")
	of := Case{Number: 7}
	of.List, of.About, of.Rules = theirs, []string{"@a:hs.example", "@b:hs.example", "evil.example"}, []ListedRule{{Event: "$r", Entity: "@*:hs.example", By: "@owner:else.example"}}
	plan := func(of Case) Plan {
		w := newWorld()
		w.lists[1].Spares = []id.UserID{"@b:hs.example"}
		if w.lists[1].ID != theirs {
			t.Fatal("another list")
		}
		c := &call{known: known{names: w, self: self}, set: newSet(w)}
		c.Sender = mod
		p, err := undoListed(c, banFake{w}, of, Plan{Ask: "Undo it?"})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := plan(of)
	if len(p.Steps) != 2 || !reflect.DeepEqual(*p.Steps[0].Change, Change{Kind: SpareFrom, Room: theirs, User: "@a:hs.example"}) || p.Steps[1].Change.Kind != OverturnCase || p.Steps[1].Change.Number != 7 {
		t.Errorf("%+v", p.Steps)
	}
	for _, words := range []string{"by the rules of `theirs`", "`@a:hs.example`", "`evil.example` stays shut out", "!forseti exempt evil.example"} {
		if !strings.Contains(p.Effect, words) {
			t.Errorf("%q not in %q", words, p.Effect)
		}
	}
	of.Lifted = true
	if p := plan(of); len(p.Steps) > 0 || !strings.Contains(p.Answer, "not banned again by that") {
		t.Errorf("%+v", p)
	}
	of.Lifted, of.List = false, "!gone:hs"
	if p := plan(of); len(p.Steps) > 0 || !strings.Contains(p.Answer, "do not watch") {
		t.Errorf("%+v", p)
	}
	of.List, of.About = theirs, []string{"@b:hs.example"}
	if p := plan(of); len(p.Steps) > 0 {
		t.Errorf("%+v", p)
	}
}

// However somebody tired names a case, it is the one that they mean, or the answer says where its number stands.
func TestUndoAsPeopleWriteIt(t *testing.T) {
	w := newWorld()
	w.cases = []Case{{Number: 16, Ordered: Ordered{OpenedBy: mod}}}
	w.acts = []Act{{Action: action.Action{Verb: action.Ban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true}}
	for line, want := range map[string]string{
		"undo latest": "Case 16", "undo Last": "Case 16", "undo": "Case 16", "undo #16": "Case 16", "undo 16.": "Case 16", "undo 0": "`0` is no number of a case", "undo -3": "no number of a case", "undo 999999": "There is no case 999999: the newest is 16. `!forseti cases` lists them.",
		"undo 99999999999999999999": "no number of a case", "undo 1e9": "no number of a case", "undo 14": "was undone already, by `@mod:ours.example`. `!forseti case 14` shows what it was: to have it again, write it anew.",
		"undo twelve": "`twelve` is no number of a case. `!forseti cases` lists them",
	} {
		did, p := undoes(t, w, line)
		if said := p.Effect + p.Answer; !strings.Contains(said, want) || len(said) > 1000 || strings.HasPrefix(want, "Case") != (len(did) > 0) {
			t.Errorf("%s: %q, does %q", line, said, did)
		}
	}
}

// What a command changed is taken back, if it is as it was left; of the rest the command stands there that does it.
func TestUndoOfChanges(t *testing.T) {
	const theirs = id.RoomID("!theirs:else.example")
	for name, tc := range map[string]struct {
		changed []Change
		spares  []id.UserID
		does    []string
		says    string
	}{
		"exempt from a list":        {[]Change{{Kind: SpareFrom, Room: theirs, User: "@a:hs.example"}}, []id.UserID{"@a:hs.example"}, []string{"count_again", "overturn"}, "has `theirs` count for `@a:hs.example` again"},
		"ended by now":              {[]Change{{Kind: SpareFrom, Room: theirs, User: "@a:hs.example"}}, nil, nil, "Nothing of case 16 stands any more"},
		"counts again":              {[]Change{{Kind: CountAgain, Room: theirs, User: "@a:hs.example"}}, nil, []string{"spare", "overturn"}, "not count for `@a:hs.example` again"},
		"of a list that is gone":    {[]Change{{Kind: CountAgain, Room: "!gone:hs", User: "@a:hs.example"}, {Kind: SpareFrom, Room: "!gone:hs", User: "@a:hs.example"}}, nil, nil, "Nothing of case 16 stands any more"},
		"watch":                     {[]Change{{Kind: Watch, Room: theirs}}, nil, []string{"unwatch", "overturn"}, "stops watching `theirs`"},
		"watch of one that is gone": {[]Change{{Kind: Watch, Room: "!gone:hs"}}, nil, nil, "Nothing of case 16 stands any more"},
		"unwatch":                   {[]Change{{Kind: Unwatch, Room: "!gone:hs"}}, nil, nil, "`!forseti watch !gone:hs` shows first whom it would hit"},
		"room":                      {[]Change{{Kind: Protect, Room: "!lobby:ours.example"}}, nil, nil, "`!forseti rooms remove !lobby:ours.example` ends it"},
		"no room":                   {[]Change{{Kind: Unprotect, Room: "!gone:hs"}}, nil, nil, "`!forseti rooms add !gone:hs` takes it up again"},
		"pardon":                    {[]Change{{Kind: Pardon, User: "@a:hs.example"}}, nil, nil, "the points that `@a:hs.example` had"},
		"hostile":                   {[]Change{{Kind: "no such kind", Room: "!`x`\n**y**"}, {Kind: Unwatch, Room: "!a b`c:hs"}}, nil, nil, "Nothing of case 16 stands"},
	} {
		w := newWorld()
		w.lists[1].Spares = tc.spares
		w.cases = []Case{{Number: 16, Ordered: Ordered{OpenedBy: mod, Command: "exempt", Changed: tc.changed}}}
		did, p := undoes(t, w, "undo 16")
		if said := p.Effect + p.Answer; !slices.Equal(did, tc.does) || !strings.Contains(said, tc.says) {
			t.Errorf("%s: does %q, says %q", name, did, said)
		}
		if len(did) > 0 && p.Ask == "" {
			t.Errorf("%s: not asked about", name)
		}
	}
}

// Of a room that is looked after no more it is said that nothing is taken back there, and all else is.
func TestUndoInARoomThatIsGone(t *testing.T) {
	w := newWorld()
	w.cases = []Case{{Number: 16, Ordered: Ordered{OpenedBy: mod, Command: "kick"}}}
	w.acts = []Act{
		{Action: action.Action{ID: "b1", Verb: action.Ban, Room: "!gone:hs", User: "@u:hs"}}, {Action: action.Action{ID: "m1", Verb: action.Mute, Room: "!gone:hs", User: "@u:hs"}},
		{Action: action.Action{ID: "b2", Verb: action.Ban, Room: "!lobby:ours.example", User: "@u:hs"}, Stands: true},
	}
	did, p := undoes(t, w, "undo 16")
	if len(did) != 2 || did[0] != "unban @u:hs b2" || strings.Count(p.Effect, "which I do not look after any more") != 1 || !strings.Contains(p.Effect, "!gone:hs") {
		t.Errorf("%q: %s", did, p.Effect)
	}
	w.acts = w.acts[:2]
	if did, p := undoes(t, w, "undo 16"); len(did) > 0 || !strings.Contains(p.Answer, "which I do not look after any more") {
		t.Errorf("%q: %+v", did, p)
	}
}

// A case says whom or what it is about: also whom a rule keeps secret, whose messages go, which rooms are closed.
func TestWhomACaseIsAbout(t *testing.T) {
	secret := writeRule(policy.Rule{Kind: policy.User, Hash: "\x01\x02"}, "k")
	secret.State.Type.Type = "m.policy.rule.user"
	gone := RemoveRule(policy.Rule{Kind: policy.User, Hash: "\x01\x02", Type: "m.policy.rule.user"})
	gone.Was = secret.State.Content
	var p Plan
	p.do(secret, "")
	p.do(gone, "")
	p.do(action.Action{Verb: action.SetState, State: &action.State{Content: json.RawMessage(`{"entity":"no rule"}`)}}, "")
	p.want(action.Action{Verb: action.Redact, User: "@wrote:hs"})
	p.change(Change{Kind: LockRoom, Room: "!lobby:ours.example", User: mod}, "")
	p.change(Change{Kind: UnlockRoom, Room: "!dev:ours.example"}, "")
	p.change(Change{Kind: KeepBans, User: mod}, "")
	p.change(Change{Kind: Pardon, User: "@free:hs"}, "")
	p.change(Change{Kind: SetPosture, User: mod}, "")
	whom, _ := p.About()
	if got := strings.Join(whom, " "); got != "sha256:user:AQI= @wrote:hs !lobby:ours.example !dev:ours.example @free:hs" {
		t.Error(got)
	}
	for line, whom := range map[string]string{"redact @spam1:evil.example": "@spam1:evil.example", "redact $e --room #lobby:ours.example": ""} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$1"}, line)
		for a := range p.actions() {
			if a.Verb == action.Redact && (a.User == "" || a.By != "" || whom != "" && string(a.User) != whom) {
				t.Errorf("%s: whose is %+v", line, a)
			}
		}
	}
}
