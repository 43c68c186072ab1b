package content

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever a stranger sends can be read, in every way, and what is kept of it has its bounds.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"plain", "formatted", "reply", "edit", "picture"} {
		f.Add("m.room.message", []byte(ordinary[name]))
	}
	f.Add("m.poll.start", []byte(`{"m.poll":{"question":{"m.text":[{"body":"q"}]},"answers":[{"m.text":[{"body":"a"}]}]}}`))
	f.Add("m.room.member", []byte(`{"membership":"join","displayname":"x","avatar_url":"mxc://a/b","m.per_message_profile":{"displayname":1}}`))
	f.Add("m.room.image_pack", []byte(`{"pack":{"display_name":"x"},"images":{"a":{"url":"mxc://a/b"}}}`))
	f.Add("m.room.message", []byte(`{"msgtype":"m.gallery","itemtypes":[{"itemtype":"m.image","file":{"url":"mxc://a/b","hashes":{"sha256":"x"}}}],"m.url_previews":[{"x":["y"]}]}`))
	f.Add("m.reaction", []byte(`{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"x"}}`))
	f.Add("m.room.message", []byte(`{"msgtype":5,"body":{},"formatted_body":[],"m.relates_to":"x","filename":null,"info":{"size":1e999,"w":"x"}}`))
	f.Add("m.room.topic", []byte(`{"topic":"x","m.topic":{"m.text":[{"body":"y"}]}}`))
	f.Fuzz(func(t *testing.T, kind string, raw []byte) {
		m := Read(kind, raw)
		askAll(m)
		seen := m.Seen()
		if seen.Kind == "" || len(seen.Text) > 2*mostText || len(seen.Fallback) > 2*mostText || len(m.Shown().String()) > mostText || len(m.Rest().String()) > mostText ||
			len(m.Choices()) > mostChoices || len(m.Files()) > mostFiles || len(m.Pictures()) > mostPictures || len(m.Links()) > mostLinks || len(m.Faults()) > mostFaults ||
			len(m.Mentions().Users) > mostMentions || len(m.Mentions().Hidden) > mostMentions || len(m.Key()) > mostLabel || len(m.Profile().Name) > mostLabel {
			t.Errorf("it is not bounded: %+v", seen)
		}
		for _, text := range []*Text{m.Shown(), m.Rest()} {
			if s := text.String(); !utf8.ValidString(s) || !utf8.ValidString(text.Folded()) || !utf8.ValidString(text.Skeleton()) {
				t.Errorf("%q is no UTF-8", s)
			}
			shape := text.Shape()
			for _, share := range []float64{shape.EmojiShare(), shape.CapitalShare(), shape.MarkShare(), shape.SpacedShare()} {
				if share < 0 || share > 1 {
					t.Errorf("%+v", shape)
				}
			}
			if shape.Emoji > shape.Characters || shape.Capitals > shape.Cased || shape.Cased > shape.Letters || shape.Mixed > shape.Words || shape.Spaced > shape.Letters || shape.Longest > shape.Characters {
				t.Errorf("%q: %+v", text, *shape)
			}
		}
		for _, l := range m.Links() {
			if strings.ContainsAny(l.Host, " /\\@\n") || l.Scheme != strings.ToLower(l.Scheme) {
				t.Errorf("%+v", l)
			}
		}
		// What was read once is the same when it is read again.
		if again := Read(kind, raw); again.Shown().String() != m.Shown().String() || again.Rest().String() != m.Rest().String() || again.Seen().String() != seen.String() {
			t.Error("two readings differ")
		}
	})
}

// A host has one way of being written.
func FuzzHost(f *testing.F) {
	for _, s := range []string{"example.com", "EXAMPLE.com.", "bücher.example", "xn--bcher-kva.example", "0x7f.1", "1.2.3.4.5", "%65vil", "a..b", "[::1]", "ⓔvil.com", "a\u200bb.com", "-x.com", "☃.net", "0x", "08.1", "4294967296", "1.0x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, ip := Host(s)
		if again, same := Host(host); host != "" && (again != host || same != ip) {
			t.Errorf("%q is %q, and that is %q", s, host, again)
		}
		if host != "" && host != strings.ToLower(host) {
			t.Errorf("%q is %q", s, host)
		}
	})
}

// Whatever is said, what stands in it as a link is found, and nothing else leads anywhere else.
func FuzzLinks(f *testing.F) {
	for _, s := range []string{"see ", " (x) ", "> ", "**", "点击", "\u202e", "'\"", "a@b", "matrix:", "http:", "https://x.example/", "<b>", "@room "} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		if len(before)+len(after) > 500 {
			t.Skip()
		}
		var l links
		l.scan(before+" https://evil.example/path "+after, false)
		for _, found := range l.all {
			if found.Host == "evil.example" && found.Path == "/path" {
				return
			}
		}
		if !l.more {
			t.Errorf("%q: %+v", before+"…"+after, l.all)
		}
	})
}
