package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// RuleDesk is what the commands about rules ask.
type RuleDesk interface {
	// Rules gives the rules of one list, or of all for "".
	Rules(list id.RoomID) []policy.Rule
	// Kept gives those that a list no longer has and that are followed on.
	Kept(list id.RoomID) []policy.Rule
	// Matching gives those that match an entity.
	Matching(kind policy.Kind, entity string) []policy.Rule
	// BannedIn gives the protected rooms that ban a user, whoever did it.
	BannedIn(user id.UserID) []id.RoomID
	// MatchedMembers gives the members of protected rooms about whom a rule
	// decides now.
	MatchedMembers() map[id.UserID]policy.Rule
}

func ruleCommands(d RuleDesk, by OrderDesk) []*command {
	return []*command{{
		name: "rules", family: "Rules", effect: looks,
		summary: "show the rules of one list, or of all",
		params:  []param{{name: "list", optional: true, doc: "a watched list; all of them if left out", value: listOrSought}},
		flags: []flag{
			{name: "kind", value: &kindValue, doc: "only rules about users, servers or rooms"},
			{name: "search", value: &soughtValue, doc: "only rules in whose pattern or reason this stands"},
			{name: "page", value: &pageValue, doc: "where they are too many for one answer"},
		},
		examples: []string{"rules", "rules coc", "rules coc --page 2", "rules --kind server --search evil"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return rules(c, d) },
	}, {
		name: "match", also: []string{"rules matching"}, family: "Rules", effect: looks,
		summary: "show which rules match a user, server or room",
		details: "Patterns and hashed rules are found too, with who wrote them and when. The first rule shown of a user is the one that decides. " +
			"`members` in place of an entity shows whom of those present now a rule bans.",
		params:   []param{{name: "entity", doc: "a user, server or room, or `members`", value: matchValue(d)}},
		examples: []string{"match @spammer:example.org", "rules matching members"},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return match(ctx, c, d, by) },
	}}
}

// matchValue is an entity, or the zero entity for all members.
func matchValue(d RuleDesk) value {
	of := ruled(d)
	return value{hint: of.hint, parse: func(c *call, w grammar.Word) (any, error) {
		if strings.EqualFold(w.Text, "members") && !w.Quoted {
			return entity{}, nil
		}
		return of.parse(c, w)
	}}
}

// listOrSought is a list; of what is none it says how to search for it.
var listOrSought = value{hint: listValue.hint, list: true, like: listValue.like, of: listValue.of, parse: func(c *call, w grammar.Word) (any, error) {
	ref, err := listValue.parse(c, w)
	if r, is := errors.AsType[refusal](err); is && c.nearly(w.Text) == "" {
		err = refuse("%s %s finds the rules in which it stands.", r, text.Code("!forseti rules --search "+grammar.Quote(w.Text)))
	}
	return ref, err
}}

func rules(c *call, d RuleDesk) (Plan, error) {
	var list id.RoomID
	where := "all lists"
	if ref := arg[Ref](c, "list"); ref.Name != "" || ref.Room != "" || ref.Alias != "" {
		l, err := c.findList(ref)
		if err != nil {
			return Plan{}, err
		}
		list, where = l.ID, c.listName(l)
	}
	found := append(d.Rules(list), d.Kept(list)...)
	if len(found) == 0 {
		return says("There are no rules in %s.", pick(list == "", "any list", where)), nil
	}
	kind, sought := option[string](c, "kind"), strings.ToLower(option[string](c, "search"))
	found = slices.DeleteFunc(found, func(r policy.Rule) bool {
		return kind != "" && r.Kind.String() != kind || !strings.Contains(strings.ToLower(r.Entity+"\n"+r.Reason), sought)
	})
	if len(found) == 0 {
		return says("No rule in %s is so.", where), nil
	}
	sortRules(found)
	return rulePage(c, found, list == "", where), nil
}

// rulePage shows those rules that the page holds which was asked for.
func rulePage(c *call, found []policy.Rule, listed bool, where string) Plan {
	page, from, to := max(option[int](c, "page"), 1), 0, 0
	var lines []string
	for n := range page {
		from, lines = to, nil
		for size := 0; to < len(found) && len(lines) < maxLines; to++ {
			line := c.ruleLine(found[to], listed)
			if size += weight(line); size > maxAnswer-1000 {
				break
			}
			lines = append(lines, line)
		}
		if to == len(found) && n+1 < page {
			return says("%s in %s: %s.", text.Count(len(found), "rule"), where, pick(n == 0, "they are on one page", fmt.Sprintf("page %d is the last", n+1)))
		}
	}
	of := text.Count(len(found), "rule") + " in " + where
	if from > 0 {
		of += fmt.Sprintf(", from the %dth on", from+1)
	}
	next := ""
	if left := len(found) - to; left > 0 {
		next = fmt.Sprintf("%d more: %s.", left, text.Code(again(c, "page", fmt.Sprint(page+1))))
	}
	return Plan{Answer: text.Paragraphs(of+":"+listing(lines, ""), next)}
}

