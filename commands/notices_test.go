package commands

import (
	"strings"
	"testing"
)

func TestNotice(t *testing.T) {
	for line, want := range map[string]struct {
		says  string
		value string
		acts  bool
	}{
		"notice":                         {`You \*broke\* a rule`, "", false},
		"notice set {whom} {what}":       {"That does not fit: there is no {whom}", "", false},
		"notice set You *broke* a rule.": {"It is so already.", "", false},
		"notice set In {room} {what}.":   {"in these words from now on", "In {room} {what}.", true},
		"notice appeal none":             {"That does not fit: it would say nothing.", "", false},
		"notice appeal to @help:hs":      {"in these words from now on", "to @help:hs", true},
		"notice here You broke a rule.":  {"That does not fit: it names nobody.", "", false},
		"notice here {who}, you":         {"in these words from now on", "{who}, you", true},
		"notice here default":            {"in these words from now on", "", true},
		"notice appeal default":          {"It is so already.", "", false},
		"notice set Default":             {"in these words from now on", "", true},
	} {
		p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
		if !strings.Contains(p.Answer, want.says) || (len(p.Steps) > 0) != want.acts {
			t.Errorf("%s: %+v", line, p)
		}
		if want.acts && (p.Steps[0].Change.Kind != Notice || p.Steps[0].Change.Value != want.value || p.Writes()) {
			t.Errorf("%s: %+v", line, p.Steps[0])
		}
	}
}
