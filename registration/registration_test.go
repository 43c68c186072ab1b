package registration

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// site is all servers of a test: whatever is asked reaches it, and it answers by the name.
func site(t *testing.T, answers map[string]http.HandlerFunc) (*Asker, *[]string) {
	t.Helper()
	var asked []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.Host+r.URL.Path)
		if answer := answers[r.Host]; answer != nil {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	return with(&http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}), &asked
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/register") {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return
		}
		http.NotFound(w, r)
	}
}

func leads(to string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"m.homeserver":{"base_url":"` + to + `"}}`))
	}
}

func TestAsk(t *testing.T) {
	for name, tc := range map[string]struct {
		status int
		body   string
		want   Answer
	}{
		"dummy":              {401, `{"flows":[{"stages":["m.login.dummy"]}]}`, Open},
		"terms":              {401, `{"flows":[{"stages":["m.login.recaptcha"]},{"stages":["m.login.terms","m.login.dummy"]}]}`, Open},
		"no stage":           {401, `{"flows":[{"stages":[]}]}`, Open},
		"made":               {200, `{"user_id":"@a:hs"}`, Open},
		"puzzle":             {401, `{"flows":[{"stages":["m.login.recaptcha","m.login.terms"]}]}`, Guarded},
		"mail or token":      {401, `{"flows":[{"stages":["m.login.email.identity"]},{"stages":["m.login.registration_token","m.login.dummy"]}]}`, Guarded},
		"closed":             {403, `{"errcode":"M_FORBIDDEN"}`, Closed},
		"elsewhere":          {404, `{"errcode":"M_UNRECOGNIZED"}`, Unknown},
		"limited":            {429, `{"errcode":"M_LIMIT_EXCEEDED"}`, Unknown},
		"nothing":            {401, ``, Unknown},
		"no flows":           {401, `{"flows":[]}`, Unknown},
		"wrong types":        {401, `{"flows":[{"stages":[7]}]}`, Unknown},
		"no stages at all":   {401, `{"flows":[{}]}`, Guarded},
		"flows of no object": {401, `{"flows":"m.login.dummy"}`, Unknown},
		"without an end":     {401, `{"flows":[{"stages":["m.login.dummy"]}],"x":"` + strings.Repeat("x", 2*mostAnswer) + `"}`, Unknown},
	} {
		asker, asked := site(t, map[string]http.HandlerFunc{"hs.example": says(tc.status, tc.body)})
		if got, err := asker.Ask(t.Context(), "HS.example:8448"); got != tc.want || err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if want := "GET hs.example/.well-known/matrix/client, POST hs.example/_matrix/client/v3/register"; strings.Join(*asked, ", ") != want {
			t.Errorf("%s: asked %v", name, *asked)
		}
	}
	open := says(401, `{"flows":[{"stages":["m.login.dummy"]}]}`)
	asker, _ := site(t, map[string]http.HandlerFunc{
		"far.example": leads("https://matrix.far.example:8443/base/"), "matrix.far.example:8443": open,
		"moved.example": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://there.example/well-known", http.StatusFound)
		},
		"there.example": leads("https://matrix.there.example"), "matrix.there.example": open,
		"posted.example": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://matrix.there.example/_matrix/client/v3/register", http.StatusTemporaryRedirect)
		},
		"round.example": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
	})
	for server, want := range map[string]Answer{"far.example": Open, "moved.example": Open, "posted.example": Unknown, "round.example": Unknown} {
		if got, _ := asker.Ask(t.Context(), server); got != want {
			t.Errorf("%s: %v", server, got)
		}
	}
}

// What strangers wrote leads nowhere but to the web.
func TestWhatIsNotAsked(t *testing.T) {
	asker, asked := site(t, map[string]http.HandlerFunc{
		"plain.example": leads("http://matrix.plain.example"), "file.example": leads("file:///etc/passwd"), "mail.example": leads("https://x.example:25"),
		"user.example": leads("https://a:b@x.example"), "none.example": leads("https://"), "odd.example": leads("https://%zz"), "big.example": leads("https://x.example:99999"),
		"down.example": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://x.example/", http.StatusFound)
		},
	})
	for _, server := range []string{
		"", "a b", "a/b", "a?b", "a#b", "a@b", "*.example", "ex\x00ample", "bücher.example", strings.Repeat("a", 300), "..", ".example",
		"plain.example", "file.example", "mail.example", "user.example", "none.example", "odd.example", "big.example",
	} {
		if got, err := asker.Ask(t.Context(), server); got != Unknown || err == nil {
			t.Errorf("%.20q: %v, %v", server, got, err)
		}
	}
	_, _ = asker.Ask(t.Context(), "down.example")
	for _, one := range *asked {
		if strings.Contains(one, "x.example") || strings.Contains(one, "POST") && !strings.Contains(one, "down.example") {
			t.Errorf("asked %s", one)
		}
	}
}

// No name, however it is resolved, leads to what is not for the public.
func TestReachable(t *testing.T) {
	for _, address := range []string{
		"127.0.0.1:443", "10.1.2.3:443", "172.16.0.1:443", "192.168.1.1:443", "169.254.169.254:443", "100.100.100.200:443", "0.0.0.0:443", "0.1.2.3:443", "224.0.0.1:443", "255.255.255.255:443", "240.0.0.1:443",
		"[::1]:443", "[::]:443", "[fe80::1%eth0]:443", "[fc00::1]:443", "[fd00:ec2::254]:443", "[ff02::1]:443", "[::ffff:127.0.0.1]:443", "[::ffff:10.0.0.1]:443", "[64:ff9b::7f00:1]:443", "[2002:7f00:1::]:443", "[::127.0.0.1]:443", "[2001:db8::1]:443", "198.18.0.1:443", "example.org:443", "",
	} {
		if err := reachable(address); !errors.Is(err, errPrivate) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, address := range []string{"1.1.1.1:443", "[2606:4700:4700::1111]:443", "172.32.0.1:443", "100.128.0.1:8448"} {
		if err := reachable(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]"} {
		if got, err := New().Ask(t.Context(), host); got != Unknown || err == nil {
			t.Errorf("%s was asked: %v, %v", host, got, err)
		}
	}
}

// Who never ends an answer does not keep us.
func TestAskEnds(t *testing.T) {
	held := make(chan struct{})
	defer close(held)
	asker, _ := site(t, map[string]http.HandlerFunc{"slow.example": func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		select {
		case <-held:
		case <-r.Context().Done():
		}
	}})
	ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	if got, err := asker.Ask(ctx, "slow.example"); got != Unknown || err == nil {
		t.Errorf("%v, %v", got, err)
	}
}
