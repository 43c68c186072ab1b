package policy

import (
	"encoding/base64"
	"testing"

	"maunium.net/go/mautrix/event"
)

func TestParse(t *testing.T) {
	const hash = "VPqwbUV7mMMkOVto3kPwsNXXiALMs7VCKWh3OeqqjGs="
	tests := []struct {
		name, eventType, content string
		want                     bool
		kind                     Kind
		recommendation           Recommendation
		entity                   string
	}{
		{"ban", "m.policy.rule.user", banContent("@a:b"), true, User, Ban, "@a:b"},
		{"legacy", "m.room.rule.server", banContent("b"), true, Server, Ban, "b"},
		{"oldest", "org.matrix.mjolnir.rule.room", ruleContent("!r:b", "org.matrix.mjolnir.ban"), true, RoomKind, Ban, "!r:b"},
		{"takedown", "m.policy.rule.user", `{"entity":"@a:b","recommendation":"m.takedown"}`, true, User, Takedown, "@a:b"},
		{"exemption", "m.policy.rule.user", ruleContent("@a:b", "fi.mau.meowlnir.unban"), true, User, Exempt, "@a:b"},
		{"Mjolnir's allow", "m.policy.rule.user", ruleContent("@a:b", "org.matrix.mjolnir.allow"), true, User, Allow, "@a:b"},
		{"unknown", "m.policy.rule.user", ruleContent("@a:b", "m.hug"), true, User, Unknown, "@a:b"},
		{"hash", "m.policy.rule.user", `{"hashes":{"sha256":"` + hash + `"},"recommendation":"m.ban"}`, true, User, Ban, ""},
		{"unstable hash", "m.policy.rule.user", `{"org.matrix.msc4205.hashes":{"sha256":"` + hash + `"},"recommendation":"m.ban"}`, true, User, Ban, ""},
		{"reason of a wrong type", "m.policy.rule.user", `{"entity":"@a:b","recommendation":"m.ban","reason":7}`, true, User, Ban, "@a:b"},
		{"short hash", "m.policy.rule.user", `{"hashes":{"sha256":"AAAA"},"recommendation":"m.ban"}`, false, 0, 0, ""},
		{"hashes of a wrong type", "m.policy.rule.user", `{"hashes":[1],"recommendation":"m.ban"}`, false, 0, 0, ""},
		{"blank", "m.policy.rule.user", `{}`, false, 0, 0, ""},
		{"empty strings", "m.policy.rule.user", ruleContent("", ""), false, 0, 0, ""},
		{"no recommendation", "m.policy.rule.user", `{"entity":"@a:b"}`, false, 0, 0, ""},
		{"keys in another case", "m.policy.rule.user", `{"Entity":"@a:b","Recommendation":"m.ban"}`, false, 0, 0, ""},
		{"entity of a wrong type", "m.policy.rule.user", `{"entity":["@a:b"],"recommendation":"m.ban"}`, false, 0, 0, ""},
		{"not an object", "m.policy.rule.user", `[]`, false, 0, 0, ""},
		{"null", "m.policy.rule.user", `null`, false, 0, 0, ""},
		{"other type", "m.room.topic", banContent("@a:b"), false, 0, 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, ok := Parse(testList, state(test.eventType, "key", "$1", test.content))
			if ok != test.want {
				t.Fatalf("got %v, want %v", ok, test.want)
			}
			if ok && (r.Kind != test.kind || r.Recommendation != test.recommendation || r.Entity != test.entity) {
				t.Errorf("got %+v", r)
			}
		})
	}
	redacted := state("m.policy.rule.user", "key", "$1", banContent("@a:b"))
	redacted.Unsigned.RedactedBecause = &event.Event{}
	if _, ok := Parse(testList, redacted); ok {
		t.Error("a redacted event gave a rule")
	}
}

// The vector is that of MSC4205.
func TestHashOf(t *testing.T) {
	const want = "VPqwbUV7mMMkOVto3kPwsNXXiALMs7VCKWh3OeqqjGs="
	if got := base64.StdEncoding.EncodeToString([]byte(HashOf("@yarrgh:example.com"))); got != want {
		t.Errorf("got %s", got)
	}
}

func TestMatches(t *testing.T) {
	tests := []struct {
		kind            Kind
		entity, subject string
		want            bool
	}{
		{User, "@A:b", "@a:B", true},
		{User, "@*:evil.org", "@x:evil.org", true},
		{User, "@*:evil.org", "@x:evil.org:8448", false},
		{User, "@k:b", "@\u212a:b", false},
		{User, "@?:b", "@é:b", true},
		{User, "@??:b", "@é:b", false},
		{User, "@[ab]:b", "@a:b", false},
		{User, "@a*:b", "@a\nz:b", true},
		{Server, "*.evil.org", "evil.org", false},
		{Server, "*.evil.org", "X.EVIL.org:8448", true},
		{Server, "[::1]", "[::1]:8448", true},
		{Server, "evil.org", "evil.org:1", true},
		{Server, "evil.org:1", "evil.org:1", false},
		{Server, "*", "", false},
		{RoomKind, "#A:b", "#a:b", false},
		{RoomKind, "#a*", "#a:b", true},
	}
	for _, test := range tests {
		r := Rule{Kind: test.kind, Entity: test.entity}
		if got := r.Matches(test.subject); got != test.want {
			t.Errorf("%s %q on %q: got %v", test.kind, test.entity, test.subject, got)
		}
	}
}

func TestServerName(t *testing.T) {
	tests := map[string]string{
		"Evil.org": "evil.org", "evil.org:8448": "evil.org", "[::1]:8448": "[::1]", "[::1]": "[::1]",
		"1.2.3.4:80": "1.2.3.4", "::1": "::1", "evil.org:80:80": "evil.org", "": "", ":80": "", "[::1": "[::1",
	}
	for name, want := range tests {
		if got := ServerName(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// FuzzParse feeds content of any shape: nothing may panic, and a rule that is read must be found again.
func FuzzParse(f *testing.F) {
	f.Add(banContent("@a:b"))
	f.Add(`{"recommendation":"m.ban","hashes":{"sha256":"VPqwbUV7mMMkOVto3kPwsNXXiALMs7VCKWh3OeqqjGs="}}`)
	f.Add(`{"entity":{"a":[null]},"recommendation":1e999}`)
	f.Fuzz(func(t *testing.T, content string) {
		for name, kind := range ruleTypes {
			evt := state(name, "key", "$1", content)
			x := NewIndex()
			r, ok := Parse(testList, evt)
			if d := x.Apply(testList, evt); len(d.Added) != x.Len() || ok != (x.Len() == 1) {
				t.Fatalf("parsed %v, but %d rules", ok, x.Len())
			}
			if ok && r.Matches(r.Entity) != (len(x.Matching(kind.kind, r.Entity)) == 1) {
				t.Fatalf("index and rule disagree about %q", r.Entity)
			}
			x.Redact(testList, "$1")
			if x.Len() != 0 {
				t.Fatal("a redacted rule is left")
			}
		}
	})
}