// again is the command once more, with another value of one option.
func again(c *call, option, value string) string {
	var said strings.Builder
	said.WriteString("!forseti " + c.command.name)
	if ref := arg[Ref](c, "list"); ref.written() != "" {
		said.WriteString(" " + grammar.Quote(ref.written()))
	}
	for _, f := range c.command.flags {
		if given, is := c.flags[f.name]; is && f.name != option {
			said.WriteString(fmt.Sprintf(" --%s %s", f.name, grammar.Quote(fmt.Sprint(given))))
		}
	}
	return said.String() + " --" + option + " " + value
}

// kindValue is what rules are about.
var kindValue = value{hint: "user, server or room", parse: func(_ *call, w grammar.Word) (any, error) {
	for _, k := range []policy.Kind{policy.User, policy.Server, policy.RoomKind} {
		if strings.EqualFold(w.Text, k.String()) || strings.EqualFold(w.Text, k.String()+"s") {
			return k.String(), nil
		}
	}
	return nil, refuse("%s is no kind of rule: write `user`, `server` or `room`.", text.Code(w.Text))
}}

var soughtValue = value{hint: "text", parse: func(_ *call, w grammar.Word) (any, error) { return w.Text, nil }}

var pageValue = number(1, 100_000)

// someLines shows as many rules as an answer may hold: a list has thousands.
func (k *known) someLines(rules []policy.Rule, listed bool) []string {
	shown := k.ruleLines(rules[:min(len(rules), maxLines)], listed)
	return append(shown, make([]string, len(rules)-len(shown))...)
}

// sortRules puts what does most first, and then goes by name.
func sortRules(rules []policy.Rule) {
	slices.SortFunc(rules, func(a, b policy.Rule) int {
		return cmp.Or(
			cmp.Compare(b.Recommendation, a.Recommendation),
			cmp.Compare(b.Kind, a.Kind),
			strings.Compare(a.Entity, b.Entity),
			strings.Compare(a.Hash, b.Hash),
			cmp.Compare(a.List, b.List),
			strings.Compare(a.StateKey, b.StateKey),
		)
	})
}

func match(ctx context.Context, c *call, d RuleDesk, by OrderDesk) (Plan, error) {
	e := arg[entity](c, "entity")
	if e.name == "" {
		return c.matchedMembers(d), nil
	}
	var found []policy.Rule
	if !e.only {
		found = slices.Clone(d.Matching(e.kind, e.name))
		if e.kind == policy.User {
			found = append(found, d.Matching(policy.Server, policy.ServerOf(id.UserID(e.name)))...)
		}
	}
	found = append(found, e.byText...)
	also := ""
	if len(e.alike) > 0 {
		also = "Besides, " + c.unlike(e.alike)
	}
	if len(found) == 0 {
		return Plan{Answer: text.Paragraphs(fmt.Sprintf("No rule matches %s.", text.Code(e.name)), bannedAllTheSame(c, d, e), also, e.note)}, nil
	}
	verb := pick(len(found) == 1, "rule matches", "rules match")
	if e.only {
		verb = pick(len(found) == 1, "rule has the text", "rules have the text")
	}
	lines, err := writtenLines(ctx, c, by, found, true)
	if err != nil { // the rules are known without the database
		also = text.Paragraphs(also, c.explain(err))
	}
	return Plan{Answer: text.Paragraphs(fmt.Sprintf("%d %s %s:", len(found), verb, text.Code(e.name))+listing(lines, ""), also, e.note)}, nil
}

// bannedAllTheSame says where somebody is banned whom no rule bans, and how to know more; "" if
// nowhere.
func bannedAllTheSame(c *call, d RuleDesk, e entity) string {
	if e.kind != policy.User || e.glob || e.only {
		return ""
	}
	var in []string
	for _, room := range d.BannedIn(id.UserID(e.name)) {
		in = append(in, c.room(room))
	}
	if len(in) == 0 {
		return ""
	}
	return fmt.Sprintf("They are banned in %s all the same: %s says by whom and why.", text.NamedSome(in, mostRoomsBanned), text.Code("!forseti why "+grammar.Quote(e.name)))
}

func (c *call) matchedMembers(d RuleDesk) Plan {
	matched := d.MatchedMembers()
	if len(matched) == 0 {
		return Plan{Answer: "No rule matches anybody who is in a protected room."}
	}
	members := make([]id.UserID, 0, len(matched))
	for u := range matched {
		members = append(members, u)
	}
	slices.Sort(members)
	shown := make([]string, len(members))
	for i, u := range members[:min(len(members), maxLines)] {
		shown[i] = text.Code(string(u)) + " by " + c.ruleLine(matched[u], true)
	}
	return Plan{Answer: "A rule decides about " + text.Count(len(members), "present member") + ":" + listing(shown, "")}
}
