package matrix

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"forseti/action"
)

func TestDeviceLogin(t *testing.T) {
	const (
		pending = `400 {"error":"authorization_pending"}`
		slower  = `400 {"error":"slow_down"}`
	)
	for name, tt := range map[string]struct {
		answers []string
		took    time.Duration
		kind    action.FailureKind // "" for success
	}{
		"at once":    {nil, 2 * time.Second, ""},
		"patiently":  {[]string{pending, pending}, 6 * time.Second, ""},
		"slowly":     {[]string{slower, pending}, 16 * time.Second, ""},
		"bad wires":  {[]string{`502 <html>`, `200 <html>`, pending}, 2*time.Second + 4*time.Second + 8*time.Second + 8*time.Second, ""},
		"refused":    {[]string{pending, `400 {"error":"access_denied"}`}, 4 * time.Second, action.Forbidden},
		"expired":    {[]string{`400 {"error":"expired_token"}`}, 2 * time.Second, action.Gone},
		"never":      {strings.Split(strings.Repeat(pending+"\n", 99), "\n"), 62 * time.Second, action.Gone},
		"unknown":    {[]string{`400 {"error":"invalid_client"}`}, 2 * time.Second, action.Invalid},
		"no token":   {[]string{`200 null`, `200 {}`}, 14 * time.Second, ""},
		"bad answer": {[]string{`200 []`}, 6 * time.Second, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMAS(t)
				m.answers = tt.answers
				var shown []string
				start := time.Now()
				got, err := DeviceLogin(t.Context(), DeviceLoginOptions{
					Homeserver: "http://hs.example", HTTP: &http.Client{Transport: handler{m}},
					Show: func(uri, code string) { shown = append(shown, uri, code) },
				})
				if tt.kind == "" && (err != nil || got != Tokens{"good-0", "refresh-0", "client"}) {
					t.Errorf("got %+v, %v", got, err)
				}
				if tt.kind != "" && (err == nil || action.FailureOf(err).Kind != tt.kind) {
					t.Errorf("got %+v, want %s", err, tt.kind)
				}
				if d := time.Since(start); d != tt.took {
					t.Errorf("took %s, want %s", d, tt.took)
				}
				if want := []string{"http://hs.example/link?code=ABC-DEF", "ABC[31m-DEF"}; !reflect.DeepEqual(shown, want) {
					t.Errorf("showed %q, want %q", shown, want)
				}
			})
		})
	}
}

func TestDeviceLoginEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMAS(t)
		ctx, cancel := context.WithCancel(t.Context())
		_, err := DeviceLogin(ctx, DeviceLoginOptions{
			Homeserver: "http://hs.example", HTTP: &http.Client{Transport: handler{m}},
			Show: func(string, string) { cancel() },
		})
		if err == nil || ctx.Err() == nil {
			t.Errorf("got %v", err)
		}
	})
}

// Whatever the homeserver answers, the login fails with words and shows nothing.
func TestDeviceLoginElsewhere(t *testing.T) {
	const metadata = `{"token_endpoint":"http://hs.example/token","registration_endpoint":"http://hs.example/register","device_authorization_endpoint":"http://hs.example/device"}`
	for name, tt := range map[string]struct {
		answers map[string]string // by path; else 404 M_UNRECOGNIZED
		want    string
	}{
		"no OAuth":        {nil, "use a password or an access token"},
		"no device codes": {map[string]string{"/_matrix/client/v1/auth_metadata": `{"token_endpoint":"http://hs.example/token"}`}, "use a password or an access token"},
		"empty metadata":  {map[string]string{"/_matrix/client/v1/auth_metadata": `null`}, "no address"},
		"odd metadata":    {map[string]string{"/_matrix/client/v1/auth_metadata": `{"token_endpoint":"javascript:x"}`}, "no address"},
		"website":         {map[string]string{"/_matrix/client/v1/auth_metadata": `<html>`}, "unmarshal"},
		"no registration": {map[string]string{"/_matrix/client/v1/auth_metadata": metadata}, "introduce ourselves"},
		"no client":       {map[string]string{"/_matrix/client/v1/auth_metadata": metadata, "/register": `null`}, "client_id"},
		"no code":         {map[string]string{"/_matrix/client/v1/auth_metadata": metadata, "/register": `{"client_id":"c"}`, "/device": `null`}, "has none"},
		"bad address": {map[string]string{"/_matrix/client/v1/auth_metadata": metadata, "/register": `{"client_id":"c"}`,
			"/device": `{"device_code":"d","user_code":"u","verification_uri":"file:///etc"}`}, "has none"},
	} {
		_, err := DeviceLogin(t.Context(), DeviceLoginOptions{
			Homeserver: "http://hs.example",
			HTTP: &http.Client{Transport: line(func(r *http.Request) (int, string) {
				if body, ok := tt.answers[r.URL.Path]; ok {
					return 200, body
				}
				return 404, `{"errcode":"M_UNRECOGNIZED"}`
			})},
			Show: func(uri, _ string) { t.Errorf("%s: showed %q", name, uri) },
		})
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "log in by browser: ") {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
	}
}
