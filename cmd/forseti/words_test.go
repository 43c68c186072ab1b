package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"

	"forseti/action"
)

// raw is what libraries say, which means nothing to whoever runs the bot, and a code
// that stands before its sentence.
var raw = regexp.MustCompile(`(^|: |\n)M_[A-Z_]+|HTTP \d+:|request error|dial tcp|(Get|Post|Put) "|<html|x509:|tls:|EOF|invalid character|unmarshal|errcode`)

// answers is a homeserver, or what stands in its place, that answers all with one thing.
func answersWith(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func code(code, sentence string) string {
	return fmt.Sprintf(`{"errcode":%q,"error":%q}`, code, sentence)
}

// Whatever a request fails of, each command that meets it says so in words.
func TestFailuresInWords(t *testing.T) {
	const page = "<html><body>secret inner workings</body></html>"
	refuses := func(status int, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/versions") {
				fmt.Fprint(w, `{"versions":["v1.11"]}`)
				return
			}
			answersWith(status, "application/json", body)(w, r)
		})
	}
	for name, tc := range map[string]struct {
		server http.Handler
		says   string
	}{
		"web page":            {answersWith(200, "text/html", page), "it sent a web page"},
		"text":                {answersWith(200, "text/plain", "hello"), "something else than JSON"},
		"proxy":               {answersWith(502, "text/html", page), "the homeserver behind it does not"},
		"proxy waited":        {answersWith(504, "text/html", page), "the homeserver behind it does not"},
		"maintenance":         {answersWith(503, "text/html", page), "the homeserver behind it does not"},
		"another server":      {answersWith(404, "text/html", page), "no Matrix homeserver at this address"},
		"password on the web": {answersWith(401, "text/html", page), "does not speak Matrix"},
		"blocked":             {answersWith(403, "text/html", page), "does not speak Matrix"},
		"broken":              {answersWith(500, "text/plain", "boom"), "did not say why"},
		"broken in JSON":      {answersWith(500, "application/json", code("M_UNKNOWN", "Internal server error.")), "Internal server error (M_UNKNOWN)"},
		"slow down":           {refuses(429, code("M_LIMIT_EXCEEDED", "Too Many Requests")), "limits how fast the account may act"},
		"slow down, page":     {answersWith(429, "text/html", page), "limits how fast the account may act"},
		"token":               {refuses(401, code("M_UNKNOWN_TOKEN", "Invalid access token passed.")), "does not know this login any more (M_UNKNOWN_TOKEN)"},
		"deactivated":         {refuses(403, code("M_USER_DEACTIVATED", "x")), "is deactivated"},
		"refused":             {refuses(403, code("M_FORBIDDEN", "You shall\nnot pass.")), "You shall not pass (M_FORBIDDEN)"},
		"mute":                {refuses(400, code("M_UNKNOWN", "")), "refuses (M_UNKNOWN, HTTP 400)"},
		"cut": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				_ = conn.Close()
			}
		}), "the connection broke off"},
		"half an answer": {http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"versions":`)
		}), "the connection broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(tc.server)
			defer server.Close()
			meet(t, server.URL, tc.says, time.Minute)
		})
	}
}

// nothingThere is where nothing listens.
const nothingThere = "http://127.0.0.1:1"

// meet has every way in meet a homeserver, and ends it if it goes on.
func meet(t *testing.T, address, says string, within time.Duration) {
	t.Helper()
	dir := t.TempDir()
	env := map[string]string{
		"FORSETI_HOMESERVER_ADDRESS": address, "FORSETI_MANAGEMENT_ROOM": "!m:localhost", "FORSETI_ACCESS_TOKEN": "x",
		"FORSETI_DATABASE_URL": "sqlite:" + filepath.Join(dir, "f.db"), "FORSETI_ENCRYPTION_KEY": "long enough to be a key",
	}
	// What is made of the database first takes as long as the disk wants.
	made := maps.Clone(env)
	made["FORSETI_HOMESERVER_ADDRESS"] = nothingThere
	until(t, t.Context(), "waiting", strings.NewReader(""), made, "run")
	for _, args := range [][]string{{"run"}, {"check"}, {"restore"}, {"init", "--invite", "@a:b", "--config", filepath.Join(dir, "forseti.yaml")}} {
		ctx, stop := context.WithTimeout(t.Context(), within)
		term := until(t, ctx, "waiting", strings.NewReader(""), env, args...)
		stop()
		term.expect(t, 1, says)
		said := term.out.String() + term.err.String()
		if found := raw.FindString(said); found != "" {
			t.Errorf("%v: %q is in:\n%s", args, found, said)
		}
	}
}

// Where nothing answers, what is wrong with the way there is said.
func TestNobodyAnswersInWords(t *testing.T) {
	plainly := httptest.NewServer(answersWith(200, "application/json", "{}"))
	t.Cleanup(plainly.Close)
	untrusted := httptest.NewUnstartedServer(answersWith(200, "application/json", "{}"))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	mute, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = mute.Close() })
	speaks, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = speaks.Close() })
	go func() {
		for {
			conn, err := speaks.Accept()
			if err != nil {
				return
			}
			fmt.Fprint(conn, "220 mail.example.org ESMTP\r\n")
			_ = conn.Close()
		}
	}()
	for name, tc := range map[string]struct{ address, says string }{
		"refused":     {nothingThere, "nothing listens there"},
		"no name":     {"http://no-such-machine.invalid", "no-such-machine.invalid"},
		"http":        {strings.Replace(plainly.URL, "http:", "https:", 1), "speaks http there and not https"},
		"certificate": {untrusted.URL, "signed by nobody whom this machine trusts"},
		"mail":        {"http://" + speaks.Addr().String(), "does not speak http"},
		"no answer":   {"http://" + mute.Addr().String(), "did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			within := time.Minute
			if name == "no answer" { // which only our own end brings about
				within = 5 * time.Second
			}
			meet(t, tc.address, tc.says, within)
		})
	}
}

// The homeserver's sentence stands before its code, whatever was wrapped around it.
func TestPlain(t *testing.T) {
	refusal := mautrix.HTTPError{
		Response:  &http.Response{StatusCode: 403, Header: http.Header{}},
		RespError: &mautrix.RespError{ErrCode: "M_FORBIDDEN", Err: "No\x1b[31m way."},
	}
	for _, tc := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{errors.New("as it is"), "as it is"},
		{refusal, "No [31m way (M_FORBIDDEN)"},
		{fmt.Errorf("a: %w. Do b", &action.Failure{Kind: action.Forbidden, Err: fmt.Errorf("c: %w", refusal)}), "a: c: No [31m way (M_FORBIDDEN). Do b"},
		{errors.Join(errors.New("first"), refusal), "first\nNo [31m way (M_FORBIDDEN)"},
	} {
		if got := plain(tc.err); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
	for _, err := range []error{tls.AlertError(40), &tls.CertificateVerificationError{Err: errors.New("x")}, context.DeadlineExceeded} {
		if got := ofConnection(err); raw.MatchString(got) || strings.Contains(got, "cannot be reached") {
			t.Errorf("%T: %s", err, got)
		}
	}
}
