package content

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestSeen(t *testing.T) {
	for name, c := range map[string]struct {
		kind, raw string
		want      Seen
	}{
		"text": {"m.room.message", `{"msgtype":"m.text","body":"hello"}`, Seen{Kind: "a message", Text: "hello"}},
		"an edit shows its new text": {"m.room.message",
			`{"msgtype":"m.text","body":"* nothing to see","m.new_content":{"msgtype":"m.text","body":"SPAM https://evil.example"},"m.relates_to":{"rel_type":"m.replace","event_id":"$first"}}`,
			Seen{Kind: "an edit of a message", Text: "SPAM https://evil.example", Fallback: "* nothing to see", Edits: "$first"}},
		"an honest edit": {"m.room.message",
			`{"msgtype":"m.text","body":"* helo","m.new_content":{"msgtype":"m.text","body":"helo"},"m.relates_to":{"rel_type":"m.replace","event_id":"$first"}}`,
			Seen{Kind: "an edit of a message", Text: "helo", Edits: "$first"}},
		"an edit without new content": {"m.room.message",
			`{"msgtype":"m.text","body":"x","m.relates_to":{"rel_type":"m.replace","event_id":"$first"}}`,
			Seen{Kind: "an edit of a message", Text: "x", Edits: "$first"}},
		"new content without an edit": {"m.room.message", `{"msgtype":"m.text","body":"x","m.new_content":{"body":"y"}}`, Seen{Kind: "a message", Text: "x"}},
		"formatted text is what is seen": {"m.room.message",
			`{"msgtype":"m.text","body":"good morning","format":"org.matrix.custom.html","formatted_body":"<b>Buy</b> <a href=\"https://evil.example/x\">here</a>"}`,
			Seen{Kind: "a message", Text: "Buy here (https://evil.example/x)", Fallback: "good morning"}},
		"and says the same as a rule": {"m.room.message",
			`{"msgtype":"m.text","body":"**Hello** you","format":"org.matrix.custom.html","formatted_body":"<p><strong>Hello</strong> you</p>"}`,
			Seen{Kind: "a message", Text: "**Hello** you"}},
		"of an unknown format it is not": {"m.room.message", `{"msgtype":"m.text","body":"x","format":"y","formatted_body":"z"}`, Seen{Kind: "a message", Text: "x"}},
		"a formatted edit": {"m.room.message",
			`{"msgtype":"m.text","body":"* hi","m.new_content":{"msgtype":"m.text","body":"hi","format":"org.matrix.custom.html","formatted_body":"<h1>spam</h1>"},"m.relates_to":{"rel_type":"m.replace","event_id":"$f"}}`,
			Seen{Kind: "an edit of a message", Text: "spam", Fallback: "hi", Edits: "$f"}},
		"a reply": {"m.room.message",
			`{"msgtype":"m.text","body":"> <@a:x> old\n\nnew","format":"org.matrix.custom.html","formatted_body":"<mx-reply><blockquote>old</blockquote></mx-reply>new"}`,
			Seen{Kind: "a message", Text: "new"}},
		"a picture with a caption": {"m.room.message",
			`{"msgtype":"m.image","body":"buy this","filename":"cat.png","url":"mxc://x/y","info":{"mimetype":"image/png","size":1234}}`,
			Seen{Kind: "a picture", Text: "buy this", Files: []File{{Kind: "picture", Name: "cat.png", Type: "image/png", Size: 1234, Address: "mxc://x/y"}}}},
		"a picture without": {"m.room.message", `{"msgtype":"m.image","body":"cat.png","url":"mxc://x/y"}`,
			Seen{Kind: "a picture", Files: []File{{Kind: "picture", Name: "cat.png", Address: "mxc://x/y"}}}},
		"an encrypted file": {"m.room.message",
			`{"msgtype":"m.file","body":"a.pdf","file":{"url":"mxc://x/z","hashes":{"sha256":"abc"},"key":{"k":"secret"}},"info":{"size":5}}`,
			Seen{Kind: "a file", Files: []File{{Kind: "file", Name: "a.pdf", Size: 5, Address: "mxc://x/z", SHA256: "abc", Encrypted: true, Key: "secret"}}}},
		"a voice message": {"m.room.message", `{"msgtype":"m.audio","body":"Voice message","url":"mxc://x/v","org.matrix.msc3245.voice":{}}`,
			Seen{Kind: "a voice message", Files: []File{{Kind: "voice message", Name: "Voice message", Address: "mxc://x/v"}}}},
		"a picture with a preview": {"m.room.message", `{"msgtype":"m.image","body":"x","url":"mxc://x/y","info":{"thumbnail_url":"mxc://x/t"}}`,
			Seen{Kind: "a picture", Files: []File{{Kind: "picture", Name: "x", Address: "mxc://x/y", Preview: &File{Kind: "preview", Address: "mxc://x/t"}}}}},
		"an encrypted preview, which counts more": {"m.room.message",
			`{"msgtype":"m.video","body":"x","url":"mxc://x/y","info":{"thumbnail_file":{"url":"mxc://x/e","iv":"v","key":{"k":"k"},"hashes":{"sha256":"h"}},"thumbnail_url":"mxc://x/t"}}`,
			Seen{Kind: "a video", Files: []File{{Kind: "video", Name: "x", Address: "mxc://x/y",
				Preview: &File{Kind: "preview", Address: "mxc://x/e", Encrypted: true, Key: "k", Vector: "v", SHA256: "h"}}}}},
		"a sticker": {"m.sticker", `{"body":"a rude one","url":"mxc://x/s","info":{"mimetype":"image/png"}}`,
			Seen{Kind: "a sticker", Files: []File{{Kind: "sticker", Name: "a rude one", Type: "image/png", Address: "mxc://x/s"}}}},
		"a poll of old": {"org.matrix.msc3381.poll.start",
			`{"org.matrix.msc1767.text":"fallback","org.matrix.msc3381.poll.start":{"question":{"org.matrix.msc1767.text":"Which spam?"},"answers":[{"id":"1","org.matrix.msc1767.text":"this"},{"id":"2","org.matrix.msc1767.text":"that"}]}}`,
			Seen{Kind: "a poll", Text: "Which spam?", Choices: []string{"this", "that"}}},
		"a poll": {"m.poll.start",
			`{"m.text":[{"body":"fallback"}],"m.poll":{"question":{"m.text":[{"body":"Which?"}]},"answers":[{"m.id":"1","m.text":[{"body":"this"}]}]}}`,
			Seen{Kind: "a poll", Text: "Which?", Choices: []string{"this"}}},
		"a place":      {"m.room.message", `{"msgtype":"m.location","body":"here","geo_uri":"geo:1,2"}`, Seen{Kind: "a place", Text: "here\ngeo:1,2"}},
		"a reaction":   {"m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"spam"}}`, Seen{Kind: "a reaction", Text: "spam"}},
		"another type": {"org.example.x", `{"body":"y"}`, Seen{Kind: "an event of type org.example.x", Text: "y"}},
		"another kind": {"m.room.message", `{"msgtype":"org.example.k","body":"y"}`, Seen{Kind: "a message of type org.example.k", Text: "y"}},
		"wrong types":  {"m.room.message", `{"msgtype":7,"body":{"a":1},"m.new_content":5,"m.relates_to":[],"file":"x","info":9}`, Seen{Kind: "a message"}},
		"no object":    {"m.room.message", `[1]`, Seen{Kind: "a message"}},
		"a link of http": {"m.room.message", `{"msgtype":"m.image","body":"x","url":"https://evil.example/track"}`,
			Seen{Kind: "a picture", Files: []File{{Kind: "picture", Name: "x"}}}},
	} {
		if got := Read(c.kind, json.RawMessage(c.raw)).Seen(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, c.want)
		}
	}
}

