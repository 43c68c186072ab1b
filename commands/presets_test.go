package commands

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
)

// presetFake arranges the real protections, and knows one rule.
type presetFake struct{ *world }

func (f presetFake) Arranged() (all protections.Whole) {
	for _, name := range sanction.SharedNames() {
		all.Shared = append(all.Shared, sanction.Shared{Name: name, Values: f.shared[name]})
	}
	for _, kind := range protections.Kinds() {
		all.Protections = append(all.Protections, protections.Arranged{Kind: kind, Standing: f.stands[kind.Name]})
	}
	all.Protections = append(all.Protections, protections.Arranged{Kind: kit.Kind{Name: "rule:no-drive-by"}, Rule: `'trust() < KNOWN' then redact`, Standing: kit.Standing{Mode: kit.On}})
	return all
}

func (f presetFake) ReadWhole(written string) (protections.Whole, error) {
	return protections.ReadWhole(written, f)
}

func (f presetFake) Find(name string) (kit.Kind, bool) {
	one, ok := f.Arranged().Protections.Find(name)
	return one.Kind, ok
}

func (f presetFake) Names() (names []string) {
	for _, one := range f.Arranged().Protections {
		names = append(names, one.Kind.Name)
	}
	return names
}

func (presetFake) Rule(name, written string) (kit.Kind, string, error) {
	if !strings.Contains(written, "then") {
		return kit.Kind{}, "", errors.New("after the expression write `then`")
	}
	return kit.Kind{Name: "rule:" + name}, written, nil
}

func (presetFake) Zone(name string) error { return callFake{}.Zone(name) }

func (presetFake) Moderator(u id.UserID) bool { return callFake{}.Moderator(u) }

// recommended is a world in which all is set as recommended.
func recommended() *world {
	w := newWorld()
	w.stands = map[string]kit.Standing{}
	p, _ := protections.FindPreset(protections.Recommended)
	for _, kind := range protections.Kinds() {
		w.stands[kind.Name], _ = p.Of(kind.Name)
	}
	return w
}

func TestPresets(t *testing.T) {
	w := newWorld()
	expect(t, w, "preset", nil, "`public support` (recommended): For rooms", "`under attack`", "!!in use")
	expect(t, w, "preset show public-support", nil, "- `flooding` **on**: Finds who sends", "It would change:", "- `flooding`: off → **on**", "`!forseti preset use public support`")
	expect(t, w, "preset use public suport", nil, "Did you mean `public support`?")
	expect(t, w, "preset use everything", nil, "There are `public support`, `announcements` and `under attack`.")
	expect(t, w, "preset use public support --dry-run", nil, "Nothing was done", "`flooding`: off → **on**")

	// From nothing to something asks nobody, and names how to go back.
	a := run(t, w, "preset use public support")
	for _, want := range []string{"By `public support` this is changed", "To go back, write:", "!forseti protections import", "[flooding]\nmode = off"} {
		if !strings.Contains(a.Markdown, want) {
			t.Errorf("%q is not in %s", want, a.Markdown)
		}
	}
	if a.Ask || len(a.Plan.Steps) != 1 || a.Plan.Steps[0].Change.Kind != Arrange || strings.Contains(a.Plan.Steps[0].Change.Value, "slow-mode") {
		t.Errorf("%+v", a.Plan)
	}
	w = recommended()
	expect(t, w, "preset list", nil, "`public support` (recommended) **in use**")
	expect(t, w, "preset use public support", nil, "Everything is set as `public support` says already.")
	if a := run(t, w, "preset use under attack"); a.Ask || !strings.Contains(a.Markdown, "`messages` `10` → `6`") {
		t.Errorf("%+v", a)
	}

	// What is the moderators' own stays.
	w.stands["words"] = kit.Standing{Mode: kit.Off, Values: map[string]string{"list.crypto": "airdrop", "weight.crypto": "spam", "exempt-users": "@a:hs", "consequence": "ban"}}
	w.stands["flooding"] = w.stands["flooding"].WithMode("!lobby:ours.example", kit.Shadow)
	a = run(t, w, "preset use public support")
	if value := a.Plan.Steps[0].Change.Value; !strings.Contains(value, "[words]\nmode = on\nexempt-users = @a:hs\nlist.crypto = airdrop\nweight.crypto = spam\n") || strings.Contains(value, "[flooding") {
		t.Error(value)
	}
	if !strings.Contains(a.Markdown, "What is set for single rooms stays, of `flooding`.") || !strings.Contains(a.Markdown, "`consequence` `ban` → `ladder`") {
		t.Error(a.Markdown)
	}

	// What lets pass more waits for a yes.
	w = recommended()
	w.stands["slow-mode"] = kit.Standing{Mode: kit.On}
	w.stands["flooding"] = kit.Standing{Mode: kit.On, Values: map[string]string{"messages": "5"}}
	a = run(t, w, "preset use public support")
	if !a.Ask || !strings.Contains(a.Markdown, "Less may be found than now by `flooding` (`messages`) and `slow-mode` (`mode`). Do it?") {
		t.Errorf("%+v", a)
	}
	expect(t, w, "preset use public support --no-confirm", []string{"arrange forseti protections 1\n# What a section does not name is as by default; what has no section stays as it is.\n\n[flooding]\nmode = on\n\n[slow-mode]\nmode = off\n"}, "this is changed")
}

