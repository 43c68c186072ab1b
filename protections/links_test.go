package protections

import (
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/rooms"
	"forseti/sanction/trust"
)

func TestLinksToWhatIsDenied(t *testing.T) {
	spare(t, links(), map[string]string{"deny": "evil.example evil.com *.casino *coins* shop.example/bad 127.0.0.1"})
	for said, found := range map[string]bool{
		"https://evil.example/x": true, "evil.com": true, "www.evil.com/a": true, "EVIL。com/x": true, "https://%65vil.example": true, "https://ev\u200bil.example/": true,
		"https://ｅｖｉｌ.example/": true, "https://evil.example./x": true, "http:\\\\evil.example/x": true, "https://good.example/?to=https://evil.example/": true,
		"https://my.casino": true, "mycoins.com": true, "https://shop.example/bad/thing": true, "https://shop.example/good": false, "https://notevil.example": false,
		"https://evil.example.org": false, "http://2130706433/": true, "http://0x7f.1/": true, "mail@evil.example": false, "https://evil.example:8443": true,
		"(https://evil.example)": true, "你好https://evil.example/吧": true, "来evil.com看": true, "see evil.com.": true,
	} {
		b := kittest.New(t, links(), map[string]string{"deny": "evil.example evil.com *.casino *coins* shop.example/bad 127.0.0.1"})
		for _, body := range []map[string]any{
			plain(said), edited(said), {"msgtype": "m.image", "body": said, "filename": "cat.png", "url": "mxc://a/b"}, {"msgtype": []int{1}, "body": said}, {"msgtype": "m.text", "body": []string{said}},
		} {
			if got := b.Send(b.Message(user, "m.room.message", body)); (got != nil) != found || found && got[0].Weight != kit.Spam {
				t.Errorf("%q in %v: %v, want %v", said, body, got, found)
			}
		}
	}
	b := kittest.New(t, links(), map[string]string{"deny": "evil.example"})
	for _, html := range []string{
		`<a href="https://evil.example/x">click</a>`, `<mx-reply>https://evil.example/x</mx-reply>hi`, `<span style="display:none">https://evil.example/x</span>`,
		`<img src="mxc://a/b" alt="https://evil.example/x">`, `hi<!-- --> <a href="HTTPS:\\EVIL.example">x</a>`,
	} {
		if got := b.Send(b.Message(user, "m.room.message", rich(html))); got == nil {
			t.Errorf("%s is not found", html)
		}
	}
	if got := b.State(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": "https://evil.example/x"}); len(got) != 1 {
		t.Error("a name", got)
	}
	b.Trusted("@known:hs", trust.Known)
	if got := b.Say("@known:hs", "https://evil.example"); len(got) != 1 || got[0].Weight != kit.Nuisance {
		t.Error("a known member", got)
	}
}

func TestLinks(t *testing.T) {
	reply := map[string]any{"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$1"}}}
	kittest.Run(t, links(), []kittest.Case{{
		Name: "deceiving",
		In: []kittest.Step{
			kittest.Sends(user, "m.room.message", rich(`<a href="https://evil.example">https://bank.example/login</a>`)),
			kittest.Says(user, "https://bank.example@evil.example/"), kittest.Says(user, "https://user:pass@host.example/"),
			kittest.Sends(user, "m.room.message", rich(`<a href="https://www.bank.example/login">bank.example</a> <a href="https://docs.example">the docs</a>`)),
		},
		Want: []string{"nuisance @u:hs $1: $1", "nuisance @u:hs $2: $2"},
	}, {
		Name: "what is allowed goes before what is denied",
		Set:  map[string]string{"deny": "*", "allow": "matrix.org *.wikipedia.org"},
		In: []kittest.Step{
			kittest.Says(user, "https://spec.matrix.org/x and https://de.wikipedia.org/wiki/X"), kittest.Says(user, "https://other.example"), kittest.Says(user, "no link, only setup.py"),
		},
		Want: []string{"spam @u:hs $2: $2"},
	}, {
		Name: "into other rooms",
		In: []kittest.Step{
			kittest.Says(user, "https://matrix.to/#/#free:evil.example"), kittest.Says(user, "matrix:r/free:evil.example?action=join"), kittest.Says(user, "https://matrix.to/#/!abc:evil.example?via=evil.example"),
			kittest.Says(user, "https://matrix.to/#/!room:hs"), kittest.Says(user, "#free:evil.example"), kittest.Says(user, "https://matrix.to/#/@a:hs"), kittest.Says(user, "https://app.element.io/#/room/#free:evil.example"),
			kittest.Trusts("@known:hs", trust.Known), kittest.Says("@known:hs", "https://matrix.to/#/#free:evil.example"),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3", "light @u:hs $7: $7"},
	}, {
		Name: "by address alone",
		Set:  map[string]string{"addresses": "yes"},
		In: []kittest.Step{
			func(b *kittest.Bench) []kit.Finding {
				b.Others["!b:hs"] = rooms.New("!b:hs")
				return b.State(kittest.Owner, "m.room.canonical_alias", "", map[string]any{"alias": "#lobby:hs"})
			},
			kittest.Says(user, "come to #free:evil.example"), kittest.Says(user, "come to #lobby:hs"), kittest.Says(user, "https://matrix.to/#/!b:hs"),
		},
		Want: []string{"light @u:hs $1: $1"},
	}, {
		Name: "shortened",
		In:   []kittest.Step{kittest.Says(user, "https://bit.ly/x"), kittest.Says(user, "www.tinyurl.com/abc"), kittest.Trusts(user, trust.Known), kittest.Says(user, "https://bit.ly/x")},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2"},
	}, {
		Name: "many, and from whom",
		Set:  map[string]string{"most": "3", "links-from": "known"},
		In: []kittest.Step{
			kittest.Says(user, "https://a.example/"), kittest.Says(user, "no link in v1.2 of node.js, or setup.py"),
			kittest.Trusts("@known:hs", trust.Known), kittest.Says("@known:hs", numbered("https://a%d.example/ ", 20)),
		},
		Want: []string{"light @u:hs $1: $1"},
	}, {
		Name: "many",
		Set:  map[string]string{"most": "3"},
		In:   []kittest.Step{kittest.Says(user, numbered("https://a%d.example/ ", 3)), kittest.Says(user, numbered("https://a%d.example/ ", 4)), kittest.Says(user, strings.Repeat("https://a.example/ ", 9))},
		Want: []string{"light @u:hs $2: $2"},
	}, {
		Name: "who quotes what was found",
		Set:  map[string]string{"deny": "evil.example other.example"},
		In: []kittest.Step{
			kittest.Says(user, "https://evil.example/"), kittest.Sends("@v:hs", "m.room.message", with(plain("> <@u:hs> https://evil.example/\n\nis that a scam?"), reply)),
			kittest.Sends("@w:hs", "m.room.message", with(plain("> <@u:hs> https://other.example/\n\nlook"), reply)),
			kittest.Sends("@x:hs", "m.room.message", with(plain("> <@u:hs> https://evil.example/\n\nhttps://evil.example/"), reply)),
		},
		Want: []string{"spam @u:hs $1: $1", "spam @w:hs $3: $3", "spam @x:hs $4: $4"},
	}})
}

