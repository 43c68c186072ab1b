package faults

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// behind is a proxy before a server that counts what reaches it.
func behind(t *testing.T, body string) (p *Proxy, reached *atomic.Int64) {
	t.Helper()
	reached = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return ForTest(t, server.URL), reached
}

func get(p *Proxy, path string) (status int, body string, err error) {
	// POST, for a GET whose connection is cut is tried again by the client itself.
	resp, err := http.Post(p.URL+path, "", strings.NewReader("asked"))
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text), err
}

func TestFaults(t *testing.T) {
	for name, tt := range map[string]struct {
		fault   Fault
		status  int // 0 for a connection that is cut
		body    string
		reached int64
	}{
		"answer":  {Answer(403, "M_FORBIDDEN"), 403, "M_FORBIDDEN", 0},
		"header":  {LimitedByHeader(7), 429, "M_LIMIT_EXCEEDED", 0},
		"body":    {LimitedByBody(700), 429, `"retry_after_ms":700`, 0},
		"cut":     {Cut, 0, "", 0},
		"lose":    {Lose, 0, "", 1},
		"pass":    {Pass, 200, `{"n":12345678901234567890}`, 1},
		"edit":    {Edit(func(a map[string]any) { a["more"] = true }), 200, `{"more":true,"n":12345678901234567890}`, 1},
		"no list": {EditList(func([]any) []any { return []any{} }), 200, `{"n":12345678901234567890}`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			p, reached := behind(t, `{"n":12345678901234567890}`)
			undo := p.On(In("/room", Ban), tt.fault)
			status, body, err := get(p, "/room/ban")
			if status != tt.status || (err != nil) != (tt.status == 0) || !strings.Contains(body, tt.body) || reached.Load() != tt.reached {
				t.Errorf("%d %q %v, reached %d", status, body, err, reached.Load())
			}
			undo()
			for _, path := range []string{"/room/ban", "/room/kick", "/other/ban"} {
				if status, _, err := get(p, path); status != 200 || err != nil {
					t.Errorf("%s: %d %v", path, status, err)
				}
			}
			notes := p.Requests(Everything)
			if len(notes) != 4 || notes[0].Status != tt.status || string(notes[0].Body) != "asked" {
				t.Errorf("noted %+v", notes)
			}
		})
	}
}

func TestTimesAndOrder(t *testing.T) {
	p, _ := behind(t, "{}")
	p.On(Everything, Answer(500, "M_UNKNOWN"))
	p.Times(2, Ban, Pass)
	var got []int
	for range 3 {
		status, _, _ := get(p, "/ban")
		got = append(got, status)
	}
	if got[0] != 200 || got[1] != 200 || got[2] != 500 {
		t.Errorf("got %v", got)
	}
}

func TestGate(t *testing.T) {
	p, reached := behind(t, "{}")
	gate := NewGate()
	p.On(Ban, gate.Fault)
	done := make(chan error, 1)
	go func() {
		_, _, err := get(p, "/ban")
		done <- err
	}()
	<-gate.Held()
	if reached.Load() != 0 {
		t.Error("it passed the shut gate")
	}
	gate.Open()
	if err := <-done; err != nil || reached.Load() != 1 {
		t.Errorf("reached %d, %v", reached.Load(), err)
	}

	// What is held and given up never gets there.
	gate = NewGate()
	p.On(Ban, gate.Fault)
	client := http.Client{Timeout: 100 * time.Millisecond}
	if _, err := client.Post(p.URL+"/ban", "", nil); err == nil {
		t.Error("it passed the shut gate")
	}
	if reached.Load() != 1 {
		t.Error("it got there all the same")
	}
}

// A request is news when it comes and when it is answered, and silence is none.
func TestNews(t *testing.T) {
	p, _ := behind(t, "")
	gate := NewGate()
	p.Times(1, Everything, gate.Fault)
	come := p.News()
	answered := make(chan error, 1)
	go func() {
		_, _, err := get(p, "/")
		answered <- err
	}()
	<-come
	<-gate.Held()
	gone := p.News()
	select {
	case <-gone:
		t.Error("news of a request that is held")
	case <-time.After(20 * time.Millisecond):
	}
	gate.Open()
	<-gone
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
