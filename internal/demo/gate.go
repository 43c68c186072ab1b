package demo

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
)

// gate stands between the bot and the homeserver, and can hold back bans, so that
// the bot can be killed in the middle of a job.
type gate struct {
	server *httptest.Server

	mu    sync.Mutex
	left  int           // bans that may still pass while shut
	shut  chan struct{} // nil while open; closed when it opens
	held  chan struct{} // told of each ban that is held back
	stops chan struct{}
}

func newGate(target string) (*gate, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	g := &gate{held: make(chan struct{}, 100), stops: make(chan struct{})}
	forward := &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(u) },
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	g.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/ban") && !g.pass(r) {
			return
		}
		forward.ServeHTTP(w, r)
	}))
	return g, nil
}

func (g *gate) url() string { return g.server.URL }

// letPass shuts the gate after n more bans.
func (g *gate) letPass(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left, g.shut = n, make(chan struct{})
}

// open lets everything pass again; what was held back is lost, as its sender is.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.shut)
	g.shut = nil
}

// pass reports whether a ban may go on to the homeserver.
func (g *gate) pass(r *http.Request) bool {
	g.mu.Lock()
	shut := g.shut
	if shut == nil || g.left > 0 {
		g.left--
		g.mu.Unlock()
		return true
	}
	g.mu.Unlock()
	g.held <- struct{}{}
	select {
	case <-shut:
	case <-r.Context().Done():
	case <-g.stops:
	}
	return false
}

func (g *gate) close() {
	close(g.stops)
	g.server.CloseClientConnections()
	g.server.Close()
}
