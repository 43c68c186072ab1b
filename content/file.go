package content

import (
	"strings"

	"forseti/wire"
)

// File is what a message carries.
type File struct {
	Kind string // "picture", "sticker", "voice message"
	Name string
	Type string // MIME, as its sender says
	Size int64  // bytes, as its sender says; 0 if not
	// Width and Height are pixels, as its sender says; 0 if not.
	Width, Height int64
	// Address is where it is (mxc://), and SHA256 the hash of what is there, in base64,
	// which only encrypted files have.
	Address   string
	SHA256    string
	Encrypted bool
}

// carried reads a file of a message, a sticker, or an element of a gallery.
func (o *outline) carried(f *fields, kind string) File {
	found := File{Kind: kind, Name: f.text("filename", mostLabel), Address: address(f.of("url"))}
	o.info(f.of("info"), &found)
	sealed := f.of("file")
	if sealed == nil {
		return found
	}
	found.Encrypted, found.Address = true, ""
	wire.Each(sealed, func(name, value []byte) {
		switch string(name) {
		case "url":
			if o.expect("file.url", value, aText) {
				found.Address = address(value)
			}
		case "hashes":
			if o.expect("file.hashes", value, anObj) {
				wire.Each(value, func(name, value []byte) {
					if string(name) == "sha256" && o.expect("file.hashes.sha256", value, aText) {
						found.SHA256 = written(value, 100)
					}
				})
			}
		}
	})
	return found
}

func (o *outline) info(raw []byte, f *File) {
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "mimetype":
			if o.expect("info.mimetype", value, aText) {
				f.Type = written(value, mostLabel)
			}
		case "size":
			f.Size = o.number("info.size", value)
		case "w":
			f.Width = o.number("info.w", value)
		case "h":
			f.Height = o.number("info.h", value)
		}
	})
}

func (o *outline) number(what string, value []byte) int64 {
	if len(value) > 30 || shapeOf(value) != aNumber {
		o.expect(what, value, aNumber)
		if len(value) > 30 {
			return 0
		}
	}
	n, _ := wire.Integer(value)
	return max(n, 0)
}

func address(value []byte) string {
	url := written(value, mostLabel)
	if !strings.HasPrefix(url, "mxc://") {
		return ""
	}
	return url
}
