package matrix

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"forseti/action"

	"maunium.net/go/mautrix/crypto/attachment"
)

// A picture that was sent encrypted becomes one that everybody can see, if it is one, and is what was sent.
func TestSealedAvatar(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\n and what it shows"
	for name, tt := range map[string]struct {
		file    string
		spoiled bool
		want    string
		kind    action.FailureKind
	}{
		"a picture":           {png, false, `{"avatar_url":"mxc://x/clear"}`, ""},
		"another than was so": {png, true, "", action.Invalid},
		"no picture":          {"<html><script>", false, "", action.Invalid},
		"too large":           {png + strings.Repeat("x", mostAvatar), false, "", action.TooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			file := attachment.NewEncryptedFile()
			sealed := []byte(tt.file)
			file.EncryptInPlace(sealed)
			if tt.spoiled {
				sealed = slices.Clone(sealed)
				sealed[len(sealed)-1]++
			}
			uploaded, set := "", ""
			s := open(t, func(r *http.Request) (int, string) {
				if strings.Contains(r.URL.Path, "/download/") {
					return 200, string(sealed)
				}
				raw, _ := io.ReadAll(r.Body)
				switch {
				case strings.Contains(r.URL.Path, "/upload"):
					uploaded = r.Header.Get("Content-Type") + " " + string(raw)
					return 200, `{"content_uri":"mxc://x/clear"}`
				}
				set = string(raw)
				return 200, `{}`
			})
			_, err := s.Act(t.Context(), action.Action{Verb: action.SetProfile, Profile: &action.Profile{Uploaded: &action.Uploaded{
				Address: "mxc://x/sealed", Sealed: true, Key: file.Key.Key, Vector: file.InitVector, SHA256: file.Hashes.SHA256,
			}}})
			if kind(err) != tt.kind || strings.TrimSpace(set) != tt.want {
				t.Errorf("%v, set %q", err, set)
			}
			if tt.want == "" && uploaded != "" || tt.want != "" && uploaded != "image/png "+tt.file {
				t.Errorf("uploaded %.60q", uploaded)
			}
		})
	}
}
