package matrix

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"forseti/action"

	"maunium.net/go/mautrix/id"
)

// fakeServer answers what Open asks; wellKnown is its .well-known, with %s for
// its own URL.
func fakeServer(t *testing.T, wellKnown string) (server *httptest.Server, name string) {
	t.Helper()
	mux := http.NewServeMux()
	server = httptest.NewTLSServer(mux)
	t.Cleanup(server.Close)
	name = strings.TrimPrefix(server.URL, "https://")
	if wellKnown != "" {
		mux.HandleFunc("/.well-known/matrix/client", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, strings.ReplaceAll(wellKnown, "%s", server.URL+"/hs/"))
		})
	}
	for _, base := range []string{"", "/hs"} {
		mux.HandleFunc(base+"/_matrix/client/versions", func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"versions":["v1.11"]}`)
		})
		mux.HandleFunc(base+"/_matrix/client/v3/account/whoami", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer good" {
				w.WriteHeader(401)
				fmt.Fprint(w, `{"errcode":"M_UNKNOWN_TOKEN","error":"who are you"}`)
				return
			}
			fmt.Fprintf(w, `{"user_id":"@bot:%s","device_id":"DEV"}`, name)
		})
		mux.HandleFunc(base+"/_matrix/client/v3/login", func(w http.ResponseWriter, r *http.Request) {
			var req struct {
				Type, Password string
				Identifier     struct{ Type, User string }
			}
			if json.NewDecoder(r.Body).Decode(&req) != nil || req.Type != "m.login.password" || req.Password != "right" {
				w.WriteHeader(403)
				fmt.Fprint(w, `{"errcode":"M_FORBIDDEN","error":"wrong password"}`)
				return
			}
			fmt.Fprintf(w, `{"user_id":%q,"device_id":"NEW","access_token":"good"}`, req.Identifier.User)
		})
	}
	return server, name
}

func TestOpen(t *testing.T) {
	server, name := fakeServer(t, `{"m.homeserver":{"base_url":"%s"}}`)
	bare, bareName := fakeServer(t, "")
	user, bareUser := id.UserID("@bot:"+name), id.UserID("@bot:"+bareName)
	for title, tt := range map[string]struct {
		opts   Options
		user   id.UserID
		device id.DeviceID
		url    string
	}{
		"token and URL":    {Options{Homeserver: server.URL + "/", AccessToken: "good"}, user, "DEV", server.URL},
		"token discovered": {Options{User: user, AccessToken: "good"}, user, "DEV", server.URL + "/hs"},
		"password":         {Options{User: user, Password: "right"}, user, "NEW", server.URL + "/hs"},
		"no well-known":    {Options{User: bareUser, Password: "right", HTTP: bare.Client()}, bareUser, "NEW", bare.URL},
		"name":             {Options{Homeserver: bareName, AccessToken: "good", HTTP: bare.Client()}, bareUser, "DEV", bare.URL},
	} {
		if tt.opts.HTTP == nil {
			tt.opts.HTTP = server.Client()
		}
		s, err := Open(t.Context(), tt.opts)
		if err != nil {
			t.Errorf("%s: %v", title, err)
			continue
		}
		if s.User() != tt.user || s.Device() != tt.device || s.AccessToken() != "good" || s.client.HomeserverURL.String() != tt.url {
			t.Errorf("%s: %s %s at %s", title, s.User(), s.Device(), s.client.HomeserverURL)
		}
	}
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	server, name := fakeServer(t, `<html>`)
	user := id.UserID("@bot:" + name)
	empty, _ := fakeServer(t, `{}`)
	website := httptest.NewServer(http.NotFoundHandler())
	defer website.Close()
	for want, opts := range map[string]Options{
		"neither an access token nor a password":    {User: user},
		"not of the form @name:server":              {User: "bot", Password: "right"},
		"neither homeserver nor user":               {AccessToken: "good"},
		"to do without .well-known":                 {User: user, Password: "right"},
		"names no URL":                              {Homeserver: strings.TrimPrefix(empty.URL, "https://"), AccessToken: "good"},
		"no Matrix homeserver answers at http://":   {Homeserver: website.URL, AccessToken: "good"},
		"who are you":                               {Homeserver: server.URL, AccessToken: "bad"},
		"access token is for @bot:" + name:          {Homeserver: server.URL, User: "@other:x", AccessToken: "good"},
		"with the password: M_FORBIDDEN (HTTP 403)": {Homeserver: server.URL, User: user, Password: "wrong"},
	} {
		opts.HTTP = server.Client()
		_, err := Open(t.Context(), opts)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if err != nil && strings.Contains(err.Error(), "right") {
			t.Errorf("tells the password: %v", err)
		}
	}
	_, err := Open(t.Context(), Options{Homeserver: server.URL, AccessToken: "bad", HTTP: server.Client()})
	if action.FailureOf(err).Kind != action.Unauthorized {
		t.Errorf("got %+v", action.FailureOf(err))
	}
}
