package matrix

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A message that forked off before a ban comes with the membership of then.
func TestStateOfAForkIsAskedFor(t *testing.T) {
	const forked = `{"next_batch":"b","rooms":{"join":{"!r:x":{
		"state":{"events":[{"type":"m.room.member","state_key":"@spammer:x","event_id":"$join","content":{"membership":"join"}}]},
		"timeline":{"events":[{"type":"m.room.message","event_id":"$late"}]}}}}}`
	for name, tt := range map[string]struct {
		status int
		answer string
		state  string
		gap    bool
	}{
		"the ban holds":  {200, `{"type":"m.room.member","state_key":"@spammer:x","event_id":"$ban","content":{"membership":"ban"}}`, "$ban", false},
		"none any more":  {404, `{"errcode":"M_NOT_FOUND"}`, "", false},
		"no answer":      {403, `{"errcode":"M_FORBIDDEN"}`, "", true},
		"another answer": {200, `{"type":"m.room.member","state_key":"@other:x","event_id":"$ban"}`, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, func(r *http.Request) (int, string) {
				if strings.HasSuffix(r.URL.Path, "/sync") {
					return 200, forked
				}
				if !strings.HasSuffix(r.URL.Path, "/rooms/!r:x/state/m.room.member/@spammer:x") {
					t.Errorf("asked for %s", r.URL)
				}
				return tt.status, tt.answer
			})
			room := run(t, s, "a").Rooms[0]
			if ids(room.State) != tt.state || ids(room.Timeline) != "$late" || room.Gap != tt.gap {
				t.Errorf("state %q, timeline %q, gap %v", ids(room.State), ids(room.Timeline), room.Gap)
			}
		})
	}
}

func TestManyDoubtsAreAGap(t *testing.T) {
	var state []string
	for i := range mostDoubts + 1 {
		state = append(state, fmt.Sprintf(`{"type":"s","state_key":"%d"}`, i))
	}
	s := open(t, func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, "/sync") {
			t.Errorf("asked for %s", r.URL)
		}
		return 200, `{"next_batch":"b","rooms":{"join":{"!r:x":{"state":{"events":[` + strings.Join(state, ",") + `]}}}}}`
	})
	if room := run(t, s, "a").Rooms[0]; !room.Gap || len(room.State) != 0 {
		t.Errorf("gap %v, state %q", room.Gap, ids(room.State))
	}
}

// What lies in a gap that was filled needs no question.
func TestStateOfAFilledGapIsNews(t *testing.T) {
	var state, chunk []string
	for i := range mostDoubts + 1 {
		evt := fmt.Sprintf(`{"type":"s","state_key":"%d","event_id":"$%d"}`, i, i)
		state, chunk = append(state, evt), append([]string{evt}, chunk...)
	}
	s := open(t, func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/messages") {
			return 200, `{"chunk":[` + strings.Join(chunk, ",") + `]}`
		}
		if !strings.HasSuffix(r.URL.Path, "/sync") {
			t.Errorf("asked for %s", r.URL)
		}
		return 200, `{"next_batch":"b","rooms":{"join":{"!r:x":{"state":{"events":[` + strings.Join(state, ",") + `]},
			"timeline":{"limited":true,"prev_batch":"p0","events":[{"type":"s","state_key":"0","event_id":"$last"}]}}}}}`
	})
	room := run(t, s, "a").Rooms[0]
	if room.Gap || !strings.HasPrefix(ids(room.State), "$0 $1 ") || !strings.HasSuffix(ids(room.State), " $last") {
		t.Errorf("gap %v, state %q", room.Gap, ids(room.State))
	}
}
