package protections

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// dear are messages of the greatest size that are written to cost much.
func dear() map[string]map[string]any {
	text := func(part string) map[string]any { return plain(strings.Repeat(part, 60_000/len(part))) }
	return map[string]map[string]any{
		"ascii": text("word "), "marks": text("a\u0335\u0336\u0337"), "scripts": text("аbс "), "capitals": text("ÄÖÜ "), "emoji": text("👨‍👩‍👧‍👦"), "boxes": text("🅰🅱"),
		"handles": plain(numbered("@u%d ", 8000)), "IDs": plain(numbered("@u%d:hs ", 5000)), "links": plain(numbered("https://a%d.b.c.d.e.f.g.example/x ", 1700)), "hosts": plain(numbered("a%d.com ", 6000)),
		"pills":    rich(strings.Repeat(`<a href="https://matrix.to/#/@u:hs">x</a>`, 1400)),
		"invites":  plain(numbered("https://matrix.to/#/#r%d:hs ", 2000)),
		"declared": calling("x", ids(0, 3500)...), "pictures": rich(strings.Repeat(`<img src="mxc://a/b">`, 2800)), "quotes": rich("<mx-reply>" + strings.Repeat("а b ", 11_000) + "</mx-reply>x"),
		"unicode hosts": plain(numbered("https://bü%d.exаmple/ ", 2000)), "fields": {"msgtype": []int{1}, "body": ids(0, 3500)},
	}
}

// BenchmarkWorst is what the dearest messages that a stranger can send cost with all
// protections on and with words to look for, and with each alone.
func BenchmarkWorst(b *testing.B) {
	all := dear()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(name, func(b *testing.B) { worst(b, all[name], Kinds()...) })
	}
	for _, k := range Kinds() {
		b.Run("scripts/"+k.Name, func(b *testing.B) { worst(b, all["scripts"], k) })
	}
}

func worst(b *testing.B, content map[string]any, kinds ...kit.Kind) {
	bench := kittest.New(b, kinds[0], nil)
	bench.Pass(time.Hour)
	for _, k := range kinds {
		standing := kit.Standing{Mode: kit.On}
		if k.Name == "words" {
			standing.Values = map[string]string{"list.a": numbered("word%d,", 500) + numbered("~free%d,", 100)}
		}
		bench.Set.Use(k, standing)
	}
	bench.Join(user)
	evt := bench.Message(user, "m.room.message", nil)
	raw, err := json.Marshal(content)
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		evt.Content.VeryRaw, evt.ID = raw, id.EventID(fmt.Sprint("$", n))
		bench.Pass(time.Hour)
		bench.Send(evt)
		n++
	}
}
