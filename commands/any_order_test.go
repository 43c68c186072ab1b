package commands

import (
	"slices"
	"strings"
	"testing"

	"forseti/commands/grammar"
)

// inAnyOrder are the commands whose first two words fit the other way round as well, and mean something else then, by why.
var inAnyOrder = map[string]string{
	"list create": "both are names that a list is to have", "reasons remove": "both are words of a reason", "rule add": "whether an expression is one is not asked of a fake", "rule redact": "no rule is written in either place",
	"notice appeal": "both are words of a text", "notice here": "both are words of a text", "notice set": "both are words of a text", "alerts words": "what it begins with is a text",
}

// Whoever turns round what a command is about is understood, or shown the line as it ought to be.
func TestWordsInAnyOrder(t *testing.T) {
	w := prepared()
	s := newSet(w)
	plan := func(line string) Plan {
		return s.Plan(t.Context(), Request{Sender: mod, Event: "$1", Room: "!mods:ours.example"}, line)
	}
	understood, shown := 0, 0
	for _, cmd := range s.commands {
		for _, example := range append(slices.Clone(cmd.examples), acting[cmd.name]) {
			head, below := grammar.Below(example)
			words, _ := grammar.Split(head)
			found, args := s.find(words)
			if found != cmd || len(args) < 2 || inAnyOrder[cmd.name] != "" || below != "" {
				continue
			}
			at := placed(&call{command: cmd}, args)
			if len(at) < 2 || at[1] != at[0]+1 || cmd.params[0].several && kindOf(args[at[0]]) == kindOf(args[at[1]]) {
				continue
			}
			line := strings.TrimSuffix(example, join(args).Raw)
			right := plan(example)
			args = slices.Clone(args)
			args[at[0]], args[at[1]] = args[at[1]], args[at[0]]
			line += join(args).Raw
			switch got := plan(line); {
			case got.Answer == right.Answer && got.Effect == right.Effect:
				understood++
			case len(got.Steps) == 0 && strings.Contains(got.Answer, "Did you mean `!forseti "):
				shown++
			case len(right.Steps) > 0 || cmd.effect == looks:
				t.Errorf("%s: %s", line, got.Answer)
			}
		}
	}
	if understood < 10 || shown < 40 {
		t.Errorf("%d were understood, and of %d the right line was shown", understood, shown)
	}
	for line, want := range map[string]string{
		"powerlevel #lobby:ours.example @u:hs 50":                   "=powerlevel @u:hs 50 #lobby:ours.example",
		"powerlevel 50 #lobby:ours.example @u:hs":                   "=powerlevel @u:hs 50 #lobby:ours.example",
		"alias add !lobby:ours.example #n:ours.example":             "=alias add #n:ours.example !lobby:ours.example",
		"alias add #lobby:ours.example #new:ours.example":           "Did you mean `!forseti alias add #new:ours.example #lobby:ours.example`?",
		"powerlevel 50 60":                                          "is no user",
		"mute spam @rude:calm.example too":                          "Did you mean `!forseti mute @rude:calm.example spam too`?",
		"ladder set 40 mute":                                        "Did you mean `!forseti ladder set mute 40`?",
		"list rename code coc":                                      "Did you mean `!forseti list rename coc code`?",
		"kick please --room #lobby:ours.example @rude:calm.example": "Did you mean `!forseti kick @rude:calm.example --room #lobby:ours.example please`?",
		"ban spam -- @rude:calm.example":                            "`spam`",
		"powerlevel " + strings.Repeat("50 ", 900):                  "is no user",
	} {
		got := plan(line)
		if as, same := strings.CutPrefix(want, "="); same {
			if right := plan(as); got.Answer != right.Answer || got.Effect != right.Effect || len(got.Steps) == 0 {
				t.Errorf("%s: %s", line, got.Answer)
			}
		} else if !strings.Contains(got.Answer, want) || len(got.Steps) > 0 || strings.Count(got.Answer, "Did you mean") > 1 {
			t.Errorf("%.60s: %s", line, got.Answer)
		}
	}
}
