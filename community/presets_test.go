package community

import (
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/protections/rules"
	"forseti/store"
)

// takeText reads a text and sets what it says.
func (r *reader) takeText(written string) error {
	to, err := protections.ReadWhole(written, r.protectors.vocabulary())
	if err != nil {
		return err
	}
	return r.protectors.arrange(to, time.Now())
}

// What one community writes, another takes, rules of its own and rooms included, and it
// holds over a restart.
func TestArrangementsArePassedOn(t *testing.T) {
	r := newReader(t, openStore(t), 1)
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact, strike "no fruit"`})
	recommended, _ := protections.FindPreset(protections.Recommended)
	for _, kind := range protections.Kinds() {
		s, _ := recommended.Of(kind.Name)
		r.protectors.stand.change(kind, s)
	}
	words, _ := protections.Find("words")
	values, err := words.Set(nil, "list.crypto", `free bitcoin, ~airdrop, /a "b", c/`)
	if err != nil {
		t.Fatal(err)
	}
	r.protectors.stand.change(words, kit.Standing{Mode: kit.Shadow}.WithValues(benchRoom, values).WithMode(benchRoom, kit.On))
	written := r.protectors.whole().String()

	kept := openStore(t)
	other := newReader(t, kept, 1)
	if err := other.takeText(written); err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if got := other.protectors.whole().String(); got != written {
		t.Errorf("%s\nwas taken as\n%s", written, got)
	}
	if got := other.say(spammer(0), "bananas"); len(got) != 1 || got[0] != string(action.Redact) {
		t.Errorf("the rule is not followed: %v", got)
	}
	other.store(store.Commit{})
	other = newReader(t, kept, 1)
	if got := other.protectors.whole().String(); got != written {
		t.Errorf("%s\nis after a restart\n%s", written, got)
	}

	// Of a text with a mistake nothing is taken, and what is set stays.
	for _, wrong := range []string{
		strings.Replace(written, "[repeats]", "[repeat]", 1),
		strings.Replace(written, "banana", "banana\" + 1 + \"", 1),
		strings.Replace(written, "[words]\nmode = shadow", "[words]\nmode = shade", 1),
	} {
		if err := other.takeText(strings.Replace(wrong, "[flooding]\nmode = on", "[flooding]\nmode = off", 1)); err == nil {
			t.Errorf("%s was taken", wrong)
		}
		if got := other.protectors.whole().String(); got != written {
			t.Errorf("after a mistake it is\n%s", got)
		}
	}
	// More rules than there may be are none at all.
	var many strings.Builder
	many.WriteString("forseti protections 1\n")
	for i := range rules.Most {
		many.WriteString("[rule:r" + strings.Repeat("x", i%30) + strings.Repeat("y", i/30) + "]\nmode = on\nrule = trust() < KNOWN then alert\n")
	}
	if err := other.takeText(many.String()); err == nil || !strings.Contains(err.Error(), "Line ") {
		t.Errorf("%v", err)
	}
}
