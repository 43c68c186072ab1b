package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

// ByHandMode is what becomes of bans that moderators make by hand, in any client.
type ByHandMode string

// The modes.
const (
	ByHandAsk  ByHandMode = "ask"  // one question makes them rules
	ByHandAuto ByHandMode = "auto" // they become rules at once
	ByHandOff  ByHandMode = "off"  // they stay what they are
)

// ByHandModes are all of them; the first is the usual one.
func ByHandModes() []ByHandMode { return []ByHandMode{ByHandAsk, ByHandAuto, ByHandOff} }

// ByHandDesk says what becomes of bans that are made by hand.
type ByHandDesk interface {
	ByHand() ByHandMode
}

func byHandCommands(d ByHandDesk) []*command {
	return []*command{{
		name: "by-hand", family: "Bans", effect: sets,
		summary: "say what becomes of bans that moderators make by hand, in any client",
		details: "`ask`: when one of you bans somebody in a protected room, or lifts the ban of somebody whom your own list bans, I ask here whether the rule is to follow; several within a moment are one question. " +
			"`auto`: it follows at once, unless it is wide. `off`: I leave it at that. What other bots do, and what a rule says already, is never asked about.",
		params:   []param{{name: "ask|auto|off", optional: true, doc: "left out, it says how it is now", value: byHandValue}},
		examples: []string{"by-hand", "by-hand auto", "by-hand off"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return byHand(c, d), nil },
	}}
}

var byHandValue = value{hint: "ask, auto or off", parse: func(_ *call, w grammar.Word) (any, error) {
	if mode := ByHandMode(strings.ToLower(w.Text)); slices.Contains(ByHandModes(), mode) {
		return mode, nil
	}
	if best := text.Nearest(w.Text, []string{"ask", "auto", "off"}); best != "" {
		return nil, refuse("%s does not fit. Did you mean %s?", text.Code(text.Clip(w.Text, 60)), text.Code(best))
	}
	return nil, refuse("%s does not fit: write `ask`, `auto` or `off`.", text.Code(text.Clip(w.Text, 60)))
}}

func byHand(c *call, d ByHandDesk) Plan {
	said := map[ByHandMode]string{
		ByHandAsk:  "I ask whether bans that moderators make by hand are to be rules.",
		ByHandAuto: "Bans that moderators make by hand become rules at once.",
		ByHandOff:  "Bans that moderators make by hand stay what they are, and become no rules.",
	}
	to, now := arg[ByHandMode](c, "ask|auto|off"), d.ByHand()
	if to == "" || to == now {
		return says("%s", said[now])
	}
	p := Plan{Effect: "From then on: " + said[to], Answer: said[to]}
	p.change(Change{Kind: SetByHand, Value: string(to)}, "")
	p.harmless = true
	return p
}

// ByHand is what a moderator did by hand in one go: bans, or unbans if Lifted.
type ByHand struct {
	Users  []id.UserID `json:"users"`
	Rooms  []id.RoomID `json:"rooms"`
	Reason string      `json:"reason,omitempty"`
	Lifted bool        `json:"lifted,omitempty"`
}

// Offerable tells whether a user can be offered: one whose name cannot be taken for anything else
// than one user, as a pattern could be.
func Offerable(u id.UserID) bool {
	e, err := readEntity(string(u), false)
	return err == nil && e.kind == policy.User && !e.glob && e.name == string(u) && grammar.Quote(string(u)) == string(u)
}

// MostByHand is how many bans are offered at once.
const MostByHand = 20

// line is the command that has the rules follow, in one list or in the one that is usual.
func (h ByHand) line(list string) string {
	words := []string{pick(h.Lifted, "unban", "ban")}
	for _, u := range h.Users[:min(len(h.Users), MostByHand)] {
		if Offerable(u) {
			words = append(words, string(u))
		}
	}
	if len(words) > 1 && list != "" {
		words = append(words, list)
	}
	reason := text.Clip(text.OneLine(h.Reason), text.MostReason)
	if len(words) > 1 && !h.Lifted && reason != "" {
		// In quotes it begins with no list's name, whatever it is.
		words = append(words, quoted(reason))
	}
	return strings.Join(words, " ")
}

// Offer plans what would make rules of what a moderator did by hand, by the command that would do it, and asks unless it is
// to follow at once. A plan without steps says how to go on, if anything.
func (s *Set) Offer(ctx context.Context, r Request, h ByHand, atOnce bool) (line string, p Plan) {
	line = h.line("")
	if !strings.Contains(line, " ") {
		return line, Plan{}
	}
	k := &known{self: s.hearer.Self, names: s.names}
	where := ""
	if !h.Lifted {
		list, err := k.writable(Ref{})
		if err != nil {
			return line, k.whichList(h, line)
		}
		where = k.listName(list)
	}
	r.Plain = atOnce
	if p = s.Plan(ctx, r, line); len(p.Choices) > 0 && len(p.Steps) == 0 {
		return line, p
	}
	verb := action.WriteRule
	if h.Lifted {
		verb = action.RemoveRule
	}
	rules := 0
	for a := range p.actions() {
		if a.Verb == verb {
			rules++
		}
	}
	switch {
	case rules == 0: // ruled already, by no list of ours, or in a dry run
		return line, Plan{Crash: p.Crash}
	case p.Ask != "" || atOnce:
	case h.Lifted:
		p.Ask, p.Sure = text.Pick(rules, "Remove the rule?", "Remove the rules?"), true
	default:
		p.Ask, p.Sure = fmt.Sprintf("Write the %s into %s?", text.Pick(rules, "rule", "rules"), where), true
	}
	return line, p
}

// whichList offers the lists to write to, if there are several; nothing if there is none.
func (k *known) whichList(h ByHand, line string) Plan {
	lists := k.intoLists(h.line)
	if len(lists) == 0 {
		return Plan{}
	}
	p := says("Which list %s to go to? `!forseti list default <list>` says it from now on. By hand it is %s, with the list behind whom it is about.", text.Pick(len(h.Users), "is the rule", "are the rules"), text.Code("!forseti "+line))
	p.Choices = lists
	return p
}
