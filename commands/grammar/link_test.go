package grammar

import (
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"
)

func TestLinks(t *testing.T) {
	for _, tc := range []struct{ written, target, event, via string }{
		{"https://matrix.to/#/#r:hs.example", "#r:hs.example", "", ""},
		{"HTTPS://matrix.to/#/%23r%3Ahs.example/", "#r:hs.example", "", ""},
		{"https://matrix.to/#/!r:hs.example/$e?via=a.example&via=bad%20one&via=b.example:8448", "!r:hs.example", "$e", "a.example b.example:8448"},
		{"https://matrix.to/#/!r:hs.example/%24a%2Fb%3F", "!r:hs.example", "$a/b?", ""},
		{"matrix:roomid/r:hs.example/e/x?via=a.example", "!r:hs.example", "$x", "a.example"},
		{"matrix:r/r:hs.example", "#r:hs.example", "", ""},
		{"matrix.to/#/@u:hs.example", "@u:hs.example", "", ""},
		// Element, SchildiChat and others on its code, also on a host of their own.
		{"https://app.element.io/#/room/#r:hs.example", "#r:hs.example", "", ""},
		{"https://app.element.io/#/room/%23r%3Ahs.example", "#r:hs.example", "", ""},
		{"https://app.element.io/#/room/!r:hs.example/$e?via=a.example", "!r:hs.example", "$e", "a.example"},
		{"https://app.element.io/#/room/!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM/$e", "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM", "$e", ""},
		{"https://app.element.io/#/user/@u:hs.example", "@u:hs.example", "", ""},
		{"https://chat.hs.example/element/#/user/@u:hs.example", "@u:hs.example", "", ""},
		{"https://hydrogen.element.io/#/session/1234/room/!r:hs.example", "!r:hs.example", "", ""},
		{"https://app.cinny.in/home/!r:hs.example/", "!r:hs.example", "", ""},
		{"https://app.cinny.in/home/%23r%3Ahs.example/%24e/", "#r:hs.example", "$e", ""},
		{"https://app.cinny.in/#/home/!r%3Ahs.example/$e/", "!r:hs.example", "$e", ""},
		{"https://app.cinny.in/direct/!r%3Ahs.example/", "!r:hs.example", "", ""},
		{"https://app.cinny.in/!space%3Ahs.example/!r%3Ahs.example/", "!r:hs.example", "", ""},
		{"https://app.cinny.in/%23space%3Ahs.example/!r%3Ahs.example/%24e", "!r:hs.example", "$e", ""},
		{"https://app.cinny.in/!space%3Ahs.example/lobby/", "!space:hs.example", "", ""},
		{"https://fluffychat.im/web/#/rooms/!r:hs.example", "!r:hs.example", "", ""},
	} {
		l, ok := ParseLink(tc.written)
		if !ok || l.Target != tc.target || string(l.Event) != tc.event || strings.Join(l.Via, " ") != tc.via {
			t.Errorf("%s: %+v, %v", tc.written, l, ok)
		}
	}
	for _, written := range []string{
		"https://evilmatrix.to/#/@a:hs.example", "https://matrix.to/", "https://matrix.to/#/", "https://matrix.to/#/%zz", "matrix:", "matrix:x/y",
		"matrix:u/a:b/e/c", "matrix:e/c", "https://matrix.to/#/@a:hs/$e", "https://matrix.to/#/!r:hs/$e/x", "https://matrix.to/#/$e", "@a:hs",
		"https://social.example/@a", "https://social.example/@a/!b", "https://app.element.io/#/home", "https://app.element.io/#/room/", "https://app.element.io/#/room/@a:hs",
		"https://app.element.io/#/user/@a:hs/$e", "https://app.element.io/#/user/!a:hs", "https://hs.example", "https://hs.example/room", "https://app.cinny.in/home/$e", "https://app.cinny.in/explore/",
		"https://blog.example/2026/#comments", "https://app.element.io/#/room/!r:hs/$e/x",
	} {
		if l, ok := ParseLink(written); ok {
			t.Errorf("%s was read as %+v", written, l)
		}
	}
}

// A link is one word, and reads as what it was made of.
func TestLinksAreWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Link{Target: rapid.SampledFrom([]string{"@", "#", "!"}).Draw(t, "sigil") + rapid.StringN(1, 40, -1).Draw(t, "name") + ":hs.example"}
		if want.Target[0] != '@' {
			want.Event = id.EventID(rapid.SampledFrom([]string{"", "$a", "$a/b?c", "$ \"--"}).Draw(t, "event"))
			want.Via = []string{"a.example", "b.example:8448"}
		}
		words, rest := Split("ban " + want.String() + " x")
		if len(words) != 3 || rest != "" || words[1].Flag != "" {
			t.Fatalf("%s is no word", want)
		}
		got, ok := ParseLink(words[1].Text)
		if !ok || !got.same(want) || strings.Join(got.Via, " ") != strings.Join(want.Via, " ") {
			t.Fatalf("%+v became %s and then %+v", want, want, got)
		}
	})
}
