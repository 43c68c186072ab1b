package commands

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
		line, ok := newSet().Addressed(tc.body, tc.mentioned)
		if line != tc.line || ok != tc.ok {
			t.Errorf("Addressed(%q, %v) = %q, %v; want %q, %v", tc.body, tc.mentioned, line, ok, tc.line, tc.ok)
		}
	}
	if _, ok := NewSet(self, func() string { return "" }).Addressed(": status", false); ok {
		t.Error("an empty display name is no name")
	}
}

func TestTextWritesMentionsOut(t *testing.T) {
	pill := func(user, shown string) string { return `<a href="https://matrix.to/#/` + user + `">` + shown + `</a>` }
	const spammer = "https://matrix.to/#/@spam:evil.example"
	for _, tc := range []struct{ body, formatted, want string }{
		{"ban Spammer coc", "ban " + pill("@spam:evil.example", "Spammer") + " coc", "ban " + spammer + " coc"},
		{"ban ban coc", "ban " + pill("@spam:evil.example", "ban") + " coc", "ban " + spammer + " coc"},
		{"ban A & <b> coc", "ban " + pill("@spam:evil.example", "A &amp; &lt;b&gt;") + " coc", "ban " + spammer + " coc"},
		{"Forseti: ban x", pill(string(self), "Forseti") + ": ban x", "Forseti: ban x"},
		{"ban @*x*:y", "ban @<em>x</em>:y", "ban @*x*:y"},
		{"ban x", "ban <a href='https://example.org'>x</a>", "ban x"},
		{"kick y", "<mx-reply>" + pill("@a:b", "y") + "</mx-reply>kick y", "kick y"},
		{"ban gone", pill("@spam:evil.example", "other"), "ban gone"},
	} {
		if got := newSet().Text(tc.body, tc.formatted); got != tc.want {
			t.Errorf("%q with %q: %q, want %q", tc.body, tc.formatted, got, tc.want)
		}
	}
}
