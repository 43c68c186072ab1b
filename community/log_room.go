package community

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

// logRoom is where it is said what asks nothing of moderators, if they have a room for that. While
// it cannot be used, all is said where they command.
type logRoom struct {
	names  names
	secret func() bool // whether the room where they command is encrypted
	look   func()      // has it looked at

	room  id.RoomID // "" for none
	lost  bool
	sure  bool // it was looked at since that is so
	asked bool // to be
	spoke bool // what stands there last is in that room
}

// logKey is the problem that it cannot be used.
func logKey() report.Key { return report.Key{Kind: report.Other, Subject: "log room"} }

// logTo has what asks nothing of moderators be said in a room, or where they command.
func (s *speaker) logTo(room id.RoomID) {
	if s.voice.log.room == room {
		return
	}
	if s.voice.log.room != "" { // else it is a start, and what was told of it still stands
		s.report.Problems.Solved(logKey())
	}
	s.voice.log.room, s.voice.log.lost, s.voice.log.sure, s.voice.log.asked = room, false, false, false
	s.report.Apart(room != "")
}

// logIs takes in what is wrong with that room; "" if nothing is.
func (s *speaker) logIs(room id.RoomID, wrong string) {
	if room != s.voice.log.room || room == "" {
		return
	}
	s.voice.log.lost, s.voice.log.sure, s.voice.log.asked = wrong != "", s.voice.log.secret(), false
	s.report.Apart(wrong == "")
	if wrong == "" {
		s.report.Problems.Solved(logKey())
		return
	}
	s.problem(logKey(), fmt.Sprintf("The log room %s cannot be used: %s. What would be said there is said here. Mend that, or write `!forseti alerts log here`.", s.voice.log.names.Room(room), wrong))
}

// answerIn has an answer to what was tapped in a room be said there.
func (s *speaker) answerIn(room id.RoomID) (speak func(name string, m action.Message, posted func(id.EventID))) {
	if s.voice.log.is(room) {
		return s.speakAside
	}
	return s.speakAs
}

// where is the room in which something is said.
func (s *speaker) where(said *report.Speech) id.RoomID {
	switch {
	case !said.Aside:
		return s.room
	case s.voice.log.fits():
		return s.voice.log.room
	}
	said.Message.Edits, said.Message.ReplyTo = "", "" // what it is about is not here
	return s.room
}

// is reports whether a room is this one.
func (l *logRoom) is(room id.RoomID) bool { return room != "" && room == l.room }

// stands is the room of what was just said if that is this one, "" if it is where they command.
func (l *logRoom) stands() id.RoomID {
	if l.spoke {
		return l.room
	}
	return ""
}

// fits reports whether something may be said there. When the room where moderators command was
// encrypted, it is looked at first: nothing that was said in secret is said in clear.
func (l *logRoom) fits() bool {
	switch {
	case l.room == "" || l.lost:
		return false
	case !l.secret() || l.sure:
		return true
	case !l.asked:
		l.asked = true
		l.look()
	}
	return false
}

// missed takes in that something could not be said in the log room, which nothing will change, and
// has it said where moderators command.
func (s *speaker) missed(said report.Speech, room id.RoomID, f *action.Failure, now time.Time) bool {
	if room == s.room || f == nil || f.Kind != action.Forbidden && f.Kind != action.Gone {
		return false
	}
	s.logIs(room, "I cannot write there: "+explain(f))
	s.report.Failed(said.Name, now)
	return true
}
