package content

import (
	"strings"

	"forseti/wire"
)

// pack reads an image pack: its pictures, and all words in it.
//
// https://github.com/matrix-org/matrix-spec-proposals/blob/main/proposals/2545-emotes.md
func (w *words) pack(o *outline) string {
	var said []string
	v := &visible{}
	if w.html == nil {
		w.html = v
	}
	v = w.html
	add := func(what string, value []byte, most int) string {
		if !o.expect(what, value, aText) {
			return ""
		}
		text := written(value, most)
		if text != "" && len(said) < 2*mostPictures {
			said = append(said, text)
		}
		return text
	}
	wire.Each(o.inner.of("pack"), func(name, value []byte) {
		switch string(name) {
		case "display_name", "attribution":
			add("pack."+string(name), value, mostLabel)
		case "avatar_url":
			if o.expect("pack.avatar_url", value, aText) {
				v.pictures = append(v.pictures, Picture{Address: address(value)})
			}
		}
	})
	wire.Each(o.inner.of("images"), func(shortcode, value []byte) {
		if len(v.pictures) >= mostPictures {
			w.cut = true
			return
		}
		if !o.expect("an image of the pack", value, anObj) {
			return
		}
		p := Picture{Name: wire.Clip(strings.ToValidUTF8(string(shortcode), "\ufffd"), mostLabel), Emoji: true}
		said = append(said, p.Name)
		wire.Each(value, func(name, value []byte) {
			switch string(name) {
			case "url":
				if o.expect("the url of an image of the pack", value, aText) {
					p.Address = address(value)
				}
			case "body":
				add("the body of an image of the pack", value, mostLabel)
			}
		})
		v.pictures = append(v.pictures, p)
	})
	return strings.Join(said, "\n")
}
