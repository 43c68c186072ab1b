package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"
)

const limited = `{"next_batch":"b","rooms":{"join":{"!r:x":{"state_after":{},
	"timeline":{"limited":true,"prev_batch":"p0","events":[{"type":"m","event_id":"$9"}]}}}}}`

// gapped answers /sync with a gap, and /messages from pages by their token.
func gapped(t *testing.T, pages map[string]string) line {
	return func(r *http.Request) (int, string) {
		if strings.HasSuffix(r.URL.Path, "/sync") {
			return 200, limited
		}
		q := r.URL.Query()
		if q.Get("dir") != "b" || q.Get("to") != "a" || !strings.HasSuffix(r.URL.Path, "/rooms/!r:x/messages") {
			t.Errorf("asked for %s", r.URL)
		}
		body, ok := pages[q.Get("from")]
		if !ok {
			return 500, ``
		}
		return 200, body
	}
}

func TestGap(t *testing.T) {
	for name, tt := range map[string]struct {
		pages    map[string]string
		timeline string
		gap      bool
	}{
		"filled": {map[string]string{
			"p0": `{"chunk":[{"type":"m","event_id":"$9"},{"type":"m","event_id":"$8"},{"type":5}],"end":"p1"}`,
			"p1": `{"chunk":[],"end":"p2"}`,
			"p2": `{"chunk":[{"type":"m","event_id":"$7","redacts":5}]}`,
		}, "$7 $8 $9", false},
		"filled to the token": {map[string]string{"p0": `{"chunk":[{"type":"m","event_id":"$8"}],"end":"a"}`}, "$8 $9", false},
		"too long": {map[string]string{
			"p0": `{"chunk":[{"type":"m","event_id":"$8"}],"end":"p1"}`,
			"p1": `{"chunk":[{"type":"m","event_id":"$7"}],"end":"p2"}`,
			"p2": `{"chunk":[{"type":"m","event_id":"$6"}],"end":"p3"}`,
			"p3": `{"chunk":[{"type":"m","event_id":"$5"}]}`,
		}, "$6 $7 $8 $9", true},
		"broken": {map[string]string{"p0": `{"chunk":[{"type":"m","event_id":"$8"}],"end":"p1"}`}, "$8 $9", true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				room := run(t, open(t, gapped(t, tt.pages)), "a").Rooms[0]
				if ids(room.Timeline) != tt.timeline || room.Gap != tt.gap {
					t.Errorf("got %q, gap %v; want %q, gap %v", ids(room.Timeline), room.Gap, tt.timeline, tt.gap)
				}
			})
		})
	}
}

func TestGapStopsAtHandledEvent(t *testing.T) {
	s := open(t, gapped(t, map[string]string{
		"p0": `{"chunk":[{"type":"m","event_id":"$8"},{"type":"m","event_id":"$7"},{"type":"m","event_id":"$6"}],"end":"p1"}`,
	}))
	s.gaps.last["!r:x"] = "$7"
	if room := run(t, s, "a").Rooms[0]; ids(room.Timeline) != "$8 $9" || room.Gap {
		t.Errorf("got %q, gap %v", ids(room.Timeline), room.Gap)
	}
	if s.gaps.last["!r:x"] != "$7" {
		t.Error("moved on though the handler failed")
	}
}

func TestNoGapInNewRooms(t *testing.T) {
	create := fmt.Sprintf(`{"events":[{"type":%q,"state_key":""}]}`, "m.room.create")
	s := open(t, func(r *http.Request) (int, string) {
		if !strings.HasSuffix(r.URL.Path, "/sync") {
			t.Errorf("asked for %s", r.URL)
		}
		return 200, strings.Replace(limited, `"state_after":{}`, `"state_after":`+create, 1)
	})
	if room := run(t, s, "a").Rooms[0]; room.Gap {
		t.Error("a room just joined has a gap")
	}
	s = open(t, func(*http.Request) (int, string) { return 200, limited })
	if room := run(t, s, "").Rooms[0]; room.Gap {
		t.Error("a first sync has a gap")
	}
}

// A room over which we break is left for a full look, and the others are taken in.
func TestRoomBreaks(t *testing.T) {
	log := zerolog.Nop()
	b := &Batch{Rooms: []RoomBatch{{Room: "!bad:x"}, {Room: "!good:x"}}}
	var read []id.RoomID
	err := eachRoom(&log, b, func(room *RoomBatch) error {
		if room.Room == "!bad:x" {
			panic("half done")
		}
		read = append(read, room.Room)
		return nil
	})
	if err != nil || len(read) != 1 || !b.Rooms[0].Gap || b.Rooms[1].Gap {
		t.Errorf("%v, read %q, %+v", err, read, b.Rooms)
	}

	s := open(t, func(*http.Request) (int, string) { panic("half done") })
	b = &Batch{Since: "a", Rooms: []RoomBatch{{Room: "!r:x", Gap: true, before: "p0"}}}
	s.fillAll(t.Context(), b)
	if !b.Rooms[0].Gap {
		t.Error("a gap over which we break counts as filled")
	}
}

// A sync over which we break each time is not asked for for ever: we begin anew.
func TestSyncBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var since []string
		s := open(t, func(r *http.Request) (int, string) {
			since = append(since, r.URL.Query().Get("since"))
			if since[len(since)-1] == "a" {
				panic("half done")
			}
			return 200, `{"next_batch":"b"}`
		})
		err := s.Run(t.Context(), "a", func(context.Context, *Batch) (time.Duration, error) { return 0, errEnough })
		if !errors.Is(err, errEnough) || len(since) != staleTries+1 {
			t.Errorf("%v, asked since %q", err, since)
		}
	})
}
