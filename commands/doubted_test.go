package commands

import (
	"fmt"
	"strings"
	"testing"

	"forseti/commands/grammar"
)

// A mention that cannot be placed is asked about: each choice says whom it would be about, is a command that can be carried
// out, and is about that user and nobody else.
func TestMentionsAreAskedAbout(t *testing.T) {
	const (
		html = `<a href="https://matrix.to/#/@bad:far.example">%s</a>`
		r    = "Bad Guy"
	)
	s := newSet(newWorld())
	for _, tc := range []struct {
		says, body, html string
		mentions         []string
		want             []string
	}{
		{"Or did you mean this?", "!mod ban coc", "!mod ban " + fmt.Sprintf(html, r) + " coc spam", nil, []string{"`ban @bad:far.example coc spam`"}},
		{"Or which did you mean?", "!mod ban other.example coc", "!mod ban " + fmt.Sprintf(html, r) + " coc", nil, []string{"`ban @bad:far.example coc`", "`ban other.example coc`"}},
		{"Or which did you mean?", "!mod ban @good:far.example coc", "!mod ban " + fmt.Sprintf(html, "@good:far.example") + " coc", nil, []string{"`ban @good:far.example coc`", "`ban @bad:far.example coc`"}},
		{"is a link of no kind that I know", "!mod ban Bad Guy coc", `!mod ban <a href="https://chat.example/who/@bad:far.example">Bad Guy</a> coc`, nil, []string{"`ban @bad:far.example coc`"}},
		{"Or which did you mean?", "!mod ban other.example coc spam", "", []string{"@bad:far.example"}, []string{"`ban @bad:far.example other.example coc spam`", "`ban other.example coc spam`"}},
		{"Or which did you mean?", "!mod status", "", []string{"@bad:far.example"}, []string{"`status`"}},
		{"I cannot tell where", "!mod ban Bad Guy", "", []string{"@bad:far.example"}, []string{"`ban @bad:far.example Bad Guy`"}},
		{"I cannot tell where", "!mod ban coc", "!mod kick some " + fmt.Sprintf(html, r), nil, nil}, // neither can be carried out
	} {
		line, ok := s.Hear(grammar.Message{Body: tc.body, HTML: tc.html, Mentions: tc.mentions})
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1"}, line)
		var got []string
		for _, c := range p.Choices {
			got = append(got, c.Name)
			of := s.Plan(t.Context(), Request{Sender: mod, Event: "$2"}, c.Line)
			if of.Misread || of.Crash != "" {
				t.Errorf("%s: %+v", c.Line, of)
			}
			for a := range of.actions() {
				if a.State != nil && !strings.Contains(c.Name, strings.Trim(strings.SplitN(string(a.State.Content), `"entity":"`, 2)[1][:9], "\"")) {
					t.Errorf("%s does %s", c.Name, a.State.Content)
				}
			}
		}
		if !ok || !p.Misread || len(p.Steps) > 0 || fmt.Sprint(got) != fmt.Sprint(tc.want) || strings.Contains(p.Answer, "\x00") {
			t.Errorf("%s\n%s: %q\n%s\nwant %q", tc.body, tc.html, got, p.Answer, tc.want)
		}
		if s.Lane(line) != Looking || Shown(line) != "" {
			t.Errorf("%q acts", line)
		}
		if p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1", Plain: true}, line); len(p.Choices) > 0 || strings.Contains(p.Answer, "did you mean") {
			t.Errorf("%q is asked where nothing can be chosen: %s", line, p.Answer)
		}
	}
	// In a reply, each choice is about what that is about.
	line, _ := s.Hear(grammar.Message{Body: "!mod status", Mentions: []string{"@bad:far.example"}})
	if got := s.InReply(line, "$of"); got != line {
		t.Errorf("%q", got)
	}
	line, _ = s.Hear(grammar.Message{Body: "!mod warn spam see", HTML: "!mod warn spam <a href=\"https://x.example/@a:b.example\">see</a>"})
	if _, perhaps := perhapsMeant(s.InReply(line, "$of")); len(perhaps) == 0 || !strings.HasPrefix(perhaps[0], replyMark) {
		t.Errorf("%q", perhaps)
	}
}
