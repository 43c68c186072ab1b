package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/sanction"
)

type callFake struct{}

func (callFake) Calls() sanction.Calls {
	return sanction.Calls{Ping: map[string]string{"attack": sanction.Everybody}, Room: map[string]id.RoomID{"spam": "!lounge:hs"}}
}

func (callFake) Moderator(u id.UserID) bool { return u == mod }

func (callFake) Now() time.Time { return time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC) }

func (callFake) LogRoom(_ context.Context, room id.RoomID) (string, error) {
	switch room {
	case "!open:hs":
		return "anybody can join it, and so read it", nil
	case "!broken:hs":
		return "", errors.New("no answer")
	}
	return "", nil
}

func (callFake) Zone(name string) error {
	if name != "Europe/Berlin" && name != "utc" {
		return fmt.Errorf("it is a time zone such as Europe/Berlin")
	}
	return nil
}

func TestCallCommands(t *testing.T) {
	for line, want := range map[string]struct{ says, holds string }{
		"alerts":                                                     {"`attack`: `@room` is called here", ""},
		"alerts ping attack none":                                    {"`spam`: nobody is called in", `{"room":{"spam":"!lounge:hs"}}`},
		"alerts ping SPAM " + string(mod):                            {"`spam`: `@mod:ours.example` is called in", `"spam":"@mod:ours.example"`},
		"alerts ping spam @stranger:hs":                              {"`@stranger:hs` is not in this room, and I call only who is.", ""},
		"alerts ping spam somebody":                                  {"Usage", ""},
		"alerts ping attak @room":                                    {"Did you mean `attack`?", ""},
		"alerts ping worst @room":                                    {"There are `note`", ""},
		"alerts room spam here":                                      {"Besides", `{"ping":{"attack":"@room"}}`},
		"alerts room attack !staff:hs":                               {"is called in", `"attack":"!staff:hs"`},
		"alerts room attack #nowhere:hs":                             {"by no address", ""},
		"alerts room attack !mods:ours.example":                      {"write `here`", ""},
		"alerts quiet 22:00-07:00":                                   {"From 22:00 to 07:00 UTC nobody is called.", `"quiet":{`},
		"alerts quiet 22:00-07:00 Europe/Berlin except attack, spam": {"From 22:00 to 07:00 Europe/Berlin nobody is called, but for `attack`, `spam`.", `"loud":["attack","spam"]`},
		"alerts quiet 22:00-07:00 Berlin":                            {"`22:00-07:00 Berlin` cannot be the hours: there is no time zone `Berlin`", ""},
		"alerts quiet 22:00-07:00 except all":                        {"there is no severity `all`", ""},
		"alerts quiet at night":                                      {"`at night` cannot be the hours: it is hours such as", ""},
		"alerts quiet except attack":                                 {"it is hours such as", ""},
		"alerts log !log:hs":                                         {"What asks nothing of you is said in", `"log":"!log:hs"`},
		"alerts log here":                                            {"Besides", `{"ping":{"attack":"@room"},"room":{"spam":"!lounge:hs"}}`},
		"alerts log !open:hs":                                        {"cannot be that room: anybody can join it, and so read it.", ""},
		"alerts log !broken:hs":                                      {"no answer", ""},
		"alerts log !mods:ours.example":                              {"write `here`", ""},
		"alerts words attack Look, a *{severity}*":                   {"What is of the severity `attack` begins with “Look, a \\*\\{severity\\}\\*”.", `"words":{"attack":"Look, a *{severity}*"}`},
		"alerts words attack none":                                   {"Besides", `{"ping":{"attack":"@room"},"room":{"spam":"!lounge:hs"}}`},
		"alerts words attack {who}":                                  {"Those words do not fit: only `{severity}` can be filled in.", ""},
		"alerts quiet off":                                           {"`attack`: `@room` is called here", `{"ping":{"attack":"@room"},"room":{"spam":"!lounge:hs"}}`},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: "!mods:ours.example"}, line)
		if want.says == "Usage" {
			if len(p.Steps) > 0 {
				t.Errorf("%s: %+v", line, p)
			}
			continue
		}
		if !strings.Contains(p.Answer, want.says) || (len(p.Steps) > 0) != (want.holds != "") || p.Writes() {
			t.Errorf("%s: %+v", line, p)
			continue
		}
		if want.holds == "" {
			continue
		}
		if last := p.Steps[len(p.Steps)-1].Change; last == nil || last.Kind != SetCalls || !strings.Contains(last.Value, want.holds) {
			t.Errorf("%s: %+v", line, last)
		}
		if strings.Contains(line, "log !log") && (p.Steps[0].Do == nil || p.Steps[0].Do.Room != "!log:hs") {
			t.Errorf("%s: is not tried: %+v", line, p.Steps)
		}
		if strings.Contains(line, "!staff") && (p.Steps[0].Do == nil || p.Steps[0].Do.Verb != action.Say || p.Steps[0].Do.Room != "!staff:hs") {
			t.Errorf("%s: is not tried: %+v", line, p.Steps)
		}
	}
}
