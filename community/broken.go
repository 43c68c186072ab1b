package community

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/store"
	"forseti/worker"
)

// reporter tells what broke: the log each time, with the place, and moderators once in
// each run, for there is nothing that they could do about the second time.
func reporter(l *loop.Loop, log zerolog.Logger, tell func(string)) func(what string, p *worker.Panic) {
	told := map[string]bool{} // the owner's
	return func(what string, p *worker.Panic) {
		log.Error().Err(p).Str("was_to", what).Msg("Something broke; all else goes on")
		l.Post(func() {
			if told[what] {
				return
			}
			told[what] = true
			tell("Something in me broke when I was to " + what + ". All else goes on. Please show my log to whoever runs me: it says where.")
		})
	}
}

// abandon ends a command over which we broke. What it had recorded would break us again.
func (o *orders) abandon(order store.Command) {
	command := order.Event
	var r recorded
	if order.Plan != nil && json.Unmarshal(order.Plan, &r) == nil && r.Command != "" {
		command = r.Command
	}
	if command != order.Event || strings.HasPrefix(order.Body, answerMark) {
		o.loop.Later("note that an answer is done with", func(ctx context.Context) { o.finishOrder(ctx, order.Event) },
			func(error) { o.commits.Finish(order.Event) })
	}
	if answer, ok := strings.CutPrefix(order.Body, answerMark); ok && command == order.Event {
		target, _, _ := strings.Cut(answer, " ")
		o.speaker.speakUp(action.Message{Markdown: commands.Broken, ReplyTo: id.EventID(target)}, nil)
		return
	}
	o.speaker.reply(command, commands.Answer{Markdown: commands.Broken})
}