func TestScamList(t *testing.T) {
	b := kittest.New(t, links(), map[string]string{"allow": "fine.scam.example"})
	if b.Say(user, "https://scam.example") != nil {
		t.Error("without a list")
	}
	list, err := kit.ReadDomains(strings.NewReader("# known\n0.0.0.0 scam.example # bad\n\n||steal.example^\nhttps://xn--bcher-kva.example/x\n*.wild.example\n"))
	if err != nil || list.Len() != 4 {
		t.Fatal(list.Len(), err)
	}
	b.Set.Scams = list
	for said, found := range map[string]bool{
		"https://scam.example": true, "https://a.b.scam.example/x": true, "https://fine.scam.example": false, "http://steal.example/x": true, "https://bücher.example": true, "https://x.wild.example": true,
		"https://notscam.example": false, "hello": false, "https://example": false,
	} {
		if got := b.Say(user, said); (got != nil) != found {
			t.Errorf("%s: %v", said, got)
		}
	}
	for file, want := range map[string]string{
		"": "no host", "# only words\n": "no host", "<html>\n<body class=x y z>\n": "no hosts, the first is line 1", "com\n": "line 1", "github.io\n": "line 1", strings.Repeat("a", 100_000): "line 1 is longer than 64 kB",
		"a.example\nb.example\nthis is a text\n": "1 of its 3 lines",
	} {
		if _, err := kit.ReadDomains(strings.NewReader(file)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %q", file, err, want)
		}
	}
}

// Who hides a link behind more than are looked at is found for that, if there is a host to which no link may lead.
func TestLinksBehindMany(t *testing.T) {
	const evil = `<a href="https&#58;//evil&#46;example">here</a>`
	nothing, much := strings.Repeat(`<a href=/></a>`, 200), strings.Repeat(`<a href="https://a.example">x</a> `, 100)
	for _, c := range []struct {
		set, html string
		trusted   trust.Level
		want      kit.Weight
	}{
		{"evil.example", nothing + evil, trust.New, kit.Spam}, {"evil.example", nothing + evil, trust.Regular, kit.Nuisance},
		{"evil.example", "<mx-reply>" + strings.Repeat("&", 1000) + "</mx-reply>" + evil, trust.New, kit.Spam},
		{"evil.example", much + evil, trust.New, kit.Light}, {"evil.example", much + evil, trust.Regular, kit.Light}, {"", much + evil, trust.Regular, 0}, {"evil.example", much, trust.Regular, 0},
	} {
		b := kittest.New(t, links(), map[string]string{"deny": c.set})
		b.Trusted(user, c.trusted)
		got := b.Send(b.Message(user, "m.room.message", rich(c.html)))
		if len(got) == 0 && c.want != 0 || len(got) > 0 && got[0].Weight != c.want {
			t.Errorf("%q, %.20s… of somebody %v: %v", c.set, c.html, c.trusted, got)
		}
	}
}

func TestBadHosts(t *testing.T) {
	for _, value := range []string{"com", "a b", "*.*", "?", "https://", "*/x", numbered("a%d.example ", 1001)} {
		if got, err := links().Set(nil, "deny", value); err == nil {
			t.Errorf("%.20q becomes %q", value, got)
		}
	}
	if got, err := links().Set(nil, "deny", "https://Example.com/x, *, *.TK"); err != nil || got["deny"] != "* *.TK https://Example.com/x" {
		t.Error(got, err)
	}
}
