package acl

import (
	"encoding/json"
	"errors"
	"net"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// Where homeservers read an ACL differently: as the specification has it, Synapse, Dendrite.
func TestHomeservers(t *testing.T) {
	for _, tt := range []struct {
		content, server string
		want            [homeservers]bool
	}{
		{`{"allow":["*"],"deny":["example.org"]}`, "matrix.example.org", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":["evil.com"]}`, "notevil.com", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":["evil.com"]}`, "evil.com.au", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":["t.co"]}`, "chat.corp.example", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":["evil.com"]}`, "evil.com", [...]bool{false, false, false}},
		{`{"allow":["*"],"deny":["evil.com"]}`, "EVIL.COM", [...]bool{false, false, true}},
		{`{"allow":["*"],"deny":["EVIL.com"]}`, "evil.com", [...]bool{false, false, true}},
		{`{"allow":["GOOD.org"]}`, "good.org", [...]bool{true, true, false}},
		{`{"allow":["good"]}`, "good.org", [...]bool{false, false, true}},
		{`{"allow":["*"]}`, "1.2.3.4", [...]bool{true, true, false}},
		{`{"allow":["*"],"allow_ip_literals":true}`, "1.2.3.4:8448", [...]bool{true, true, true}},
		{`{"allow":["*"],"allow_ip_literals":false}`, "1.2.3.4:8448", [...]bool{false, false, false}},
		{`{"allow":["*"],"allow_ip_literals":false}`, "[::1]", [...]bool{false, false, true}},
		{`{"allow":["*"],"allow_ip_literals":false}`, "[::1]:8448", [...]bool{false, false, false}},
		{`{"allow":["*"],"deny":["[::1]"],"allow_ip_literals":true}`, "[::1]", [...]bool{false, false, false}},
		{`{"allow":["*"],"deny":["[::1]"],"allow_ip_literals":true}`, "[::1]:8448", [...]bool{false, false, true}},
		{`{"allow":["[::1]"],"allow_ip_literals":true}`, "[::1]:8448", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":["evil.com:8448"]}`, "evil.com:8448", [...]bool{true, true, true}},
		{`{"allow":["*"],"deny":[7,"evil.com"]}`, "evil.com", [...]bool{false, false, true}},
		{`{"allow":[7],"deny":[]}`, "good.org", [...]bool{false, false, true}},
		{`{"allow":"*"}`, "good.org", [...]bool{false, false, true}},
		{`{"allow":["*"],"allow_ip_literals":"false"}`, "1.2.3.4", [...]bool{true, true, true}},
		{`{"allow":["*"],"deny":[null]}`, "good.org", [...]bool{true, true, false}},
		{`{"allow":["*"],"deny":[""]}`, "good.org", [...]bool{true, true, false}},
		{`{"allow":[""]}`, "good.org", [...]bool{false, false, true}},
		{`{"allow":["*"],"Deny":["good.org"]}`, "good.org", [...]bool{true, true, false}},
		{`{"Allow":["*"]}`, "good.org", [...]bool{false, false, true}},
		{`{"allow":["\u017f*"]}`, "spam.example", [...]bool{false, true, false}},
		{`{"allow":["*"],"deny":["\u212a.org"]}`, "k.org", [...]bool{true, false, true}},
		{`{}`, "good.org", [...]bool{false, false, false}},
		{``, "good.org", [...]bool{true, true, true}},
		{`[]`, "good.org", [...]bool{false, false, true}},
	} {
		for h := range homeservers {
			if got := h.Allows(json.RawMessage(tt.content), tt.server); got != tt.want[h] {
				t.Errorf("%s of %s by %s: %v", tt.content, tt.server, h, got)
			}
		}
	}
}

// The guard is as strict as the strictest reader.
func TestGuardReadsAsEveryHomeserver(t *testing.T) {
	for _, tt := range []struct {
		content, server string
		want            string // in the error; "" for none
	}{
		{`{"allow":["*"],"deny":["evil.org"]}`, "good.org", ""},
		{`{"allow":["*"],"deny":["evil.org"],"allow_ip_literals":true}`, "192.0.2.1", ""},
		{`{"allow":["*"],"deny":["evil.org"]}`, "192.0.2.1", "on homeservers that run Dendrite by denying IP literals"},
		{`{"allow":["*"],"deny":["ood.o"]}`, "good.org:8448", `"ood.o", which is taken for a part of a name there`},
		{`{"allow":["*"],"deny":["good.org"]}`, "Good.org:8448", `shut out good.org by its entry "good.org"`},
		{`{"allow":["*"],"deny":["\u212aing.org"]}`, "king.org", "run Synapse by its entry"},
		{`{"allow":["*"],"deny":["::1"],"allow_ip_literals":true}`, "[::1]", "Dendrite"},
		{`{"allow":["[::1]"],"allow_ip_literals":true}`, "[::1]", "no allow entry"},
		{`{"allow":["*"],"deny":[null]}`, "good.org", "Dendrite"},
		{`{"allow":["*"],"deny":[null]}`, "", ""},
		{`{"allow":[]}`, "", "allows no server"},
		{`{}`, "", "allows no server"},
		{``, "good.org", ""},
	} {
		var servers []string
		if tt.server != "" {
			servers = []string{tt.server}
		}
		err := Lockout(json.RawMessage(tt.content), slices.Values(servers))
		if tt.want == "" && err == nil {
			continue
		}
		if _, ok := errors.AsType[*LockoutError](err); !ok || tt.want == "" || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %s: %v, want %q", tt.content, tt.server, err, tt.want)
		}
	}
}

// oracle evaluates clean content as each homeserver's own code does, by regular expressions.
func oracle(h Homeserver, a ACL, server string) bool {
	name, flags, open, end := subject(server), `(?s)`, `\A`, `\z`
	literal := isIPLiteral(name)
	switch h {
	case Synapse:
		flags = `(?is)`
	case Dendrite:
		name, open, end = server, "", ""
		if host, _, err := net.SplitHostPort(server); err == nil {
			name = host
		}
		_, _, err := net.ParseCIDR(name + "/0")
		literal = err == nil
	}
	matches := func(entries []string) bool {
		return slices.ContainsFunc(entries, func(e string) bool {
			if h == Specification {
				e = strings.Map(func(r rune) rune {
					if 'A' <= r && r <= 'Z' {
						return r + 'a' - 'A'
					}
					return r
				}, e)
			}
			e = strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(e))
			return regexp.MustCompile(flags + open + e + end).MatchString(name)
		})
	}
	return (a.AllowIPLiterals || !literal) && !matches(a.Deny) && matches(a.Allow)
}

