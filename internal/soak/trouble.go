package main

import (
	"bytes"
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"time"

	"forseti/internal/faults"
)

// trouble makes requests go wrong while it is on.
type trouble struct {
	on            atomic.Bool
	seen, faulted atomic.Int64
	underWay      atomic.Int64 // requests that the homeserver is at work on

	mu     sync.Mutex
	random *rand.Rand
}

func newTrouble(seed uint64) *trouble { return &trouble{random: rand.New(rand.NewPCG(seed, 2))} }

func (t *trouble) roll(n int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.random.IntN(n)
}

const (
	share     = 30 // of a hundred requests go wrong,
	shareSync = 10 // and of those that wait for news
)

// Fault is what becomes of a request.
func (t *trouble) Fault(w http.ResponseWriter, r *http.Request, homeserver http.Handler) {
	next := homeserver
	if !faults.Sync(r.Method, r.URL.Path) {
		next = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { t.deliver(w, r, homeserver) })
	}
	most := share
	if faults.Sync(r.Method, r.URL.Path) {
		most = shareSync
	}
	if !t.on.Load() {
		next.ServeHTTP(w, r)
		return
	}
	t.seen.Add(1)
	if t.roll(100) >= most {
		next.ServeHTTP(w, r)
		return
	}
	t.faulted.Add(1)
	t.choose()(w, r, next)
}

// deliver has the homeserver finish what it began, whatever becomes of the bot. Dendrite
// loses count of what it did if a client goes in the middle, which no bot can know.
func (t *trouble) deliver(w http.ResponseWriter, r *http.Request, homeserver http.Handler) {
	t.underWay.Add(1)
	defer t.underWay.Add(-1)
	homeserver.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
}

// settle waits until the homeserver is at work on nothing.
func (t *trouble) settle(ctx context.Context) {
	for t.underWay.Load() > 0 && ctx.Err() == nil {
		pause(ctx, 20*time.Millisecond)
	}
}

func (t *trouble) choose() faults.Fault {
	all := []faults.Fault{
		faults.LimitedByHeader(1), faults.LimitedByBody(700), faults.Answer(http.StatusTooManyRequests, "M_LIMIT_EXCEEDED"),
		page(http.StatusInternalServerError), page(http.StatusBadGateway), page(http.StatusServiceUnavailable), page(http.StatusGatewayTimeout),
		faults.Cut, faults.Cut, faults.Lose, faults.Lose, faults.Lose,
		late(time.Duration(200+t.roll(2000)) * time.Millisecond), lateAnswer(time.Duration(200+t.roll(4000)) * time.Millisecond),
		hang, gateway, twice, twice,
	}
	return all[t.roll(len(all))]
}

// page is an error as a reverse proxy says it.
func page(status int) faults.Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "<html><body><h1>"+http.StatusText(status)+"</h1></body></html>") // a client that is gone needs no answer
	}
}

// late holds a request back. One whose client has gone never arrives.
func late(d time.Duration) faults.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-time.After(d):
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
}

// lateAnswer has a request carried out at once, and holds the answer back.
func lateAnswer(d time.Duration) faults.Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		wait(r, d)
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(recorded.Body.Bytes()) // a client that is gone needs no answer
	}
}

const timeout = 5 * time.Second

// gateway is a reverse proxy that waited too long: what it waits for happens.
func gateway(w http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	wait(r, timeout)
	page(http.StatusGatewayTimeout)(w, r, next)
}

// wait is for a while, or until the client hangs up.
func wait(r *http.Request, d time.Duration) {
	select {
	case <-time.After(d):
	case <-r.Context().Done():
	}
}

// hang answers nothing for long, and then hangs up.
func hang(_ http.ResponseWriter, r *http.Request, _ http.Handler) {
	wait(r, timeout)
	panic(http.ErrAbortHandler)
}

// twice delivers a request again, as a proxy on the way may do with those that mean
// the same however often they come.
func twice(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if r.Method == http.MethodPost {
		faults.Lose(w, r, next)
		return
	}
	body, _ := io.ReadAll(r.Body) // it is in memory
	first := r.Clone(r.Context())
	first.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(httptest.NewRecorder(), first)
	r.Body = io.NopCloser(bytes.NewReader(body))
	next.ServeHTTP(w, r)
}
