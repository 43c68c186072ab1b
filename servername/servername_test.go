package servername

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"forseti/glob"
)

func TestCutPort(t *testing.T) {
	for name, want := range map[string]struct{ host, port string }{
		"evil.org": {"evil.org", "-"}, "evil.org:8448": {"evil.org", "8448"}, "evil.org:": {"evil.org", ""}, ":80": {"", "80"}, "": {"", "-"},
		"[::1]": {"[::1]", "-"}, "[::1]:8448": {"[::1]", "8448"}, "[::1]x:1": {"[::1]x", "1"}, "[::1": {"[::1", "-"},
		"::1": {"::1", "-"}, "2001:db8::1": {"2001:db8::1", "-"}, "a:b:c": {"a", "b:c"}, "1.2.3.4:80": {"1.2.3.4", "80"}, "evil.org:80:80": {"evil.org", "80:80"},
	} {
		host, port, found := CutPort(name)
		if !found {
			port += "-"
		}
		if host != want.host || port != want.port || Host(name) != host {
			t.Errorf("%q is %q and %q, want %v", name, host, port, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for fault, patterns := range map[Fault][]string{
		None:    {"evil.org", "EVIL.org", "*", "*.evil.org", "e?il.org", "[::1]", "[2001:*", "[2001:DB8::*", "*:*", "*::1]", "[::ffff:192.0.2.1]", "1.2.3.*", "xn--a.example"},
		Empty:   {""},
		Space:   {"evil org", "evil.org\n", "\tx"},
		Sign:    {"https://evil.org", "@a:evil.org", "a/b", "a\x00", "{a,b}"},
		Letters: {"пример.example", "*.пример", "a\ufffdb"},
		Port:    {"evil.org:8448", "evil.org:*", "*.evil.org:*", "*:8448", "[::1]:8448", "[::1]:*", "evil.org:", "*evil:*"},
		Dot:     {".evil.org", "evil.org.", "*.", "a..b", "."},
	} {
		for _, p := range patterns {
			if got := OfPattern(p); got != fault {
				t.Errorf("%q has fault %d, want %d", p, got, fault)
			}
		}
	}
}

// names are those that servers have.
var names = rapid.OneOf(
	rapid.StringMatching(`[a-z0-9]{1,3}(\.[a-z0-9-]{1,3}){0,2}`),
	rapid.SampledFrom([]string{"192.0.2.1", "[::1]", "[2001:db8::ab]", "[::ffff:192.0.2.1]", "XN--a.org"}))

// A name and a port come apart as they were put together, and only with its port a name is no pattern.
func TestPortsComeApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name, port := names.Draw(t, "name"), rapid.StringMatching(`[0-9]{1,5}`).Draw(t, "port")
		if host, got, found := CutPort(name + ":" + port); host != name || got != port || !found {
			t.Fatalf("%s with port %s is %s and %s, %t", name, port, host, got, found)
		}
		if host, _, found := CutPort(name); host != name || found {
			t.Fatalf("%s has a port and is %s", name, host)
		}
		if a, b := OfPattern(name), OfPattern(name+":"+port); a != None || b != Port {
			t.Fatalf("%s has fault %d, with port %d", name, a, b)
		}
	})
}

// What matches a name has no fault.
func TestFaultyPatternsMatchNoServer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := names.Draw(t, "name")
		pattern := name
		for range rapid.IntRange(0, 4).Draw(t, "wildcards") {
			from := rapid.IntRange(0, len(pattern)).Draw(t, "from")
			to := rapid.IntRange(from, len(pattern)).Draw(t, "to")
			pattern = pattern[:from] + rapid.SampledFrom(strings.Split("*?.:@ [", "")).Draw(t, "put in") + pattern[to:]
		}
		if fault := OfPattern(pattern); fault != None && glob.Match(glob.Fold(pattern), glob.Fold(name)) {
			t.Fatalf("%q matches %q, though it has fault %d", pattern, name, fault)
		}
	})
}
