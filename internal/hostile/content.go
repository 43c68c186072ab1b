package hostile

import "strings"

// Content is content that is dear to read, of some size.
func Content() map[string]func(n int) (kind, raw string) {
	return map[string]func(n int) (kind, raw string){
		"mentions that differ": func(n int) (string, string) {
			return "m.room.message", `{"body":"x","m.mentions":{"user_ids":[` + numbered(`"@u%d:hs",`, n) + `"@a:b"]}}`
		},
		"mentions, and text": func(n int) (string, string) {
			return "m.room.message", `{"body":"` + strings.Repeat("п ", n/6) + `","m.mentions":{"user_ids":[` + numbered(`"@u%d:hs",`, n/2) + `"@a:b"]}}`
		},
		"lists for texts": func(n int) (string, string) {
			return "m.room.message", `{"msgtype":[1],"body":[` + numbered(`"text %d here",`, n) + `1]}`
		},
		"texts of HTML": func(n int) (string, string) {
			return "org.example.x", `{"a":[` + numbered(`"<a href='https://a%d.example/'>x</a> <b>y",`, n) + `1]}`
		},
		"a text of HTML": func(n int) (string, string) {
			return "org.example.x", `{"a":"` + strings.Repeat("<b>п</b>", n/9) + `"}`
		},
		"texts in scripts": func(n int) (string, string) {
			return "org.example.x", `{"a":[` + numbered(`"привет %d",`, n) + `1]}`
		},
		"a caption": func(n int) (string, string) {
			half := strings.Repeat("п b ", n/10)
			return "m.room.message", `{"msgtype":"m.image","body":"` + half + `","filename":"x` + half + `","url":"mxc://a/b"}`
		},
		"an edit of a caption": func(n int) (string, string) {
			part := strings.Repeat("п b ", n/20)
			caption := `"msgtype":"m.image","body":"` + part + `","filename":"x` + part + `","url":"mxc://a/b"`
			return "m.room.message", `{` + caption + `,"m.new_content":{` + caption + `},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`
		},
		"a gallery with captions": func(n int) (string, string) {
			return "m.room.message", `{"msgtype":"m.gallery","itemtypes":[` + strings.Repeat(`{"itemtype":"m.image","body":"`+strings.Repeat("п b ", 100)+`","filename":"x"},`, n/560) + `{}]}`
		},
		"a poll in scripts": func(n int) (string, string) {
			return "m.poll.start", `{"m.poll":{"question":{"m.text":[{"body":"q"}]},"answers":[` + strings.Repeat(`{"m.text":[{"body":"`+strings.Repeat("п b ", 80)+`"}]},`, n/430) + `{}]}}`
		},
		"a pack in scripts": func(n int) (string, string) {
			return "m.room.image_pack", `{"pack":{"display_name":"п b"},"images":{` + numbered(`"п%d":{"url":"mxc://a/b","body":"привет %[1]d"},`, n) + `"y":{}}}`
		},
		"a reply in scripts": func(n int) (string, string) {
			return "m.room.message", `{"body":"> <@a:b> ` + strings.Repeat(`п b `, n/10) + `\n\n` + strings.Repeat(`п b `, n/10) + `","m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`
		},
		"a name of its own": func(n int) (string, string) {
			return "m.room.message", `{"body":"x","com.beeper.per_message_profile":{"displayname":"` + strings.Repeat("п b ", n/5) + `"}}`
		},
		"forms of a text": func(n int) (string, string) {
			return "m.room.message", `{"m.text":[` + strings.Repeat(`{"body":"`+strings.Repeat("<b>п</b>", 500)+`","mimetype":"text/html"},`, n/4550) + `{}]}`
		},
		"previews": func(n int) (string, string) {
			return "m.room.message", `{"body":"x","com.beeper.linkpreviews":[` + numbered(`{"og:title":"привет %d","og:url":"https://a%[1]d.example"},`, n) + `{}]}`
		},
		"what another form has": func(n int) (string, string) {
			part := strings.Repeat("п b ", n/30)
			return "m.room.message", `{"body":"x","topic":"` + part + `","name":"` + part + `","displayname":"` + part + `","reason":"` + part + `","description":"` + part + `","geo_uri":"` + part + `"}`
		},

		"keys": func(n int) (string, string) {
			return "m.room.message", `{"body":"x"` + strings.Repeat(`,"body":"x"`, n/11) + `}`
		},
		"nested edits": func(n int) (string, string) {
			return "m.room.message", `{"m.relates_to":{"rel_type":"m.replace","event_id":"$e"},` + strings.Repeat(`"m.new_content":{"body":"x",`, n/28) + `"a":1` + strings.Repeat("}", n/28+1)
		},
		"nested arrays": func(n int) (string, string) {
			return "m.poll.start", `{"m.poll":` + strings.Repeat("[", n/2) + strings.Repeat("]", n/2) + `}`
		},
		"nested objects, no end": func(n int) (string, string) { return "m.room.message", strings.Repeat(`{"body":`, n/8) },
		"answers": func(n int) (string, string) {
			return "m.poll.start", `{"m.poll":{"question":{"m.text":[{"body":"q"}]},"answers":[` + strings.Repeat(`{"m.text":[{"body":"a"}]},`, n/26) + `{}]}}`
		},
		"answers of many forms": func(n int) (string, string) {
			forms := `{"m.text":[` + strings.Repeat(`{},`, n/300) + `{}],"body":[` + strings.Repeat(`{},`, n/300) + `{}]}`
			return "org.matrix.msc3381.poll.start", `{"org.matrix.msc3381.poll.start":{"question":` + forms + `,"answers":[` + strings.Repeat(forms+",", 49) + forms + `]}}`
		},
		"escapes": func(n int) (string, string) {
			return "m.room.message", `{"body":"` + strings.Repeat(`\u0041`, n/12) + `","m.new_content":{"body":"` + strings.Repeat(`\ud800`, n/12) + `"}}`
		},
		"quoted lines": func(n int) (string, string) {
			return "m.room.message", `{"body":"> <@a:b> ` + strings.Repeat(`\n>`, n/8) + `","format":"org.matrix.custom.html","formatted_body":"` + strings.Repeat(`a`, n/2) + `"}`
		},
		"an edit of much": func(n int) (string, string) {
			html := `"format":"org.matrix.custom.html","formatted_body":"` + strings.Repeat(`<a href=x>y`, n/22) + `"`
			return "m.room.message", `{"body":"` + strings.Repeat("*", n/8) + `",` + html + `,"m.new_content":{"body":"` + strings.Repeat("_", n/8) + `",` + html + `},"m.relates_to":{"rel_type":"m.replace","event_id":"$e"}}`
		},
		"a file": func(n int) (string, string) {
			long := strings.Repeat("n", n/6)
			return "m.room.message", `{"msgtype":"m.file","body":"` + long + `","filename":"` + long + `","url":"mxc://` + long + `","info":{"mimetype":"` + long + `","size":"` + strings.Repeat("1", n/6) + `"},"file":{"hashes":{"sha256":"` + long + `"}}}`
		},
		"mentions": func(n int) (string, string) {
			return "m.room.message", `{"body":"x","m.mentions":{"user_ids":[` + strings.Repeat(`"@a:b",`, n/7) + `"@a:b"]}}`
		},
		"a reaction": func(n int) (string, string) {
			return "m.reaction", `{"m.relates_to":{"key":"` + strings.Repeat("k", n) + `"}}`
		},
		"a sticker": func(n int) (string, string) { return "m.sticker", `{"body":"` + strings.Repeat("k", n) + `"}` },
		"an image pack": func(n int) (string, string) {
			return "m.room.image_pack", `{"images":{` + strings.Repeat(`"x":{"url":"mxc://a/b"},`, n/24) + `"y":{}}}`
		},
		"a gallery": func(n int) (string, string) {
			return "m.room.message", `{"msgtype":"m.gallery","itemtypes":[` + strings.Repeat(`{"itemtype":"m.file","body":"x"},`, n/33) + `{}]}`
		},
		"unknown fields": func(n int) (string, string) {
			return "org.example.x", `{` + strings.Repeat(`"x":{"y":["z"]},`, n/16) + `"z":""}`
		},
		"wrong shapes": func(n int) (string, string) {
			return "m.room.message", `{` + strings.Repeat(`"body":["x"],"info":"x",`, n/24) + `"z":""}`
		},
		"a quote": func(n int) (string, string) {
			return "m.room.message", `{"body":"> <@a:b> x` + strings.Repeat(`\n> x`, n/6) + `","m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`
		},
		"a member": func(n int) (string, string) {
			return "m.room.member", `{"displayname":"` + strings.Repeat("n", n) + `"}`
		},
		"a topic": func(n int) (string, string) {
			return "m.room.topic", `{"topic":"` + strings.Repeat("n", n/2) + `","m.topic":{"m.text":[{"body":"` + strings.Repeat("m", n/2) + `"}]}}`
		},
		"a type": func(n int) (string, string) { return strings.Repeat("t", n), `{"m.text":"x"}` },
		"a place": func(n int) (string, string) {
			return "m.room.message", `{"msgtype":"m.location","body":"b","geo_uri":"` + strings.Repeat("g", n) + `"}`
		},
	}
}
