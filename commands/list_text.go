package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"forseti/policy"
	"forseti/text"
)

func listTextCommands(bans BanDesk, lists ListDesk, files FileDesk) []*command {
	return []*command{{
		name: "list import", family: "Lists", effect: moderates, long: always,
		summary:  "write many rules into a list: one user, server or room on each line of a text",
		details:  fmt.Sprintf("A line may begin with `ban`, `takedown` or `exempt`, and go on with a reason; a line that begins with `#` says nothing. What `list export` gives is read as it is, and so is JSON with the state of a policy list, of Mjolnir, Draupnir or any other, as a homeserver or a client writes it. All of the text is checked before any of it is written, and what the list says already is left alone. At most %d rules at once.", mostImported),
		params:   []param{{name: "list", optional: true, doc: "the list to write to; may be left out if there is only one I may write to, or a default", value: listValue}},
		flags:    []flag{{name: "room", value: &roomValue, doc: "in place of a text, take the bans of this room that no list made, and whom its server ACL shuts out by hand"}},
		reads:    "the text, or the JSON, in a code block, from the second line on; or none, and it is the caption of a file or in reply to one",
		asks:     "always",
		examples: []string{"list import coc", "list import coc --dry-run", "list import coc --room #lobby:example.org"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return importRules(ctx, c, bans, files) },
	}, {
		name: "list export", family: "Lists", effect: looks,
		summary:  "write the rules of a list as text",
		details:  "`list import` takes it, here or elsewhere. What no command would write, as rules that match nobody, stands in it as a comment.",
		params:   []param{{name: "list", doc: "a watched list", value: listValue}},
		examples: []string{"list export coc"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return exportRules(ctx, c, bans, lists) },
	}}
}

func importRules(ctx context.Context, c *call, d BanDesk, f FileDesk) (Plan, error) {
	list, err := c.writableAt(ctx, d, arg[Ref](c, "list"))
	if err != nil {
		return Plan{}, err
	}
	rules, left, err := given(ctx, c, d, f)
	if err != nil {
		return Plan{}, err
	}
	has := d.Rules(list.ID)
	if c.flags["room"] != nil {
		has = d.Rules("")
	}
	fresh, there, ours := c.fresh(list, rules, has)
	not := left
	if there > 0 {
		not = text.Paragraphs(not, fmt.Sprintf("%s %s there already.", text.Count(there, "rule"), text.Pick(there, "stands", "stand")))
	}
	if len(ours) > 0 {
		not = text.Paragraphs(not, fmt.Sprintf("I leave out %s, for that is me, or our own server.", text.Named(ours, 10)))
	}
	switch exempts := slices.ContainsFunc(fresh, func(r policy.Rule) bool { return r.Recommendation == policy.Exempt }); {
	case len(fresh) == 0:
		return says("%s", text.Paragraphs("There is nothing to write.", not)), nil
	case len(fresh) > mostImported:
		return Plan{}, refuse("That would be %d new rules, and I write %d at once. Take them in parts.", len(fresh), mostImported)
	case exempts && !list.Exempts:
		not = text.Paragraphs(not, fmt.Sprintf("The exemptions of %s are not followed here, unless you write `!forseti list exempt` with its name and `on`.", c.listName(list)))
	}
	e := d.Preview(fresh, nil)
	shown := make([]string, len(fresh))
	for i, r := range fresh[:min(len(fresh), 20)] {
		shown[i] = c.ruleLine(r, false)
	}
	lines := listing(shown[:min(len(fresh), 20)], "")
	if more := len(fresh) - 20; more > 0 {
		lines += fmt.Sprintf("\n\n… and %d more", more)
	}
	p := Plan{Weight: e.Weight(), Ask: fmt.Sprintf("Write %s into %s?", text.Pick(len(fresh), "it", "them"), c.listName(list))}
	p.Effect = text.Paragraphs(fmt.Sprintf("%s would be written into %s:", text.Count(len(fresh), "new rule"), c.listName(list))+lines, wouldDo(c, e), not)
	p.Answer = text.Paragraphs(fmt.Sprintf("Wrote %s into %s.", text.Count(len(fresh), "rule"), c.listName(list)), not)
	for _, r := range fresh {
		p.do(writeRule(r, ruleKey(r)), "wrote the rule for "+text.Code(nameOf(r)))
	}
	return p, nil
}

