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
