package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/sanction/trust"
	"forseti/text"
)

// mostCaught is how many messages one command removes by a rule.
const mostCaught = 500

// redactCaught is the command that removes what a rule is true of.
func redactCaught(d OwnRuleDesk, members MemberDesk) *command {
	ago := sinceValue(leastSince, mostSince)
	return &command{
		name: "rule redact", family: "Rules of your own", effect: moderates, long: always,
		summary: "remove those of the last messages that a rule, or an expression, is true of",
		details: fmt.Sprintf("It looks through the messages that `rule test` does, and shows first whose they are. What moderators wrote stays. The newest %d go at once. A rule that is switched off can be used so too; what the rule itself would do, it does not.", mostCaught),
		params: []param{
			{name: "rule", doc: "the name of a rule of your own, or an expression in quotes", value: wordValue},
			{name: "reason", optional: true, doc: "why", value: textValue},
		},
		flags:    []flag{{name: "since", value: &ago, doc: "only what came since then, such as `2h`, or a date"}, inRooms},
		asks:     "always",
		examples: []string{"rule redact no-drive-by", `rule redact 'text.body.contains("earn $")' spam --since 2h`},
		plan:     func(ctx context.Context, c *call) (Plan, error) { return removeCaught(ctx, c, d, members) },
	}
}

// caughtBy gives the messages that the rule which is named is true of, or that an expression is.
func caughtBy(ctx context.Context, c *call, d OwnRuleDesk) ([]Caught, error) {
	written := arg[string](c, "rule")
	for _, p := range ownRules(d.Protections()) {
		if strings.EqualFold(p.ownName(), strings.TrimPrefix(written, rulePrefix)) {
			return d.Caught(ctx, p.ownName(), "")
		}
	}
	if !strings.ContainsAny(written, " .()<>=!") {
		_, err := ownRule(d).parse(c, grammar.Word{Text: written, Raw: written})
		return nil, err
	}
	return d.Caught(ctx, "", written+" then redact")
}

func removeCaught(ctx context.Context, c *call, d OwnRuleDesk, members MemberDesk) (Plan, error) {
	rooms, err := c.rooms()
	if err != nil {
		return Plan{}, err
	}
	ago, err := c.agoOf("since", members.Now(), 0, leastSince, mostSince)
	if err != nil {
		return Plan{}, err
	}
	all, err := caughtBy(ctx, c, d)
	if err != nil {
		return Plan{}, err
	}
	spared := map[id.UserID]bool{c.self: true}
	for _, one := range all {
		if _, known := spared[one.By]; !known {
			spared[one.By] = len(members.Spared(string(one.By))) > 0
		}
	}
	all = slices.DeleteFunc(all, func(one Caught) bool {
		return spared[one.By] || len(rooms) > 0 && !slices.Contains(rooms, one.Room) || ago > 0 && one.At.Before(members.Now().Add(-ago))
	})
	more := max(len(all)-mostCaught, 0)
	all = all[:len(all)-more]
	p := Plan{Ask: "Remove them?", Fresh: true}
	var found []Caught
	begun := members.Now()
	for i, one := range all {
		kept, err := members.Message(ctx, one.Room, one.Event)
		if ctx.Err() != nil {
			return Plan{}, ctx.Err()
		}
		if err != nil { // it is gone by now, or must stay
			continue
		}
		found = append(found, one)
		p.Exhibits = append(p.Exhibits, kept...)
		p.want(action.Action{Verb: action.Redact, Room: one.Room, User: one.By, Event: one.Event, Reason: arg[string](c, "reason")})
		if c.Progress != nil && members.Now().Sub(begun) > time.Second {
			c.Progress(fmt.Sprintf("Looking: %d of %s read.", i+1, text.Count(len(all), "message")), i+1, len(all))
		}
	}
	if len(found) == 0 {
		return says("Of the last messages there is none that it is true of and that could be removed."), nil
	}
	what, by := caughtWords(c, found)
	rest := ""
	if more > 0 {
		rest = fmt.Sprintf("%d more are older, and stay until you write that again.", more)
	}
	p.Effect, p.Answer = text.Paragraphs("I would remove "+what, rest), text.Paragraphs("Removing "+what, rest)
	p.Weight = Weight{Hit: by}
	return p, nil
}

// caughtWords says what is removed, and of how many users: first of those who are not new.
func caughtWords(c *call, found []Caught) (said string, users int) {
	by, in := map[id.UserID]trust.Level{}, map[id.RoomID]bool{}
	for _, one := range found {
		by[one.By], in[one.Room] = max(by[one.By], one.Trust), true
	}
	var known []string
	for _, u := range slices.Sorted(maps.Keys(by)) {
		if by[u] > trust.New {
			known = append(known, fmt.Sprintf("%s (%s)", text.Code(string(u)), by[u]))
		}
	}
	said = fmt.Sprintf("%s of %s (%s) in %s.", text.Count(len(found), "message"), text.Count(len(by), "user"), names(slices.Sorted(maps.Keys(by))), inSome(c, in))
	if len(known) > 0 {
		said += fmt.Sprintf(" **Not new**: %s.", text.NamedSome(known, mostNames))
	}
	if shown := found[0].Text; shown != "" {
		said += " The latest is: " + text.Code(text.Brief(shown, mostTried))
	}
	return said, len(by)
}
