package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/commands/grammar"
	"forseti/policy"
)

func TestEntities(t *testing.T) {
	for _, tc := range []struct {
		written string
		kind    policy.Kind
		name    string
		glob    bool
	}{
		{"@a:hs.example", policy.User, "@a:hs.example", false},
		{"@A/b=c+d:hs.example:8448", policy.User, "@A/b=c+d:hs.example:8448", false},
		{"@ü:hs.example", policy.User, "@ü:hs.example", false},
		{"@:hs.example", policy.User, "@:hs.example", false},
		{"@a:[2001:db8::1]:8448", policy.User, "@a:[2001:db8::1]:8448", false},
		{"<@a:hs.example>", policy.User, "@a:hs.example", false},
		{"`@a:hs.example`", policy.User, "@a:hs.example", false},
		{"[Some One](https://matrix.to/#/@a:hs.example)", policy.User, "@a:hs.example", false},
		{"matrix:u/a:hs.example?action=chat", policy.User, "@a:hs.example", false},
		{"https://matrix.to/#/@a%2Fb:hs.example", policy.User, "@a/b:hs.example", false},
		{"@*:hs.example", policy.User, "@*:hs.example", true},
		{"@*spam*", policy.User, "@*spam*", true},
		{"@a?:*", policy.User, "@a?:*", true},
		{"hs.example", policy.Server, "hs.example", false},
		{"HS.example:8448", policy.Server, "HS.example", false},
		{"*.example", policy.Server, "*.example", true},
		{"1.2.3.4", policy.Server, "1.2.3.4", false},
		{"[::1]:8448", policy.Server, "[::1]", false},
		{"localhost", policy.Server, "localhost", false},
		{"!r:hs.example", policy.RoomKind, "!r:hs.example", false},
		{"#r:hs.example", policy.RoomKind, "#r:hs.example", false},
		{"#*:hs.example", policy.RoomKind, "#*:hs.example", true},
		{"matrix:roomid/r:hs.example", policy.RoomKind, "!r:hs.example", false},
	} {
		e, err := parseEntity(wordOf(tc.written))
		if err != nil || e.kind != tc.kind || e.name != tc.name || e.glob != tc.glob {
			t.Errorf("%s: %+v, %v", tc.written, e, err)
		}
	}
	for _, written := range []string{
		"", "@", "@foo", "@foo:", "@foo?", "foo@bar", "@foo:b@r", "@foo:bar:baz", "@a:http://hs", "@a:hs..example", "@a b:hs.example",
		"@a\u200b:hs.example", "@a:.hs", "!r", "#r", "#:hs", "!r:", "hs.example:port", "hs_example", "-- x", "https://hs.example",
		"matrix:u/", "https://matrix.to/#/", "https://matrix.to/#/@a:hs.example/$e", "[::1", "[fe80::1%25eth0]", "*.hs_x", "*@*",
		"@" + strings.Repeat("a", 255) + ":hs.example",
	} {
		if e, err := parseEntity(wordOf(written)); err == nil {
			t.Errorf("%q was read as %+v", written, e)
		} else if err.Error() == "" {
			t.Errorf("%q: no words", written)
		}
	}
}

