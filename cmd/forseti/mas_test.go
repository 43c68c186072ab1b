package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"maunium.net/go/mautrix"
)

// mas stands in front of a real homeserver and does what the Matrix Authentication
// Service would: it logs in by a device code, and gives tokens that expire. It is
// a fake of that service, made from its documents.
type mas struct {
	t     *testing.T
	url   string
	proxy *httputil.ReverseProxy
	real  string // the homeserver's own token for the account

	mu        sync.Mutex
	confirmed bool   // in the browser
	refused   bool   // likewise
	access    string // the good token, "" for none
	refresh   string // likewise
	logins    int
	refreshed int
}

func newMAS(t *testing.T, homeserver string, account *mautrix.Client) *mas {
	t.Helper()
	target, err := url.Parse(homeserver)
	if err != nil {
		t.Fatal(err)
	}
	m := &mas{t: t, proxy: httputil.NewSingleHostReverseProxy(target), real: account.AccessToken}
	m.proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) }
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	m.url = server.URL
	return m
}

func (m *mas) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status, body := m.answer(r); status != 0 {
		w.WriteHeader(status)
		fmt.Fprint(w, body)
		return
	}
	m.proxy.ServeHTTP(w, r)
}

// answer is zero for what the homeserver answers.
func (m *mas) answer(r *http.Request) (status int, body string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch r.URL.Path {
	case "/_matrix/client/v1/auth_metadata":
		return 200, fmt.Sprintf(`{"issuer":"%[1]s/","registration_endpoint":"%[1]s/register","token_endpoint":"%[1]s/token","device_authorization_endpoint":"%[1]s/device"}`, m.url)
	case "/register":
		return 201, `{"client_id":"forseti-client"}`
	case "/device":
		return 200, fmt.Sprintf(`{"device_code":"secret","user_code":"ABC-DEF","verification_uri":"%s/link","expires_in":60,"interval":1}`, m.url)
	case "/token":
		return m.token(r)
	case "/_matrix/client/v3/login":
		return 404, `{"errcode":"M_UNRECOGNIZED","error":"Logins are by the authentication service"}`
	}
	bearer := r.Header.Get("Authorization")
	switch {
	case bearer == "":
		return 0, ""
	case m.access == "" || bearer != "Bearer "+m.access:
		return 401, `{"errcode":"M_UNKNOWN_TOKEN","error":"Token is not active"}`
	}
	r.Header.Set("Authorization", "Bearer "+m.real)
	return 0, ""
}

func (m *mas) token(r *http.Request) (status int, body string) {
	switch {
	case r.FormValue("client_id") != "forseti-client":
		return 400, `{"error":"invalid_client"}`
	case r.FormValue("grant_type") == "refresh_token" && m.refresh != "" && r.FormValue("refresh_token") == m.refresh:
		m.refreshed++
	case r.FormValue("grant_type") == "refresh_token":
		return 400, `{"error":"invalid_grant","error_description":"The session was ended"}`
	case r.FormValue("device_code") != "secret":
		return 400, `{"error":"invalid_grant"}`
	case m.refused:
		return 400, `{"error":"access_denied"}`
	case !m.confirmed:
		m.confirmed = true // the person needs one more moment
		return 400, `{"error":"authorization_pending"}`
	default:
		m.logins++
	}
	m.access, m.refresh = fmt.Sprintf("access-%d-%d", m.logins, m.refreshed), fmt.Sprintf("refresh-%d-%d", m.logins, m.refreshed)
	return 200, fmt.Sprintf(`{"access_token":%q,"token_type":"Bearer","expires_in":300,"refresh_token":%q}`, m.access, m.refresh)
}

// expire makes the present access token void.
func (m *mas) expire() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.access = ""
}

// end makes the whole login void, as when its owner signs it out.
func (m *mas) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.access, m.refresh, m.confirmed = "", "", false
}

// refreshes counts how often a token was refreshed.
func (m *mas) refreshes() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.refreshed
}

func (m *mas) secrets() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return []string{m.real, m.access, m.refresh}
}

// shows fails if a secret was printed.
func (m *mas) shows(t *testing.T, term *terminal) {
	t.Helper()
	for _, secret := range m.secrets() {
		if secret != "" && strings.Contains(term.out.String()+term.err.String(), secret) {
			t.Error("a token is shown")
		}
	}
}