func FuzzHomeservers(f *testing.F) {
	for _, seed := range [][3]string{
		{"*", "evil.org", "matrix.evil.org"}, {"*", "\u017f*", "spam.example"}, {"*.ORG", "?", "good.org:8448"}, {"*", "[::1]", "[::1]:1"},
		{"*", "1.2.*", "1.2.3.4"}, {"*a*b*", "*\u212a?", "a.b"}, {"[a]", "{,}", "[a]"}, {"*", "x", "::1"}, {"*", "", "[::1"}, {"*", "x", "a:b:c"},
	} {
		f.Add(seed[0], seed[1], seed[2], true)
		f.Add(seed[0], seed[1], seed[2], false)
	}
	f.Fuzz(func(t *testing.T, allow, deny, server string, ip bool) {
		all := strings.Join([]string{allow, deny, server}, " ")
		// A backslash before a wildcard is none for the homeservers' code, and in no name.
		if len(all) > 200 || !utf8.ValidString(all) || strings.ContainsAny(all, "\\\n") || allow == "" || deny == "" {
			return
		}
		a := ACL{Present: true, Allow: []string{allow}, Deny: []string{deny}, AllowIPLiterals: ip}
		content, err := json.Marshal(map[string]any{"allow": a.Allow, "deny": a.Deny, "allow_ip_literals": ip})
		if err != nil {
			t.Fatal(err)
		}
		for h := range homeservers {
			if got, want := h.Allows(content, server), oracle(h, a, server); got != want {
				t.Errorf("%s of %q by %s: %v", content, server, h, got)
			}
		}
	})
}
