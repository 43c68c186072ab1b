package community

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// takes is what an order takes: of an answer, what the command that asked does, of a sign below an alert, what the command
// does that does the same, and of any other question the role of who acts on members.
func (o *orders) takes(order store.Command) []commands.Need {
	moderates := commands.Need{Role: commands.Moderate}
	if alert, is := strings.CutPrefix(order.Body, alertMark); is {
		_, word, _ := strings.Cut(alert, " ")
		moderates.Command = likeCommand(word)
		return []commands.Need{moderates}
	}
	switch {
	case strings.HasPrefix(order.Body, offerMark):
		return nil // whoever answers needs what the command takes
	case !strings.HasPrefix(order.Body, answerMark):
		return o.set.Needs(order.Body)
	}
	target, _, _ := answered(order.Body)
	q, _ := o.questions.board.At(id.EventID(target))
	if line := o.questions.details[q.ID].Line; line != "" {
		return o.set.Needs(line)
	}
	return []commands.Need{moderates}
}

// likeCommand is the command that does what a sign below an alert does; "" for none.
func likeCommand(word string) string {
	switch word {
	case undoWord, wrongWord:
		return "undo"
	case escalateWord:
		return "ban"
	case exemptWord:
		return "exempt"
	case attackWord:
		return "posture"
	case sweepWord:
		return "kick"
	default:
		return ""
	}
}

// decline answers an order of somebody who has not the role for it. Of an answer, the question stays
// open for the others.
func (o *orders) decline(order store.Command, why string) {
	o.loop.Post(func() {
		to, isAnswer := strings.CutPrefix(order.Body, answerMark)
		if !isAnswer {
			o.speaker.reply(order.Event, commands.Answer{Markdown: why})
			return
		}
		target, _, _ := strings.Cut(strings.TrimPrefix(to, "alert "), " ")
		o.speaker.answerIn(order.Room)("declined-"+string(order.Event), action.Message{Markdown: why, ReplyTo: id.EventID(target)}, nil)
	})
	if strings.HasPrefix(order.Body, answerMark) {
		o.finishOrder(o.loop.Context(), order.Event)
	}
}
