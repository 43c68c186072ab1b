package community

import (
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// takes is the role that an order takes: of an answer, that of the command that asked, and of any
// other question or alert that of who acts on members.
func (o *orders) takes(order store.Command) commands.Role {
	switch {
	case strings.HasPrefix(order.Body, alertMark):
		return commands.Moderate
	case strings.HasPrefix(order.Body, offerMark):
		return commands.Look // whoever answers needs the role of the command
	case !strings.HasPrefix(order.Body, answerMark):
		return o.set.Role(order.Body)
	}
	target, _, _ := answered(order.Body)
	q, _ := o.questions.board.At(id.EventID(target))
	if line := o.questions.details[q.ID].Line; line != "" {
		return o.set.Role(line)
	}
	return commands.Moderate
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
