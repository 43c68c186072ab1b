package admin

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"maunium.net/go/mautrix"

	"forseti/action"
)

// TestSpec holds which requests the verbs become, on homeservers that offer them under
// either name or not at all.
func TestSpec(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, fmt.Sprintf("%s %s %s", r.Method, r.URL.RequestURI(), body))
		fmt.Fprint(w, `{}`)
	}))
	defer server.Close()
	for name, c := range map[string]struct {
		versions mautrix.RespVersions
		prefix   string // "" for a homeserver that cannot
	}{
		"stable":   {mautrix.RespVersions{Versions: []mautrix.SpecVersion{mautrix.SpecV118}}, "/_matrix/client/v1/admin/"},
		"unstable": {mautrix.RespVersions{UnstableFeatures: map[string]bool{"uk.timedout.msc4323": true}}, "/_matrix/client/unstable/uk.timedout.msc4323/admin/"},
		"neither":  {mautrix.RespVersions{Versions: []mautrix.SpecVersion{mautrix.SpecV111}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := mautrix.NewClient(server.URL, "@bot:x", "token")
			if err != nil {
				t.Fatal(err)
			}
			client.SpecVersions = &c.versions
			as := Of(client)
			for _, v := range []struct {
				verb action.Verb
				want string
			}{
				{action.Suspend, `suspend/@u:x {"suspended":true}`},
				{action.Unsuspend, `suspend/@u:x {"suspended":false}`},
				{action.Lock, `lock/@u:x {"locked":true}`},
				{action.Unlock, `lock/@u:x {"locked":false}`},
				{action.Deactivate, ""},
				{action.Quarantine, ""},
				{action.ShutDown, ""},
				{action.Ban, ""},
			} {
				got = nil
				err := Do(t.Context(), as, action.Action{Verb: v.verb, User: "@u:x", Room: "!r:x", Event: "$e"})
				if c.prefix == "" || v.want == "" {
					if f := action.FailureOf(err); f == nil || f.Kind != action.Unsupported || len(got) > 0 {
						t.Errorf("%s: %v, asked %v", v.verb, err, got)
					}
					continue
				}
				if want := "PUT " + c.prefix + v.want; err != nil || !slices.Equal(got, []string{want}) {
					t.Errorf("%s: %v, asked %v, want %s", v.verb, err, got, want)
				}
			}
		})
	}
}
