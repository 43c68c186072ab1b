package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/desk"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/protections/rules"
	"forseti/sanction"
	"forseti/text"
)

// ruleNamespace holds the moderators' own rules, as they are written.
const ruleNamespace = "own_rule"

// rulebook is the moderators' own rules. Each runs as a protection does.
type rulebook struct {
	commits *commits.Writer
	speaker *speaker
	book    *rules.Book
	rules   map[string]rules.Rule
	failed  map[string]error // rules that are to be put into shadow
}

func newRulebook(w *commits.Writer, s *speaker, who acquaintance) *rulebook {
	b := &rulebook{commits: w, speaker: s, book: rules.NewBook(who), rules: map[string]rules.Rule{}, failed: map[string]error{}}
	b.book.Failed = func(rule string, err error) { b.failed[rule] = err }
	return b
}

// acquaintance is what rules may ask of users.
type acquaintance struct {
	world  *enforce.World
	named  func(list id.RoomID) string
	ledger *sanction.Ledger
}

var _ rules.People = acquaintance{}

// Points is part of rules.People.
func (a acquaintance) Points(u id.UserID, at time.Time) float64 { return a.ledger.Points(u, at) }

// Listed is part of rules.People.
func (a acquaintance) Listed(list string, u id.UserID) bool {
	in := func(r policy.Rule) bool { return string(r.List) == list || a.named(r.List) == list }
	return slices.ContainsFunc(a.world.Rules.Matching(policy.User, string(u)), in) ||
		slices.ContainsFunc(a.world.Rules.Matching(policy.Server, policy.ServerOf(u)), in)
}

// kinds are the protections, and the rules behind them.
func (b *rulebook) kinds() []kit.Kind {
	all := slices.Clone(protections.Kinds())
	for _, name := range slices.Sorted(maps.Keys(b.rules)) {
		all = append(all, b.book.Kind(b.rules[name]))
	}
	return all
}

// find gives a protection or a rule by its name.
func (b *rulebook) find(name string) (kit.Kind, bool) {
	if kind, ok := protections.Find(name); ok {
		return kind, true
	}
	for of, r := range b.rules {
		if rules.Prefix+of == name {
			return b.book.Kind(r), true
		}
	}
	return kit.Kind{}, false
}

// written is a rule as it is written; "" if the protection of that name is none.
func (b *rulebook) written(name string) string {
	for of, r := range b.rules {
		if rules.Prefix+of == name {
			return r.String()
		}
	}
	return ""
}

// load takes up the stored rules. One that cannot be read any more is told, and stays
// stored.
func (b *rulebook) load(stored map[string]json.RawMessage) {
	for name, raw := range stored {
		var written string
		err := json.Unmarshal(raw, &written)
		if err == nil {
			var r rules.Rule
			if r, err = rules.Parse(name, written); err == nil {
				b.rules[r.Name] = r
				continue
			}
		}
		b.speaker.problem(ruleKey(name), fmt.Sprintf("Your rule %s cannot be read by this version, so it is off: %s. %s changes it, and %s removes it.",
			text.Code(name), err, text.Code("!forseti rule add "+name+" …"), text.Code("!forseti rule remove "+name)))
	}
}

func ruleKey(name string) report.Key {
	return report.Key{Kind: report.Protection, Subject: "rule " + name}
}

// check reads a rule that is to be added, or to replace one.
func (b *rulebook) check(name, written string) (rules.Rule, error) {
	r, err := rules.Parse(name, written)
	if err != nil {
		return r, err
	}
	all := maps.Clone(b.rules)
	all[r.Name] = r
	return r, rules.Fit(slices.Collect(maps.Values(all)))
}

// set adds or replaces a rule, and drop removes one.
func (b *rulebook) set(r rules.Rule) {
	b.rules[r.Name] = r
	b.commits.Setting(ruleNamespace, r.Name, r.String())
	b.speaker.report.Problems.Solved(ruleKey(r.Name))
}

func (b *rulebook) drop(name string) {
	delete(b.rules, name)
	b.commits.Setting(ruleNamespace, name, nil)
	b.speaker.report.Problems.Solved(ruleKey(name))
}

// change adds, replaces or removes a rule.
func (st *standings) changeRule(c commands.Change) error {
	if c.Kind == commands.DropRule {
		kind, known := st.rules.find(rules.Prefix + c.Name)
		if st.rules.drop(c.Name); known {
			st.set.Use(kind, kit.Standing{})
		}
		delete(st.of, rules.Prefix+c.Name)
		st.commits.Setting(protectionNamespace, rules.Prefix+c.Name, nil)
		return nil
	}
	r, err := st.rules.check(c.Name, c.Value)
	if err != nil {
		return refuse("%s", mistaken(err))
	}
	before, known := st.rules.find(rules.Prefix + r.Name)
	stand := st.of[rules.Prefix+r.Name]
	if known {
		st.set.Use(before, kit.Standing{}) // what ran is not what runs now
	} else {
		stand = kit.Standing{Mode: kit.On}
	}
	st.rules.set(r)
	kind, _ := st.rules.find(rules.Prefix + r.Name)
	st.change(kind, stand)
	return nil
}

