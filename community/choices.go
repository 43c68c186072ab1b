package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/store"
	"forseti/text"
)

// choices are messages of ours that ask which of several commands was meant, or offer some. A reaction gives one of them, as
// if its sender had written it.
type choices struct {
	at    map[id.EventID]choice
	order []id.EventID
	// of is which message a reaction answered: what comes of it is said in reply to that.
	of map[id.EventID]id.EventID
	// below is what answers of commands offer that are not complete, by their command.
	below map[id.EventID]choice
}

// choice is one of those messages.
type choice struct {
	Text string            `json:"text"`
	Of   []commands.Choice `json:"of"`
	// Users are whom it offers to ban by a rule: once rules do, nobody need choose.
	Users []id.UserID `json:"users,omitempty"`
	// Below says that it stands below the answer of a command that did something, which says
	// what comes of that and is left as it is.
	Below bool `json:"below,omitempty"`
}

// choiceNamespace keeps them, so that they can be answered after a restart.
const choiceNamespace = "choice"

// mostOpenChoices is how many can be answered.
const mostOpenChoices = 50

// signOf is the sign of a choice.
func signOf(n int) string { return fmt.Sprintf("%d\ufe0f\u20e3", n) }

// words are what such a message says.
func (c choice) words() string {
	said, long := make([]string, len(c.Of)), 0
	for i, one := range c.Of {
		said[i] = signOf(i+1) + " " + one.Name
		long += len(one.Name)
	}
	if long > mostInLine {
		return text.Paragraphs(append([]string{c.Text}, said...)...)
	}
	return text.Paragraphs(c.Text, strings.Join(said, " · "))
}

// mostInLine is how long the names of choices are, together, that stand in one line.
const mostInLine = 120

func newChoices() choices {
	return choices{at: map[id.EventID]choice{}, of: map[id.EventID]id.EventID{}, below: map[id.EventID]choice{}}
}

// load takes up one from before a restart.
func (cs *choices) load(evt string, raw json.RawMessage) {
	var c choice
	if json.Unmarshal(raw, &c) == nil && len(cs.at) < mostOpenChoices {
		cs.at[id.EventID(evt)] = c
		cs.order = append(cs.order, id.EventID(evt))
	}
}

// note remembers one that stands there.
func (cs *choices) note(evt id.EventID, c choice, kept *commits.Writer) {
	cs.at[evt], cs.order = c, append(cs.order, evt)
	kept.Setting(choiceNamespace, string(evt), c)
	for len(cs.order) > mostOpenChoices {
		cs.forget(cs.order[0], kept)
	}
}

func (cs *choices) forget(evt id.EventID, kept *commits.Writer) {
	delete(cs.at, evt)
	cs.order = slices.DeleteFunc(cs.order, func(other id.EventID) bool { return other == evt })
	kept.Setting(choiceNamespace, string(evt), nil)
}

// chosen reads which command a reaction gives.
func (cs *choices) chosen(target id.EventID, sign string) (c choice, n int, ok bool) {
	c, open := cs.at[target]
	for i := range c.Of {
		if open && plainSign(sign) == plainSign(signOf(i+1)) {
			return c, i, true
		}
	}
	return c, 0, false
}

// choose asks which of several commands was meant, or offers some, in reply to a message; "" for none. The command that it
// comes from is done with once that stands there.
func (s *speaker) choose(of, replyTo id.EventID, c choice) {
	s.speakAs("choice-"+string(of), action.Message{Markdown: c.words(), ReplyTo: replyTo}, func(evt id.EventID) {
		s.commits.Finish(of)
		if evt == "" {
			return
		}
		s.stand(evt, c)
	})
}

// stand offers what a message says that stands there.
func (s *speaker) stand(evt id.EventID, c choice) {
	s.choices.note(evt, c, s.commits)
	var offers []string
	for i := range c.Of {
		offers = append(offers, signOf(i+1))
	}
	s.offer(evt, offers, false)
}

// offerBelow offers what may follow from a command below its answer, as soon as that stands
// there, and gives what the answer says of it.
func (s *speaker) offerBelow(command id.EventID, c choice) (said string) {
	s.choices.below[command] = c
	s.answerStands(command, s.report.Replies.Stands(command))
	return c.words()
}

// answerStands takes in where the answer of a command stands, if anywhere.
func (s *speaker) answerStands(command, evt id.EventID) {
	c, offers := s.choices.below[command]
	if _, known := s.choices.at[evt]; evt != "" && offers && !known {
		s.stand(evt, c)
	}
}

// answered reports whether the answer of a command that is done with offers anything.
func (cs *choices) answered(command id.EventID) (offers bool) {
	_, offers = cs.below[command]
	delete(cs.below, command)
	return offers
}

// withdrawChoice ends a choice that nobody need make any more.
func (s *speaker) withdrawChoice(evt id.EventID, c choice) {
	s.choices.forget(evt, s.commits)
	s.speakUp(action.Message{Markdown: text.Paragraphs(c.Text, "(No longer needed: rules ban them by now.)"), Edits: evt}, nil)
}

// choice reads a reaction as the command that it gives, once.
func (s *speaker) choice(evt *event.Event, target id.EventID, sign string) (store.Command, bool) {
	c, n, ok := s.choices.chosen(target, sign)
	if !ok {
		return store.Command{}, false
	}
	s.choices.forget(target, s.commits)
	if len(s.choices.of) >= mostOpenChoices {
		clear(s.choices.of)
	}
	s.choices.of[evt.ID] = target
	if c.Below {
		return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: c.Of[n].Line}, true
	}
	s.speakUp(action.Message{Markdown: text.Paragraphs(c.Text, fmt.Sprintf("%s, said %s.", c.Of[n].Name, text.Code(string(evt.Sender)))), Edits: target}, nil)
	return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: c.Of[n].Line}, true
}
