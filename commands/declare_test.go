package commands

import (
	"regexp"
	"strings"
	"testing"

	"maunium.net/go/mautrix/format"

	"forseti/commands/grammar"
	"forseti/policy"
)

// What a declaration must have for grammar, help and reference to follow from it.
func TestDeclarations(t *testing.T) {
	set, taken := newSet(), map[string]bool{}
	b := newBot()
	b.rule("!coc:ours.example", policy.User, "@a:hs.example")
	for _, cmd := range set.commands {
		t.Run(cmd.name, func(t *testing.T) {
			for _, name := range append([]string{cmd.name}, cmd.also...) {
				if taken[name] {
					t.Errorf("%s is declared twice", name)
				}
				taken[name] = true
			}
			if cmd.summary == "" || strings.HasSuffix(cmd.summary, ".") || cmd.family == "" || effects[cmd.effect] == "" || cmd.run == nil {
				t.Error("summary (without a full stop), family, effect and run are needed")
			}
			if cmd.details != "" && !strings.HasSuffix(cmd.details, ".") {
				t.Error("details end with a full stop")
			}
			if (cmd.asks != "") != (cmd.flag("no-confirm") != nil) {
				t.Error("what asks has --no-confirm, and says when it asks")
			}
			for i, p := range cmd.params {
				if p.name == "" || p.doc == "" || p.value.parse == nil || p.value.rest && i != len(cmd.params)-1 {
					t.Errorf("parameter %q", p.name)
				}
				if i > 0 && cmd.params[i-1].optional && !p.optional {
					t.Errorf("%s must be written, after what may be left out", p.name)
				}
			}
			if len(cmd.examples) == 0 {
				t.Fatal("no example")
			}
			for _, example := range cmd.examples {
				words, unread := grammar.Split(example)
				found, args := set.find(words)
				if found != cmd || unread != "" {
					t.Errorf("%s is another command", example)
					continue
				}
				c := &call{Request: Request{Bot: b}, self: self, set: set, command: cmd, args: map[string]any{}, flags: map[string]any{}}
				c.lists = []List{{ID: "!l:hs", Shortcode: "other"}}
				if !strings.HasPrefix(cmd.name, "list create") {
					c.lists = nil
				}
				if err := c.bind(args); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
		})
	}
}

// The commands that moderators were promised.
func TestNoCommandIsMissing(t *testing.T) {
	for name := range strings.SplitSeq("help,status,rooms,rooms add,rooms remove,lists,list create,watch,unwatch,ban,unban,kick,redact,rules,"+
		"rules matching,match,protections,protections show,protections enable,protections disable,protections config set,enable,disable,sync,dry-run,limits,limits set", ",") {
		words, _ := grammar.Split(name)
		if found, args := newSet().find(words); found == nil || len(args) > 0 {
			t.Errorf("no command %s", name)
		}
	}
}

func TestHelpOfOne(t *testing.T) {
	const want = "`!forseti kick <user> [reason…] [--glob] [--dry-run] [--room <room>] [--no-confirm]`\n\n" +
		"Remove a user from the protected rooms, once; they may come back.\n\n" +
		"- `user`: whom: a user, or a pattern with --glob\n" +
		"- `reason`: why; the user sees it\n" +
		"- `--glob`: take stars and question marks as wildcards\n" +
		"- `--dry-run`: only say whom it would hit\n" +
		"- `--room <room>`: only in this room\n" +
		"- `--no-confirm`: do it without asking first\n\n" +
		"It asks first if a pattern matches more than one user.\n\n" +
		"Examples:\n\n" +
		"- `!forseti kick @rude:example.org please calm down`\n" +
		"- `!forseti kick @bot*:example.org --glob --dry-run`\n" +
		"- `!forseti kick @rude:example.org --room #lobby:example.org`"
	if got := run(t, newBot(), "help kick").Markdown; got != want {
		t.Errorf("got:\n%s", got)
	}
}

func TestOverviewAndReferenceNameAll(t *testing.T) {
	overview, reference := run(t, newBot(), "help").Markdown, Reference()
	for _, cmd := range all() {
		if !strings.Contains(overview, "`"+cmd.grammar(false)+"`: "+cmd.summary) || !strings.Contains(reference, "\n### "+cmd.name+"\n") {
			t.Errorf("%s is missing", cmd.name)
		}
	}
	if len(overview) > 4000 {
		t.Errorf("the overview has %d bytes", len(overview))
	}
	// What looks like an element in Markdown would vanish on the page.
	outside := regexp.MustCompile("`[^`]*`").ReplaceAllString(reference, "")
	if strings.ContainsAny(outside, "<>*") {
		t.Error("markup outside code spans in the reference")
	}
	if html := format.RenderMarkdown(overview, true, false).FormattedBody; strings.Count(html, "<li>") != len(all()) {
		t.Errorf("not one line a command: %s", html)
	}
}
