package acl

import (
	"encoding/json"
	"testing"
)

func TestAllows(t *testing.T) {
	const open = `{"allow":["*"],"deny":["evil.org","*.Evil.org","b?d.example"],"allow_ip_literals":false}`
	for _, tt := range []struct {
		name, content, server string
		want                  bool
	}{
		{"no event", "", "evil.org", true},
		{"empty object", `{}`, "good.org", false},
		{"no object", `[]`, "good.org", false},
		{"null", `null`, "good.org", false},
		{"broken", `{"allow":`, "good.org", false},
		{"empty allow", `{"allow":[]}`, "good.org", false},
		{"allow is a string", `{"allow":"*"}`, "good.org", false},
		{"odd members", `{"allow":[1,null,{},"good.org"]}`, "good.org", true},
		{"deny is a string", `{"allow":["*"],"deny":"good.org"}`, "good.org", true},
		{"key in other case", `{"Allow":["*"]}`, "good.org", false},
		{"null members", `{"allow":["",null,"good.org"],"deny":[null]}`, "good.org", true},
		{"open", open, "good.org", true},
		{"literal", open, "evil.org", false},
		{"port", open, "evil.org:8448", false},
		{"subject in upper case", open, "EVIL.ORG", false},
		{"entry in upper case", open, "a.evil.org", false},
		{"subdomain of a literal", open, "notevil.org", true},
		{"question mark", open, "bad.example", false},
		{"question mark is one", open, "bd.example", true},
		{"IPv4", open, "192.0.2.1", false},
		{"IPv4 with port", open, "192.0.2.1:8448", false},
		{"IPv6", open, "[::1]", false},
		{"IPv6 with port", open, "[::1]:8448", false},
		{"looks like IPv4", open, "192.0.2.256", true},
		{"IP flag is a string", `{"allow":["*"],"allow_ip_literals":"false"}`, "192.0.2.1", true},
		{"IP flag absent", `{"allow":["*"]}`, "[::1]", true},
		{"entry with port", `{"allow":["*"],"deny":["evil.org:8448"]}`, "evil.org:8448", true},
		{"IPv6 entry", `{"allow":["*"],"deny":["[::1]"]}`, "[::1]:8448", false},
		{"not in allow", `{"allow":["*.good.org"]}`, "good.org", false},
		{"classes mean nothing", `{"allow":["*"],"deny":["[ab].org","{a}.org","a\\.org"]}`, "a.org", true},
		{"Kelvin sign is no k", `{"allow":["*"],"deny":["\u212a.org"]}`, "k.org", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Parse(json.RawMessage(tt.content)).Allows(tt.server); got != tt.want {
				t.Errorf("Allows(%q) = %v", tt.server, got)
			}
		})
	}
}

func TestFaulty(t *testing.T) {
	for entity, want := range map[string]Reason{
		"evil.org": "", "*": "", "*.evil.org": "", "[::1]": "", "[2001:*": "", "*:*": "", "[::ffff:192.0.2.1]": "",
		"evil.org:8448": HasPort, "evil.org:*": HasPort, "*.evil.org:*": HasPort, "*:8448": HasPort,
		"[::1]:8448": HasPort, "[::1]:*": HasPort,
		"evil.org.": NotServer, ".evil.org": NotServer, "evil..org": NotServer, "*.": NotServer,
		"": NotServer, "@*:evil.org": NotServer, "evil org": NotServer, "évil.org": NotServer, "evil.org/": NotServer,
	} {
		if got := faulty(entity); got != want {
			t.Errorf("faulty(%q) = %q, want %q", entity, got, want)
		}
	}
}
