package commands

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/sanction/trust"
	"forseti/text"
)

// OwnRuleDesk is what the commands about the moderators' own rules ask.
type OwnRuleDesk interface {
	// Protections are all, the rules among them.
	Protections() []ProtectionInfo
	// CheckRule reads a rule and gives it in one way of writing it, or says what is wrong.
	CheckRule(name, written string) (rule string, err error)
	// TryRule says what a rule would have hit of the last messages: one by its name, or one
	// as it is written.
	TryRule(ctx context.Context, name, written string) (Tried, error)
	// Caught gives those of the last messages that a rule is true of, likewise, the newest first.
	Caught(ctx context.Context, name, written string) ([]Caught, error)
}

// Caught is a message that a rule is true of.
type Caught struct {
	Said
	At    time.Time // when it came
	Trust trust.Level
}

// Tried is what a rule would have hit.
type Tried struct {
	Number int // of messages, or joins, that it was tried on
	Since  time.Time
	Joins  bool // the rule is about those who join
	Hits   []TriedHit
	More   int            // hits that are not among them
	Users  map[string]int // by how far they are trusted, how many
	Spared int            // of what it is true of besides, for it leaves their senders alone
	Failed error
}

// TriedHit is one message, or join, that a rule would have hit.
type TriedHit struct {
	Room  id.RoomID
	User  id.UserID
	Trust string
	Shown string // what people saw: of who joined, their name
}

func ownRuleCommands(d OwnRuleDesk, bans BanDesk, members MemberDesk) []*command {
	either := param{name: "rule", doc: "the name of a rule of your own; or, of a rule in a list, whom it is about, exactly as it says", value: eitherRule(d, bans)}
	name := param{name: "rule", doc: "the rule's name", value: ownRule(d)}
	fresh := param{name: "name", doc: "its name: small letters, digits, hyphens", value: wordValue}
	written := param{name: "what", doc: "an expression in quotes, then `then` and what follows", value: ruleText}
	const family = "Rules of your own"
	const example = `no-drive-by 'trust() < KNOWN && text.links.size() > 0' then redact, strike "links after a while, please"`
	return []*command{{
		name: "rule add", family: family, effect: sets,
		summary:  "have messages acted on that an expression is true of",
		params:   []param{fresh, written},
		examples: []string{"rule add " + example},
		details: "[rules.md](rules.md) says what an expression can read. What follows is `alert`, `redact`, `strike` (points, by the ladder), `warn`, `mute 1h`, `kick`, `ban 7d`, `ban`, `list-ban` or `takedown`; with commas, also `cooldown 10m` (leave whom it hit alone for so long) and `stop` (ask no rule after it). " +
			"`rule test` shows what it would have hit.",
		plan: func(_ context.Context, c *call) (Plan, error) { return addRule(c, d, false) },
	}, {
		name: "rule edit", family: family, effect: sets,
		summary: "change a rule of your own, or of a list why it is there and until when",
		details: "What stands in the list as of a rule stays: whom it is about, and what it does. Of one that is to end by itself, I have to have written it last; so it is once I have changed it.",
		params:  []param{either, {name: "what", optional: true, doc: "of a rule of your own: an expression in quotes, then `then` and what follows; of a rule in a list: the list, if it is in several", value: ruleText}},
		flags: []flag{
			{name: "reason", value: &wordValue, doc: "of a rule in a list: its new reason, in quotes"},
			{name: "for", value: &banLasts, doc: "of a rule in a list: for how long from now, such as `7d`, or `good`"},
		},
		examples: []string{"rule edit " + example, `rule edit @rude:example.org --reason "he was told twice"`, "rule edit evil.example.org coc --for 30d"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			of, err := whichRule(c, bans)
			if err != nil || !of.own {
				return editListed(ctx, c, bans, of, err)
			}
			return addRule(c, d, true)
		},
	}, {
		name: "rule list", family: family, effect: looks,
		summary:  "show the rules of your own, as you can add them elsewhere",
		examples: []string{"rule list"},
		plan:     func(context.Context, *call) (Plan, error) { return listOwnRules(d), nil },
	}, {
		name: "rule show", family: family, effect: looks,
		summary:  "show a rule of your own and how it is set",
		params:   []param{name},
		examples: []string{"rule show no-drive-by"},
		plan: func(_ context.Context, c *call) (Plan, error) {
			return showProtection(c, arg[ProtectionInfo](c, "rule")), nil
		},
	}, {
		name: "rule test", family: family, effect: looks,
		summary:  "show what a rule would have hit of the last messages, or of who joined last",
		params:   []param{{name: "rule", doc: "the rule's name, or a rule as it would be added", value: ruleText}},
		examples: []string{"rule test no-drive-by", `rule test 'text.capitals > 0.8 && text.words > 5' then alert`},
		details:  "I keep the last 2,000 messages of the protected rooms and the last 500 joins in memory for this, the encrypted ones too, and never on disk. Trust is shown as it was then; whom a list names is looked up now.",
		plan:     func(ctx context.Context, c *call) (Plan, error) { return tryRule(ctx, c, d) },
	}, redactCaught(d, members), {
		name: "rule remove", family: family, effect: sets,
		summary:  "remove a rule of your own, or a rule of a list and leave the bans that it made",
		details:  "`unban` removes rules of lists too, and lifts the bans. With this, whom a rule banned stays banned, until somebody lifts that. What it shut out by server ACLs comes in again, and it holds nobody who comes later.",
		params:   []param{either, {name: "list", optional: true, doc: "of a rule in a list: the list, if it is in several", value: listValue}},
		asks:     "of a rule in a list, if it would hit or free anybody, or let a server in",
		examples: []string{"rule remove no-drive-by", "rule remove @rude:example.org", "rule remove *.example.org coc"},
		plan: func(ctx context.Context, c *call) (Plan, error) {
			of, err := whichRule(c, bans)
			if err != nil || !of.own {
				return removeListed(ctx, c, bans, of, err)
			}
			p := of.rule
			plan := Plan{
				Effect: fmt.Sprintf("The rule %s would be removed.", text.Code(p.ownName())),
				Answer: fmt.Sprintf("The rule %s is removed. This brings it back: %s", text.Code(p.ownName()), text.LongCode(p.command(), mostRule)),
			}
			plan.change(Change{Kind: DropRule, Name: p.ownName()}, "")
			plan.harmless = true
			return plan, nil
		},
	}}
}

