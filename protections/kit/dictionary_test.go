package kit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A dictionary finds what a look for each word finds.
func TestDictionary(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	made := func(most int) string {
		b := make([]byte, 1+random.IntN(most))
		for i := range b {
			b[i] = "abcé"[random.IntN(5)]
		}
		return string(b)
	}
	for range 300 {
		var words []string
		for range 1 + random.IntN(12) {
			words = append(words, made(5))
		}
		text := made(60)
		var got, want []string
		find(newDictionary(words), text, func(word, end int) bool {
			got = append(got, fmt.Sprint(word, " ", end))
			return true
		})
		for i, word := range words {
			for at := range len(text) {
				if strings.HasPrefix(text[at:], word) {
					want = append(want, fmt.Sprint(i, " ", at+len(word)))
				}
			}
		}
		var begun []string
		for at := range len(text) {
			starting(newDictionary(words), []byte(text), at, func(word, end int) bool {
				begun = append(begun, fmt.Sprint(word, " ", end))
				return true
			})
		}
		slices.Sort(got)
		slices.Sort(want)
		if slices.Sort(begun); !slices.Equal(begun, want) {
			t.Fatalf("%q in %q: %v, from where each begins, want %v", words, text, begun, want)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q in %q: %v, want %v", words, text, got, want)
		}
	}
}
