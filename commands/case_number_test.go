package commands

import (
	"slices"
	"strings"
	"testing"

	"forseti/commands/grammar"
)

// The number of a case is read alike by every command that takes one, however it is written, and of no such case each says
// which is the newest.
func TestNumbersOfCases(t *testing.T) {
	w := newWorld()
	w.cases = []Case{{Number: 16}, {Number: 12}}
	s := newSet(w)
	said := func(line string) string {
		p := s.Plan(t.Context(), Request{Sender: mod, Event: "$1", Room: "!mods:ours.example"}, line)
		return p.Answer + p.Effect
	}
	var takes []string
	for _, cmd := range s.commands {
		if len(cmd.params) > 0 && cmd.params[0].kind != nil && saysFirst(cmd, "case 12") {
			takes = append(takes, cmd.name)
		}
	}
	if !slices.Contains(takes, "evidence") || len(takes) < 3 {
		t.Fatalf("%q take the number of a case", takes)
	}
	for _, name := range takes {
		plain := said(name + " 12")
		if strings.Contains(plain, "Usage") {
			t.Errorf("%s 12: %s", name, plain)
		}
		for _, written := range []string{"#12", "12.", "12,", "(12)", "№12", "case 12", "Case #12.", "(case 12)", "case: 12", "case no. 12", "case number 12", "nr. 12", "# 12", `"12"`} {
			if got := said(name + " " + written); got != plain {
				t.Errorf("%s %s: %s", name, written, got)
			}
		}
		for written, want := range map[string]string{"999": "There is no case 999: the newest is 16. `!forseti cases` lists them.", "case #999": "There is no case 999: the newest is 16.", "3": "There is no case 3 any more: the newest is 16.", "0": "is no number of a case"} {
			if got := said(name + " " + written); !strings.Contains(got, want) {
				t.Errorf("%s %s: %s", name, written, got)
			}
		}
	}
	for _, line := range []string{"history 999", "cases 999", "cases #999", "why case 999", "redact 999", "mute case #999", "kick 999"} {
		if got := said(line); !strings.Contains(got, "`!forseti case 999` shows whom it is about") || strings.Contains(got, "not mine") {
			t.Errorf("%s: %s", line, got)
		}
	}
	w.cases = nil
	if got := said("case 999"); got != "There is no case 999, nor any other yet." {
		t.Error(got)
	}
	for _, line := range []string{"history @u:hs.example", "cases @u:hs.example"} {
		if got := said(line); !strings.Contains(got, "`@u:hs.example`") || !strings.Contains(got, "the last 7 days") {
			t.Errorf("%s: %s", line, got)
		}
	}
}

// saysFirst tells whether a line begins with a word that says of what kind a command's first place is.
func saysFirst(cmd *command, line string) bool {
	words, _ := grammar.Split(line)
	return cmd.params[0].kind(words)
}
