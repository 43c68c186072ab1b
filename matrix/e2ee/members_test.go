package e2ee

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// behind is a homeserver that at first knows of nobody in a room that it made just now.
type behind struct {
	http.RoundTripper
	answers *int
}

func (b behind) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, "/members") && *b.answers > 0 {
		*b.answers--
		_ = resp.Body.Close()
		resp.Body, resp.ContentLength = io.NopCloser(strings.NewReader(`{"chunk":[]}`)), -1
	}
	return resp, err
}

// Nobody is not who is in a room in which we speak: such an answer is asked for again, and
// nothing is said to nobody.
func TestMembersWithoutUs(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	d := a.device(t, sqlite(t))
	d.bootstrap()
	made, err := d.client.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{})
	must(t, err)
	encrypted := []*event.Event{{Type: event.StateEncryption, StateKey: new("")}}
	must(t, d.TakeState(t.Context(), made.RoomID, encrypted, true)) // a whole state without anybody is no error
	answers := 2
	d.client.Client = &http.Client{Transport: behind{http.DefaultTransport, &answers}}
	if _, err := d.Encrypt(t.Context(), made.RoomID, event.EventMessage, map[string]any{"body": "x"}); err != nil || answers != 0 {
		t.Errorf("said: %v; %d such answers are left", err, answers)
	}
}
