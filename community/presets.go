package community

import (
	"maps"
	"slices"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/protections/rules"
)

// arranged is how all protections and rules are set.
func (st *standings) arranged() (all protections.Arrangement) {
	for _, kind := range st.rules.kinds() {
		all = append(all, protections.Arranged{Kind: kind, Standing: st.of[kind.Name], Rule: st.rules.written(kind.Name)})
	}
	return all
}

// arrange sets several at once. Each was read before, so that there is none that cannot be
// set.
func (st *standings) arrange(to protections.Arrangement) error {
	for _, one := range to {
		kind, known := st.rules.find(one.Kind.Name)
		if one.Rule != "" && (!known || st.rules.written(kind.Name) != one.Rule) {
			if err := st.changeRule(commands.Change{Kind: commands.SetRule, Name: one.Kind.Name[len(rules.Prefix):], Value: one.Rule}); err != nil {
				return err
			}
			kind, known = st.rules.find(one.Kind.Name)
		}
		if known {
			st.change(kind, one.Standing)
		}
	}
	return nil
}

// vocabulary is what a text of protections may name. It is a copy, for texts are no work for
// the owner.
type vocabulary struct {
	book  *rules.Book // only to make kinds of rules
	rules map[string]rules.Rule
}

var _ protections.Known = vocabulary{}

func (b *rulebook) vocabulary() vocabulary { return vocabulary{b.book, maps.Clone(b.rules)} }

// Find is part of protections.Known.
func (v vocabulary) Find(name string) (kit.Kind, bool) {
	if kind, ok := protections.Find(name); ok {
		return kind, true
	}
	for _, r := range v.rules {
		if rules.Prefix+r.Name == name {
			return v.book.Kind(r), true
		}
	}
	return kit.Kind{}, false
}

// Names is part of protections.Known.
func (v vocabulary) Names() (names []string) {
	for _, kind := range protections.Kinds() {
		names = append(names, kind.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(v.rules)) {
		names = append(names, rules.Prefix+name)
	}
	return names
}

// Rule is part of protections.Known. What it has read counts as one of those that there are.
func (v vocabulary) Rule(name, written string) (kit.Kind, string, error) {
	r, err := rules.Parse(name, written)
	if err == nil {
		v.rules[r.Name] = r
		err = rules.Fit(slices.Collect(maps.Values(v.rules)))
	}
	if err != nil {
		return kit.Kind{}, "", refuse("%s", mistaken(err))
	}
	return v.book.Kind(r), r.String(), nil
}

// presetDesk shows how all protections are set.
type presetDesk struct {
	loop  *loop.Loop
	stand *standings
}

var _ commands.PresetDesk = presetDesk{}

// Arranged is part of commands.PresetDesk.
func (d presetDesk) Arranged() (all protections.Arrangement) {
	d.loop.See(func() { all = d.stand.arranged() })
	return all
}

// ReadArrangement is part of commands.PresetDesk.
func (d presetDesk) ReadArrangement(written string) (protections.Arrangement, error) {
	var v vocabulary
	d.loop.See(func() { v = d.stand.rules.vocabulary() })
	if v.book == nil {
		return nil, desk.Sentence("I am stopping. Write that once more when I am back")
	}
	return protections.ReadArrangement(written, v)
}

// arrange sets several protections at once, by a text: all of it, or nothing.
func (p *protectionChanges) arrange(written string) error {
	to, err := presetDesk{p.loop, p.protectors.stand}.ReadArrangement(written)
	if err != nil {
		return refuse("Nothing of it was taken. %s", err)
	}
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() { err = p.protectors.stand.arrange(to) })
	return err
}