// ruleText is the rest of a line as it was written: quotes in it are part of it.
var ruleText = value{hint: "rule", rest: true, raw: true, parse: func(_ *call, w grammar.Word) (any, error) {
	return strings.TrimSpace(w.Raw), nil
}}

// ownName is the rule's name, without what tells it from protections.
func (p ProtectionInfo) ownName() string { return strings.TrimPrefix(p.Name, rulePrefix) }

// called is what moderators call it.
func (p ProtectionInfo) called() string {
	if p.Rule != "" {
		return p.ownName()
	}
	return p.Name
}

// rulePrefix is what the names of rules begin with among those of protections.
const rulePrefix = "rule:"

// command is what adds the rule.
func (p ProtectionInfo) command() string { return "!forseti rule add " + p.ownName() + " " + p.Rule }

func ownRules(all []ProtectionInfo) (rules []ProtectionInfo) {
	for _, p := range all {
		if p.Rule != "" {
			rules = append(rules, p)
		}
	}
	return rules
}

// ownRule finds a rule by its name.
func ownRule(d OwnRuleDesk) value {
	return value{hint: "rule", parse: func(_ *call, w grammar.Word) (any, error) {
		var names []string
		for _, p := range ownRules(d.Protections()) {
			if strings.EqualFold(p.ownName(), strings.TrimPrefix(w.Text, rulePrefix)) {
				return p, nil
			}
			names = append(names, p.ownName())
		}
		if len(names) == 0 {
			return nil, refuse("There is no rule of your own yet; `!forseti rule add` makes one. Rules of policy lists are shown by `!forseti rules`.")
		}
		return nil, noSuch("rule", w.Text, names, "`!forseti rule list` lists them.")
	}}
}

