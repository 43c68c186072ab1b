package protections

import (
	"slices"
	"strings"
	"testing"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func TestNewcomers(t *testing.T) {
	spare(t, newcomers(), nil, "://", "/#/", "git@", "mail me", "see also", "synapse", "matrix.org")
	says := func(content map[string]any) kittest.Step { return kittest.Sends(user, "m.room.message", content) }
	picture, joins := file("m.image", "a.png", "image/png", nil), kittest.Joins(user)
	edit := func(event string, content map[string]any) map[string]any {
		return with(plain("hello"), map[string]any{"m.new_content": content, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": event}})
	}
	const about = "I have read all of the manual, and it says otherwise here: https://docs.example/page"
	kittest.Run(t, newcomers(), []kittest.Case{{
		Name: "whatever is no text, however much is written with it, and also later",
		In: []kittest.Step{
			joins, kittest.Says(user, "hello, this is what I think of it"), says(picture), says(plain(about)), says(edit("$1", plain(about))), says(rich(`<a href="https://coins.example/">look</a>`)),
			says(rich(`hello <img src="mxc://hs/a">`)), kittest.Sends(user, "m.sticker", file("", "x", "image/png", nil)), says(with(plain("look"), map[string]any{"m.forwarded": map[string]any{}})),
			says(map[string]any{"msgtype": "m.image", "body": 3, "url": 4}), says(file("m.file", "log.txt", "text/plain", nil)),
		},
		Want: []string{"light @u:hs $2: $2", "light @u:hs $3: $3", "light @u:hs $4: $4", "light @u:hs $5: $5", "light @u:hs $6: $6", "light @u:hs $7: $7", "light @u:hs $8: $8", "light @u:hs $9: $9", "light @u:hs $10: $10"},
	}, {
		Name: "links behind much of which nothing is shown, and behind more than are looked at",
		In: []kittest.Step{
			joins, says(rich(strings.Repeat(`<a href=/></a>`, 200) + `<a href="https://coins.example/">look</a>`)), says(rich(strings.Repeat("&", 1000) + ` <a href="coins&#46;example">look</a>`)),
			says(plain(strings.Repeat("12:30:01 ", 200) + "https://coins.example/")), says(rich(strings.Repeat(`<a href=/>x</a>`, 200))),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3"},
	}, {
		Name: "who is known",
		In:   []kittest.Step{kittest.Trusts(user, trust.Known), joins, says(picture), says(plain(about))},
	}, {
		Name: "mentions, if that is set",
		Set:  map[string]string{"refuse": "mention"},
		In:   []kittest.Step{joins, says(picture), says(calling("victim1: look", "@victim1:hs"))},
		Want: []string{"light @u:hs $2: $2"},
	}})
}

// What newcomers may do is up to the posture: on in the two strictest, and as it was set
// otherwise.
func TestNewcomersByPosture(t *testing.T) {
	kind, hushed := newcomers(), []sanction.Posture{sanction.Unattended, sanction.Assault}
	shadow := kit.Standing{Mode: kit.Shadow}
	for _, p := range sanction.Postures() {
		if on := (kit.Standing{}).Raised(kind, p).Mode == kit.On; on != slices.Contains(hushed, p) {
			t.Errorf("in %v: %v", p, on)
		}
		if shadow.Raised(kind, p).Mode != kit.Shadow {
			t.Errorf("in %v it leaves its shadow", p)
		}
	}
	for _, s := range kind.Settings(kit.Standing{}, "") {
		if s.Name == "consequence" && s.Value != "redact" || s.Name == "points" && s.Value != "0" {
			t.Errorf("%s is %s", s.Name, s.Value)
		}
	}
}
