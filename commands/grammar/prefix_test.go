package grammar

import "testing"

func TestAddressed(t *testing.T) {
	for _, tc := range []struct {
		body      string
		mentioned bool
		line      string
		ok        bool
	}{
		{"!forseti ban x", false, "ban x", true},
		{"  !FORSETI\u00a0ban x ", false, "ban x", true},
		{"!mod status", false, "status", true},
		{"!mod", false, "", true},
		{"!warden: status", false, "status", true},
		{"!forseti the just status", false, "status", true},
		{"@warden: status", false, "status", true},
		{"!forseti\nban x", false, "ban x", true},
		{"@warden:ours.example status", false, "status", true},
		{"@warden:ours.example: status", false, "status", true},
		{"Forseti the Just: status", false, "status", true},
		{"forseti THE just, status", false, "status", true},
		{"Warden: status", false, "status", true},
		{"Forseti the Just status", true, "status", true},
		{"@Forseti the Just status", true, "status", true},
		{"warden status", true, "status", true},
		{"https://matrix.to/#/@warden:ours.example status", false, "status", true},
		{"[Forseti](https://matrix.to/#/@warden:ours.example): status", false, "status", true},

		{"", false, "", false},
		{"Forseti the Just status", false, "", false},
		{"forseti is great", false, "", false},
		{"Forsetis are gods", true, "", false},
		{"wardens are here", true, "", false},
		{"I like Forseti the Just", true, "", false},
		{"!forsetix ban x", false, "", false},
		{"!moderate x", false, "", false},
		{"! forseti ban x", false, "", false},
		{"!other ban x", true, "", false},
		{"@warden:ours.example.org status", false, "", false},
		{"https://matrix.to/#/@other:ours.example status", false, "", false},
	} {
		line, ok := named("Forseti the Just").addressed(tc.body, tc.mentioned)
		if line != tc.line || ok != tc.ok {
			t.Errorf("Addressed(%q, %v) = %q, %v; want %q, %v", tc.body, tc.mentioned, line, ok, tc.line, tc.ok)
		}
	}
	if _, ok := named("").addressed(": status", false); ok {
		t.Error("an empty display name is no name")
	}
}

// Names of other bots, and none at all, are heard where nobody else is meant.
func TestBorrowedPrefixes(t *testing.T) {
	knows := func(word string) (bool, bool) { return word == "ban" || word == "help", word == "bann" }
	for _, tc := range []struct {
		body string
		// what is heard: by default, with another bot, if the prefixes are set, and if a bare ! is heard alone and not
		usual, crowded, set, bare, bareCrowded string
	}{
		{"!forseti ban x", "ban x", "ban x", "ban x", "ban x", "ban x"},
		{"!mod help", "help", "help", "help", "help", "help"},
		{"!draupnir ban x", "ban x", "", "ban x", "ban x", ""},
		{"!DRAUPNIR: ban x", "ban x", "", "ban x", "ban x", ""},
		{"!mjolnir", "<>", "", "<>", "<>", ""},
		{"!mjolnirs ban x", "", "", "", "", ""},
		{"!help", "help", "", "", "help", "help"},
		{"!Help ban", "Help ban", "", "", "Help ban", "Help ban"},
		{"!help\nban", "help\nban", "", "", "help\nban", "help\nban"},
		{"!helpme", "", "", "", "", ""},
		{"!ban @x:hs", "", "", "", "ban @x:hs", "ban @x:hs"},
		{"!bann @x:hs", "", "", "", "bann @x:hs", ""},
		{"!weather", "", "", "", "", ""},
		{"!", "", "", "", "", ""},
		{"!!", "", "", "", "", ""},
		{"!room:hs", "", "", "", "", ""},
		{"!?! what", "", "", "", "", ""},
		{"! ban x", "", "", "", "", ""},
		{"help", "", "", "", "", ""},
	} {
		alone, crowded := func() bool { return true }, func() bool { return false }
		names := []string{"mjolnir", "draupnir"}
		for i, b := range []Borrowed{{Prefixes: names, Alone: alone}, {Prefixes: names, Alone: crowded}, {Prefixes: names, Alone: crowded, Sure: true}, {Prefixes: names, Alone: alone, Bare: true}, {Prefixes: names, Alone: crowded, Bare: true}} {
			want := []string{tc.usual, tc.crowded, tc.set, tc.bare, tc.bareCrowded}[i]
			h := named("Forseti the Just")
			h.Borrowed, h.Knows = b, knows
			line, ok := h.addressed(tc.body, false)
			if ok && line == "" {
				line = "<>"
			}
			if !ok {
				line = ""
			}
			if line != want {
				t.Errorf("%q, case %d: %q, want %q", tc.body, i, line, want)
			}
			if heard, ok := h.Hear(Message{Body: tc.body, HTML: "<p>" + tc.body + "</p>"}); ok != (want != "") || ok && want != "<>" && heard.Line != want {
				t.Errorf("%q formatted, case %d: %+v, %v, want %q", tc.body, i, heard, ok, want)
			}
		}
	}
}
