package commands

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/event/cmdschema"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/commands/grammar"
)

// What a client sends with its arguments by name is the line that somebody would have written.
func TestStructured(t *testing.T) {
	set := newSet(newWorld())
	for sent, want := range map[string]string{
		`{"command":"ban","arguments":{"entity":["@a:hs.example"],"reason":"so rude"}}`:                                              `ban @a:hs.example "so rude"`,
		`{"command":"BAN","arguments":{"entity":["@a:hs.example","evil.example"],"list":"coc"}}`:                                     `ban @a:hs.example evil.example coc`,
		`{"command":"ban","arguments":{"entity":"@a:hs.example","list":"","for":"7d","dry-run":true}}`:                               `ban --for=7d --dry-run @a:hs.example`,
		`{"command":"ban","arguments":{"entity":"@a:hs.example","dry-run":false}}`:                                                   `ban @a:hs.example`,
		`{"command":"ban","arguments":{"entity":"@a:hs.example","reason":"--for 7d"}}`:                                               `ban @a:hs.example "--for 7d"`,
		`{"command":"ban","arguments":{"entity":"@a:hs.example","reason":"one\n!forseti unban @b:hs.example"}}`:                      `ban @a:hs.example "one !forseti unban @b:hs.example"`,
		`{"command":"limits set","arguments":{"members|percent|within":"members","number":5}}`:                                       `limits set members 5`,
		`{"command":"rooms add","arguments":{"room":[{"type":"room_id","id":"!r:hs.example","via":["hs.example","not a server"]}]}}`: `rooms add https://matrix.to/#/%21r%3Ahs.example?via=hs.example`,
		`{"command":"status","arguments":{}}`:                                                                                        `status`,
		`{"command":"status"}`:                                                                                                       `status`,
	} {
		var m struct {
			Command   string
			Arguments map[string]any
		}
		if err := json.Unmarshal([]byte(sent), &m); err != nil {
			t.Fatal(err)
		}
		if got := set.Structured(m.Command, m.Arguments); got != want && !samePlaces(got, want) {
			t.Errorf("%s is\n%s and not\n%s", sent, got, want)
		}
	}
	for _, sent := range []string{
		`{"command":"explode"}`, `{"command":"ban @a:b"}`, `{"command":"ban","arguments":{"entity":{"a":1}}}`, `{"command":"ban","arguments":{"entity":[["@a:b"]]}}`,
		`{"command":"ban","arguments":{"entity":null}}`, `{"command":"ban","arguments":{"user":"@a:b"}}`, `{"command":"ban","arguments":{"dry-run":"x\u0000"}}`,
		`{"command":"limits set","arguments":{"members|percent|within":"members","number":1.5}}`, `{"command":"rooms add","arguments":{"room":{"id":"!a b"}}}`,
		`{"command":"rooms add","arguments":{"room":{"id":"!a:b","event_id":"x"}}}`, fmt.Sprintf(`{"command":"ban","arguments":{"reason":%q}}`, strings.Repeat("x", 5000)),
	} {
		var m struct {
			Command   string
			Arguments map[string]any
		}
		if err := json.Unmarshal([]byte(sent), &m); err != nil {
			t.Fatal(err)
		}
		if got := set.Structured(m.Command, m.Arguments); !strings.HasPrefix(got, objectionMark) {
			t.Errorf("%.80s is taken for %s", sent, got)
		}
	}
}

// What a form's field holds is taken for what the field is: no reason is a list or somebody else,
// nobody who is named is lost, and no list begins a reason.
func TestStructuredKeepsPlaces(t *testing.T) {
	w := newWorld()
	set := newSet(w)
	read := func(command string, arguments map[string]any) *call {
		t.Helper()
		line := set.Structured(command, arguments)
		c, args, wrong := set.call(Request{Sender: mod, Event: "$c"}, line)
		if wrong != nil {
			t.Fatalf("%v: %s", arguments, wrong.Answer)
		}
		if err := c.bind(args); err != nil {
			t.Fatalf("%v is %s: %v", arguments, line, err)
		}
		return c
	}
	for _, reason := range []string{"coc", "evil.example", "@other:hs.example", "#room:hs.example", "none", "--for", "-- 7d", `a "b" c`, "“x”", "them"} {
		c := read("ban", map[string]any{"entity": []any{"@a:hs.example"}, "reason": reason})
		if es := c.entities("entity"); len(es) != 1 || arg[string](c, "reason") != reason || c.args["list"] != nil || len(c.flags) > 0 {
			t.Errorf("the reason %q became %q, with %v, list %v, flags %v", reason, arg[string](c, "reason"), es, c.args["list"], c.flags)
		}
	}
	c := read("ban", map[string]any{"entity": []any{"@a:hs.example", "@ b c:hs.example", "@“d”:hs.example", "evil.example"}, "list": "their list", "reason": "x"})
	if es := c.entities("entity"); len(es) != 4 || es[1].name != "@ b c:hs.example" || es[2].name != "@“d”:hs.example" || arg[string](c, "reason") != "x" || arg[Ref](c, "list").Room != "!theirs:else.example" {
		t.Errorf("%+v, %v", es, c.args)
	}
	for _, list := range []string{"coc", "#coc:ours.example", "https://matrix.to/#/!coc:ours.example"} {
		c := read("exempt", map[string]any{"entity": []any{"@a:hs.example"}, "list": list})
		if l, err := c.writable(arg[Ref](c, "list")); err != nil || l.ID != "!coc:ours.example" || arg[string](c, "reason") != "" {
			t.Errorf("%s: %v, %v", list, l, err)
		}
	}
	for _, list := range []string{"spam and more", "zzzzzzzz"} {
		if line := set.Structured("ban", map[string]any{"entity": "@a:hs.example", "list": list}); !strings.HasPrefix(line, objectionMark) {
			t.Errorf("the list %q became %s", list, line)
		}
	}
	const written = `'text.body == "--x"' then strike "be kind, please"`
	if c := read("rule add", map[string]any{"name": "other", "what": written}); arg[string](c, "what") != written {
		t.Errorf("%q", arg[string](c, "what"))
	}
}

