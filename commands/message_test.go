package commands

import (
	"context"
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
)

// messageFake knows an alert about a stranger's message and a moderator's, one about many, one about
// a moderator's alone, a picture that a moderator shows, and one that is about a picture elsewhere.
type messageFake struct{ *world }

func (f messageFake) Meant(_ context.Context, p Pointed) (Meant, error) {
	spam := Said{Room: "!dev:ours.example", Event: "$1", By: "@spam1:evil.example"}
	switch p.Event {
	case "$gone":
		return Meant{}, errRefused
	case "$alert":
		return Meant{Messages: []Said{spam, {Room: "!lobby:ours.example", Event: "$2", By: mod}}}, nil
	case "$two":
		return Meant{Messages: []Said{spam, {Room: "!lobby:ours.example", Event: "$2", By: "@rude:calm.example"}, spam}}, nil
	case "$one":
		return Meant{Messages: []Said{spam}}, nil
	case "$many":
		var all []Said
		for i := range 30 {
			all = append(all, Said{Room: "!dev:ours.example", Event: id.EventID(fmt.Sprint("$", i)), By: id.UserID(fmt.Sprint("@", i, ":evil.example"))})
		}
		return Meant{Messages: all}, nil
	case "$mods":
		return Meant{Messages: []Said{{Room: "!dev:ours.example", Event: "$mods", By: mod}}}, nil
	case "$shown":
		return Meant{Here: Said{Room: p.Room, Event: p.Event, By: mod}, Pictures: 1, Messages: []Said{spam}}, nil
	case "$words":
		return Meant{Here: Said{Room: p.Room, Event: p.Event, By: mod}}, nil
	case "$links":
		return Meant{Here: Said{Room: p.Room, Event: p.Event, By: mod}, Messages: []Said{spam}}, nil
	case "$star":
		return Meant{Messages: []Said{{Room: "!dev:ours.example", Event: "$1", By: "@*:evil.example"}}}, nil
	case "$mine":
		return Meant{}, nil
	}
	room := p.Room
	switch {
	case room == "" && p.Event == "$e":
		return Meant{}, refuse("I do not find that message here. Paste the link to it")
	case room == "":
		room = "!lobby:ours.example"
	}
	return Meant{Messages: []Said{{Room: room, Event: p.Event, By: "@spam1:evil.example"}}}, nil
}

// A reply stands in for what a command leaves out that is about a message, and for nothing else.
func TestReplyStandsIn(t *testing.T) {
	spam := func(event string) string {
		return "spam !dev:ours.example " + string(mod) + " " + event + " @spam1:evil.example"
	}
	redact := func(event string) string {
		return "redact " + event + " in !dev:ours.example because %q"
	}
	for _, tc := range []struct {
		line string
		to   id.EventID
		did  []string
		want string
	}{
		{"spam", "$one", []string{spam("$1")}, "Marked as spam"},
		{"spam $2 --room !dev:ours.example", "$one", []string{spam("$2")}, "Marked as spam"},
		{"spam", "$links", []string{spam("$1")}, "Marked as spam"},
		{"spam", "$words", nil, "about none that I can find"},
		{"spam", "$mine", nil, "about none that I can find"},
		{"spam", "$gone", nil, "M_FORBIDDEN"},
		{"spam and eggs", "$one", nil, "`and` is no message"},
		{"spam", "", nil, "Or write this in reply"},
		{"spam", "$", nil, "Or write this in reply"},
		{"spam", "$a\x00b", nil, "Or write this in reply"},
		{"redact", "$one", []string{fmt.Sprintf(redact("$1"), "")}, "Removing a message of `@spam1:evil.example`"},
		{"redact it is rude", "$one", []string{fmt.Sprintf(redact("$1"), "it is rude")}, "Removing"},
		{"redact @rude:", "$one", nil, "the server is missing"},
		{"redact https://example.org/x", "$one", nil, "is a web address"},
		{"redact", "", nil, "Something is missing"},
		{"redact", "$words", nil, "about none that I can find"},
		{"evidence", "$one", []string{"evidence $1"}, "`@spammer:example.org` sent"},
		{"evidence", "", nil, "Something is missing"},
		{"match", "$one", nil, "Something is missing"},
		{"status", "$one", nil, "Forseti"},
	} {
		w := newWorld()
		line := newSet(w).InReply(tc.line, tc.to)
		expect(t, w, line, tc.did, tc.want)
	}
	s := newSet(newWorld())
	for line, lane := range map[string]Lane{
		s.InReply("redact", "$one"): Acting, s.InReply("redact rude", "$one"): Acting, s.InReply("redact @u:hs", "$one"): Lasting,
		s.InReply("evidence", "$one"): Looking, s.InReply("ban-image", "$one"): Lasting, "redact @u:hs": Lasting, "redact $1": Acting,
	} {
		if got := s.Lane(line); got != lane {
			t.Errorf("%q is in lane %d", line, got)
		}
	}
	for _, line := range []string{"status", "no such command", "", Objection("You cannot write that.")} {
		if got := s.InReply(line, "$one"); got != line {
			t.Errorf("%q became %q", line, got)
		}
	}
	w := newWorld()
	run(t, w, newSet(w).InReply("redact", "$many"))
	if len(w.done) != mostMeant {
		t.Errorf("%d are removed at once", len(w.done))
	}
	if a := run(t, w, newSet(w).InReply("evidence", "$many")); len(a.Plan.Steps) > 0 {
		t.Error(a.Plan)
	}
}

// The name of a command that marks is enough as a reply to an alert.
func TestAlone(t *testing.T) {
	s := newSet(newWorld())
	for said, want := range map[string]string{
		"spam": "spam", " Spam!\n": "spam", "not spam.": "not spam", "ham": "not spam", "not-spam": "not spam",
		"spam $1": "", "status": "", "": "", "this is spam": "", "redact": "",
	} {
		if line, ok := s.Alone(said); line != want || ok != (want != "") {
			t.Errorf("%q is %q, %v", said, line, ok)
		}
	}
}
