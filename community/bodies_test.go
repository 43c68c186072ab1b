package community

import (
	"encoding/json"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"

	"forseti/commands"
	"forseti/store"
)

// The same orders as clients write them: pills, replies, threads, edits.
func TestOrdersOfManyClients(t *testing.T) {
	const (
		pill    = `<a href=\"https://matrix.to/#/@bad:evil.example\">Bad Guy</a>`
		bot     = `<a href=\"https://matrix.to/#/@warden:ours.example\">Warden</a>`
		link    = "https://matrix.to/#/@bad:evil.example"
		html    = `"format":"org.matrix.custom.html","formatted_body":`
		mention = `"m.mentions":{"user_ids":["@bad:evil.example"]},`
	)
	c := New(Options{Store: &store.Store{}, Self: "@warden:ours.example", ManagementRoom: "!mods:ours.example"})
	for _, tc := range []struct{ client, content, want string }{
		{"Element Web, a pill", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + mention + html + `"!mod ban ` + pill + ` coc"}`, "ban " + link + " coc"},
		{"Element Web, the rich text editor", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + mention + html + `"<p>!mod ban ` + pill + `&nbsp;coc</p>"}`, "ban " + link + " coc"},
		{"Element Web, to the bot", `{"msgtype":"m.text","body":"Warden: status","m.mentions":{"user_ids":["@warden:ours.example"]},` + html + `"` + bot + `: status"}`, "status"},
		{"Element X, plain ID beside the pill", `{"msgtype":"m.text","body":"!mod ban @bad:evil.example coc",` + mention + html + `"!mod ban <a href=\"https://matrix.to/#/@bad:evil.example\">@bad:evil.example</a> coc"}`, "ban " + link + " coc"},
		{"Element X, Markdown in the body", `{"msgtype":"m.text","body":"!mod ban [Bad Guy](https://matrix.to/#/@bad:evil.example) coc",` + html + `"!mod ban ` + pill + ` coc"}`, "ban " + link + " coc"},
		{"Element Android, escaped link", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + html + `"!mod ban <a href=\"https://matrix.to/#/%40bad%3Aevil.example\">Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"Cinny, with @", `{"msgtype":"m.text","body":"!mod ban @Bad Guy coc",` + mention + html + `"!mod ban <a href=\"https://matrix.to/#/%40bad%3Aevil.example\">@Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"nheko, Markdown", `{"msgtype":"m.text","body":"!mod ban [Bad Guy](https://matrix.to/#/@bad:evil.example) coc",` + html + `"<p>!mod ban ` + pill + ` coc</p>\n"}`, "ban " + link + " coc"},
		{"NeoChat, matrix: URI", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + html + `"!mod ban <a href=\"matrix:u/bad:evil.example\">Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"iamb and others, no HTML", `{"msgtype":"m.text","body":"!mod ban [Bad Guy](https://matrix.to/#/@bad:evil.example) coc"}`, "ban " + link + " coc"},
		{"matrix-commander, plain", `{"msgtype":"m.text","body":"!mod ban @bad:evil.example coc"}`, "ban @bad:evil.example coc"},
		{"Element Web, the rich text editor's attributes", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + mention + html + `"!mod ban <a data-mention-type=\"user\" href=\"https://matrix.to/#/@bad:evil.example\" contenteditable=\"false\">Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"FluffyChat, a name in brackets", `{"msgtype":"m.text","body":"!mod ban @[Bad Guy] coc",` + mention + html + `"!mod ban <a href=\"https://matrix.to/#/@bad:evil.example\">@Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"gomuks, Markdown and an escaped link", `{"msgtype":"m.text","body":"!mod ban [Bad Guy](https://matrix.to/#/@bad:evil.example) coc",` + mention + html + `"!mod ban <a href=\"https://matrix.to/#/@bad%3Aevil.example\">Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"a matrix: URI as text", `{"msgtype":"m.text","body":"!mod ban matrix:u/bad:evil.example coc"}`, "ban matrix:u/bad:evil.example coc"},
		{"mentioned beside the text, which has the ID", `{"msgtype":"m.text",` + mention + `"body":"!mod ban @bad:evil.example coc"}`, "ban @bad:evil.example coc"},
		{"mentioned beside the text, which has a link", `{"msgtype":"m.text",` + mention + `"body":"!mod ban https://matrix.to/#/%40bad%3Aevil.example coc"}`, "ban https://matrix.to/#/%40bad%3Aevil.example coc"},
		{"mentioned beside the text, which has a name", `{"msgtype":"m.text",` + mention + `"body":"!mod ban good.example coc"}`, "?"},
		{"mentioned beside a text that is formatted", `{"msgtype":"m.text",` + mention + html + `"!mod ban <b>good.example</b> coc","body":"!mod ban **good.example** coc"}`, "?"},
		{"mentioned in talk", `{"msgtype":"m.text",` + mention + `"body":"Bad Guy, please read the rules"}`, ""},
		{"a name and nothing else, as of old", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc"}`, "ban Bad Guy coc"},
		{"Element Web, a room", `{"msgtype":"m.text","body":"!mod rooms add #lobby:ours.example",` + html + `"!mod rooms add <a href=\"https://matrix.to/#/#lobby:ours.example\">#lobby:ours.example</a>"}`, "rooms add https://matrix.to/#/%23lobby:ours.example"},
		{"Cinny, a room", `{"msgtype":"m.text","body":"!mod rooms add #The Lobby",` + html + `"!mod rooms add <a href=\"https://matrix.to/#/!a%3Aours.example?via=ours.example\">#The Lobby</a>"}`, "rooms add https://matrix.to/#/%21a:ours.example?via=ours.example"},
		{"Element X, a message", `{"msgtype":"m.text","body":"!mod redact [Message in Lobby](https://matrix.to/#/!a:ours.example/$e?via=ours.example)",` + html + `"!mod redact <a href=\"https://matrix.to/#/!a:ours.example/$e?via=ours.example\">Message in Lobby</a>"}`, "redact https://matrix.to/#/%21a:ours.example/$e?via=ours.example"},
		{"extensible events beside the body", `{"msgtype":"m.text","body":"!mod status","org.matrix.msc1767.text":"!mod ban @good:ours.example","org.matrix.msc1767.message":[{"mimetype":"text/plain","body":"!mod rules"}]}`, "status"},
		{"extensible events alone", `{"msgtype":"m.text","m.text":[{"body":"!mod status"}],"org.matrix.msc1767.text":"!mod status"}`, ""},
		{"a pill whose name is another user's ID", `{"msgtype":"m.text","body":"!mod ban @good:ours.example",` + html + `"!mod ban <a href=\"https://matrix.to/#/@bad:evil.example\">@good:ours.example</a>"}`, "?"},
		{"a pill that the body does not have", `{"msgtype":"m.text","body":"!mod ban coc",` + html + `"!mod ban ` + pill + ` coc"}`, "?"},
		{"a pasted address of Element Web", `{"msgtype":"m.text","body":"!mod rooms add https://app.element.io/#/room/#lobby:ours.example"}`, "rooms add https://app.element.io/#/room/#lobby:ours.example"},
		{"the same, made a link", `{"msgtype":"m.text","body":"!mod rooms add https://app.element.io/#/room/!a:ours.example",` + html + `"!mod rooms add <a href=\"https://app.element.io/#/room/!a:ours.example\">https://app.element.io/#/room/!a:ours.example</a>"}`, "rooms add https://matrix.to/#/%21a:ours.example"},

		{"old reply, with what it replies to", `{"msgtype":"m.text","body":"> <@a:ours.example> buy now\n> really\n\n!mod status",` + html + `"<mx-reply><blockquote><a href=\"https://matrix.to/#/!mods:ours.example/$e\">In reply to</a> <a href=\"https://matrix.to/#/@a:ours.example\">@a:ours.example</a><br>buy now<br>really</blockquote></mx-reply>!mod status","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "status"},
		{"reply of today", `{"msgtype":"m.text","body":"!mod status","m.mentions":{"user_ids":["@a:ours.example"]},"m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "status"},
		{"old reply to an order, with other words", `{"msgtype":"m.text","body":"> <@a:ours.example> !mod status\n\nthanks",` + html + `"<mx-reply><blockquote>!mod status</blockquote></mx-reply>thanks","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, ""},
		{"old reply to an emote", `{"msgtype":"m.text","body":"> * <@a:ours.example> waves\n\n!mod ban spam",` + html + `"<mx-reply><blockquote><a href=\"https://matrix.to/#/!mods:ours.example/$e\">In reply to</a> * <a href=\"https://matrix.to/#/@a:ours.example\">@a:ours.example</a><br>waves</blockquote></mx-reply>!mod ban spam","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"old reply to a picture, without HTML", `{"msgtype":"m.text","body":"> <@a:ours.example> sent an image.\n\n!mod ban spam","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"reply of today, whose author is mentioned", `{"msgtype":"m.text","body":"!mod ban spam",` + mention + `"m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"a quotation of one's own", `{"msgtype":"m.text","body":"> * <!mod status>\n\n!mod rules"}`, ""},
		{"about what a thread is about", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"rel_type":"m.thread","event_id":"$e","is_falling_back":true,"m.in_reply_to":{"event_id":"$f"}}}`, "$e: ban spam"},
		{"about a message in a thread", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"rel_type":"m.thread","event_id":"$e","m.in_reply_to":{"event_id":"$f"}}}`, "$f: ban spam"},
		{"a thread without a reply for old clients", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"rel_type":"m.thread","event_id":"$e"}}`, "$e: ban spam"},
		{"a thread as Element had it first", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"rel_type":"io.element.thread","event_id":"$e","m.in_reply_to":{"event_id":"$f"}}}`, "$e: ban spam"},
		{"a reply in such a thread", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"rel_type":"io.element.thread","event_id":"$e","io.element.show_reply":true,"m.in_reply_to":{"event_id":"$f"}}}`, "$f: ban spam"},
		{"in a thread", `{"msgtype":"m.text","body":"!mod status","m.relates_to":{"rel_type":"m.thread","event_id":"$e","is_falling_back":true,"m.in_reply_to":{"event_id":"$f"}}}`, "status"},
		{"a reply in a thread", `{"msgtype":"m.text","body":"!mod status","m.relates_to":{"rel_type":"m.thread","event_id":"$e","is_falling_back":false,"m.in_reply_to":{"event_id":"$f"}}}`, "status"},
		{"edit, with the star of Element", `{"msgtype":"m.text","body":"* !mod status","m.new_content":{"msgtype":"m.text","body":"!mod status","m.mentions":{}},"m.mentions":{},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, "status"},
		{"edit with formatting", `{"msgtype":"m.text","body":"* !mod ban Bad Guy coc",` + html + `"* !mod ban ` + pill + ` coc","m.new_content":{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + html + `"!mod ban ` + pill + ` coc"},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, "ban " + link + " coc"},
		{"edit that takes the name away", `{"msgtype":"m.text","body":"* never mind","m.new_content":{"msgtype":"m.text","body":"never mind"},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, ""},
		{"the same, of what was carried out", `{"msgtype":"m.text","body":"* never mind","m.new_content":{"msgtype":"m.text","body":"never mind"},"m.relates_to":{"rel_type":"m.replace","event_id":"$done"}}`, ""},
		{"edit that empties it", `{"msgtype":"m.text","body":"* ","m.new_content":{"msgtype":"m.text","body":""},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, ""},
		{"edit of a reply", `{"msgtype":"m.text","body":"* !mod ban spam","m.new_content":{"msgtype":"m.text","body":"!mod ban spam",` + mention + `"m.relates_to":{"m.in_reply_to":{"event_id":"$other"}}},"m.relates_to":{"rel_type":"m.replace","event_id":"$asked"}}`, "$e: ban spam"},
		{"edit of a reply, with the old quotation before the star", `{"msgtype":"m.text","body":"> <@a:ours.example> buy now\n\n * !mod ban spam",` + html + `"<mx-reply><blockquote>buy now</blockquote></mx-reply> * !mod ban spam","m.new_content":{"msgtype":"m.text","body":"!mod ban spam"},"m.relates_to":{"rel_type":"m.replace","event_id":"$asked"}}`, "$e: ban spam"},
		{"edit of a reply, with the old quotation in the new text", `{"msgtype":"m.text","body":"* > <@a:ours.example> buy now\n\n!mod ban spam","m.new_content":{"msgtype":"m.text","body":"> <@a:ours.example> buy now\n\n!mod ban spam",` + html + `"<mx-reply><blockquote>buy now</blockquote></mx-reply>!mod ban spam"},"m.relates_to":{"rel_type":"m.replace","event_id":"$asked","m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"edit in a thread", `{"msgtype":"m.text","body":"* !mod status","m.new_content":{"msgtype":"m.text","body":"!mod status"},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo","is_falling_back":true}}`, "status"},
		{"Element X, a file with a caption", `{"msgtype":"m.file","body":"!mod list import","filename":"list.txt","url":"mxc://ours.example/1","info":{"mimetype":"text/plain"}}`, "$c: list import"},
		{"the same with its formatted caption", `{"msgtype":"m.file","body":"!mod list import","filename":"list.txt",` + html + `"<p>!mod list import</p>","file":{"url":"mxc://ours.example/1"}}`, "$c: list import"},
		{"edit of a caption", `{"msgtype":"m.file","body":"* !mod list import","m.new_content":{"msgtype":"m.file","body":"!mod list import","filename":"list.txt","url":"mxc://ours.example/1"},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, "$typo: list import"},
		{"Element X, a picture with a caption", `{"msgtype":"m.image","body":"!mod ban @bad:evil.example spam","filename":"proof.png","url":"mxc://ours.example/1","info":{"mimetype":"image/png","w":600,"h":400}}`, "ban @bad:evil.example spam"},
		{"Element Web, a picture with a pill in its caption", `{"msgtype":"m.image","body":"!mod ban Bad Guy spam","filename":"proof.png","file":{"url":"mxc://ours.example/1"},` + mention + html + `"!mod ban ` + pill + ` spam"}`, "ban " + link + " spam"},
		{"a picture with a caption, in reply", `{"msgtype":"m.image","body":"!mod ban spam","filename":"proof.png","url":"mxc://ours.example/1","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"a picture with a caption about it", `{"msgtype":"m.image","body":"!mod ban-image gore","filename":"proof.png","url":"mxc://ours.example/1","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$c: ban-image gore"},
		{"a picture that is the bot's", `{"msgtype":"m.image","body":"!mod avatar\n!mod ban spam","filename":"owl.png","url":"mxc://ours.example/1","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$c: avatar | $e: ban spam"},
		{"a video with a caption", `{"msgtype":"m.video","body":"!mod status","filename":"raid.mp4","url":"mxc://ours.example/1"}`, "status"},
		{"a voice message with a caption", `{"msgtype":"m.audio","body":"!mod status","filename":"a.ogg","url":"mxc://ours.example/1","org.matrix.msc3245.voice":{}}`, "status"},
		{"a picture whose name is like a command, as of old", `{"msgtype":"m.image","body":"!mod ban @bad:evil.example.png","url":"mxc://ours.example/1"}`, ""},
		{"the same, as of today", `{"msgtype":"m.image","body":"!mod ban @bad:evil.example.png","filename":"!mod ban @bad:evil.example.png","url":"mxc://ours.example/1"}`, ""},
		{"a file whose name is like a command", `{"msgtype":"m.file","body":"!mod unban @bad:evil.example","filename":"!mod unban @bad:evil.example","url":"mxc://ours.example/1"}`, ""},
		{"a picture whose name is like a command, with other words", `{"msgtype":"m.image","body":"look","filename":"!mod status","url":"mxc://ours.example/1"}`, ""},
		{"a sticker", `{"msgtype":"m.sticker","body":"!mod status","filename":"a","url":"mxc://ours.example/1"}`, ""},
		{"edit of a picture's caption", `{"msgtype":"m.image","body":"* !mod ban-image gore","m.new_content":{"msgtype":"m.image","body":"!mod ban-image gore","filename":"a.png","url":"mxc://ours.example/1"},"m.relates_to":{"rel_type":"m.replace","event_id":"$typo"}}`, "$typo: ban-image gore"},
		{"a phone that begins with a capital, and its spaces that do not break", `{"msgtype":"m.text","body":"!Mod\u00a0Ban\u202f@bad:evil.example coc"}`, "Ban\u202f@bad:evil.example coc"},
		{"a keyboard for Chinese", `{"msgtype":"m.text","body":"\uff01mod ban @bad:evil.example coc"}`, "ban @bad:evil.example coc"},
		{"writing from right to left", `{"msgtype":"m.text","body":"\u200f!mod ban \u2067@bad:evil.example\u2069 coc \u05e1\u05e4\u05d0\u05dd"}`, "ban \u2067@bad:evil.example\u2069 coc \u05e1\u05e4\u05d0\u05dd"},
		{"a pill at the end of a sentence", `{"msgtype":"m.text","body":"!mod ban Bad Guy.",` + html + `"!mod ban ` + pill + `."}`, "ban " + link},
		{"a pill of a web client's address", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + html + `"!mod ban <a href=\"https://app.element.io/#/user/@bad:evil.example\">Bad Guy</a> coc"}`, "ban " + link + " coc"},
		{"a pill of no client that is known", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc",` + html + `"!mod ban <a href=\"https://chat.example/people/@bad:evil.example\">Bad Guy</a> coc"}`, "?"},
		{"several lines with blank ones between", `{"msgtype":"m.text","body":"!mod ban @bad:evil.example coc\n\n\n!mod status\n"}`, "ban @bad:evil.example coc | status"},
		{"several lines with a quotation between", `{"msgtype":"m.text","body":"!mod status\n\n> !mod ban @bad:evil.example\n\n!mod rules"}`, "status\n\n> !mod ban @bad:evil.example\n\n!mod rules"},
		{"old reply with an order in what it quotes, and one below", `{"msgtype":"m.text","body":"> <@a:ours.example> !mod ban @good:ours.example\n> !mod unban *\n\n!mod why",` + html + `"<mx-reply><blockquote>!mod ban @good:ours.example<br>!mod unban *</blockquote></mx-reply>!mod why","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: why"},
		{"60 kB", `{"msgtype":"m.text","body":"!mod ban @bad:evil.example coc ` + strings.Repeat("spam ", 12_000) + `"}`, "?"},
		{"several pills, Element Web", `{"msgtype":"m.text","body":"!mod ban Bad Guy Bad Guy coc",` + html + `"!mod ban ` + pill + ` ` + pill + ` coc"}`, "ban " + link + " " + link + " coc"},
		{"several lines, Element Web", `{"msgtype":"m.text","body":"!mod ban @bad:evil.example coc\n!mod status"}`, "ban @bad:evil.example coc | status"},
		{"several lines with a pill, Element Web", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc\n!mod status",` + html + `"!mod ban ` + pill + ` coc<br>!mod status"}`, "ban " + link + " coc | status"},
		{"several lines, the rich text editor", `{"msgtype":"m.text","body":"!mod ban Bad Guy coc\n!mod status",` + html + `"<p>!mod ban ` + pill + ` coc</p><p>!mod status</p>"}`, "ban " + link + " coc | status"},
		{"several lines, nheko", `{"msgtype":"m.text","body":"!mod ban [Bad Guy](https://matrix.to/#/@bad:evil.example) coc\n!mod status",` + html + `"<p>!mod ban ` + pill + ` coc<br>\n!mod status</p>\n"}`, "ban " + link + " coc | status"},
		{"several lines of which one is in code", `{"msgtype":"m.text","body":"!mod status\n!mod ban @bad:evil.example",` + html + `"!mod status<br><code>!mod ban @bad:evil.example</code>"}`, "?"},
		{"several lines of which one is talk", `{"msgtype":"m.text","body":"!mod status\nis what I mean"}`, "status\nis what I mean"},
		{"a ban in reply", `{"msgtype":"m.text","body":"!mod ban spam","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"a ban in an old reply", `{"msgtype":"m.text","body":"> <@a:ours.example> buy now\n\n!mod ban spam",` + html + `"<mx-reply><blockquote>buy now</blockquote></mx-reply>!mod ban spam","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam"},
		{"lines in reply", `{"msgtype":"m.text","body":"!mod ban spam\n!mod redact","m.relates_to":{"m.in_reply_to":{"event_id":"$e"}}}`, "$e: ban spam | $e: redact"},
		{"edit of what was carried out", `{"msgtype":"m.text","body":"* !mod status","m.new_content":{"msgtype":"m.text","body":"!mod status"},"m.relates_to":{"rel_type":"m.replace","event_id":"$done"}}`, "?"},
	} {
		c.speaker.misread.load("$typo", "@mod:ours.example")
		c.speaker.misread.load("$asked", "@mod:ours.example\n$e")
		evt := &event.Event{ID: "$c", RoomID: "!mods:ours.example", Sender: "@mod:ours.example", Type: event.EventMessage}
		if err := json.Unmarshal([]byte(tc.content), &evt.Content); err != nil {
			t.Fatalf("%s: %v", tc.client, err)
		}
		order, ok := c.hearing.messages.order(evt)
		c.speaker.threads = threads{}
		lines := commands.Lines(order.Body)
		for i, line := range lines {
			if of, reply := strings.CutPrefix(line, "\x00reply "); reply {
				lines[i] = strings.Replace(of, "\x00", ": ", 1)
			}
		}
		got := strings.Join(lines, " | ")
		switch {
		case !ok:
			got = ""
		case strings.HasPrefix(got, "\x00said"):
			got = "?"
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q\n%s", tc.client, got, tc.want, order.Body)
		}
	}
}
