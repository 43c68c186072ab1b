package content

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// text is a message of that text alone.
func text(s string) *Message {
	return Read("m.room.message", fmt.Appendf(nil, `{"msgtype":"m.text","body":%s}`, quote(s)))
}

// rich is one of that HTML.
func rich(s string) *Message {
	return Read("m.room.message", fmt.Appendf(nil, `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":%s}`, quote(s)))
}

func TestMessage(t *testing.T) {
	reply := `,"m.relates_to":{"m.in_reply_to":{"event_id":"$q"}}}`
	for _, c := range []struct {
		name, kind, raw string
		ask             func(*Message) any
		want            any
	}{
		{"an edit is its new text", "m.room.message", `{"body":"* innocent","m.new_content":{"body":"spam","msgtype":"m.text"},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`,
			shownAndRest, "spam|innocent"},
		{"new content that is of no edit is seen too", "m.room.message", `{"body":"innocent","m.new_content":{"body":"spam here"}}`, shownAndRest, "innocent|spam here"},
		{"and of an edit of nothing", "m.room.message", `{"body":"innocent","m.new_content":{"body":"spam here"},"m.relates_to":{"rel_type":"m.replace"}}`, shownAndRest, "innocent|spam here"},
		{"a caption", "m.room.message", `{"msgtype":"m.image","body":"buy","filename":"cat.png"}`, shownAndRest, "buy|cat.png"},
		{"a formatted caption", "m.room.message", `{"msgtype":"m.image","body":"x","filename":"cat.png","format":"org.matrix.custom.html","formatted_body":"<b>buy</b>"}`, shownAndRest, "buy|x\ncat.png"},
		{"a name", "m.room.message", `{"msgtype":"m.file","body":"buy.txt"}`, shownAndRest, "|buy.txt"},
		{"a sticker", "m.sticker", `{"body":"rude words","url":"mxc://x/y"}`, shownAndRest, "|rude words"},
		{"a poll", "m.poll.start", `{"m.poll":{"question":{"m.text":[{"body":"Which?"}]},"answers":[{"m.text":[{"body":"this"}]}]},"m.text":[{"body":"Which? 1. this"}]}`, shownAndRest, "Which?\nthis|Which? 1. this"},
		{"a reaction", "m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"spam"}}`, shownAndRest, "spam|"},
		{"a place", "m.room.message", `{"msgtype":"m.location","body":"here","geo_uri":"geo:1,2","org.matrix.msc3488.location":{"uri":"geo:1,2","description":"buy this"}}`,
			shownAndRest, "here\ngeo:1,2|geo:1,2\nbuy this"},
		{"a quote above a reply", "m.room.message", `{"body":"> <@a:b> old spam\n\nnew"` + reply, shownAndRest, "new|> <@a:b> old spam"},
		{"a quote above no reply", "m.room.message", `{"body":"> <@a:b> old\n\nnew"}`, shownAndRest, "> <@a:b> old\n\nnew|"},
		{"a quote in HTML", "m.room.message", `{"body":"> <@a:b> x\n\nnew","format":"org.matrix.custom.html","formatted_body":"<mx-reply><blockquote>hidden spam</blockquote></mx-reply>new"` + reply,
			shownAndRest, "new|hidden spam\n> <@a:b> x"},
		{"formatted text of an unknown format", "m.room.message", `{"body":"x","format":"y","formatted_body":"<b>spam</b>"}`, shownAndRest, "x|spam"},
		{"plain text that says something else", "m.room.message", `{"body":"spam","format":"org.matrix.custom.html","formatted_body":"<b>hello</b>"}`, shownAndRest, "hello|spam"},
		{"a custom type", "org.example.thing", `{"a":{"b":["deep spam",{"c":"more"}]},"m.text":[{"body":"shown"}]}`, shownAndRest, "shown|deep spam\nmore"},
		{"a custom field", "m.room.message", `{"msgtype":"m.text","body":"x","org.example.y":"spam there"}`, shownAndRest, "x|spam there"},
		{"a preview of our own", "m.room.message", `{"msgtype":"m.text","body":"x","com.beeper.linkpreviews":[{"og:title":"free coins"}]}`, shownAndRest, "x|free coins"},
		{"text of a wrong shape", "m.room.message", `{"msgtype":"m.text","body":["spam there"]}`, shownAndRest, "|spam there"},
		{"a profile", "m.room.member", `{"membership":"join","displayname":"Free Coins","avatar_url":"mxc://a/b"}`, profileOf, Profile{Name: "Free Coins", Avatar: "mxc://a/b", Changed: true}},
		{"why somebody leaves", "m.room.member", `{"membership":"leave","reason":"buy coins"}`, shownAndRest, "buy coins|"},
		{"a profile of one message", "m.room.message", `{"body":"x","com.beeper.per_message_profile":{"id":"1","displayname":"The admin"}}`, profileOf, Profile{Name: "The admin", Changed: true, Forged: true}},
		{"a room's name", "m.room.name", `{"name":"Free coins"}`, shownAndRest, "Free coins|"},
		{"a topic of both kinds", "m.room.topic", `{"topic":"innocent","m.topic":{"m.text":[{"body":"spam"}]}}`, shownAndRest, "spam|innocent"},
		{"a file without a name of its own", "m.room.message", `{"msgtype":"m.file","body":"a.exe"}`, filesOf, []File{{Kind: "file", Name: "a.exe"}}},
		{"a room's picture", "m.room.avatar", `{"url":"mxc://a/b"}`, filesOf, []File{{Kind: "picture", Address: "mxc://a/b"}}},
		{"a gallery", "m.room.message", `{"msgtype":"dm.filament.gallery","body":"look","itemtypes":[{"itemtype":"m.image","body":"a.png","url":"mxc://a/b"},{"itemtype":"m.file","filename":"c.exe","file":{"url":"mxc://a/c"}}]}`,
			filesOf, []File{{Kind: "picture", Name: "a.png", Address: "mxc://a/b"}, {Kind: "file", Name: "c.exe", Address: "mxc://a/c", Encrypted: true}}},
		{"an image pack", "m.room.image_pack", `{"pack":{"display_name":"Buy coins","attribution":"me"},"images":{"coin":{"url":"mxc://a/b","body":"a coin"}}}`, shownAndRest, "Buy coins\nme\ncoin\na coin|"},
		{"and its pictures", "im.ponies.room_emotes", `{"pack":{"avatar_url":"mxc://a/a"},"images":{"coin":{"url":"mxc://a/b"}}}`, picturesOf,
			[]Picture{{Address: "mxc://a/a"}, {Address: "mxc://a/b", Name: "coin", Emoji: true}}},
		{"custom emoji", "m.room.message", `{"body":":x:","format":"org.matrix.custom.html","formatted_body":"<img data-mx-emoticon src=\"mxc://a/b\" alt=\":x:\" height=\"32\"><img src=\"https://evil.example/track\" width=0>"}`,
			picturesOf, []Picture{{Address: "mxc://a/b", Name: ":x:", Emoji: true, Height: 32}, {Concealed: true}}},
		{"emoji of both kinds", "m.room.message", `{"body":"x","format":"org.matrix.custom.html","formatted_body":"👍🏽<img data-mx-emoticon alt=\":x:\" src=\"mxc://a/b\"><img src=\"mxc://a/c\" alt=y>"}`, func(m *Message) any { return m.Emoji() }, 2},
		{"a forward", "m.room.message", `{"body":"x","m.forwarded":{"sender":"@a:b"}}`, func(m *Message) any { return m.Forwarded() }, true},
		{"none", "m.room.message", `{"body":"x","m.forwarded":false}`, func(m *Message) any { return m.Forwarded() }, false},
		{"a reply in a thread", "m.room.message", `{"body":"x","m.relates_to":{"rel_type":"m.thread","event_id":"$t","is_falling_back":true,"m.in_reply_to":{"event_id":"$q"}}}`,
			func(m *Message) any { return fmt.Sprint(m.Thread(), m.ReplyTo()) }, "$t"},
		{"a voice message", "m.room.message", `{"msgtype":"m.audio","body":"Voice message","m.voice":{}}`, func(m *Message) any { return m.Form() }, Voice},
		{"a topic in HTML", "m.room.topic", `{"topic":"innocent","m.topic":{"m.text":[{"body":"fine"},{"mimetype":"text/html","body":"sp<b></b>am"}]}}`, shownAndRest, "spam|innocent\nfine"},
		{"extensible text in HTML", "org.example.x", `{"m.text":[{"body":"<i>sp<b>am</b></i>","mimetype":"text/html"},{"body":"fine"}]}`, shownAndRest, "spam|fine"},
		{"HTML where nobody knows it", "m.room.message", `{"body":"x","org.matrix.msc1767.html":"sp<b></b>am"}`, shownAndRest, "x|sp<b></b>am\nspam"},
		{"a custom type with known fields", "org.example.x", `{"url":"https://evil.example","info":{"a":"deep spam"},"name":"free coins"}`, shownAndRest, "|https://evil.example\ndeep spam\nfree coins"},
		{"a name on a message", "m.room.message", `{"body":"x","name":"free coins","filename":"spam.exe"}`, shownAndRest, "x|free coins\nspam.exe"},
		{"what a picture says besides", "m.room.message", `{"msgtype":"m.image","body":"a.png","url":"mxc://a/b","info":{"mimetype":"image/png","w":1,"title":"buy coins","thumbnail_info":{"mimetype":"image/png","note":"now, here"}}}`, shownAndRest, "|a.png\nbuy coins\nnow, here"},
		{"what a relation says besides", "m.room.message", `{"body":"a","m.relates_to":{"rel_type":"m.thread","event_id":"$x","m.in_reply_to":{"event_id":"$y"},"note":"buy coins"},"m.mentions":{"user_ids":["@a:b"],"why":["come here"]}}`, shownAndRest, "a|buy coins\ncome here"},
		{"profile fields", "m.room.member", `{"membership":"join","displayname":"A","org.example.status":"buy coins","m.tz":"Europe/Berlin"}`, shownAndRest, "A|buy coins\nEurope/Berlin"},
		{"a call", "m.call.invite", `{"call_id":"1"}`, func(m *Message) any { return m.Form() }, Call},
		{"a reaction with a picture", "m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"mxc://a/b"}}`, picturesOf, []Picture{{Address: "mxc://a/b", Emoji: true}}},
		{"of two fields of a name the last", "m.room.message", `{"body":"innocent","body":"spam"}`, shownAndRest, "spam|"},
	} {
		if got := c.ask(Read(c.kind, []byte(c.raw))); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func shownAndRest(m *Message) any { return m.Shown().String() + "|" + m.Rest().String() }
func profileOf(m *Message) any    { return m.Profile() }
func filesOf(m *Message) any      { return m.Files() }
func picturesOf(m *Message) any   { return m.Pictures() }

// What is of a wrong shape is told, and is no way past the reading of the rest.
func TestFaults(t *testing.T) {
	for raw, want := range map[string]string{
		`{"msgtype":"m.text","body":"x"}`:       "",
		`{}`:                                    "",
		`[1]`:                                   "content is no object",
		`"x"`:                                   "content is no object",
		``:                                      "content is no object",
		`{"body":5,"msgtype":"m.text"}`:         "body is a number; there is no body",
		`{"body":"x","msgtype":{}}`:             "msgtype is an object",
		`{"body":"x","formatted_body":["<b>"]}`: "formatted_body is a list",
		`{"body":"x","m.mentions":true}`:        "m.mentions is true or false",
		`{"body":"x","m.mentions":{"user_ids":"@a:b"}}`:                                                    "m.mentions.user_ids is a text",
		`{"body":"x","m.mentions":{"user_ids":[1,{}],"room":"yes"}}`:                                       "an element of m.mentions.user_ids is a number; an element of m.mentions.user_ids is an object; m.mentions.room is a text",
		`{"body":"x","m.relates_to":[]}`:                                                                   "m.relates_to is a list",
		`{"body":"x","m.relates_to":{"rel_type":1}}`:                                                       "m.relates_to.rel_type is a number",
		`{"body":"x","m.relates_to":null,"info":null}`:                                                     "",
		`{"body":"x","m.new_content":{"body":1},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`:  "m.new_content.body is a number; there is no body",
		`{"body":"x","msgtype":"m.image","info":{"size":"big","mimetype":3},"file":{"url":1,"hashes":[]}}`: "info.size is a text; info.mimetype is a number; file.url is a number; file.hashes is a list",
		`{"m.text":[{"body":"x"}]}`:                                                                        "",
	} {
		m := Read("m.room.message", []byte(raw))
		if got := strings.Join(m.Faults(), "; "); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// It does not matter in which order a message is asked.
func TestOrder(t *testing.T) {
	pack := `{"pack":{"display_name":1},"images":{"a":5,"b":{"url":7}}}`
	if got := Read("m.room.image_pack", []byte(pack)).Faults(); len(got) != 3 {
		t.Errorf("%q", got)
	}
	asks := map[string]func(*Message) string{
		"files": func(m *Message) string { return fmt.Sprint(m.Files()) }, "faults": func(m *Message) string { return fmt.Sprint(m.Faults()) },
		"links": func(m *Message) string { return fmt.Sprint(m.Links(), m.MoreLinks(), m.MissedLinks()) }, "mentions": func(m *Message) string { return fmt.Sprint(*m.Mentions()) },
		"shown": func(m *Message) string { return m.Shown().Skeleton() + fmt.Sprint(*m.Shown().Shape()) }, "rest": func(m *Message) string { return m.Rest().Folded() + m.Rest().Core() },
		"seen": func(m *Message) string { return fmt.Sprint(m.Seen()) }, "pictures": func(m *Message) string {
			return fmt.Sprint(m.Pictures(), m.Images(), m.Concealed(), m.Spoilers(), m.Cut())
		},
	}
	raws := map[string]string{"m.room.image_pack": pack, "m.poll.start": `{"m.poll":{"question":5,"answers":[1]}}`, "m.room.message": `{"msgtype":"m.image","body":1,"info":[],"m.mentions":{"user_ids":5}}`}
	for _, raw := range ordinary {
		raws["m.room.message "+raw] = raw
	}
	for kind, raw := range raws {
		kind, _, _ = strings.Cut(kind, " ")
		for first, one := range asks {
			for second, other := range asks {
				m := Read(kind, []byte(raw))
				one(m)
				if got, want := other(m), other(Read(kind, []byte(raw))); got != want {
					t.Errorf("%s: %s after %s is %q, and by itself %q", raw, second, first, got, want)
				}
			}
		}
	}
}

// What says nothing may be asked everything.
func TestNothing(t *testing.T) {
	for _, m := range []*Message{nil, Read("", nil), Read("m.room.message", []byte("{")), Read("m.sticker", []byte("{}")), Read("m.poll.start", []byte("null"))} {
		askAll(m)
	}
}

// askAll asks a message everything.
func askAll(m *Message) {
	for _, f := range []any{m.Type(), m.MsgType(), m.Form(), m.Edits(), m.ReplyTo(), m.Thread(), m.Reacts(), m.Key(), m.Forwarded(), m.Files(), m.Choices(), m.Place(),
		m.Profile(), m.Concealed(), m.Spoilers(), m.Pictures(), m.Images(), m.Emoji(), m.Links(), m.MoreLinks(), m.MissedLinks(), m.Mentions(), m.Faults(), m.Cut(), m.Length(), m.Seen().String()} {
		_ = f
	}
	m.Quoted()
	for _, t := range []*Text{m.Shown(), m.Rest()} {
		t.Folded()
		t.Skeleton()
		t.AppendSkeleton(nil)
		t.Core()
		t.Shape()
		t.Fingerprint()
	}
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// Of what is very long the beginning and the end are read, whatever stands where it is cut.
func TestWritten(t *testing.T) {
	for _, filler := range []string{"a", "é", "漢", "😀", `\n`, `\\`, `\"`, `\u00e9`, `\ud83d\ude00`, `a\\`, `\\n`, `x\u005c`} {
		for extra := range 14 {
			raw := `"first ` + strings.Repeat("x", extra) + strings.Repeat(filler, 3*mostLabel) + ` last"`
			var whole string
			if err := json.Unmarshal([]byte(raw), &whole); err != nil {
				t.Fatal(err)
			}
			got := written([]byte(raw), mostLabel)
			head, tail, found := strings.Cut(got, "\n")
			if filler == `\n` {
				head, tail = got[:10], ""
			} else if !found && !strings.Contains(filler, `\`) {
				t.Errorf("%s: there is no end", filler)
			}
			head = strings.TrimSuffix(head, "\ufffd") // half of a pair
			if len(got) > mostLabel || !strings.HasPrefix(whole, head) || !strings.HasSuffix(whole, tail) {
				t.Errorf("%s and %d: %.30q… and %q", filler, extra, head, tail)
			}
		}
	}
	if got := written([]byte(`"first `+strings.Repeat("a", 5000)+` last"`), mostLabel); !strings.HasPrefix(got, "first ") || !strings.HasSuffix(got, " last") {
		t.Errorf("%q", got)
	}
	long := Read("m.room.message", fmt.Appendf(nil, `{"body":%s}`, quote(strings.Repeat("hello ", 10_000)+"https://evil.example/x")))
	if !long.Cut() || !strings.Contains(long.Shown().Folded(), "evil.example") || len(long.Links()) != 1 {
		t.Error("the end of a long message is not seen")
	}
}

// The characters of what is too long to be looked at are counted, as far as anybody asks.
func TestLength(t *testing.T) {
	for text, want := range map[string]int{
		"hello": 5, strings.Repeat("a", 9000): 9000, strings.Repeat("п", 7000): 7000, strings.Repeat("漢", 5000): 5000, strings.Repeat("\\u0041", 3000): 18_000,
		strings.Repeat("\"\n\\", 3000): 9000, strings.Repeat("😀", 4000): 4000, strings.Repeat("a", 40_000): MostCounted,
	} {
		want = min(want, MostCounted)
		for _, raw := range []string{`{"body":%s}`, `{"body":"x","format":"org.matrix.custom.html","formatted_body":%s}`, `{"body":"* x","m.new_content":{"body":%s},"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`} {
			if got := Read("m.room.message", fmt.Appendf(nil, raw, quote(text))).Length(); got != want {
				t.Errorf("%.20q in %s: %d, want %d", text, raw, got, want)
			}
		}
	}
	if got := Read("m.room.message", []byte(`{"body":"`+strings.Repeat(`\u0041`, 9000)+`"}`)).Length(); got != 9000 {
		t.Error(got)
	}
}
