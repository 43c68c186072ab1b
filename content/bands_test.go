package content

import (
	"testing"

	"pgregory.net/rapid"
)

// Texts by their bands are as in a map, whatever comes and goes, also where bands are alike.
func TestNearbyIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n nearby[int]
		model := map[uint64]*int{}
		texts := make([]int, 5)
		band := rapid.OneOf(rapid.Uint64Range(0, 300), rapid.Custom(func(t *rapid.T) uint64 { return mix(rapid.Uint64Range(0, 500).Draw(t, "of")) }),
			rapid.Custom(func(t *rapid.T) uint64 { return rapid.Uint64Range(0, 5).Draw(t, "high")<<32 | 63 }))
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				for _, b := range rapid.SliceOfN(band, 1, 40).Draw(t, "bands") {
					of := &texts[rapid.IntRange(0, len(texts)-1).Draw(t, "text")]
					n.put(b, of)
					model[b] = of
				}
			},
			"drop": func(t *rapid.T) {
				for _, b := range rapid.SliceOfN(band, 1, 40).Draw(t, "bands") {
					of := &texts[rapid.IntRange(0, len(texts)-1).Draw(t, "text")]
					n.drop(b, of)
					if model[b] == of {
						delete(model, b)
					}
				}
			},
			"": func(t *rapid.T) {
				if n.len() != len(model) {
					t.Fatalf("%d are there, want %d", n.len(), len(model))
				}
				for b, of := range model {
					if n.find(b) != of {
						t.Fatalf("%x is lost", b)
					}
				}
				if b := band.Draw(t, "another"); n.find(b) != model[b] {
					t.Fatalf("%x is wrong", b)
				}
			},
		})
	})
}
