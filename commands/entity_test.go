package commands

import (
	"strings"
	"testing"

	"forseti/policy"
)

func TestEntities(t *testing.T) {
	for _, tc := range []struct {
		written string
		kind    policy.Kind
		name    string
		glob    bool
	}{
		{"@a:hs.example", policy.User, "@a:hs.example", false},
		{"@A/b=c+d:hs.example:8448", policy.User, "@A/b=c+d:hs.example:8448", false},
		{"@ü:hs.example", policy.User, "@ü:hs.example", false},
		{"@:hs.example", policy.User, "@:hs.example", false},
		{"@a:[2001:db8::1]:8448", policy.User, "@a:[2001:db8::1]:8448", false},
		{"<@a:hs.example>", policy.User, "@a:hs.example", false},
		{"`@a:hs.example`", policy.User, "@a:hs.example", false},
		{"[Some One](https://matrix.to/#/@a:hs.example)", policy.User, "@a:hs.example", false},
		{"matrix:u/a:hs.example?action=chat", policy.User, "@a:hs.example", false},
		{"https://matrix.to/#/@a%2Fb:hs.example", policy.User, "@a/b:hs.example", false},
		{"@*:hs.example", policy.User, "@*:hs.example", true},
		{"@*spam*", policy.User, "@*spam*", true},
		{"@a?:*", policy.User, "@a?:*", true},
		{"hs.example", policy.Server, "hs.example", false},
		{"HS.example:8448", policy.Server, "HS.example", false},
		{"*.example", policy.Server, "*.example", true},
		{"1.2.3.4", policy.Server, "1.2.3.4", false},
		{"[::1]:8448", policy.Server, "[::1]", false},
		{"localhost", policy.Server, "localhost", false},
		{"!r:hs.example", policy.RoomKind, "!r:hs.example", false},
		{"#r:hs.example", policy.RoomKind, "#r:hs.example", false},
		{"#*:hs.example", policy.RoomKind, "#*:hs.example", true},
		{"matrix:roomid/r:hs.example", policy.RoomKind, "!r:hs.example", false},
	} {
		e, err := parseEntity(tc.written)
		if err != nil || e.kind != tc.kind || e.name != tc.name || e.glob != tc.glob {
			t.Errorf("%s: %+v, %v", tc.written, e, err)
		}
	}
	for _, written := range []string{
		"", "@", "@foo", "@foo:", "@foo?", "foo@bar", "@foo:b@r", "@foo:bar:baz", "@a:http://hs", "@a:hs..example", "@a b:hs.example",
		"@a\u200b:hs.example", "@a:.hs", "!r", "#r", "#:hs", "!r:", "hs.example:port", "hs_example", "-- x", "https://hs.example",
		"matrix:u/", "https://matrix.to/#/", "https://matrix.to/#/@a:hs.example/$e", "[::1", "[fe80::1%25eth0]", "*.hs_x", "*@*",
		"@" + strings.Repeat("a", 255) + ":hs.example",
	} {
		if e, err := parseEntity(written); err == nil {
			t.Errorf("%q was read as %+v", written, e)
		} else if err.Error() == "" {
			t.Errorf("%q: no words", written)
		}
	}
}

func TestLinks(t *testing.T) {
	for _, tc := range []struct{ written, target, event, via string }{
		{"https://matrix.to/#/#r:hs.example", "#r:hs.example", "", ""},
		{"HTTPS://matrix.to/#/%23r%3Ahs.example/", "#r:hs.example", "", ""},
		{"https://matrix.to/#/!r:hs.example/$e?via=a.example&via=bad%20one&via=b.example:8448", "!r:hs.example", "$e", "a.example b.example:8448"},
		{"https://matrix.to/#/!r:hs.example/%24a%2Fb%3F", "!r:hs.example", "$a/b?", ""},
		{"matrix:roomid/r:hs.example/e/x?via=a.example", "!r:hs.example", "$x", "a.example"},
		{"matrix:r/r:hs.example", "#r:hs.example", "", ""},
	} {
		l, ok := parseLink(tc.written)
		if !ok || l.target != tc.target || string(l.event) != tc.event || strings.Join(l.via, " ") != tc.via {
			t.Errorf("%s: %+v, %v", tc.written, l, ok)
		}
	}
	for _, written := range []string{
		"https://evilmatrix.to/#/@a:hs.example", "https://matrix.to/", "https://matrix.to/#/", "https://matrix.to/#/%zz", "matrix:", "matrix:x/y",
		"matrix:u/a:b/e/c", "matrix:e/c", "https://matrix.to/#/@a:hs/$e", "https://matrix.to/#/!r:hs/$e/x", "https://matrix.to/#/$e", "@a:hs",
	} {
		if l, ok := parseLink(written); ok {
			t.Errorf("%s was read as %+v", written, l)
		}
	}
}
