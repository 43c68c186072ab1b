package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// abroad shows some accounts of a homeserver as if they were another server's: there are no
// two servers here that could talk to each other. Whoever asks through it, the bot and the
// moderator, sees @name:evil.example where the homeserver has @evil.example=name:localhost.
//
// It also shows that those came long ago who were here before the night.
type abroad struct {
	*httptest.Server
	old   func(user string) bool
	there *regexp.Regexp // as the homeserver has them
	here  *regexp.Regexp // as they are shown
	to    string
	from  string
}

// foreign is the account on the homeserver of one that is shown as another server's.
func foreign(server, name string) string { return server + "=" + name }

func startAbroad(target, home, server string, old func(user string) bool) (*abroad, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	const name = `([a-z0-9._-]+)`
	a := &abroad{
		old:   old,
		there: regexp.MustCompile(`@` + regexp.QuoteMeta(server) + `=` + name + `:` + regexp.QuoteMeta(home)),
		here:  regexp.MustCompile(`@` + name + `:` + regexp.QuoteMeta(server)),
		to:    "@${1}:" + server, from: "@" + server + "=${1}:" + home,
	}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Header.Del("Accept-Encoding") // what is packed cannot be read
			if path := a.home(r.Out.URL.Path); path != r.Out.URL.Path {
				r.Out.URL.Path, r.Out.URL.RawPath = path, ""
			}
			if query, err := url.QueryUnescape(r.Out.URL.RawQuery); err == nil && strings.Contains(query, ":"+server) {
				values := r.Out.URL.Query()
				for key, all := range values {
					for i := range all {
						values[key][i] = a.home(all[i])
					}
				}
				r.Out.URL.RawQuery = values.Encode()
			}
		},
		ModifyResponse: a.show,
		Transport:      &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true},
		// Clients hang up on a long poll when they end.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return // the client is gone
		}
		body = []byte(a.home(string(body)))
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		forward.ServeHTTP(w, r)
	}))
	return a, nil
}

func (a *abroad) home(s string) string { return a.here.ReplaceAllString(s, a.from) }

func (a *abroad) show(r *http.Response) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	_ = r.Body.Close()
	body = a.aged(a.there.ReplaceAll(body, []byte(a.to)))
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

func (a *abroad) close() {
	a.CloseClientConnections()
	a.Close()
}

// longAgo is when those came who were here before.
const longAgo = 21 * 24 * time.Hour

// aged moves the joins of those who were here before into the past.
func (a *abroad) aged(body []byte) []byte {
	if !bytes.Contains(body, []byte(`"m.room.member"`)) {
		return body
	}
	var content any
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // numbers pass as they are
	if d.Decode(&content) != nil {
		return body
	}
	a.age(content)
	body, _ = json.Marshal(content) // it was JSON
	return body
}

func (a *abroad) age(in any) {
	switch in := in.(type) {
	case []any:
		for _, one := range in {
			a.age(one)
		}
	case map[string]any:
		user, _ := in["sender"].(string)
		sent, _ := in["origin_server_ts"].(json.Number)
		if at, err := sent.Int64(); err == nil && in["type"] == "m.room.member" && in["state_key"] == user && a.old(user) {
			in["origin_server_ts"] = at - longAgo.Milliseconds()
		}
		for _, one := range in {
			a.age(one)
		}
	}
}
