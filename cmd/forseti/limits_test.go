package main

import (
	"os/exec"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/matrix"
)

// What is to be done is said for each kind of homeserver, in words that can be copied
// whatever the account is called.
func TestAdvice(t *testing.T) {
	const address = "https://matrix.example.org"
	for _, tc := range []struct {
		software matrix.Software
		user     id.UserID
		says     []string
	}{
		{matrix.Software{Name: "Synapse", Version: "1.157.1"}, "@forseti:example.org", []string{"curl -X POST", "Bearer ADMIN_TOKEN", address + "/_synapse/admin/v1/users/@forseti:example.org/override_ratelimit", `"messages_per_second": 0`, "INSERT INTO ratelimit_override", "'@forseti:example.org', 0, 0"}},
		{matrix.Software{Name: "synapse"}, "@o'brien/x y:example.org", []string{"/users/@o%27brien%2Fx%20y:example.org/", "'@o''brien/x y:example.org'"}},
		{matrix.Software{Name: "Dendrite", Version: "0.15.2"}, `@a"b:example.org`, []string{"rate_limiting:", "exempt_user_ids:", `- "@a\"b:example.org"`}},
		{matrix.Software{Name: "continuwuity"}, "@forseti:example.org", []string{"Ask an admin", "@forseti:example.org"}},
		{matrix.Software{}, "@forseti:example.org", []string{"Ask an admin", "@forseti:example.org"}},
	} {
		text := strings.Join(exemption(tc.software, address, tc.user), "\n")
		for _, want := range tc.says {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q is not in:\n%s", tc.software, want, text)
			}
		}
	}
	if sh, err := exec.LookPath("sh"); err == nil {
		const odd = `it's $HOME "so"`
		out, err := exec.CommandContext(t.Context(), sh, "-c", "printf %s "+shellWord(odd)).Output()
		if err != nil || string(out) != odd {
			t.Errorf("the shell read %q, %v", out, err)
		}
	}
}

func TestPaceInWords(t *testing.T) {
	synapse := matrix.Software{Name: "Synapse", Version: "1.157.1"}
	for _, tc := range []struct {
		pace pace
		want string
	}{
		{pace{Software: synapse, Limited: true, Taken: 9, Wait: 4999}, "the homeserver (Synapse 1.157.1) limits how fast the account may act: after 9 quick requests it asked for a pause of 5s"},
		{pace{Software: synapse, Limited: true, Taken: 9}, "the homeserver (Synapse 1.157.1) limits how fast the account may act: it took 9 quick requests and refused the next"},
		{pace{Software: synapse, Taken: 15}, "the homeserver (Synapse 1.157.1) took 15 quick requests in a row: no rate limit was met"},
		{pace{Software: synapse, Told: true}, "the homeserver (Synapse 1.157.1) says that it exempts the account from its rate limits"},
		{pace{Software: synapse, Told: true, Limited: true}, "the homeserver (Synapse 1.157.1) says that it does not exempt the account from its rate limits"},
		{pace{Software: matrix.Software{Name: "evil\x1b[2J\nok    fine"}}, "the homeserver (evil [2J ok fine) took 0 quick requests in a row: no rate limit was met"},
	} {
		if got := tc.pace.String(); got != tc.want {
			t.Errorf("%+v:\n%s, want\n%s", tc.pace, got, tc.want)
		}
	}
}
