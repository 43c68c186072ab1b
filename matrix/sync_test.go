package matrix

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"forseti/action"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// line answers requests without a network, so that tests can own the clock.
type line func(r *http.Request) (status int, body string)

func (w line) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := w(r)
	if status == 0 {
		return nil, errors.New("connection refused")
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

func open(t *testing.T, w line) *Session {
	t.Helper()
	client, err := mautrix.NewClient("https://hs.example", "@bot:hs.example", "token")
	if err != nil {
		t.Fatal(err)
	}
	client.Client = &http.Client{Transport: w}
	return newSession(client, Options{GapPages: 3})
}

func ids(events []*event.Event) string {
	var all []string
	for _, evt := range events {
		all = append(all, string(evt.ID))
	}
	return strings.Join(all, " ")
}

var errEnough = errors.New("enough")

func TestRunAdvancesAfterHandling(t *testing.T) {
	var asked []string
	s := open(t, func(r *http.Request) (int, string) {
		q := r.URL.Query()
		asked = append(asked, q.Get("since")+"/"+q.Get("timeout"))
		if q.Get("use_state_after") != "true" || q.Get("org.matrix.msc4222.use_state_after") != "true" {
			t.Error("state_after not asked for")
		}
		return 200, `{"next_batch":"` + q.Get("since") + `x"}`
	})
	var got []string
	err := s.Run(t.Context(), "", func(_ context.Context, b *Batch) (time.Duration, error) {
		got = append(got, b.Since+">"+b.Next)
		if b.Initial != (b.Since == "") {
			t.Errorf("initial %v since %q", b.Initial, b.Since)
		}
		if len(got) == 3 {
			return 0, errEnough
		}
		return 0, nil
	})
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	if want := []string{">x", "x>xx", "xx>xxx"}; !slices.Equal(got, want) {
		t.Errorf("handled %q, want %q", got, want)
	}
	if len(asked) != 3 || !strings.HasPrefix(asked[0], "/") || !slices.Equal(asked[1:], []string{"x/30000", "xx/30000"}) {
		t.Errorf("asked %q", asked)
	}
}

// Synapse answers a first sync for two minutes with what it said to whoever asked the same.
func TestNoFirstSyncIsAskedLikeAnother(t *testing.T) {
	asked := map[string]bool{}
	s := open(t, func(r *http.Request) (int, string) {
		asked[r.URL.RawQuery] = true
		return 200, `{"next_batch":"x"}`
	})
	const starts = 20
	for range starts {
		err := s.Run(t.Context(), "", func(context.Context, *Batch) (time.Duration, error) { return 0, errEnough })
		if !errors.Is(err, errEnough) {
			t.Fatal(err)
		}
	}
	if len(asked) < starts/2 {
		t.Errorf("%d starts asked in %d ways", starts, len(asked))
	}
}

func TestRunReturnsPanics(t *testing.T) {
	s := open(t, func(*http.Request) (int, string) { return 200, `{"next_batch":"b"}` })
	err := s.Run(t.Context(), "a", func(context.Context, *Batch) (time.Duration, error) { panic("boom") })
	if err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("got %v", err)
	}
}

func TestRunWaitsFailuresOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		answers := []struct {
			status int
			body   string
		}{
			{500, ``},
			{0, ``},
			{200, `{"next_batch":`},
			{200, `{}`},
			{429, `{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":90000}`},
			{200, `{"next_batch":"b"}`},
		}
		s := open(t, func(r *http.Request) (int, string) {
			if since := r.URL.Query().Get("since"); since != "a" {
				t.Errorf("asked since %q", since)
			}
			at = append(at, time.Now())
			answer := answers[len(at)-1]
			return answer.status, answer.body
		})
		err := s.Run(t.Context(), "a", func(context.Context, *Batch) (time.Duration, error) { return 0, errEnough })
		if !errors.Is(err, errEnough) || len(at) != len(answers) {
			t.Fatalf("%d requests, %v", len(at), err)
		}
		for i := range 4 {
			full := time.Second << i
			if d := at[i+1].Sub(at[i]); d < full/2 || d > full {
				t.Errorf("pause %d is %s, want about %s", i, d, full)
			}
		}
		if d := at[5].Sub(at[4]); d != 90*time.Second {
			t.Errorf("rate limited for %s", d)
		}
	})
}