func TestVisible(t *testing.T) {
	for source, want := range map[string]string{
		"plain":                                              "plain",
		"a<br>b<br/>c":                                       "a\nb\nc",
		"<p>one</p><p>two</p>":                               "one\ntwo",
		"<ul><li>x</li><li>y</li></ul>":                      "x\ny",
		"&lt;b&gt; &amp;":                                    "<b> &",
		`<a href="https://e.x">https://e.x</a>`:              "https://e.x",
		`<a href="https://e.x">click</a> me`:                 "click (https://e.x) me",
		`<a href="https://e.x">never closed`:                 "never closed (https://e.x)",
		`<span data-mx-spoiler>hidden</span>`:                "hidden",
		`<img alt="emoji" src="mxc://x/y">`:                  "emoji",
		`<img src="mxc://x/y">`:                              "(a picture)",
		"<mx-reply>old</mx-reply>new":                        "new",
		"<mx-reply>never closed":                             "",
		"</mx-reply></a></p>x":                               "x",
		"<<<>>":                                              "<<<>>",
		`<a href="https://e.x" href="https://f.x">click</a>`: "click (https://e.x)",
		`<a ` + strings.Repeat("x ", 5) + `a b c d e f g h i j k l m n o p q r s t u v href="https://e.x">click</a>`: "click (https://e.x)",
	} {
		var v visible
		if v.see(source); v.shownWith() != want {
			t.Errorf("%s: %q, want %q", source, v.shownWith(), want)
		}
	}
}

// Texts are alike if they have the same letters.
func TestAlike(t *testing.T) {
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(" \t\r\n\u00a0*_~`#>-+.()[]<\\|", r) {
				return -1
			}
			return r
		}, s)
	}
	texts := []string{"", "a", "*a*", "a b", "ab", " a\u00a0[b](", "é", "\u00e2", "*\u00e2*", "\u00c2\u00a0", "\u00c2", "\ufffd", "a\ufffd", "**", "b"}
	for _, a := range texts {
		for _, b := range texts {
			if got, want := alike(a, b), letters(a) == letters(b); got != want {
				t.Errorf("%q and %q: %v, want %v", a, b, got, want)
			}
		}
	}
}
