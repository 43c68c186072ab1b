package community

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

// signs are the reactions that we offer beneath messages of ours, so that there is something to tap on a phone. What is not
// there yet is stored together with what the message is about, and a start goes on with it. Each is sent under a name by its
// message and place, so that it is the same send also where nobody knows after a crash whether it was sent.
type signs struct {
	at   map[id.EventID]*offering
	open func(message id.EventID) bool // whether it can still be answered
}

// offering is the signs of one message.
type offering struct {
	Signs []string `json:"signs"`
	There int      `json:"there,omitempty"` // how many of them stand there
	Aside bool     `json:"aside,omitempty"` // the message is in the log room
}

// signNamespace keeps those that are not all there, by their message.
const signNamespace = "sign"

// mostOffered is how many messages may wait for signs. Nothing comes near it unless nothing can be said.
const mostOffered = 200

// load takes up those from before a restart.
func (s *signs) load(message string, raw json.RawMessage) {
	var o offering
	if json.Unmarshal(raw, &o) == nil {
		s.at[id.EventID(message)] = &o
	}
}

// offer posts signs beneath a message that stands there, or in the log room if aside.
func (s *speaker) offer(message id.EventID, of []string, aside bool) {
	if s.signs.at[message] != nil {
		return // they are under way
	}
	if len(s.signs.at) >= mostOffered {
		s.resumeSigns(false)
	}
	if len(s.signs.at) >= mostOffered {
		s.log.Warn().Msg("Too many messages wait for the reactions that they offer; one is left without")
		return
	}
	o := &offering{Signs: of, Aside: aside}
	s.signs.at[message] = o
	s.commits.Setting(signNamespace, string(message), o)
	s.offerRest(message, o)
}

func (s *speaker) offerRest(message id.EventID, o *offering) {
	speak := s.speakAs
	if o.Aside {
		speak = s.speakAside
	}
	for i := o.There; i < len(o.Signs); i++ {
		speak(fmt.Sprintf("sign-%s-%d", message, i), action.Message{ReplyTo: message, Reaction: o.Signs[i]}, func(id.EventID) { s.signed(message, i+1) })
	}
}

// signed notes how many of a message's signs stand there.
func (s *speaker) signed(message id.EventID, there int) {
	o := s.signs.at[message]
	switch {
	case o == nil:
	case there >= len(o.Signs) || !s.signs.open(message):
		s.unoffer(message)
	default:
		o.There = there
		s.commits.Setting(signNamespace, string(message), o)
	}
}

func (s *speaker) unoffer(message id.EventID) {
	delete(s.signs.at, message)
	s.commits.Setting(signNamespace, string(message), nil)
}

// resumeSigns forgets the signs of messages that were answered meanwhile, or are not known any more. After a start, it goes
// on with the others.
func (s *speaker) resumeSigns(started bool) {
	for _, message := range slices.Sorted(maps.Keys(s.signs.at)) {
		if !s.signs.open(message) {
			s.unoffer(message)
		} else if started {
			s.offerRest(message, s.signs.at[message])
		}
	}
}

// late reports whether something is a sign that nobody needs any more, and is done with it then.
func (s *speaker) late(said report.Speech) bool {
	if said.Message.Reaction == "" || s.signs.open(said.Message.ReplyTo) && (!said.Aside || s.voice.log.fits()) {
		return false
	}
	s.report.Posted(said.Name, "", time.Now())
	if posted := s.posted[said.Name]; posted != nil {
		delete(s.posted, said.Name)
		posted("")
	}
	return true
}