func TestExportAndImport(t *testing.T) {
	w := recommended()
	w.stands["media"] = w.stands["media"].WithMode("!gone:ours.example", kit.Off)
	exported := run(t, w, "protections export").Markdown
	if !strings.HasPrefix(exported, "```\nforseti protections 1\n") || !strings.Contains(exported, "\n[rule:no-drive-by]\nmode = on\nrule = 'trust() < KNOWN' then redact\n") {
		t.Fatal(exported)
	}
	block, _, _ := strings.Cut(exported, "\n\n`!forseti")
	expect(t, w, "import\n"+block, nil, "Everything is set so already.")
	expect(t, w, "protections export flooding", nil, "```\nforseti protections 1", "[flooding]\nmode = on", "!![words]")
	expect(t, w, "protections export floding", nil, "Did you mean `flooding`?")

	// Back again, from nothing, by way of a client that shows it.
	empty := newWorld()
	line, ok := newSet(empty).Hear(grammar.Message{
		Body: "!forseti import\n```toml\n" + strings.TrimPrefix(block, "```\n"),
		HTML: "<p>!forseti import</p>\n<pre><code class=\"language-toml\">" + strings.NewReplacer("<", "&lt;", "```\n", "", "\n```", "").Replace(block) + "\n</code></pre>\n",
	})
	if !ok {
		t.Fatal("not heard")
	}
	p := newSet(empty).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
	if p.Ask != "" || len(p.Steps) != 1 {
		t.Fatalf("%+v", p)
	}
	if !strings.Contains(p.Answer, "Of the rooms in it one is not protected here: `!gone:ours.example`.") {
		t.Error(p.Answer)
	}
	back, err := presetFake{empty}.ReadWhole(p.Steps[0].Change.Value)
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range back.Protections {
		if before, known := (presetFake{w}).Arranged().Protections.Find(one.Kind.Name); !known || len(differences(one.Kind, before.Standing, one.Standing)) > 0 {
			t.Errorf("%s: %+v", one.Kind.Name, one)
		}
	}

	for _, tc := range []struct{ line, want string }{
		{"import", "There is no text"},
		{"import [flooding]", "I do not know what to do with `[flooding]`"},
		{"import\nforseti protections 1\n[flooding]\nmode = on", "`flooding`: off → **on**"},
		{"import ```\nforseti protections 1\n[flooding]\nmode = on\n```", "`flooding`: off → **on**"},
		{"import\n````\nforseti protections 1\n[flooding]\nmode = on\n````\nand do it soon", "I did not read what stands behind the code block."},
		{"import\n~~~\nforseti protections 1\n[flooding]\nmode = on\n~~~ ", "`flooding`: off → **on**"},
		{"import\n```\nforseti protections 1\n[flooding]\nmode = on", "`flooding`: off → **on**"},
		{"import\n```\nforseti protections 1\n[floding]\nmode = on\n```", "Nothing of it was taken.\n\nLine 2: there is no protection `floding`. Did you mean `[flooding]`?"},
		{"import\nforseti protections 1\n[rule:no-drive-by]\nmode = on\nrule = 'x' then alert", "Less may be found than now by `rule:no-drive-by` (`rule`). Do it?"},
		{"import\nforseti protections 1\n[rule:new]\nmode = shadow\nrule = 'x' then alert", "`rule:new` is new, and **in shadow**: `'x' then alert`"},
		{"import\nforseti protections 1\n[rule:new]\nmode = shadow\nrule = 'x' then alert", "The new rules are removed by `!forseti rule remove new`."},
		{"import\nforseti protections 1\n[ladder]\nmute = 60", "Nothing of it was taken.\n\nLine 3: `kick` would begin at 50 points"},
		{"import\nforseti protections 1\n[ladder]\nmute = 40\n[notice]\nappeal = write to us", "By this text this is changed:\n- `ladder`: `mute` `35` → `40`\n- `notice`: `appeal` `default` → `write to us`\n\nTo go back, write:\n\n```\n!forseti protections import\nforseti protections 1\n"},
		{"import\nforseti protections 1\n[ladder]", "Everything is set so already."},
		{"protections export ladder", "```\nforseti protections 1"},
		{"protections export laddr", "There is no protection `laddr`."},
		{"import\n" + strings.Repeat("# a comment\n", 2000), "There is nothing in it"},
		{"import\n" + strings.Repeat("# a comment\n", 3000), "That command is 36 kB long"},
		{"status\n" + strings.Repeat("# a comment\n", 2000), "That command is 24 kB long"},
		{"import\nforseti protections 1\n" + grammar.Unlike, "What your client shows below the command is not"},
	} {
		if a := run(t, newWorld(), tc.line); !strings.Contains(a.Markdown, tc.want) || a.Crash != "" {
			t.Errorf("%.80q: %s %s", tc.line, a.Markdown, a.Crash)
		}
	}
}

