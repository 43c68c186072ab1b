package community

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/store"
	"forseti/text"
)

// The way of a command.
//
// A message of a moderator is stored together with the sync token (takeWord). Then it
// waits in its lane for those before it: looking, acting, and what takes long each have
// one, so that nothing waits behind what is slower than itself. It is read once and
// becomes a plan. A plan of a command that only looks is said. One that asks is stored with
// its question, and the command is finished; a yes carries out the plan that was shown.
// Any other of a command that acts is recorded, also if it comes to nothing, and then
// carried out. A crash in between changes nothing: the
// start takes up what was recorded, whose steps are known by their IDs, and says the
// same answer under the same name.

// lane is commands that wait for their turn, one after another, as they were given.
type lane struct {
	waiting []given
	running bool
	turn    uint64 // of the one that runs
	// held are commands from before a crash that meet a dry run: what they have left to
	// do waits for its end, and the end of the dry run is a command too.
	held []*held
}

// given is a command and its place among all of them.
type given struct {
	store.Command
	turn uint64
}

// before reports whether a command of a lane that is not done yet was given before
// another.
func (l *lane) before(other given) bool {
	return l.running && l.turn < other.turn || len(l.waiting) > 0 && l.waiting[0].turn < other.turn
}

// laneTime is how long a command may take, by its lane.
var laneTime = [commands.Lanes]time.Duration{
	commands.Looking: time.Minute, commands.Acting: 5 * time.Minute, commands.Lasting: 20 * time.Minute,
}

// recorded is a plan as it is stored.
type recorded struct {
	Command id.EventID    `json:"command"` // that is answered
	Plan    commands.Plan `json:"plan"`
	Replied bool          `json:"replied,omitempty"` // before it was asked about
	// Carried is the answer once the plan was carried out. What later commands changed is
	// not done over after a crash: only what became of it is left to tell.
	Carried *report.Answer `json:"carried,omitempty"`
	course
}

// orders is the commands that moderators gave.
type orders struct {
	roles     *ranks
	runner    *enforce.Runner
	loop      *loop.Loop
	log       zerolog.Logger
	store     *store.Commands
	commits   *commits.Writer
	speaker   *speaker
	questions *questions
	set       *commands.Set
	live      func() bool
	enough    func() bool // is known for commands that change something
	executor  func(run) commands.Executor

	lanes       [commands.Lanes]lane
	given       uint64                    // turn of the command that was given last
	confirmedBy map[id.EventID]id.EventID // of a command that was asked about: the yes to it
}

// obey queues commands that are in the store.
func (o *orders) obey(orders []store.Command) {
	for _, order := range orders {
		l := &o.lanes[o.laneOf(order)]
		o.given++
		l.waiting = append(l.waiting, given{order, o.given})
	}
	o.nextOrders()
}

// laneOf is the lane of a command, or of the one that an answer is about.
func (o *orders) laneOf(order store.Command) commands.Lane {
	if strings.HasPrefix(order.Body, offerMark) {
		return commands.Acting
	}
	answer, ok := strings.CutPrefix(order.Body, answerMark)
	if !ok {
		return o.set.Lane(order.Body)
	}
	target, _, _ := strings.Cut(answer, " ")
	q, _ := o.questions.board.At(id.EventID(target))
	d := o.questions.details[q.ID]
	if d.Line == "" {
		return commands.Acting
	}
	lane := o.set.Lane(d.Line)
	for _, line := range d.Rest {
		lane = max(lane, o.set.Lane(line))
	}
	return lane
}

// acting tells whether a command is under way that may write a rule.
func (o *orders) acting() bool {
	l := o.lanes[commands.Acting]
	return l.running || len(l.waiting) > 0
}

func (o *orders) nextOrders() {
	for which := range o.lanes {
		o.nextOrder(commands.Lane(which))
	}
}

func (o *orders) nextOrder(which commands.Lane) {
	l := &o.lanes[which]
	if !o.live() || l.running || len(l.waiting) == 0 || which != commands.Looking && !o.enough() {
		return
	}
	order := l.waiting[0]
	if which == commands.Lasting && o.lanes[commands.Acting].before(order) {
		return // what takes long waits for what was asked for before it, and never the reverse
	}
	switch dry := o.runner.Dry(); {
	case dry && waitsForWriting(order.Command):
		l.waiting = l.waiting[1:]
		hold(o, l, order)
		o.nextOrder(which)
		return
	case !dry && which != commands.Looking && heldBefore(o.lanes[:], order):
		return
	}
	l.waiting = l.waiting[1:]
	l.running, l.turn = true, order.turn
	over := func() {
		l.running = false
		o.nextOrders()
	}
	o.loop.Later("carry out a command", func(ctx context.Context) {
		limited, cancel := context.WithTimeout(ctx, laneTime[which])
		defer cancel()
		o.carry(limited, order.Command)
		o.loop.Post(over)
	}, func(error) {
		o.abandon(order.Command)
		over()
	})
}

