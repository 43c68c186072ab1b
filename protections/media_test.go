package protections

import (
	"testing"

	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

func file(msgtype, name, mime string, more map[string]any) map[string]any {
	return with(map[string]any{"msgtype": msgtype, "body": name, "url": "mxc://a/b", "info": map[string]any{"mimetype": mime}}, more)
}

func TestMedia(t *testing.T) {
	spare(t, media(), nil)
	says := func(content map[string]any) kittest.Step { return kittest.Sends(user, "m.room.message", content) }
	edit := func(content map[string]any) map[string]any {
		return map[string]any{"msgtype": "m.text", "body": "hello", "m.new_content": content, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$x"}}
	}
	kittest.Run(t, media(), []kittest.Case{{
		Name: "of each kind",
		In: []kittest.Step{
			says(file("m.image", "a.png", "image/png", nil)), says(file("m.video", "a.mp4", "video/mp4", nil)), says(file("m.audio", "a.ogg", "audio/ogg", nil)),
			says(file("m.audio", "a.ogg", "audio/ogg", map[string]any{"org.matrix.msc3245.voice": map[string]any{}})), kittest.Sends(user, "m.sticker", file("", "x", "image/png", nil)),
			says(rich(`look <img src="mxc://a/b">`)), says(edit(file("m.image", "a.png", "image/png", nil))),
			says(file("m.image", "a long caption", "", map[string]any{"filename": "a.png"})),
			says(map[string]any{"msgtype": "m.gallery", "body": "x", "itemtypes": []any{map[string]any{"itemtype": "m.image", "url": "mxc://a/b"}}}),
			says(map[string]any{"msgtype": "m.image", "body": 5, "info": []int{1}, "file": map[string]any{"url": "mxc://a/b"}}),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3", "light @u:hs $4: $4", "light @u:hs $5: $5", "light @u:hs $6: $6", "light @u:hs $7: $7", "light @u:hs $8: $8", "light @u:hs $9: $9", "light @u:hs $10: $10"},
	}, {
		Name: "what is wanted",
		In: []kittest.Step{
			says(file("m.file", "app.log", "text/plain", nil)), says(rich(`hi <img data-mx-emoticon src="mxc://a/b" alt=":x:" height="32">`)),
			kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$x", "key": "mxc://a/b"}}),
			kittest.Sets(user, "m.room.member", string(user), map[string]any{"membership": "join", "avatar_url": "mxc://a/b"}),
			kittest.Trusts("@known:hs", trust.Known), kittest.Sends("@known:hs", "m.room.message", file("m.image", "a.png", "image/png", nil)),
		},
	}, {
		Name: "files by type and size",
		In: []kittest.Step{
			says(file("m.file", "setup.EXE", "text/plain", nil)), says(file("m.file", "photo.png.scr. ", "", nil)), says(file("m.file", "my.ex\u200be", "", nil)), says(file("m.file", "exe", "text/plain", nil)),
			says(file("m.file", "a.iso", "", map[string]any{"info": map[string]any{"size": 200 << 20}})),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3", "light @u:hs $5: $5"},
	}, {
		Name: "types by pattern, emoji, reactions, packs",
		Set:  map[string]string{"types": "application/x-*", "refuse": "emoji reaction pack"},
		In: []kittest.Step{
			says(file("m.file", "a", "Application/X-Thing; charset=x", nil)), says(file("m.image", "a.png", "image/png", nil)), says(rich(`hi <img data-mx-emoticon src="mxc://a/b" alt=":x:">`)),
			kittest.Sends(user, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$x", "key": "mxc://a/b"}}),
			kittest.Sets(user, "m.room.image_pack", "", map[string]any{"images": map[string]any{"x": map[string]any{"url": "mxc://a/b"}}}),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $3: $3", "light @u:hs $4: $4", "light @u:hs $state5: $state5"},
	}, {
		Name: "large emoji",
		In:   []kittest.Step{says(rich(`<img data-mx-emoticon src="mxc://a/b" alt=":x:" height="512">`)), says(rich(`<img data-mx-emoticon src="mxc://a/b" alt=":x:" height="64px">`))},
		Want: []string{"light @u:hs $1: $1"},
	}})
}
