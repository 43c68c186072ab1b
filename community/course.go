package community

import (
	"context"
	"encoding/json"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/store"
	"forseti/text"
)

// course is where a message of several commands is. Each is planned when the one before it is
// done, so that it sees what that one made of the world.
type course struct {
	Rest   []string  `json:"rest,omitempty"`   // the lines that are still to do
	Told   []string  `json:"told,omitempty"`   // what was said to those before the one that is recorded
	Sender id.UserID `json:"sender,omitempty"` // who wrote them
	Case   int64     `json:"case,omitempty"`   // that all of the message is; 0 for none
	// At is the protected room that they were written in, and From says so where they are
	// answered; "" for the management room.
	At   id.RoomID `json:"at,omitempty"`
	From string    `json:"from,omitempty"`
	// Invited is the room that somebody invited us to, which the line is for.
	Invited id.RoomID `json:"invited,omitempty"`
	// Settles says of a question about it that it goes once all that the line would do is so.
	Settles bool `json:"settles,omitempty"`
}

// several tells whether there is more than one line, done or to do.
func (c course) several() bool { return len(c.Rest)+len(c.Told) > 0 }

// answer is what is said in the end: to one line, or to all.
func (c course) answer(said string) string {
	if !c.several() {
		return text.Paragraphs(c.From, said)
	}
	return commands.Told(append(c.Told[:len(c.Told):len(c.Told)], said))
}

// question is what is asked about a line.
func (c course) question(asked string) string {
	if !c.several() {
		return text.Paragraphs(c.From, asked)
	}
	return commands.Asked(c.Told, asked)
}

// stopped is the course of a message of which no more is done, and what is said of that.
func (c course) stopped(said string) (course, string) {
	if len(c.Rest) == 0 {
		return c, said
	}
	said = text.Paragraphs(said, commands.Undone(c.Rest))
	c.Rest = nil
	return c, said
}

// goOn carries out what is left of a message whose line was carried out: by is the event whose
// row records that, the command or the yes to one of its lines.
func (o *orders) goOn(ctx context.Context, by store.Command, r recorded) {
	for len(r.Rest) > 0 {
		if o.loop.Context().Err() != nil {
			return // the next start goes on
		}
		order := store.Command{Event: r.Command, Room: by.Room, Sender: r.Sender, Body: r.Rest[0]}
		next := recorded{Command: r.Command, Replied: r.Replied, course: course{
			Rest: r.Rest[1:], Told: append(r.Told[:len(r.Told):len(r.Told)], r.said()), Sender: r.Sender, Case: r.Case,
		}}
		refused := ""
		if o.loop.Do(o.loop.Context(), func() {
			if refused = o.roles.refused(r.Sender, o.takes(order)); !o.roles.management.world.Moderator(r.Sender) {
				refused = text.Code(string(r.Sender)) + " is no moderator any more."
			}
		}) != nil {
			return
		}
		p := commands.Plan{Answer: refused}
		if refused == "" {
			p = o.set.Plan(ctx, o.request(order, len(next.Told)), order.Body)
			o.crashed(p.Crash)
		} else {
			next.course, p.Answer = next.stopped(p.Answer)
		}
		if o.loop.Context().Err() != nil {
			return
		}
		if p.Ask != "" {
			o.askFirst(order, p, next.course, by.Event)
			return
		}
		next.Plan = p
		var with store.Commit
		if !o.openCase(&next, r.Sender, r.Sender, &with) || !o.recordNext(by.Event, next, with) || !o.carryLine(ctx, by.Event, &next, false) {
			return
		}
		r = next
	}
	o.tellCarried(by.Event, r)
}

// recordNext stores the plan of a further line of a message in place of the one before, before
// any of it is done, with what is stored beside it.
func (o *orders) recordNext(by id.EventID, r recorded, with store.Commit) bool {
	plan, err := json.Marshal(r)
	if err == nil {
		with.Carried = []store.Planned{{Command: by, Plan: plan}}
		err = o.commits.Put(o.loop.Context(), with)
	}
	if err != nil && o.loop.Context().Err() == nil {
		o.log.Err(err).Msg("Plan of a line of a command not stored")
		o.loop.Post(func() {
			said := "I cannot write down what I am about to do, so I did not do it; my log says more. Write it once more later."
			_, said = r.stopped(said)
			o.speaker.reply(r.Command, commands.Answer{Markdown: r.answer(said)})
		})
	}
	return err == nil
}

// said is what a line that was carried out is answered.
func (r *recorded) said() string {
	if r.Carried == nil {
		return r.Plan.Answer
	}
	return r.Carried.Text
}