// carry carries out one command of somebody who is still a moderator. What is recorded
// was decided when they were one.
func (o *orders) carry(ctx context.Context, order store.Command) {
	if order.Plan != nil {
		o.carryOn(ctx, order)
		return
	}
	moderator, refused := false, ""
	if o.loop.Do(ctx, func() {
		moderator = o.roles.management.world.Moderator(order.Sender)
		refused = o.roles.refused(order.Sender, o.takes(order))
	}) != nil {
		return
	}
	switch {
	case !moderator:
		o.log.Warn().Stringer("sender", order.Sender).Msg("Command of somebody who is no moderator any more")
		o.finishOrder(o.loop.Context(), order.Event)
	case refused != "":
		o.log.Warn().Stringer("sender", order.Sender).Msg("Command of somebody who has not the role for it")
		o.decline(order, refused)
	case strings.HasPrefix(order.Body, alertMark):
		if !o.questions.alerts.answer(ctx, order) {
			o.finishOrder(o.loop.Context(), order.Event)
		}
	case strings.HasPrefix(order.Body, offerMark):
		if !o.offer(ctx, order) {
			o.finishOrder(o.loop.Context(), order.Event)
		}
	case strings.HasPrefix(order.Body, answerMark):
		if !o.answer(ctx, order) {
			o.finishOrder(o.loop.Context(), order.Event)
		}
	default:
		o.carryOut(ctx, order)
	}
}

// carryOn goes on with what was recorded before a crash.
func (o *orders) carryOn(ctx context.Context, order store.Command) {
	var r recorded
	if err := json.Unmarshal(order.Plan, &r); err != nil || r.Command == "" {
		o.log.Err(err).Stringer("event", order.Event).Msg("Plan of a command cannot be read")
		o.finishOrder(o.loop.Context(), order.Event)
		return
	}
	if r.Sender == "" {
		r.Sender = order.Sender
	}
	if len(r.Plan.Choices) > 0 && len(r.Plan.Steps) == 0 && r.Carried == nil && !r.several() {
		o.loop.Post(func() {
			o.speaker.report.Replies.Dismiss(order.Event, time.Now())
			o.speaker.choose(order.Event, order.Event, choice{Text: r.Plan.Answer, Of: r.Plan.Choices})
		})
		return
	}
	o.applyPlan(ctx, order, r, true)
}

// request is a command, or one of several in one message, as its family sees it.
func (o *orders) request(order store.Command, line int) commands.Request {
	return commands.Request{
		Sender: order.Sender, Event: order.Event, Room: order.Room, Line: line,
		Plain:    line > 0 || len(commands.Lines(order.Body)) > 1 || order.Room != "" && order.Room != o.speaker.room,
		Progress: far{o.loop, o.speaker, order.Event, time.Now()}.tell,
	}
}

// carryOut plans a command, and does what it comes to. Of several in one message it does so
// with the first, and then with those after it; if one is not understood, with none.
func (o *orders) carryOut(ctx context.Context, order store.Command) {
	lines := commands.Lines(order.Body)
	at := course{Rest: lines[1:], Sender: order.Sender}
	if order.Room != "" && order.Room != o.speaker.room {
		at.At, at.From = order.Room, o.from(order)
	}
	var p commands.Plan
	if said := o.mistakes(order, lines); said != "" {
		p, at.Rest = commands.Plan{Answer: said, Mistake: commands.Mistake{Misread: true}}, nil
	} else {
		p = o.set.Plan(ctx, o.request(order, 0), lines[0])
	}
	o.crashed(p.Crash)
	order.Body = lines[0]
	switch {
	case o.loop.Context().Err() != nil:
		return // the next start carries it out
	case p.Ask != "":
		o.askFirst(order, p, at, order.Event)
	case len(p.Choices) > 0 && len(p.Steps) == 0 && !at.several() && at.At == "":
		if o.record(order, recorded{Command: order.Event, Plan: p}, store.Commit{}) {
			o.loop.Post(func() {
				if p.Misread {
					o.speaker.misread.note(order.Event, order.Sender, o.commits)
				}
				o.speaker.choose(order.Event, order.Event, choice{Text: p.Answer, Of: p.Choices})
			})
		}
	case len(p.Steps) == 0 && !at.several():
		// That nothing is done is decided too. Read anew after a crash, the words could
		// mean something against later commands that were carried out meanwhile.
		p.Choices = nil // it is answered in words
		looks := o.set.Lane(order.Body) == commands.Looking
		if looks || o.record(order, recorded{Command: order.Event, Plan: p}, store.Commit{}) {
			o.loop.Post(func() {
				if p.Misread && at.At == "" {
					o.speaker.misread.note(order.Event, order.Sender, o.commits)
				}
				o.speaker.reply(order.Event, commands.Answer{Markdown: at.answer(p.Answer)})
			})
		}
	default:
		r, with := recorded{Command: order.Event, Plan: p, course: at}, store.Commit{}
		if o.openCase(&r, order.Sender, order.Sender, &with) && o.record(order, r, with) {
			o.applyPlan(ctx, order, r, false)
		}
	}
}