// Users of old may be called anything. In quotes, or by a link, each command takes them.
func TestUsersOfOld(t *testing.T) {
	for _, user := range []string{"@ a b :hs.example", "@a@b.example:hs.example", "@:hs.example", `@"x"\y:hs.example`, "@a\u200b\u202e:hs.example", "@A\tB:hs.example", "@--x:hs.example", "@ä'`:hs.example"} {
		link := grammar.Link{Target: user}.String()
		for _, written := range []string{`"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(user) + `"`, link, "<" + link + ">", "`" + link + "`", "[x](" + link + ")"} {
			for command, did := range map[string]string{
				"ban %s coc":                "rule user %q in",
				"unban %s":                  "unban %s in",
				"kick %s":                   "kick %s in",
				"redact %s":                 "redact $of-%s in",
				"devices %s":                "",
				"verify %s":                 "verify %s",
				"devices block %s ABC":      "block %s ABC",
				"devices unblock %s ABC":    "block %s ABC",
				"match %s":                  "",
				"redact %s --limit 5 -- hm": "redact $of-%s in",
			} {
				w := newWorld()
				w.members["!lobby:ours.example"] = append(w.members["!lobby:ours.example"], id.UserID(user))
				line := fmt.Sprintf(command, written)
				w.banned[id.UserID(user)] = []id.RoomID{"!lobby:ours.example"}
				a := run(t, w, line)
				if did == "" {
					did = "%s"
					w.done = append(w.done, user)
				}
				if !slices.ContainsFunc(w.done, func(d string) bool { return strings.Contains(d, fmt.Sprintf(did, user)) }) {
					t.Errorf("%s did %q and said %s", line, w.done, a.Markdown)
				}
			}
		}
	}
}

// What would be a rule that matches nobody is told, with what to write.
func TestMistakesAreTold(t *testing.T) {
	for written, says := range map[string]string{
		"evil.example.":                         "`evil.example`",
		"evil.example,":                         "`evil.example`",
		"evil.example/":                         "`evil.example`",
		"evil.example/rooms":                    "`evil.example`",
		"https://evil.example/x":                "`evil.example`",
		"*.evil.example.":                       "`*.evil.example`",
		"пример.example":                        "`xn--e1afmkfd.example`",
		"*.Пример.example":                      "`*.xn--e1afmkfd.example`",
		"@dot:example.org.":                     "`@dot:example.org`",
		"@dot:example.org,":                     "`@dot:example.org`",
		"@*:example.org.":                       "`@*:example.org`",
		"@x:пример.example":                     "`@x:xn--e1afmkfd.example`",
		"@x:example.org/y":                      "`@x:example.org`",
		"@poke@example.net":                     "`@poke:example.net`",
		"@poke@example.net:8448":                "`@poke:example.net:8448`",
		"@poke@example.net:example.org":         "`@poke:example.net`",
		"poke@example.net":                      "`@poke:example.net`",
		"#x:example.org.":                       "`#x:example.org`",
		"https://matrix.to/#/@dot:example.org.": "`@dot:example.org`",
	} {
		e, err := parseEntity(wordOf(written))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %+v, %v", written, e, err)
		}
	}
}

// No rule is written that the index would never find anybody by.
func TestNoRuleMatchesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entity := rapid.OneOf(
			rapid.StringOf(rapid.SampledFrom([]rune("@#!:.*?-/ab1 é\u200b[]"))),
			rapid.Custom(func(t *rapid.T) string {
				return rapid.SampledFrom([]string{"@", "#", "!", ""}).Draw(t, "sigil") + rapid.StringN(0, 5, -1).Draw(t, "local") + ":" +
					rapid.SampledFrom([]string{"hs.example", "hs.example.", ".hs", "[::1]", "1.2.3.4", "hs..x", "hs:99", "é.example", "*", "*.x", "x_y"}).Draw(t, "server")
			}),
		).Draw(t, "entity")
		w := newWorld()
		p := newSet(w).Plan(context.Background(), Request{Sender: mod, Event: "$c"}, "ban "+grammar.Quote(entity)+" coc")
		for _, s := range p.Steps {
			var content map[string]string
			_ = json.Unmarshal(s.Do.State.Content, &content)
			for _, kind := range []policy.Kind{policy.User, policy.Server, policy.RoomKind} {
				if s.Do.State.Type.Type == "m.policy.rule."+kind.String() && policy.Unmatchable(policy.Rule{Kind: kind, Entity: content["entity"]}) != "" {
					t.Fatalf("%q: a rule that matches nobody: %q", entity, content["entity"])
				}
			}
		}
	})
}
