package protections

import (
	"strings"
	"testing"
)

// A name that leads somewhere does so however it is written; one of somebody who is only called so does not.
func TestAdvertises(t *testing.T) {
	for _, name := range []string{
		"Win at HTTPS://evil.example", "www.evil.org", "WWW.Evil.ORG", "t.me/evil", "t․me/evil", "t。me/evil", "ｔ．ｍｅ/evil", "T\u200b.me/evil", "join evil.xyz", "evil.shop",
		"crypto-evil.online", "𝐞𝐯𝐢𝐥.𝐬𝐡𝐨𝐩/x", "write @evil_trader", "@evil_trader", "＠evil_trader", "+49-151-23456789", "call +491512345678", "#evil:example.org", "https://matrix.to/#/#evil:example.org",
		"matrix:r/evil:example.org", "evil.com", "évil.example.net",
	} {
		if !Advertises(name) {
			t.Errorf("%q leads nowhere", name)
		}
	}
	for _, name := range []string{
		"", "Bob", "J.R. Smith", "J. R. R. T.", "Dr.Who", "user.name", "Anna-Lena O'Neill", "李小龍", "محمد", "Nguyễn Văn A", "C++ dev", "alice@work", "Bob @ home", "@bob:example.org",
		"node.js fan", "main.py", "v1.2.3", "+1", "50+", "a/b", "St. Martin", "e.V. Vorstand", "Señor…", "...", "@", "http", strings.Repeat("a", 100_000),
	} {
		if Advertises(name) {
			t.Errorf("%.50q leads somewhere", name)
		}
	}
}
