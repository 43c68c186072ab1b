package faults

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
)

// Answer keeps a request from the homeserver and answers it with an error.
func Answer(status int, code string) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, status, fmt.Sprintf(`{"errcode":%q,"error":"made up by a test"}`, code))
	}
}

// LimitedByHeader says by header how many seconds to wait.
func LimitedByHeader(seconds int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		refuse(w, http.StatusTooManyRequests, `{"errcode":"M_LIMIT_EXCEEDED","error":"made up by a test"}`)
	}
}

// LimitedByBody says it in the body, as homeservers did before.
func LimitedByBody(milliseconds int) Fault {
	return func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		refuse(w, http.StatusTooManyRequests,
			fmt.Sprintf(`{"errcode":"M_LIMIT_EXCEEDED","error":"made up by a test","retry_after_ms":%d}`, milliseconds))
	}
}

func refuse(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body) // a client that is gone needs no answer
}

// Cut hangs up before the homeserver hears of the request.
func Cut(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }

// Lose lets the homeserver carry the request out, and hangs up instead of
// answering it.
func Lose(_ http.ResponseWriter, r *http.Request, next http.Handler) {
	next.ServeHTTP(httptest.NewRecorder(), r)
	panic(http.ErrAbortHandler)
}

// Gate holds requests until it opens.
type Gate struct {
	held   chan struct{}
	opened chan struct{}
	once   sync.Once
}

// NewGate returns a shut gate.
func NewGate() *Gate { return &Gate{held: make(chan struct{}, 1000), opened: make(chan struct{})} }

// Held receives once for each request that the gate holds back.
func (g *Gate) Held() <-chan struct{} { return g.held }

// Open lets everything pass from now on.
func (g *Gate) Open() { g.once.Do(func() { close(g.opened) }) }

// Fault holds a request back while the gate is shut. One whose client has gone
// meanwhile never reaches the homeserver.
func (g *Gate) Fault(w http.ResponseWriter, r *http.Request, next http.Handler) {
	select {
	case <-g.opened:
	default:
		g.held <- struct{}{}
		select {
		case <-g.opened:
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	}
	next.ServeHTTP(w, r)
}

// Edit changes an answer that is a JSON object on its way.
func Edit(change func(answer map[string]any)) Fault {
	return edit(func(answer any) any {
		if content, ok := answer.(map[string]any); ok {
			change(content)
		}
		return answer
	})
}

// EditList changes an answer that is a JSON list on its way.
func EditList(change func(answer []any) []any) Fault {
	return edit(func(answer any) any {
		if list, ok := answer.([]any); ok {
			return change(list)
		}
		return answer
	})
}

func edit(change func(any) any) Fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Header.Del("Accept-Encoding") // what is packed cannot be edited
		recorded := httptest.NewRecorder()
		next.ServeHTTP(recorded, r)
		body := recorded.Body.Bytes()
		var content any
		d := json.NewDecoder(bytes.NewReader(body))
		d.UseNumber() // numbers pass as they are
		if recorded.Code == http.StatusOK && d.Decode(&content) == nil {
			body, _ = json.Marshal(change(content)) // it was JSON
		}
		maps.Copy(w.Header(), recorded.Header())
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(body) // a client that is gone needs no answer
	}
}

// Pass is no fault: it lets the first of several requests through.
func Pass(w http.ResponseWriter, r *http.Request, next http.Handler) { next.ServeHTTP(w, r) }
