package community

import (
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/protections/rules"
	"forseti/sanction"
	"forseti/text"
)

// arranged is how all protections and rules are set.
func (st *standings) arranged() (all protections.Arrangement) {
	for _, kind := range st.rules.kinds() {
		all = append(all, protections.Arranged{Kind: kind, Standing: st.of[kind.Name], Rule: st.rules.written(kind.Name)})
	}
	return all
}

// whole is all that is set about protections.
func (p *protectors) whole() protections.Whole {
	return protections.Whole{Protections: p.stand.arranged(), Shared: []sanction.Shared{
		{Name: "ladder", Values: p.follows.ledger.Ladder.Written()},
		{Name: "notice", Values: p.follows.wording.Written()},
		{Name: "alerts", Values: p.follows.calls.set.Written()},
		{Name: "posture", Values: p.posture.watch.Routine().Written()},
		{Name: "time", Values: p.posture.clock.set.Written()},
	}}
}

// arrange sets several things at once. Each was read before, so that there is none that
// cannot be set.
func (p *protectors) arrange(to protections.Whole, now time.Time) error {
	if err := p.stand.arrange(to.Protections); err != nil {
		return err
	}
	for _, s := range to.Shared {
		if err := p.share(s, now); err != nil {
			return err
		}
	}
	return nil
}

// share sets what holds for all protections.
func (p *protectors) share(s sanction.Shared, now time.Time) error {
	switch s.Name {
	case "ladder":
		l, err := sanction.ParseLadder(s.Values)
		if err == nil {
			p.follows.useLadder(l)
		}
		return err
	case "notice":
		w, err := sanction.ParseWording(s.Values)
		if err == nil {
			p.follows.setNotice(templateKey, w.Template)
			p.follows.setNotice(hereKey, w.Here)
			p.follows.setNotice(appealKey, w.Appeal)
		}
		return err
	case "alerts":
		set, err := sanction.ParseCalls(s.Values, nil)
		if err == nil {
			p.follows.calls.change(set)
		}
		return err
	case "posture":
		r, err := sanction.ParseRoutine(s.Values)
		if err == nil {
			p.posture.follow(r, now)
		}
		return err
	case "time":
		set, err := sanction.ParseClock(s.Values, nil)
		if err == nil {
			p.posture.liveBy(set, now)
		}
		return err
	default:
		return refuse("I do not know how to set %s", text.Code(s.Name))
	}
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
	callable
}

var _ protections.Known = vocabulary{}

func (p *protectors) vocabulary() vocabulary {
	return vocabulary{p.stand.rules.book, maps.Clone(p.stand.rules.rules), p.callable()}
}

// callable are who may be called, and who is, so that what is set can be set again.
type callable map[id.UserID]bool

func (p *protectors) callable() callable {
	c := callable{}
	for _, m := range p.set.Team() {
		c[m.User] = true
	}
	for _, u := range p.follows.calls.set.Ping {
		c[id.UserID(u)] = true
	}
	return c
}

var _ sanction.Ground = callable{}

// Moderator is part of sanction.Ground.
func (c callable) Moderator(u id.UserID) bool { return c[u] }

// Zone is part of sanction.Ground.
func (callable) Zone(name string) error {
	_, err := sanction.ParseZone(name, time.LoadLocation)
	return err
}

// Now is the time.
func (callable) Now() time.Time { return time.Now() }

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
	loop       *loop.Loop
	protectors *protectors
}

var _ commands.PresetDesk = presetDesk{}

// Arranged is part of commands.PresetDesk.
func (d presetDesk) Arranged() (all protections.Whole) {
	d.loop.See(func() { all = d.protectors.whole() })
	return all
}

// ReadWhole is part of commands.PresetDesk.
func (d presetDesk) ReadWhole(written string) (protections.Whole, error) {
	var v vocabulary
	d.loop.See(func() { v = d.protectors.vocabulary() })
	if v.book == nil {
		return protections.Whole{}, desk.Sentence("I am stopping. Write that once more when I am back")
	}
	return protections.ReadWhole(written, v)
}

// arrange sets several things at once, by a text: all of it, or nothing.
func (p *protectionChanges) arrange(written string) error {
	to, err := presetDesk{p.loop, p.protectors}.ReadWhole(written)
	if err != nil {
		return refuse("Nothing of it was taken. %s", err)
	}
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	p.loop.See(func() { err = p.protectors.arrange(to, time.Now()) })
	return err
}
