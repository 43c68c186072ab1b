package protections

import (
	"testing"
	"time"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction/trust"
)

func TestFirstMessage(t *testing.T) {
	spare(t, firstMessage(), nil)
	says := func(content map[string]any) kittest.Step { return kittest.Sends(user, "m.room.message", content) }
	picture, joins := file("m.image", "a.png", "image/png", nil), kittest.Joins(user)
	later := kittest.Wait(time.Second)
	edit := func(event string, content map[string]any) map[string]any {
		return map[string]any{"msgtype": "m.text", "body": "hello", "m.new_content": content, "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": event}}
	}
	const sure = "hello, this is what I think of it"
	kittest.Run(t, firstMessage(), []kittest.Case{{
		Name: "each kind",
		In: []kittest.Step{
			later, joins, says(picture), says(plain("https://coins.example/")), says(plain("Free coins! https://coins.example/")), says(rich(`<a href="https://coins.example/">look at this</a>`)),
			kittest.Sends(user, "m.sticker", file("", "x", "image/png", nil)), says(with(plain("look"), map[string]any{"m.forwarded": map[string]any{}})), says(edit("$none", picture)),
			says(plain("https://matrix.to/#/#coins:evil.example")), says(file("m.image", "my caption", "", map[string]any{"filename": "x.png"})), says(map[string]any{"msgtype": "m.image", "body": 3, "url": 4}),
		},
		Want: []string{"light @u:hs $1: $1", "light @u:hs $2: $2", "light @u:hs $3: $3", "light @u:hs $4: $4", "light @u:hs $5: $5", "light @u:hs $6: $6", "light @u:hs $7: $7", "light @u:hs $8: $8", "light @u:hs $9: $9", "light @u:hs $10: $10"},
	}, {
		Name: "short words do not begin, months do not either",
		In:   []kittest.Step{later, joins, kittest.Says(user, "hi"), says(picture), kittest.Wait(60 * 24 * time.Hour), says(picture), kittest.Says(user, sure), says(picture)},
		Want: []string{"light @u:hs $2: $2", "light @u:hs $3: $3"},
	}, {
		Name: "an edit of the first is the first, also later",
		In:   []kittest.Step{later, joins, kittest.Says(user, sure), says(plain(sure)), says(edit("$1", plain("https://coins.example/"))), says(edit("$2", plain("https://coins.example/")))},
		Want: []string{"light @u:hs $3: $3"},
	}, {
		Name: "who was there before us, and who is known",
		In: []kittest.Step{
			kittest.Trusts("@known:hs", trust.Known), later, kittest.Joins("@known:hs"), kittest.Sends("@known:hs", "m.room.message", picture),
			func(b *kittest.Bench) (none []kit.Finding) {
				b.Join("@old:hs")
				b.Pass(time.Hour)
				b.Member(kittest.Self, kittest.Self, "leave")
				b.Member(kittest.Self, kittest.Self, "join")
				return nil
			},
			kittest.Sends("@old:hs", "m.room.message", picture),
		},
	}, {
		Name: "several first ones, and mentions",
		Set:  map[string]string{"messages": "2", "refuse": "mention picture"},
		In: []kittest.Step{
			later, joins, kittest.Says(user, sure), says(picture), says(calling("victim1: look", "@victim1:hs")), says(calling("victim1: how did you come to that, and why?", "@victim1:hs")), says(picture),
		},
		Want: []string{"light @u:hs $2: $2", "light @u:hs $3: $3"},
	}})
}
