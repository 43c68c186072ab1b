package shown

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestWrap(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "",
		"one":                       "one",
		"a bc def":                  "a bc|def",
		"averylongword and another": "averylongword|and|another",
		"a\n\n b  c\n":              "a|b c",
		"ääää ü":                    "ääää ü",
	} {
		if got := strings.Join(Wrap(text, 7), "|"); got != want {
			t.Errorf("%q is %q, not %q", text, got, want)
		}
	}
}

// The picture is well formed, and all that is said is text in it.
func TestPicture(t *testing.T) {
	d := xml.NewDecoder(strings.NewReader(SVG()))
	var text strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := token.(xml.CharData); ok {
			text.Write(data)
		}
	}
	shown := strings.Join(strings.Fields(text.String()), " ")
	for _, l := range Lines() {
		if said := strings.Join(strings.Fields(l.Text), " "); strings.Count(shown, said) < 2 { // as a whole, and in its lines
			t.Errorf("%q is there %d times", said, strings.Count(shown, said))
		}
	}
}