// given are the rules that are to be written: those of a text or of an export, of which some may be left out, or what was
// banned in a room.
func given(ctx context.Context, c *call, d BanDesk, f FileDesk) (rules []policy.Rule, left string, err error) {
	room, err := c.within()
	if err != nil {
		return nil, "", err
	}
	if room != "" {
		rules = slices.DeleteFunc(d.RoomBans(room), dead)
		if len(rules) == 0 {
			return nil, "", refuse("Nobody is banned in %s but by lists, and its server ACL shuts out nobody else.", c.room(room))
		}
		sortRules(rules)
		return rules, "", nil
	}
	written, err := c.text(ctx, f, "list export <list>")
	if err != nil {
		return nil, "", err
	}
	if isJSON(written) {
		x, err := readExport(written)
		if err != nil {
			return nil, "", err
		}
		return x.rules, x.said(), nil
	}
	rules, err = readRules(written)
	return rules, "", err
}

// wouldDo says what rules would do together.
func wouldDo(c *call, e Effect) string {
	said := "They hit nobody who is present now."
	if e.hits() {
		said = "They would " + c.hits(e) + "."
	}
	if freed := frees(e); freed != "" {
		said += " They would " + freed + "."
	}
	if e.Everyone {
		said += " **They match everyone**, also who comes later."
	}
	for _, more := range broad(e) {
		said += " " + more
	}
	if len(e.Guarded) > 0 {
		said += fmt.Sprintf(" They match moderators, whom I spare: %s.", text.Named(e.Guarded, 10))
	}
	if e.OwnServer {
		said += " They match our own server, or a moderator's, which I never shut out."
	}
	return said
}

// fresh are the rules that a list does not have; there is how many it has, and ours whom no
// rule may be about.
func (k *known) fresh(list List, rules, has []policy.Rule) (fresh []policy.Rule, there int, ours []string) {
	is := map[policy.Rule]bool{}
	key := func(r policy.Rule) policy.Rule {
		r = plainRule(r)
		r.Reason, r.Until = "", 0
		return r
	}
	for _, r := range has {
		is[key(r)] = true
	}
	for _, r := range rules {
		own := r.Kind == policy.Server && r.Matches(k.self.Homeserver()) || r.Kind == policy.User && !r.IsGlob() && r.Matches(string(k.self))
		switch {
		case is[key(r)]:
			there++
		case isBan(r) && own:
			ours = append(ours, nameOf(r))
		default:
			r.List = list.ID
			fresh = append(fresh, r)
		}
	}
	return fresh, there, ours
}

func exportRules(ctx context.Context, c *call, d BanDesk, lists ListDesk) (Plan, error) {
	l, err := c.listAt(ctx, lists)
	if err != nil {
		return Plan{}, err
	}
	rules := d.Rules(l.ID)
	if len(rules) == 0 {
		return says("There are no rules in %s.", c.listName(l)), nil
	}
	sortRules(rules)
	block := codeBlock(rulesAsText(rules))
	said := "`!forseti list import` takes it, with this block below it."
	if weight(block) <= 2*maxAnswer-1000 {
		return Plan{Answer: block + "\n\n" + said}, nil
	}
	p, fits := filed(c, "forseti-list.txt", rulesAsText(rules), "list import <list>")
	if !fits {
		return Plan{}, refuse("That is too long for a file.")
	}
	return p, nil
}

// rulesAsText writes rules one on a line.
func rulesAsText(rules []policy.Rule) string {
	var b strings.Builder
	for _, r := range rules {
		line, whole := writtenAsLine(r)
		if !whole {
			line = "# " + text.OneLine(text.Clip(fmt.Sprintf("%s %s %s %s", r.Recommendation, r.Kind, nameOf(r), r.Reason), 300))
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}