// demote puts rules that failed into shadow, and says so: what is wrong once may be wrong
// for every message.
func (st *standings) demote() {
	for _, name := range slices.Sorted(maps.Keys(st.rules.failed)) {
		err := st.rules.failed[name]
		delete(st.rules.failed, name)
		kind, known := st.rules.find(rules.Prefix + name)
		stand := st.of[rules.Prefix+name]
		if !known || !stand.Somewhere(kit.On) {
			continue
		}
		stand = stand.WithMode("", kit.Shadow)
		for room := range stand.Rooms {
			if mode, _ := stand.In(room); mode == kit.On {
				stand = stand.WithMode(room, kit.Shadow)
			}
		}
		st.unasked(kind, stand, "itself, for it failed on a message")
		st.speaker.problem(ruleKey(name), fmt.Sprintf("Your rule %s failed on a message: %s. It is in shadow now. %s changes it, and %s has it act again.",
			text.Code(name), err, text.Code("!forseti rule edit "+name+" …"), text.Code("!forseti rule enable "+name)))
	}
}

// mistaken says what is wrong with a rule.
func mistaken(err error) string {
	if m, ok := errors.AsType[*rules.Mistake](err); ok {
		return m.Error()
	}
	return text.Escape(err.Error(), text.MostReason)
}

// ownRuleDesk shows the moderators' own rules, and tries them.
type ownRuleDesk struct {
	protectionDesk
}

var _ commands.OwnRuleDesk = ownRuleDesk{}

// CheckRule is part of commands.OwnRuleDesk.
func (d ownRuleDesk) CheckRule(name, written string) (rule string, err error) {
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	d.loop.See(func() {
		var r rules.Rule
		if r, err = d.protectors.stand.rules.check(name, written); err == nil {
			rule = r.String()
		}
	})
	if err != nil {
		return "", refuse("%s", mistaken(err))
	}
	return rule, nil
}

// lately gives a rule, by its name or as it is written, and what it can be tried on.
// shown is what people saw of each, as far as moderators may read it in their room.
func (d ownRuleDesk) lately(name, written string) (r rules.Rule, said []rules.Said, shown func(rules.Said) string, err error) {
	secret := false
	err = desk.Sentence("I am stopping. Write that once more when I am back")
	d.loop.See(func() {
		if name != "" {
			r, err = d.protectors.stand.rules.rules[name], nil
		} else {
			r, err = d.protectors.stand.rules.check("a-rule", written)
		}
		if r.When != nil {
			said = d.protectors.stand.rules.book.Lately(r.When)
		}
		secret = d.protectors.evidence.secret()
	})
	switch {
	case err != nil:
		return r, nil, nil, refuse("%s", mistaken(err))
	case r.When == nil:
		return r, nil, nil, refuse("There is no rule %s any more", text.Code(name))
	}
	shown = func(s rules.Said) string {
		if s.Encrypted && !secret {
			return notShown
		}
		return s.Shown()
	}
	return r, said, shown, nil
}

// Caught is part of commands.OwnRuleDesk. It is no work for the owner.
func (d ownRuleDesk) Caught(_ context.Context, name, written string) (all []commands.Caught, err error) {
	r, said, shown, err := d.lately(name, written)
	if err == nil && r.When.Joins() {
		err = refuse("That is about those who join, and not about what they write")
	}
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(said) {
		holds, err := s.Try(r.When, d.listed)
		if err != nil {
			return nil, refuse("It cannot be tried on what was said: %s", text.Escape(err.Error(), text.MostReason))
		}
		if holds {
			all = append(all, commands.Caught{Said: commands.Said{Room: s.Room.ID, Event: s.Event, By: s.Sender.ID, Text: shown(s)}, At: s.At, Trust: s.Trust})
		}
	}
	return all, nil
}

// TryRule is part of commands.OwnRuleDesk. It is no work for the owner.
func (d ownRuleDesk) TryRule(_ context.Context, name, written string) (commands.Tried, error) {
	r, said, shown, err := d.lately(name, written)
	if err != nil {
		return commands.Tried{}, err
	}
	tried := commands.Tried{Number: len(said), Joins: r.When.Joins(), Users: map[string]int{}}
	if len(said) == 0 {
		return tried, nil
	}
	tried.Since = said[0].At
	var hit []rules.Said
	for _, s := range slices.Backward(said) {
		holds, err := s.Try(r.When, d.listed)
		if err != nil {
			tried.Failed = err
			return tried, nil
		}
		if holds {
			hit = append(hit, s)
		}
	}
	users := map[id.UserID]bool{}
	for s, spared := range d.spared(r, hit) {
		if spared {
			tried.Spared++
			continue
		}
		if !users[s.Sender.ID] {
			users[s.Sender.ID] = true
			tried.Users[s.Trust.String()]++
		}
		if len(tried.Hits) >= mostTried {
			tried.More++
			continue
		}
		tried.Hits = append(tried.Hits, commands.TriedHit{Room: s.Room.ID, User: s.Sender.ID, Trust: s.Trust.String(), Shown: shown(s)})
	}
	return tried, nil
}

// spared gives each of what a rule is true of, and whether the rule leaves its sender alone there by now.
func (d ownRuleDesk) spared(r rules.Rule, hit []rules.Said) iter.Seq2[rules.Said, bool] {
	spared := make([]bool, len(hit))
	d.loop.See(func() {
		stand := d.protectors.stand
		kind, now := stand.rules.book.Kind(r), time.Now()
		for i, s := range hit {
			if room := d.protectors.world.Room(s.Room.ID); room != nil {
				spared[i] = stand.set.Spares(kind, stand.of[kind.Name], room, s.Sender.ID, now)
			}
		}
	})
	return func(yield func(rules.Said, bool) bool) {
		for i, s := range hit {
			if !yield(s, spared[i]) {
				return
			}
		}
	}
}

// listed asks the owner whether a list names a user.
func (d ownRuleDesk) listed(list string, u id.UserID) (is bool) {
	d.loop.See(func() { is = d.protectors.stand.rules.book.Listed(list, u) })
	return is
}

// mostTried is how many messages are shown that a rule would have hit.
const mostTried = 10
