package matrix

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// mas is a homeserver with a Matrix Authentication Service. It answers requests
// with a good token by homeserver.
type mas struct {
	t          *testing.T
	metadata   string // path; the answer is no such path elsewhere
	homeserver func(r *http.Request) (int, string)

	mu        sync.Mutex
	good      string   // access token; refreshing makes good-1, good-2 …
	refresh   string   // likewise
	refreshed int      // how often the token endpoint was asked to refresh
	answers   []string // of the token endpoint, "503 body", before it does as it should
	seen      []string // method and path of authorised requests
}

func newMAS(t *testing.T) *mas {
	return &mas{
		t: t, metadata: "/_matrix/client/v1/auth_metadata", good: "good-0", refresh: "refresh-0",
		homeserver: func(*http.Request) (int, string) { return 200, `{"user_id":"@bot:x","device_id":"DEV"}` },
	}
}

func (m *mas) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	status, body := m.answer(r)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

func (m *mas) answer(r *http.Request) (int, string) {
	base := "http://" + r.Host
	switch r.URL.Path {
	case "/_matrix/client/versions":
		return 200, `{"versions":["v1.18"]}`
	case m.metadata:
		return 200, fmt.Sprintf(`{"issuer":"%[1]s/","registration_endpoint":"%[1]s/register","token_endpoint":"%[1]s/token",
			"device_authorization_endpoint":"%[1]s/device","grant_types_supported":["refresh_token"]}`, base)
	case "/register":
		body, _ := io.ReadAll(r.Body)
		for _, want := range []string{`"client_name":"Forseti"`, `"client_uri":"http`, `urn:ietf:params:oauth:grant-type:device_code`, `"token_endpoint_auth_method":"none"`} {
			if !bytes.Contains(body, []byte(want)) {
				m.t.Errorf("registration without %s: %s", want, body)
			}
		}
		return 201, `{"client_id":"client"}`
	case "/device":
		scope := strings.Fields(r.FormValue("scope"))
		if r.FormValue("client_id") != "client" || len(scope) != 2 || scope[0] != "urn:matrix:client:api:*" ||
			len(strings.TrimPrefix(scope[1], "urn:matrix:client:device:")) < 10 {
			m.t.Errorf("asked for a code by %v", r.Form)
		}
		return 200, fmt.Sprintf(`{"device_code":"secret","user_code":"ABC\u001b[31m-DEF","verification_uri":"%[1]s/link",
			"verification_uri_complete":"%[1]s/link?code=ABC-DEF","expires_in":60,"interval":2}`, base)
	case "/token":
		return m.token(r)
	}
	if !strings.HasPrefix(r.URL.Path, "/_matrix/client/v3/") {
		return 404, `{"errcode":"M_UNRECOGNIZED"}`
	}
	if r.Header.Get("Authorization") != "Bearer "+m.good {
		return 401, `{"errcode":"M_UNKNOWN_TOKEN","error":"Token is not active"}`
	}
	m.seen = append(m.seen, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3/"))
	return m.homeserver(r)
}

func (m *mas) token(r *http.Request) (int, string) {
	grant := r.FormValue("grant_type")
	if grant == "refresh_token" {
		m.refreshed++
	}
	if len(m.answers) > 0 {
		var status int
		head, body, _ := strings.Cut(m.answers[0], " ")
		fmt.Sscan(head, &status)
		m.answers = m.answers[1:]
		return status, body
	}
	secret := map[string]string{"refresh_token": m.refresh, "urn:ietf:params:oauth:grant-type:device_code": "secret"}[grant]
	got := r.FormValue("refresh_token") + r.FormValue("device_code")
	if r.Header.Get("Authorization") != "" || r.FormValue("client_id") != "client" || secret == "" || got != secret {
		return 400, `{"error":"invalid_grant","error_description":"no such grant"}`
	}
	if grant == "refresh_token" {
		m.good, m.refresh = fmt.Sprintf("good-%d", m.refreshed), fmt.Sprintf("refresh-%d", m.refreshed)
	}
	return 200, fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":300,"refresh_token":%q}`, m.good, m.refresh)
}

// expire makes the homeserver refuse the present token.
func (m *mas) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.good = "nobody has it"
}

// handler answers requests without a network, so that tests can own the clock.
type handler struct{ http.Handler }

func (h handler) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	in := r.Clone(r.Context())
	in.Host = r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	h.ServeHTTP(w, in)
	return w.Result(), nil
}
