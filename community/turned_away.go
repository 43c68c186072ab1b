package community

import (
	"context"
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/commits"
	"forseti/store"
)

// turnedAway are rooms of spaces that could not be protected. Each is tried a few times more, ever
// more rarely: somebody may let us in, or its server may answer again.
type turnedAway struct {
	commits *commits.Writer
	of      map[id.RoomID]turned
}

// turned is a room and when it is tried again.
type turned struct {
	Space id.RoomID `json:"space"`
	Via   []string  `json:"via,omitempty"`
	Tries int       `json:"tries,omitempty"` // since the first one
	At    time.Time `json:"at"`
}

const (
	turnedNamespace = "turned_away"
	// mostTurned bounds how many rooms are remembered.
	mostTurned = 200
)

// turnedPauses are between the tries.
var turnedPauses = [...]time.Duration{10 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

func (t *turnedAway) load(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, turnedNamespace)
	for room, raw := range stored {
		var of turned
		if json.Unmarshal(raw, &of) == nil && of.Space != "" && of.Tries >= 0 && of.Tries < len(turnedPauses) {
			t.of[id.RoomID(room)] = of
		}
	}
	return err
}

// note has a room be tried again; after the last try it is forgotten.
func (t *turnedAway) note(room, space id.RoomID, via []string, now time.Time) {
	of, known := t.of[room]
	switch {
	case known:
		of.Tries++
	case len(t.of) >= mostTurned:
		return
	default:
		of = turned{Space: space, Via: via}
	}
	if of.Tries >= len(turnedPauses) {
		t.forget(room)
		return
	}
	of.At = now.Add(turnedPauses[of.Tries])
	t.of[room] = of
	t.commits.Setting(turnedNamespace, string(room), of)
}

func (t *turnedAway) forget(room id.RoomID) {
	if _, known := t.of[room]; known {
		delete(t.of, room)
		t.commits.Setting(turnedNamespace, string(room), nil)
	}
}

// next is the room that is to be tried next, and when; "" for none.
func (t *turnedAway) next() (room id.RoomID, at time.Time) {
	for r, of := range t.of {
		if room == "" || of.At.Before(at) || of.At.Equal(at) && r < room {
			room, at = r, of.At
		}
	}
	return room, at
}