func addRule(c *call, d OwnRuleDesk, edits bool) (Plan, error) {
	name, before := "", ProtectionInfo{}
	if edits {
		before = arg[rule](c, "rule").rule
		name = before.ownName()
	} else {
		name = strings.ToLower(arg[string](c, "name"))
		for _, p := range ownRules(d.Protections()) {
			if p.ownName() == name {
				return Plan{}, refuse("There is a rule %s already: %s. `!forseti rule edit %s …` changes it.", text.Code(name), text.LongCode(p.Rule, mostRule), name)
			}
		}
	}
	if edits && arg[string](c, "what") == "" {
		return Plan{}, misuse{refuse("Something is missing: an expression in quotes, then `then` and what follows.")}
	}
	rule, err := d.CheckRule(name, arg[string](c, "what"))
	if err != nil {
		return Plan{}, err
	}
	if edits && rule == before.Rule {
		return says("%s is so already.", text.Code(name)), nil
	}
	p := Plan{
		Effect: fmt.Sprintf("%s would be: %s.", text.Code(name), text.LongCode(rule, mostRule)),
		Answer: fmt.Sprintf("%s is on: %s. %s shows what it would have hit lately, and with %s it only says what it would do.",
			text.Code(name), text.LongCode(rule, mostRule), text.Code("!forseti rule test "+name), text.Code("!forseti rule shadow "+name)),
	}
	if edits {
		p.Answer = fmt.Sprintf("%s was %s, and is now %s. It is %s.", text.Code(name), text.LongCode(before.Rule, mostRule), text.LongCode(rule, mostRule), before.Mode)
	}
	p.change(Change{Kind: SetRule, Name: name, Value: rule}, "")
	p.harmless = true
	return p, nil
}

func listOwnRules(d OwnRuleDesk) Plan {
	rules := ownRules(d.Protections())
	if len(rules) == 0 {
		return says("There are no rules of your own. `!forseti help rule add` shows how to make one.")
	}
	var shown []string
	for _, p := range rules {
		apart := ""
		if n := len(p.apart(p.Mode)); n > 0 {
			apart = fmt.Sprintf(" (and not in %s)", text.Count(n, "room"))
		}
		shown = append(shown, fmt.Sprintf("**%s**%s: %s", p.Mode, apart, text.LongCode(p.command(), mostRule)))
	}
	return says("Rules of your own:%s", listing(shown, ""))
}

func tryRule(ctx context.Context, c *call, d OwnRuleDesk) (Plan, error) {
	written := arg[string](c, "rule")
	name := "This rule"
	asked := ""
	for _, p := range ownRules(d.Protections()) {
		if strings.EqualFold(p.ownName(), written) {
			name, asked, written = text.Code(p.ownName()), p.ownName(), ""
		}
	}
	if asked == "" && !strings.ContainsAny(written, " ") {
		_, err := ownRule(d).parse(c, grammar.Word{Text: written, Raw: written})
		return Plan{}, err
	}
	t, err := d.TryRule(ctx, asked, written)
	switch {
	case err != nil:
		return Plan{}, err
	case t.Number == 0 && t.Joins:
		return says("%s is about those who join, and nobody has joined a protected room since I started, so there is nothing to try it on.", name), nil
	case t.Number == 0:
		return says("Nothing was said in the protected rooms since I started, so there is nothing to try it on."), nil
	}
	over := fmt.Sprintf("the last %s (since %s)", text.Count(t.Number, pick(t.Joins, "join", "message")), t.Since.In(c.names.Zone()).Format("2 January 15:04 MST"))
	if t.Failed != nil {
		return says("%s cannot be tried on %s: %s.", name, over, text.Escape(t.Failed.Error(), text.MostReason)), nil
	}
	n := len(t.Hits) + t.More
	besides := ""
	if t.Spared > 0 {
		besides = fmt.Sprintf(" It is true of %d besides, of moderators or others whom it leaves alone.", t.Spared)
	}
	if n == 0 {
		return says("%s would have hit nothing of %s.%s", name, over, besides), nil
	}
	var by []string
	for _, level := range []string{"new", "known", "regular", "trusted"} {
		if users := t.Users[level]; users > 0 {
			by = append(by, fmt.Sprintf("%d %s", users, level))
		}
	}
	var shown []string
	for _, h := range t.Hits {
		what := ": " + text.Code(text.Brief(h.Shown, mostTried))
		switch {
		case t.Joins && h.Shown == "":
			what = ", without a name"
		case t.Joins:
			what = ", as " + strings.TrimPrefix(what, ": ")
		}
		shown = append(shown, fmt.Sprintf("%s (%s) in %s%s", text.Code(string(h.User)), h.Trust, c.room(h.Room), what))
	}
	if t.More > 0 {
		shown = append(shown, fmt.Sprintf("… and %d more", t.More))
	}
	return says("%s would have hit %d of %s. Whose they were: %s.%s%s", name, n, over, strings.Join(by, ", "), besides, listing(shown, "")), nil
}

// mostRule is how much of a rule is shown: all of it.
const mostRule = 6000

// mostTried is how much is shown of a message that a rule would have hit.
const mostTried = 120
