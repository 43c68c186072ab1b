package commands

import (
	"encoding/json"
	"strings"
	"testing"

	"forseti/commands/grammar"
	"forseti/policy"
	"forseti/text"
)

func FuzzRun(f *testing.F) {
	for _, cmd := range all(Desks{}) {
		for _, example := range cmd.examples {
			f.Add("!forseti "+example, "", true)
		}
	}
	f.Add(`!mod ban "@a:b`+"\n"+`" --room=“x” -- --`, `<a href="https://matrix.to/#/@a:b">ban</a>`, false)
	f.Add("!forseti \xff\xfe ban `` <@>", "<a href='matrix:u/'></a>", false)
	f.Fuzz(func(t *testing.T, body, formatted string, _ bool) {
		w := newWorld()
		w.rule("!coc:ours.example", policy.User, "@*:evil.example")
		w.rule("!theirs:else.example", policy.Server, "evil.example")
		set := newSet(w)
		for _, mentioned := range []bool{false, true} {
			line, ok := set.Hear(grammar.Message{Body: body, HTML: formatted, Mentioned: mentioned})
			if !ok {
				line = body
			}
			p := set.Plan(t.Context(), Request{Sender: mod, Event: "$command"}, line)
			said := text.Paragraphs(p.question(), p.Answer)
			if p.Ask == "" && len(p.Steps) > 0 {
				a := set.Apply(t.Context(), p, executor{w})
				said, p.Crash = a.Markdown, p.Crash+a.Crash
			}
			again, err := json.Marshal(p)
			var kept Plan
			switch {
			case p.Crash != "":
				t.Fatalf("%q crashed: %s", line, p.Crash)
			case said == "":
				t.Fatalf("%q was not answered", line)
			case len(said) > 60_000:
				t.Fatalf("%q was answered with %d bytes", line, len(said))
			case strings.ContainsAny(said, "\u202e\u2066\x00"):
				t.Fatalf("%q is quoted with what cannot be seen", line)
			case err != nil || json.Unmarshal(again, &kept) != nil || len(kept.Steps) != len(p.Steps):
				t.Fatalf("%q: the plan is not kept: %s", line, again)
			}
		}
	})
}
