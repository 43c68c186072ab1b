package community

import (
	"context"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/store"
	"forseti/text"
)

// late are answers to messages that are no open question. They may have been one: then who answered hears once what became of
// it. It is asked for only after a moment, for a question that is just being posted or closed is no closed one.
type late struct {
	waits []lateAnswer
	told  map[lateTold]bool
}

// untimely are answers to what is no open question: not yet, or no more.
type untimely struct {
	early early
	late  late
}

type lateAnswer struct {
	lateTold
	agreed bool
	due    time.Time
	tries  int
}

type lateTold struct {
	question id.EventID
	by       id.UserID
}

const (
	lateLook  = 2 * time.Second
	lateTries = 4
	// mostLate bounds how many wait, and mostLateTold of how many is known that they were told.
	mostLate, mostLateTold = 20, 200
)

// note has a late answer be looked at.
func (l *late) note(a lateAnswer, now time.Time) {
	a.due = now.Add(lateLook << a.tries)
	if a.tries++; a.tries > lateTries || l.told[a.lateTold] || slices.ContainsFunc(l.waits, func(other lateAnswer) bool { return other.lateTold == a.lateTold }) {
		return
	}
	l.waits = append(l.waits, a)
	l.waits = l.waits[max(len(l.waits)-mostLate, 0):]
}

// due is when there is one to look at; zero for never.
func (l *late) due() (at time.Time) {
	for _, a := range l.waits {
		at = earlier(at, a.due)
	}
	return at
}

// take gives those to look at.
func (l *late) take(now time.Time) (due []lateAnswer) {
	l.waits = slices.DeleteFunc(l.waits, func(a lateAnswer) bool {
		if a.due.After(now) {
			return false
		}
		due = append(due, a)
		return true
	})
	return due
}

// first notes that somebody hears of a question; false if they did before.
func (l *late) first(t lateTold) bool {
	if l.told[t] {
		return false
	}
	if len(l.told) >= mostLateTold {
		clear(l.told)
	}
	l.told[t] = true
	return true
}

// lookLate finds out what late answers are to.
func (qs *questions) lookLate(now time.Time) {
	for _, a := range qs.late.take(now) {
		if _, open := qs.board.At(a.question); open {
			continue // it is known by now, and so is the answer
		}
		qs.loop.Later("look for a closed question", func(ctx context.Context) {
			q, found, err := qs.store.Questions.At(ctx, a.question)
			switch {
			case err != nil && ctx.Err() == nil:
				qs.log.Err(err).Msg("Question not read")
			case err == nil && found:
				qs.loop.Post(func() { qs.tellLate(q, a, time.Now()) })
			}
		}, nil)
	}
}

// tellLate says what became of a question, once to each.
func (qs *questions) tellLate(q store.Question, a lateAnswer, now time.Time) {
	switch {
	case q.Answer == "": // it is being closed
		qs.late.note(a, now)
	case q.AnsweredBy == a.by && q.Answer == pick(a.agreed, "yes", "no"): // it is their own
	case qs.late.first(a.lateTold):
		qs.speaker.say(lateWords(q, now), a.question, nil)
	}
}

// lateWords say how a question was closed, and what to write instead.
func lateWords(q store.Question, now time.Time) string {
	kind := instead[approval.Kind(q.Kind)]
	if q.Answer != "yes" && q.Answer != "no" {
		return "That question is over: nothing of it waited any more, or it was asked anew. " + kind.over
	}
	return fmt.Sprintf("That was decided already: %s said %s, %s ago. %s", text.Code(string(q.AnsweredBy)), q.Answer, text.Duration(now.Sub(q.Answered)), pick(q.Answer == "yes", kind.yes, kind.no))
}

// instead is what to write once a question is closed, by what it was about: after a yes, after a no, and if it had neither.
var instead = map[approval.Kind]struct{ yes, no, over string }{
	approval.Command:  {"`!forseti cases` has its number, and `!forseti undo <number>` takes it back.", "To have it done after all, write the command again.", "If it is still to be done, write the command again."},
	approval.Rules:    {"`!forseti exempt <user>` spares single users, and `!forseti unwatch <list>` ends the list.", "`!forseti release <list>` follows it after all.", "`!forseti lists` says what waits."},
	approval.Room:     {"`!forseti rooms remove <room>` has me leave the room alone.", "To have the room looked after, remove and add it again.", "`!forseti rooms` says what waits."},
	approval.Unwatch:  {"`!forseti watch <list>` follows it again.", "`!forseti unwatch <list>` ends it after all.", "`!forseti lists` says what I follow."},
	approval.Left:     {"`!forseti rooms add <room>` protects it again.", "`!forseti rooms remove <room>` ends it after all.", "`!forseti rooms` says what I protect."},
	approval.Settings: {"To go back, change the configuration back.", "To follow it after all, change the configuration.", "`!forseti status` says what waits."},
}
