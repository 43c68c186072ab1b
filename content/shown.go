package content

import (
	"slices"
	"strings"
)

// Images are the pictures that a message shows, each once: those that it carries, what is shown in place of its files until
// they are opened, those within its text, the one that it reacts with, and the one that its sender has for it alone. An image
// pack has none: it shows nothing by itself.
func (m *Message) Images() (all []File) {
	add := func(f File) {
		same := func(o File) bool { return o.Address == f.Address && o.Key == f.Key && o.Vector == f.Vector }
		if f.Address != "" && !slices.ContainsFunc(all, same) {
			f.Preview = nil
			all = append(all, f)
		}
	}
	if m.Form() == Pack {
		return nil
	}
	for _, f := range m.read().files {
		if f.Kind == "picture" || f.Kind == "sticker" || strings.HasPrefix(strings.ToLower(f.Type), "image/") {
			add(f)
		}
		if f.Preview != nil {
			add(*f.Preview)
		}
	}
	for _, p := range m.Pictures() {
		add(File{Kind: "picture", Address: p.Address})
	}
	if key := m.Key(); strings.HasPrefix(key, "mxc://") {
		add(File{Kind: "picture", Address: key})
	}
	add(File{Kind: "picture", Address: m.read().special.profile.Avatar})
	return all
}
