// Package faults stands between a client and its homeserver, notes what passes,
// and makes go wrong what a test wants to see go wrong. It is for tests only.
package faults

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
	"time"
)

// Proxy forwards everything to one homeserver, save what a fault keeps. Its
// methods may be called from any goroutine.
type Proxy struct {
	URL string // without a slash at the end

	server  *httptest.Server
	forward http.Handler
	closed  chan struct{}

	mu       sync.Mutex
	faults   []*meeting // the latest first
	requests []*Request
	news     chan struct{} // closed at the next request or answer
}

// Fault is what becomes of one request. It may pass it on to next, which is the
// homeserver, do so late or with changes, or answer by itself.
type Fault func(w http.ResponseWriter, r *http.Request, next http.Handler)

// meeting is a fault and which requests meet it.
type meeting struct {
	match Match
	fault Fault
	left  int // requests; negative for all
}

// Request is one that reached the proxy.
type Request struct {
	Method string
	Path   string // decoded
	Body   []byte
	Status int // of the answer; 0 if there is none yet, or the connection was cut
	Began  time.Time
}

// Start returns a running proxy before the homeserver at target.
func Start(target string) (*Proxy, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	p := &Proxy{closed: make(chan struct{}), news: make(chan struct{})}
	p.forward = &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(u) },
		FlushInterval: -1,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		// The bot hangs up on a long poll when it ends.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	p.server = httptest.NewServer(http.HandlerFunc(p.serve))
	p.URL = p.server.URL
	return p, nil
}

// ForTest is Start for the length of a test.
func ForTest(t testing.TB, target string) *Proxy {
	t.Helper()
	p, err := Start(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// Close ends the proxy and lets go of what faults hold.
func (p *Proxy) Close() {
	close(p.closed)
	p.server.CloseClientConnections()
	p.server.Close()
}

// On has every request that matches meet a fault, until undo is called. Of
// several faults for one request, the latest counts.
func (p *Proxy) On(match Match, f Fault) (undo func()) { return p.Times(-1, match, f) }

// Times is On for no more than n requests.
func (p *Proxy) Times(n int, match Match, f Fault) (undo func()) {
	m := &meeting{match, f, n}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append([]*meeting{m}, p.faults...)
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		m.left = 0
	}
}

// Requests are those that matched so far.
func (p *Proxy) Requests(match Match) []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	var found []Request
	for _, r := range p.requests {
		if match(r.Method, r.Path) {
			found = append(found, *r)
		}
	}
	return found
}

// News is closed when the next request comes, or the next answer has gone: until then,
// the client can have done nothing.
func (p *Proxy) News() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.news
}

// tell needs the lock.
func (p *Proxy) tell() {
	close(p.news)
	p.news = make(chan struct{})
}

// Forget begins the notes anew.
func (p *Proxy) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = nil
}

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	noted := &Request{Method: r.Method, Path: r.URL.Path, Body: body, Began: time.Now()}
	seen := &answer{ResponseWriter: w}
	f := p.meet(r, noted)
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		noted.Status = seen.code
		p.tell()
	}()
	if f != nil {
		f(seen, r, p.forward)
		return
	}
	p.forward.ServeHTTP(seen, r)
}

// meet notes a request and finds the fault that it meets, if any.
func (p *Proxy) meet(r *http.Request, noted *Request) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.requests = append(p.requests, noted)
	p.tell()
	for _, m := range p.faults {
		if m.left != 0 && m.match(r.Method, r.URL.Path) {
			m.left--
			return m.fault
		}
	}
	return nil
}

// answer notes the status on its way to the client.
type answer struct {
	http.ResponseWriter
	code int
}

func (a *answer) WriteHeader(code int) {
	a.code = code
	a.ResponseWriter.WriteHeader(code)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.code == 0 {
		a.code = http.StatusOK
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController flush.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }
