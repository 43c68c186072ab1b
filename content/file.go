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
	// Key and Vector are what an encrypted file is read with, in base64, as its sender says.
	Key, Vector string
	// Preview is the picture that clients show in its place until it is opened; nil if there is none.
	Preview *File
}

// carried reads a file of a message, a sticker, or an element of a gallery.
func (o *outline) carried(f *fields, kind string) File {
	found := File{Kind: kind, Name: f.text("filename", mostLabel), Address: address(f.of("url"))}
	o.info(f.of("info"), &found)
	if sealed := f.of("file"); sealed != nil {
		o.sealed("file", sealed, &found)
	}
	return found
}

// sealed reads how an encrypted file is read.
//
// https://spec.matrix.org/v1.16/client-server-api/#sending-encrypted-attachments
func (o *outline) sealed(what string, raw []byte, f *File) {
	const most = 100 // bytes: a key has 43
	f.Encrypted, f.Address = true, ""
	part := func(object []byte, name string, into *string) {
		wire.Each(object, func(found, value []byte) {
			if string(found) == name[strings.LastIndexByte(name, '.')+1:] && o.expect(what+"."+name, value, aText) {
				*into = written(value, most)
			}
		})
	}
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "url":
			if o.expect(what+".url", value, aText) {
				f.Address = address(value)
			}
		case "iv":
			if o.expect(what+".iv", value, aText) {
				f.Vector = written(value, most)
			}
		case "key":
			if o.expect(what+".key", value, anObj) {
				part(value, "key.k", &f.Key)
			}
		case "hashes":
			if o.expect(what+".hashes", value, anObj) {
				part(value, "hashes.sha256", &f.SHA256)
			}
		}
	})
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
		case "thumbnail_url":
			if o.expect("info.thumbnail_url", value, aText) && f.Preview == nil {
				if at := address(value); at != "" {
					f.Preview = &File{Kind: "preview", Address: at}
				}
			}
		case "thumbnail_file":
			if o.expect("info.thumbnail_file", value, anObj) {
				f.Preview = &File{Kind: "preview"}
				o.sealed("info.thumbnail_file", value, f.Preview)
			}
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
