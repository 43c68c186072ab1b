package unpadded

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestDecode holds that all ways of writing the same bytes are read, and that we
// write the one of the specification.
func TestDecode(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		raw := rapid.SliceOf(rapid.Byte()).Draw(rt, "raw")
		if got := Encode(raw); got != base64.RawStdEncoding.EncodeToString(raw) {
			rt.Fatalf("%x is written %q", raw, got)
		}
		encoding := rapid.SampledFrom([]*base64.Encoding{
			base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding,
		}).Draw(rt, "encoding")
		line := rapid.IntRange(1, 80).Draw(rt, "line")
		brk := rapid.SampledFrom([]string{"", "\n", "\r\n", " ", "\n\t"}).Draw(rt, "break")
		var wrapped strings.Builder
		for text := encoding.EncodeToString(raw); text != ""; {
			n := min(line, len(text))
			wrapped.WriteString(text[:n] + brk)
			text = text[n:]
		}
		if got, err := Decode(wrapped.String()); err != nil || !bytes.Equal(got, raw) {
			rt.Fatalf("%q: %x, %v", wrapped.String(), got, err)
		}
	})
	for _, bad := range []string{"?", "A", "=AAA", "AA=A", "AAAA\x00", "AAAAé"} {
		if got, err := Decode(bad); err == nil {
			t.Errorf("%q is read as %x", bad, got)
		}
	}
}
