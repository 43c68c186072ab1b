package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"forseti/commands/grammar"
	"forseti/text"
)

// A message of which every line is a command is several; any other is one.
func TestCommandsInLines(t *testing.T) {
	s := newSet(newWorld())
	refused := []string{"refused"}
	for _, tc := range []struct {
		body, html string
		want       []string
	}{
		{"!forseti ban @a:hs coc\n!forseti kick @b:hs", "", []string{"ban @a:hs coc", "kick @b:hs"}},
		{"!forseti ban @a:hs coc\n\n  !mod kick @b:hs \n\n", "", []string{"ban @a:hs coc", "kick @b:hs"}},
		{"!forseti ban @a:hs coc\r\n!forseti status", "", []string{"ban @a:hs coc", "status"}},
		{"!forseti ban @a:hs coc\nkick @b:hs", "", []string{"ban @a:hs coc\nkick @b:hs"}},
		{"!forseti ban @a:hs coc\n!forseti kick @b:hs\nwhat do you think?", "", []string{"ban @a:hs coc\n!forseti kick @b:hs\nwhat do you think?"}},
		{"!forseti ban @a:hs coc\n> !forseti kick @b:hs", "", []string{"ban @a:hs coc\n> !forseti kick @b:hs"}},
		{"!forseti ban @a:hs coc\n```\n!forseti kick @b:hs\n```", "", []string{"ban @a:hs coc\n```\n!forseti kick @b:hs\n```"}},
		{"!forseti ban @a:hs coc \"spam\n!forseti kick @b:hs\"", "", []string{"ban @a:hs coc \"spam\n!forseti kick @b:hs\""}},
		{"!forseti kick @b:hs \"first\nsecond\"\n!forseti status", "", []string{"kick @b:hs \"first\nsecond\"", "status"}},
		{"!forseti samples import\n!forseti kick @b:hs", "", []string{"samples import\n!forseti kick @b:hs"}},
		{"!forseti status\n!forseti samples import\n{\"text\":\"a\"}\n!forseti status", "", []string{"status", "samples import\n{\"text\":\"a\"}\n!forseti status"}},
		{"!forseti status", "", []string{"status"}},

		{"!forseti ban @a:hs coc\n!forseti kick @b:hs", "!forseti ban @a:hs coc<br>!forseti kick @b:hs", []string{"ban @a:hs coc", "kick @b:hs"}},
		{"!forseti ban @a:hs coc\n\n!forseti kick @b:hs", "<p>!forseti ban @a:hs coc</p>\n<p>!forseti kick @b:hs</p>", []string{"ban @a:hs coc", "kick @b:hs"}},
		{"!forseti ban @a:hs coc\n!forseti kick Bad", "!forseti ban @a:hs coc<br>!forseti kick <a href=\"https://matrix.to/#/@b:hs\">Bad</a>", []string{"ban @a:hs coc", "kick https://matrix.to/#/@b:hs"}},
		{"!forseti status\n!forseti ban @a:hs", "!forseti status<br><code>!forseti ban @a:hs</code>", refused},
		{"!forseti status\n!forseti ban @a:hs", "!forseti status<blockquote>!forseti ban @a:hs</blockquote>", refused},
		{"!forseti status\n!forseti help\n!forseti ban @a:hs", "!forseti status<br>!forseti help", refused},
		{"!forseti status\n!forseti ban @a:hs", "!forseti status", refused},
		{"!forseti status\nand this", "!forseti status", []string{"status\nand this\n" + grammar.Unlike}},
		{strings.TrimSpace(strings.Repeat("!forseti status\n", mostCommands+1)), "", refused},
	} {
		heard, ok := s.Hear(grammar.Message{Body: tc.body, HTML: tc.html})
		got := Lines(heard)
		if strings.HasPrefix(heard, objectionMark) {
			got = refused
		}
		if !ok || !slices.Equal(got, tc.want) {
			t.Errorf("%q, %q: %q", tc.body, tc.html, got)
		}
	}
}

func TestLinesTogether(t *testing.T) {
	s := newSet(newWorld())
	hear := func(body string) string {
		t.Helper()
		heard, ok := s.Hear(grammar.Message{Body: body})
		if !ok {
			t.Fatal(body)
		}
		return heard
	}
	for body, lane := range map[string]Lane{
		"!forseti status\n!forseti help": Looking, "!forseti status\n!forseti ban @u:hs": Acting, "!forseti ban @u:hs\n!forseti rooms add #a:hs\n!forseti help": Lasting,
	} {
		if got := s.Lane(hear(body)); got != lane {
			t.Errorf("%q is in lane %d", body, got)
		}
	}
	for body, want := range map[string]string{
		"!forseti status\n!forseti dry-run on\n!forseti ban @u:hs": "dry-run", "!forseti status\n!forseti kick @u:hs": "kick", "!forseti bann\n!forseti kick @u:hs": "kick",
	} {
		if l, fits := s.read(hear(body)); !fits || l.command == nil || l.command.name != want {
			t.Errorf("%q takes what %v takes", body, l.command)
		}
	}
	lines := Lines(s.InReply(hear("!forseti ban coc spam\n!forseti status\n!forseti redact"), "$one"))
	if len(lines) != 3 || !strings.HasPrefix(lines[0], replyMark) || lines[1] != "status" || !strings.HasPrefix(lines[2], replyMark) {
		t.Errorf("in a reply: %q", lines)
	}
	r := Request{Sender: mod, Event: "$c"}
	if said := s.Mistakes(r, []string{"ban @u:hs coc", "status", "unban @u:hs"}); said != "" {
		t.Errorf("no mistake: %s", said)
	}
	said := s.Mistakes(r, []string{"ban @u:hs coc", "bann @u:hs", "kick", "status"})
	for _, want := range []string{"I did nothing, for 2 lines are not right.", "**2.** I know no command `bann`", "**3.** Something is missing", "Usage:"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing: %s", want, said)
		}
	}
	// Each line has steps of its own, also if it says the same.
	first, second := s.Plan(t.Context(), r, "ban @u:hs coc"), Plan{}
	r.Line = 1
	if second = s.Plan(t.Context(), r, "ban @u:hs coc"); first.Steps[0].Do.ID == second.Steps[0].Do.ID {
		t.Error("two lines have one step")
	}
}

func TestWhatIsToldOfLines(t *testing.T) {
	if got := Told([]string{"a", "b"}); got != "**1.** a\n\n**2.** b" {
		t.Errorf("%q", got)
	}
	long := "head\n" + strings.Repeat("\n- x", 12)
	if got := text.Pieces(Told([]string{"a", long, "c"})); len(got) != 3 || !got[1].Folded || !strings.HasSuffix(got[0].Body, "**2.** head") {
		t.Errorf("%+v", got)
	}
	if got := Asked([]string{"a"}, "b?"); got != "**1.** a\n\n**2.** b?" {
		t.Errorf("%q", got)
	}
	if got := Undone([]string{replyMark + "$e\x00ban spam", "kick @u:hs"}); got != "So I did not go on. Not done: `ban spam` and `kick @u:hs`." {
		t.Errorf("%q", got)
	}
	var many []string
	for i := range mostCommands {
		many = append(many, strings.Repeat(fmt.Sprint("- ", i, " <&>\n"), 500))
	}
	if got := Told(many); len(got) > 60_000 {
		t.Errorf("%d bytes", len(got))
	}
}