func TestRunEnds(t *testing.T) {
	never := func(context.Context, *Batch) (time.Duration, error) { t.Error("handled"); return 0, nil }
	s := open(t, func(*http.Request) (int, string) { return 401, `{"errcode":"M_UNKNOWN_TOKEN"}` })
	if f := action.FailureOf(s.Run(t.Context(), "a", never)); f.Kind != action.Unauthorized {
		t.Errorf("logged out: %+v", f)
	}
	ctx, cancel := context.WithCancel(t.Context())
	s = open(t, func(*http.Request) (int, string) { cancel(); return 502, `` })
	if err := s.Run(ctx, "a", never); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestBackoffIsCapped(t *testing.T) {
	for _, failures := range []int{6, 10, 1000, 1 << 40} {
		if d := backoff(failures); d < maxBackoff/2 || d > maxBackoff {
			t.Errorf("after %d failures: %s", failures, d)
		}
	}
}

// run handles one batch and returns it.
func run(t *testing.T, s *Session, since string) *Batch {
	t.Helper()
	var got *Batch
	err := s.Run(t.Context(), since, func(_ context.Context, b *Batch) (time.Duration, error) { got = b; return 0, errEnough })
	if !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	return got
}

func TestBatch(t *testing.T) {
	const body = `{"next_batch":"b","account_data":{"events":[{"type":"m.direct","content":{}},5]},"rooms":{
		"join":{
			"!b:x":{"state":{"events":[{"type":"s","state_key":"","event_id":"$1","redacts":5},{"type":"s","event_id":"$nokey"}]},
				"timeline":{"events":[{"type":"m","event_id":"$2","unsigned":7},{"type":"s","state_key":"","event_id":"$3","origin_server_ts":1.5},null]}},
			"!a:x":{"state":{"events":[{"type":"s","state_key":"","event_id":"$old"}]},
				"org.matrix.msc4222.state_after":{"events":[{"type":"s","state_key":"","event_id":"$4"}]},
				"timeline":{"events":[{"type":"s","state_key":"","event_id":"$5"}]}},
			"!d:x":{"state_after":{},"timeline":{"events":[{"type":"s","state_key":"","event_id":"$6"}]}}},
		"invite":{"!c:x":{"invite_state":{"events":[{"type":"m.room.member","state_key":"@bot:hs.example","sender":"@m:x","content":{"membership":"invite"}}]}}},
		"knock":{"!e:x":{"knock_state":{"events":[]}}},
		"leave":{"!f:x":{"timeline":{"events":[{"type":"m.room.member","state_key":"@bot:hs.example","event_id":"$7"}]}}}}}`
	b := run(t, open(t, func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/rooms/!b:x/state/s/") && r.URL.Query().Get("format") == "event" {
			return 200, `{"type":"s","state_key":"","event_id":"$3"}`
		}
		return 200, body
	}), "a")
	want := []struct {
		room            string
		membership      event.Membership
		state, timeline string
	}{
		{"!a:x", event.MembershipJoin, "$4", "$5"},
		{"!b:x", event.MembershipJoin, "$3 $3", "$2 $3"},
		{"!c:x", event.MembershipInvite, "", ""},
		{"!d:x", event.MembershipJoin, "", "$6"},
		{"!e:x", event.MembershipKnock, "", ""},
		{"!f:x", event.MembershipLeave, "$7", "$7"},
	}
	if len(b.Rooms) != len(want) {
		t.Fatalf("got %d rooms", len(b.Rooms))
	}
	for i, w := range want {
		room := b.Rooms[i]
		if string(room.Room) != w.room || room.Membership != w.membership || room.Gap ||
			strings.TrimSpace(ids(room.State)) != w.state || ids(room.Timeline) != w.timeline {
			t.Errorf("got %s %s state %q timeline %q gap %v, want %v", room.Room, room.Membership, ids(room.State), ids(room.Timeline), room.Gap, w)
		}
	}
	if invite := b.Rooms[2].State; len(invite) != 1 || invite[0].RoomID != "!c:x" {
		t.Errorf("invite state %v", invite)
	}
	if b.Dropped != 3 || len(b.AccountData) != 1 || b.AccountData[0].Type != event.AccountDataDirectChats {
		t.Errorf("dropped %d, account data %v", b.Dropped, b.AccountData)
	}
}
