package policy

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestUnmatchable(t *testing.T) {
	for _, tt := range []struct {
		kind   Kind
		entity string
		want   string // a part; "" if it may match
	}{
		{User, "@a:b.org", ""}, {User, "@a b :b.org", ""}, {User, "@É:b.org", ""}, {User, "*", ""}, {User, "@*", ""}, {User, "@*:b.org:*", ""},
		{User, "?a:b.org", ""}, {User, "*spam*", ""}, {User, "@a:[::1]:80", ""}, {User, "@a:b.org:8448", ""}, {User, "@*.x:8448", ""}, {User, "@?[::1]", ""},
		{User, "", "empty"}, {User, "a:b.org", "begin with @"}, {User, "@a", "have a server"}, {User, "poke@host.org", "begin with @"},
		{User, "@a:b.org.", "dot"}, {User, "@a:.b.org", "dot"}, {User, "@a:b..org", "dot"}, {User, "@a:b.org ", "space"}, {User, "@a:b.org\n", "space"},
		{User, "@a:пример.example", "xn--"}, {User, "@a:", "no server"}, {User, "@a:b/c", "no server"}, {User, "@*:b.org.", "dot"},
		{User, "@" + strings.Repeat("a", 300) + ":b", "that long"}, {User, "https://matrix.to/#/@a:b.org", "begin with @"},
		{Server, "evil.org", ""}, {Server, "*", ""}, {Server, "*.evil.org", ""}, {Server, "[::1]", ""}, {Server, "[2001:*", ""}, {Server, "*:*", ""},
		{Server, "localhost", ""}, {Server, "EVIL.org", ""}, {Server, "1.2.3.*", ""}, {Server, "e?il.org", ""}, {Server, "xn--e1afmkfd.example", ""},
		{Server, "", "empty"}, {Server, "evil.org:8448", "port"}, {Server, "evil.org:*", "port"}, {Server, "[::1]:1", "port"}, {Server, "evil.org.", "dot"},
		{Server, ".evil.org", "dot"}, {Server, "*.", "dot"}, {Server, "https://evil.org", "no server"}, {Server, "@a:evil.org", "no server"},
		{Server, "evil org", "space"}, {Server, "evil.org\n", "space"}, {Server, "пример.example", "xn--"}, {Server, "*.пример", "xn--"},
		{RoomKind, "!a:b", ""}, {RoomKind, "#a:b", ""}, {RoomKind, "*a", ""}, {RoomKind, "a:b", "begin with !"}, {RoomKind, "", "empty"},
		{RoomKind, "!opaque", ""},
	} {
		got := Unmatchable(Rule{Kind: tt.kind, Entity: tt.entity})
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s %q: %q, want %q", tt.kind, tt.entity, got, tt.want)
		}
	}
	if got := Unmatchable(Rule{Kind: User, Hash: HashOf("x")}); got != "" {
		t.Errorf("a hash: %q", got)
	}
}

// What is said to match nobody matches none of the names that there may be, however they are made.
func TestUnmatchableMatchesNobody(t *testing.T) {
	host := rapid.OneOf(
		rapid.StringMatching(`[a-z0-9]{1,3}(\.[a-z]{1,3}){0,2}(:[0-9]{1,4})?`),
		rapid.SampledFrom([]string{"1.2.3.4", "[::1]", "[::1]:8448", "[2001:db8::1]", "xn--a.org"}))
	names := map[Kind]*rapid.Generator[string]{
		User: rapid.Custom(func(t *rapid.T) string {
			return "@" + rapid.StringMatching(`[a-z0-9._=/ é!]{0,5}`).Draw(t, "localpart") + ":" + host.Draw(t, "host")
		}),
		Server:   host,
		RoomKind: rapid.OneOf(rapid.StringMatching(`[!#][a-zé ]{0,4}(:[a-z.]{1,5})?`)),
	}
	rapid.Check(t, func(t *rapid.T) {
		kind := Kind(rapid.IntRange(0, int(kinds)-1).Draw(t, "kind"))
		name := names[kind].Draw(t, "name")
		pattern := []rune(name)
		for range rapid.IntRange(0, 4).Draw(t, "wildcards") {
			from := rapid.IntRange(0, len(pattern)).Draw(t, "from")
			to := rapid.IntRange(from, len(pattern)).Draw(t, "to")
			pattern = append(append(append([]rune{}, pattern[:from]...), rapid.SampledFrom([]rune("*?.:@ "+"[")).Draw(t, "put in")), pattern[to:]...)
		}
		r := Rule{Kind: kind, Entity: string(pattern)}
		if why := Unmatchable(r); why != "" && r.Matches(name) {
			t.Fatalf("%s %q matches %q, though %s", kind, r.Entity, name, why)
		}
	})
}