// from says where a command was given that was not given in the management room.
func (o *orders) from(order store.Command) string {
	name := ""
	o.loop.See(func() {
		if r := o.roles.management.world.Room(order.Room); r != nil {
			name = r.Name()
		}
	})
	return fmt.Sprintf("%s in %s%s:", text.Code(string(order.Sender)), text.Room(order.Room, name, o.roles.management.world.Self().Homeserver()), commands.Shown(order.Body))
}

// mistakes says what is wrong with any of several commands in one message.
func (o *orders) mistakes(order store.Command, lines []string) string {
	if len(lines) == 1 {
		return ""
	}
	return o.set.Mistakes(o.request(order, 0), lines)
}

// record stores a plan before any of it is done; false if it may not be done.
func (o *orders) record(order store.Command, r recorded, with store.Commit) bool {
	plan, err := json.Marshal(r)
	if err == nil {
		with.Planned = append(with.Planned, store.Planned{Command: order.Event, Plan: plan})
		err = o.commits.Keep(o.loop.Context(), with)
	}
	switch {
	case err == nil:
		return true
	case o.loop.Context().Err() != nil:
		return false
	case errors.Is(err, store.ErrNotOpen):
		o.log.Warn().Err(err).Msg("Command was decided on before")
		return false
	}
	o.log.Err(err).Msg("Plan of a command not stored")
	o.loop.Post(func() {
		o.speaker.reply(r.Command, commands.Answer{Markdown: "I cannot write down what I am about to do, so I did nothing; my log says more. Write it once more later."})
	})
	return false
}

// applyPlan carries out a plan, and the further lines of its message, and answers. by is the
// event whose row records it: the command, or the yes to it.
func (o *orders) applyPlan(ctx context.Context, by store.Command, r recorded, resumed bool) {
	err := o.loop.Do(o.loop.Context(), func() {
		o.speaker.report.Replies.Begin(r.Command, time.Now())
		if r.Replied {
			o.speaker.report.Replies.Resumed(r.Command, time.Now())
		}
	})
	if err != nil {
		return
	}
	if o.carryLine(ctx, by.Event, &r, resumed) {
		o.goOn(ctx, by, r)
	}
}

// carryLine carries out a plan that was not; false if the next start goes on with it.
func (o *orders) carryLine(ctx context.Context, by id.EventID, r *recorded, resumed bool) bool {
	return r.Carried != nil || o.apply(ctx, by, r, resumed)
}

// tellCarried answers what was carried out.
func (o *orders) tellCarried(by id.EventID, r recorded) {
	o.loop.Post(func() {
		if by != r.Command {
			o.confirmedBy[r.Command] = by
		}
		answer := *r.Carried
		answer.Text = r.answer(answer.Text)
		if of := r.Plan.Choices; len(of) > 0 && !r.several() {
			answer.Text = o.speaker.offerBelow(r.Command, choice{Text: answer.Text, Of: of, Below: true})
		}
		o.speaker.report.Replies.Answer(answer, time.Now())
	})
}

func (o *orders) crashed(panicked string) {
	if panicked != "" {
		o.log.Error().Str("panic", panicked).Msg("Command broke")
	}
}

// answered notes that commands are done with.
func (o *orders) answered(done []id.EventID) {
	for _, command := range done {
		by, confirmed := o.confirmedBy[command]
		delete(o.confirmedBy, command)
		offers := o.speaker.choices.answered(command)
		o.loop.Later("note that a command is done with", func(ctx context.Context) {
			if offers && o.commits.Flush(ctx) != nil {
				return // what its answer offers comes first: the next start tells it once more, below which both stand
			}
			o.finishOrder(ctx, command)
			if confirmed {
				o.finishOrder(ctx, by)
			}
		}, func(error) {
			o.commits.Finish(command)
			if confirmed {
				o.commits.Finish(by)
			}
		})
	}
}

func (o *orders) finishOrder(ctx context.Context, command id.EventID) {
	err := o.store.Finish(ctx, command)
	if err == nil || errors.Is(err, store.ErrNotOpen) || ctx.Err() != nil {
		return
	}
	o.log.Warn().Err(err).Msg("Command not finished in the store; it will be with the next batch")
	o.loop.Post(func() { o.commits.Finish(command) })
}
