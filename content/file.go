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
	// Address is where it is (mxc://), and SHA256 the hash of what is there, in base64,
	// which only encrypted files have.
	Address   string
	SHA256    string
	Encrypted bool
}

func file(o wire.Object, kind string) File {
	f := File{
		Kind: kind, Name: wire.Clip(o.Text("filename"), mostLabel), Type: wire.Clip(o.Object("info").Text("mimetype"), mostLabel),
		Address: address(o.Text("url")),
	}
	f.Size, _ = o.Object("info").Integer("size")
	if sealed := o.Object("file"); sealed.Any() {
		f.Encrypted = true
		f.Address = address(sealed.Text("url"))
		f.SHA256 = wire.Clip(sealed.Object("hashes").Text("sha256"), 100)
	}
	return f
}

func address(url string) string {
	if !strings.HasPrefix(url, "mxc://") {
		return ""
	}
	return wire.Clip(url, mostLabel)
}
