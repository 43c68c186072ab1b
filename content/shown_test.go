package content

import (
	"encoding/json"
	"slices"
	"testing"
)

// Wherever clients show a picture, it is one that is shown.
func TestImages(t *testing.T) {
	for _, c := range []struct {
		name, kind, raw string
		want            []string
	}{
		{"text", "m.room.message", `{"msgtype":"m.text","body":"mxc://x/y"}`, nil},
		{"a picture", "m.room.message", `{"msgtype":"m.image","body":"x","url":"mxc://x/y"}`, []string{"mxc://x/y"}},
		{"a sticker", "m.sticker", `{"body":"x","url":"mxc://x/y"}`, []string{"mxc://x/y"}},
		{"a picture that is a file", "m.room.message", `{"msgtype":"m.file","body":"x","url":"mxc://x/y","info":{"mimetype":"IMAGE/png"}}`, []string{"mxc://x/y"}},
		{"a file", "m.room.message", `{"msgtype":"m.file","body":"x","url":"mxc://x/y"}`, nil},
		{"what is shown of a video", "m.room.message", `{"msgtype":"m.video","body":"x","url":"mxc://x/y","info":{"thumbnail_url":"mxc://x/t"}}`, []string{"mxc://x/t"}},
		{"and of a picture", "m.room.message", `{"msgtype":"m.image","body":"x","url":"mxc://x/y","info":{"thumbnail_url":"mxc://x/t"}}`, []string{"mxc://x/y", "mxc://x/t"}},
		{"an encrypted one", "m.room.message", `{"msgtype":"m.image","body":"x","file":{"url":"mxc://x/y","key":{"k":"k"}}}`, []string{"mxc://x/y"}},
		{"both", "m.room.message", `{"msgtype":"m.image","body":"x","url":"mxc://x/z","file":{"url":"mxc://x/y","key":{"k":"k"}}}`, []string{"mxc://x/y"}},
		{"an edit", "m.room.message", `{"msgtype":"m.text","body":"x","m.relates_to":{"rel_type":"m.replace","event_id":"$1"},"m.new_content":{"msgtype":"m.image","body":"x","url":"mxc://x/y"}}`, []string{"mxc://x/y"}},
		{"within a text", "m.room.message", `{"msgtype":"m.text","body":"x","format":"org.matrix.custom.html","formatted_body":"<img src=\"\u006dxc://x/y\"> <img data-mx-emoticon src=\"mxc://x/e\"> <img src=\"mxc://x/y\">"}`, []string{"mxc://x/y", "mxc://x/e"}},
		{"a gallery", "m.room.message", `{"msgtype":"m.gallery","body":"x","itemtypes":[{"itemtype":"m.image","body":"a","url":"mxc://x/1"},{"itemtype":"m.image","body":"a","url":"mxc://x/2"}]}`, []string{"mxc://x/1", "mxc://x/2"}},
		{"a reaction", "m.reaction", `{"m.relates_to":{"rel_type":"m.annotation","event_id":"$x","key":"mxc://x/y"}}`, []string{"mxc://x/y"}},
		{"a profile of one message", "m.room.message", `{"msgtype":"m.text","body":"x","m.per_message_profile":{"id":"1","avatar_url":"mxc://x/y"}}`, []string{"mxc://x/y"}},
		{"an image pack", "m.room.image_pack", `{"images":{"a":{"url":"mxc://x/y"}}}`, nil},
		{"wrong types", "m.room.message", `{"msgtype":"m.image","body":1,"url":["mxc://x/y"],"file":"mxc://x/y","info":{"thumbnail_file":3,"thumbnail_url":{}}}`, nil},
	} {
		var got []string
		for _, f := range Read(c.kind, json.RawMessage(c.raw)).Images() {
			got = append(got, f.Address)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q and not %q", c.name, got, c.want)
		}
	}
}