// What others see below a command is what is taken.
func TestTextIsTakenAsItIsShown(t *testing.T) {
	s := newSet(newWorld())
	const body = "!forseti import\n```\nforseti protections 1\n[flooding]\nmode = off\n```"
	for _, shown := range []string{"<p>!forseti import</p><pre><code>forseti protections 1\n[flooding]\nmode = on</code></pre>", "<p>!forseti import</p>"} {
		line, ok := s.Hear(grammar.Message{Body: body, HTML: shown})
		if p := s.Plan(t.Context(), Request{Sender: mod}, line); !ok || len(p.Steps) > 0 || !strings.Contains(p.Answer, "is not what its plain text says") {
			t.Errorf("%s: %+v", shown, p)
		}
	}
}

func TestWatch(t *testing.T) {
	w := newWorld()
	w.rooms = nil
	w.protections = w.protections[:1]
	expect(t, w, "rooms add #new:hs.example", []string{"protect !of#new:hs.example"}, "**No protection is on**", "`!forseti preset use public support`")
	w.protections[0].Mode = kit.On
	expect(t, w, "rooms add #new:hs.example", []string{"protect !of#new:hs.example"}, "One protection watches over what is said and done: `flooding`.", "to a mute and a ban from the room", "`!forseti disable <protection>`")
	w.protections[0].Settings = slices.Concat(w.protections[0].Settings, []kit.Setting{{Name: "consequence", Value: "ban 7d"}})
	w.protections = append(w.protections, ProtectionInfo{Name: "words", Mode: kit.Shadow}, ProtectionInfo{Name: "rule:mine", Rule: "x then ban", Mode: kit.On})
	expect(t, w, "rooms add #new:hs.example", []string{"protect !of#new:hs.example"}, "2 protections watch over what is said and done: `flooding` and `mine`.", "always the same is `ban 7d` of `flooding`", "only telling what they would do: `words`")
	w.rooms = newWorld().rooms
	expect(t, w, "rooms add #new:hs.example", []string{"protect !of#new:hs.example"}, "!!watch over")
}
