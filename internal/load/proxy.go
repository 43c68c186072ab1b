package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"
)

// request is one that passed the proxy and was answered.
type request struct {
	method, path  string // path is decoded, from /rooms, /sync and so on
	began, ended  time.Time
	status        int
	authorization string
}

// proxy stands between clients and the homeserver, and notes what passes.
type proxy struct {
	server *httptest.Server

	mu       sync.Mutex
	requests []request
	polls    map[string]int // syncs under way, by authorization
}

func newProxy(target string) (*proxy, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	p := &proxy{polls: map[string]int{}}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(u) },
		FlushInterval: -1,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		// The bot hangs up on a long poll when it ends.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		authorization, syncs := r.Header.Get("Authorization"), 0
		if strings.HasSuffix(r.URL.Path, "/sync") {
			syncs = 1
		}
		p.mu.Lock()
		p.polls[authorization] += syncs
		p.mu.Unlock()
		seen := &status{ResponseWriter: w, code: 200}
		forward.ServeHTTP(seen, r)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.polls[authorization] -= syncs
		p.requests = append(p.requests, request{
			method: r.Method, path: strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3"),
			began: began, ended: time.Now(), status: seen.code, authorization: authorization,
		})
	}))
	return p, nil
}

type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

func (s *status) Flush() {
	if f, ok := s.ResponseWriter.(http.Flusher); ok {
		f.Flush()
	}
}

// since are the answered requests of an account that began after a time.
func (p *proxy) since(t time.Time, token string, keep func(request) bool) []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []request
	for _, r := range p.requests {
		if r.began.After(t) && r.authorization == "Bearer "+token && (keep == nil || keep(r)) {
			found = append(found, r)
		}
	}
	return found
}

// polling reports whether an account waits for news, and so has handled all it got.
func (p *proxy) polling(token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.polls["Bearer "+token] > 0
}

func isBan(r request) bool {
	return r.method == http.MethodPost && strings.HasSuffix(r.path, "/ban") && r.status == 200
}
func isACL(r request) bool {
	return strings.Contains(r.path, "/state/m.room.server_acl") && r.status == 200
}
func isMessage(r request) bool {
	return strings.Contains(r.path, "/send/m.room.message/") && r.status == 200
}
func isSync(r request) bool { return r.path == "/sync" }

func last(requests []request) time.Time {
	var at time.Time
	for _, r := range requests {
		if r.ended.After(at) {
			at = r.ended
		}
	}
	return at
}
