package commands

import (
	"strings"
	"testing"

	"forseti/commands/grammar"
	"forseti/policy"
)

func FuzzRun(f *testing.F) {
	for _, cmd := range all() {
		for _, example := range cmd.examples {
			f.Add("!forseti "+example, "", true)
		}
	}
	f.Add(`!mod ban "@a:b`+"\n"+`" --room=“x” -- --`, `<a href="https://matrix.to/#/@a:b">ban</a>`, false)
	f.Add("!forseti \xff\xfe ban `` <@>", "<a href='matrix:u/'></a>", false)
	f.Fuzz(func(t *testing.T, body, formatted string, confirmed bool) {
		b := newBot()
		b.rule("!coc:ours.example", policy.User, "@*:evil.example")
		b.rule("!theirs:else.example", policy.Server, "evil.example")
		set := newSet()
		for _, mentioned := range []bool{false, true} {
			line, ok := set.Hear(grammar.Message{Body: body, HTML: formatted, Mentioned: mentioned})
			if !ok {
				line = body
			}
			a := set.Run(t.Context(), Request{Bot: b, Sender: mod, Confirmed: confirmed}, line)
			switch {
			case a.Crash != "":
				t.Fatalf("%q crashed: %s", line, a.Crash)
			case a.Markdown == "":
				t.Fatalf("%q was not answered", line)
			case len(a.Markdown) > 30_000:
				t.Fatalf("%q was answered with %d bytes", line, len(a.Markdown))
			case strings.ContainsAny(a.Markdown, "\u202e\u2066\x00"):
				t.Fatalf("%q is quoted with what cannot be seen", line)
			case a.Ask && confirmed:
				t.Fatalf("%q asks twice", line)
			}
		}
	})
}
