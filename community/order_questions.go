package community

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/approval"
	"forseti/store"
	"forseti/text"
)

// askFirst stores a question with the plan that it shows, and finishes the command: the
// question goes on in its place, also with the further lines of its message. by is the event
// whose row is open: the command, or the yes to a line before.
func (o *orders) askFirst(order store.Command, p commands.Plan, at course, by id.EventID) {
	d := questionDetails{
		Kind: approval.Command, Text: at.question(text.Paragraphs(p.Effect, p.Ask)), Line: cmp.Or(p.As, order.Body), Sender: order.Sender, Command: order.Event,
		ReplyTo: order.Event, Plan: &p, course: at,
	}
	name := "command-" + string(order.Event)
	if n := len(at.Told); n > 0 {
		name += fmt.Sprint("-", n)
	}
	if o.askCommand(name, d, store.Commit{Finished: []id.EventID{by}}) || o.loop.Context().Err() != nil {
		return
	}
	o.loop.Post(func() {
		o.speaker.reply(order.Event, commands.Answer{Markdown: "I have to ask about that, and cannot write the question down, so I did nothing; my log says more. Write it once more later."})
	})
}

// askCommand asks a moderator to confirm a command. The same question asked twice is
// one: the newer takes the older's place. It reports whether the question is stored.
func (o *orders) askCommand(question string, d questionDetails, with store.Commit) bool {
	err := o.loop.Do(o.loop.Context(), func() {
		d.Replied = o.speaker.report.Replies.Dismiss(d.Command, time.Now()) || d.Replied
		d.Settles = o.questions.settled.settles(d)
		before, asked := o.questions.board.Of(d.topic())
		switch {
		case !asked:
		case len(with.Answered) > 0:
			o.questions.close(before, "(Asked anew below.)", time.Now()) // what is stored with this closes it in the store
		default:
			o.questions.withdraw(before, "(Asked anew below.)", time.Now())
		}
	})
	if err != nil {
		return false
	}
	raw, err := json.Marshal(d)
	if err != nil {
		o.log.Err(err).Msg("Question cannot be written")
		return false
	}
	with.Asked = []store.Question{{ID: question, Room: o.speaker.room, Kind: string(d.Kind), Details: raw}}
	if err := o.commits.Keep(o.loop.Context(), with); err != nil {
		if o.loop.Context().Err() == nil {
			o.log.Err(err).Msg("Question not stored")
		}
		return false
	}
	o.loop.Post(func() {
		o.questions.board.Asking(d.topic(), question)
		o.questions.details[question] = d
		o.questions.pose(question, d)
	})
	return true
}

// confirm does what was shown if a moderator said yes to it, unless that has become
// much more since: then it asks anew. It reports whether something goes on.
func (o *orders) confirm(ctx context.Context, order store.Command, q approval.Question, d questionDetails, word string) bool {
	if d.Plan == nil { // asked by a version that kept no plan
		d.Plan = &commands.Plan{Fresh: true}
	}
	answered := store.Answered{Question: q.ID, Answer: word, By: order.Sender}
	if d.Command == "" { // nobody's order until now
		d.Command, d.Sender, d.Replied = q.Event, order.Sender, false
	}
	d.course.Sender = d.Sender
	r := recorded{Command: d.Command, Plan: *d.Plan, Replied: d.Replied, course: d.course}
	if word != "yes" {
		r.Plan = commands.Plan{Answer: fmt.Sprintf("Left undone: %s said no.", text.Code(string(order.Sender))), Steps: d.Plan.Otherwise}
	} else {
		now := o.set.Plan(ctx, o.request(store.Command{Event: d.Command, Room: cmp.Or(d.At, order.Room), Sender: d.Sender}, len(d.Told)), d.Line)
		o.crashed(now.Crash)
		switch {
		case o.loop.Context().Err() != nil:
			return true // the next start goes on
		case len(now.Steps) == 0:
			// It cannot be done, or need not be done, any more.
			r.Plan = commands.Plan{Answer: now.Answer}
		case now.Weight.Outgrows(d.Plan.Weight):
			grown := "**This has grown since I asked.**"
			if d.Plan.Effect == "" {
				grown = "" // for nothing was said of it
			}
			d.Text, d.Plan = d.question(text.Paragraphs(grown, now.Effect, now.Ask)), &now
			answered.Answer = "outgrown"
			return o.askCommand("again-"+string(order.Event), d, store.Commit{Answered: []store.Answered{answered}, Finished: []id.EventID{order.Event}})
		case d.Plan.Fresh:
			r.Plan = now
		}
	}
	with := store.Commit{Answered: []store.Answered{answered}}
	if !o.openCase(&r, d.Sender, order.Sender, &with) {
		return true // the next start goes on
	}
	if !o.record(order, r, with) {
		return false
	}
	o.loop.Post(func() { o.questions.close(q, answeredWords(word, order.Sender), time.Now()) })
	o.applyPlan(ctx, order, r, false)
	return true
}