// samePlaces: how a link escapes an ID is its own affair.
func samePlaces(a, b string) bool {
	x, y := strings.Fields(a), strings.Fields(b)
	return len(x) == len(y) && slices.EqualFunc(x, y, func(a, b string) bool {
		l, ok := grammar.ParseLink(a)
		m, also := grammar.ParseLink(b)
		return a == b || ok && also && l.Target == m.Target && slices.Equal(l.Via, m.Via)
	})
}

// Whatever a field of a form holds stays one word of one line.
func TestStructuredIsOneLine(t *testing.T) {
	set := newSet(newWorld())
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.String(), rapid.StringMatching("[-\"“a \n\x00\\\\]*")).Draw(t, "text")
		line := set.Structured("ban", map[string]any{"entity": "@a:hs.example", "reason": text})
		if strings.HasPrefix(line, objectionMark) || text == "" {
			return
		}
		words, rest := grammar.Split(line)
		if len(words) != 3 || rest != "" || words[2].Flag != "" || strings.ContainsAny(line, "\n\x00") {
			t.Fatalf("%q is the line %q with the words %+v and %q below", text, line, words, rest)
		}
	})
}

// Each description is one that the library of clients and other bots takes.
func TestDescriptionsAreValid(t *testing.T) {
	set := newSet(newWorld())
	all := set.Descriptions()
	if len(all) < 80 {
		t.Fatalf("only %d commands are described", len(all))
	}
	for _, d := range all {
		var c cmdschema.EventContent
		if err := json.Unmarshal(d.Content, &c); err != nil {
			t.Fatalf("%s: %v", d.Command, err)
		}
		if err := c.Validate(); err != nil || c.Command != d.Command || len(c.Description.Text) != 1 || strings.Contains(string(d.Content), "`") {
			t.Errorf("%s: %v, %s", d.Command, err, d.Content)
		}
		if len(d.Content) > 16<<10 {
			t.Errorf("%s has %d bytes", d.Command, len(d.Content))
		}
	}
}

// What a client makes of a line for a button is a command that is understood.
func TestButtons(t *testing.T) {
	set := newSet(newWorld())
	lines, config := Buttons([]id.RoomID{"!lobby:ours.example"})
	var said struct {
		Sigil    string
		Commands []struct {
			Syntax    string
			Variables map[string]event.ExtensibleTextContainer
		}
	}
	var use struct {
		Rooms    []id.RoomID `json:"protected_room_ids"`
		Commands map[string]struct{ Use string }
	}
	if err := json.Unmarshal(lines, &said); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(config, &use); err != nil {
		t.Fatal(err)
	}
	if len(said.Commands) != len(use.Commands) || len(said.Commands) < 4 || len(use.Rooms) != 1 {
		t.Errorf("%s, %s", lines, config)
	}
	fill := map[string]string{"userId": "@rude:calm.example", "reason": "being rude", "permalink": "https://matrix.to/#/!lobby:ours.example/$e"}
	for _, c := range said.Commands {
		known := false
		for _, u := range use.Commands {
			known = known || u.Use == c.Syntax
		}
		if !known {
			t.Errorf("no button is %s", c.Syntax)
		}
		for _, reason := range []string{"being rude", "", "coc", "evil.example", `"so" he --said`} { // who gives none leaves it empty
			body := said.Sigil + c.Syntax
			fill["reason"] = reason
			for name := range c.Variables {
				body = strings.ReplaceAll(body, "{"+name+"}", fill[name])
			}
			line, ok := set.Hear(grammar.Message{Body: body, Mentioned: true})
			call, args, wrong := set.call(Request{Sender: mod, Event: "$c"}, line)
			if !ok || strings.ContainsAny(body, "{}") || wrong != nil {
				t.Errorf("%s is not understood: %q", body, line)
				continue
			}
			if err := call.bind(args); err != nil {
				t.Errorf("%s: %v", body, err)
			}
			_, reasoned := c.Variables["reason"]
			if said := arg[string](call, "reason"); reasoned && (!strings.Contains(said, reason) || call.args["list"] != nil || len(call.entities("entity")) > 1) {
				t.Errorf("%s: the reason is %q, with %v", body, said, call.args)
			}
		}
	}
}
