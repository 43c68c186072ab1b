package community

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/store"
	"forseti/text"
)

// leftSpaces are protected rooms that went out of a space that is followed. Moderators are asked
// whether to stop protecting them, and until they say so they stay protected: whoever rules the
// space cannot take rooms from us.
type leftSpaces struct {
	loop      *loop.Loop
	commits   *commits.Writer
	speaker   *speaker
	names     names
	board     *approval.Board
	protected func(room id.RoomID) bool
	stop      func(ctx context.Context, room id.RoomID) error // stops protecting it

	of    map[id.RoomID]leftSpace
	going map[id.RoomID]bool // that are let go just now
}

// leftSpace is which space a room went out of, and what was said to it.
type leftSpace struct {
	Space id.RoomID `json:"space"`
	Goes  bool      `json:"goes,omitempty"` // it is to be protected no more
}

// leftNamespace holds them, by room.
const leftNamespace = "left_space"

func (l *leftSpaces) load(ctx context.Context, settings *store.Settings, now time.Time) error {
	stored, err := settings.All(ctx, leftNamespace)
	for room, raw := range stored {
		var of leftSpace
		if json.Unmarshal(raw, &of) == nil && of.Space != "" {
			l.of[id.RoomID(room)] = of
			l.touch(id.RoomID(room), now)
		}
	}
	return err
}

func (l *leftSpaces) touch(room id.RoomID, now time.Time) {
	l.board.Touch(approval.Topic{Kind: approval.Left, About: string(room)}, now)
}

func (l *leftSpaces) keep(room id.RoomID, of leftSpace) {
	l.of[room] = of
	l.commits.Setting(leftNamespace, string(room), of)
}

// note has moderators be asked about a room.
func (l *leftSpaces) note(room, space id.RoomID, now time.Time) {
	if !l.of[room].Goes {
		l.keep(room, leftSpace{Space: space})
		l.touch(room, now)
	}
}

// forget ends what there is to ask about a room: it is back, let go, or to stay.
func (l *leftSpaces) forget(room id.RoomID, now time.Time) {
	if _, known := l.of[room]; known {
		delete(l.of, room)
		l.commits.Setting(leftNamespace, string(room), nil)
		l.touch(room, now)
	}
}

// asked is which space a room went out of, if moderators are to be asked about it.
func (l *leftSpaces) asked(room id.RoomID) (space id.RoomID, is bool) {
	of, is := l.of[room]
	return of.Space, is && !of.Goes && l.protected(room)
}

// decide takes in what a moderator said. A yes is stored before anything is done, so that a crash
// in the middle loses none.
func (l *leftSpaces) decide(room id.RoomID, agreed bool, who string) {
	of, known := l.of[room]
	switch {
	case !known:
	case agreed:
		of.Goes = true
		l.keep(room, of)
		l.letGo(room)
	default:
		l.forget(room, time.Now())
		l.speaker.say(fmt.Sprintf("%s said no: I go on protecting %s. %s ends that.", who, l.names.Room(room), text.Code("!forseti rooms remove "+string(room))), "", nil)
	}
}

// look sees to those that are to be let go, and forgets those that are protected no more.
func (l *leftSpaces) look(now time.Time) {
	for room, of := range l.of {
		switch {
		case l.going[room]:
		case !l.protected(room):
			l.forget(room, now)
		case of.Goes:
			l.letGo(room)
		}
	}
}

func (l *leftSpaces) letGo(room id.RoomID) {
	l.going[room] = true
	shown := l.names.Room(room)
	ended := func(err error) {
		delete(l.going, room)
		l.forget(room, time.Now())
		if err != nil {
			l.speaker.tell(fmt.Sprintf("I could not stop protecting %s: %s. Write %s.", shown, inWords(err), text.Code("!forseti rooms remove "+string(room))))
			return
		}
		l.speaker.tell("No longer protecting " + shown + ". The bans made there stay.")
	}
	l.loop.Later("stop protecting a room that went out of a space", func(ctx context.Context) {
		err := l.stop(ctx, room)
		if ctx.Err() == nil { // else the next start goes on
			l.loop.Post(func() { ended(err) })
		}
	}, ended)
}
